# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cloud_timesync_global_optspecs
    string join \n json v/verbose h/help V/version
end

function __fish_cloud_timesync_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cloud_timesync_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cloud_timesync_using_subcommand
    set -l cmd (__fish_cloud_timesync_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -s V -l version -d 'Print version'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "apply" -d 'Make the machine right: what the unit runs on every boot'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "plan" -d 'Show what apply would do: files as unified diffs, and jobs'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "detect" -d 'Say which platform this is, and why'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "verify" -d 'Check everything, a line each'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "status" -d 'Show what this machine is, its time sources, its gate and this boot\'s timeline'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "undo" -d 'Restore every replaced file byte for byte, and disable the unit'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c cloud-timesync -n "__fish_cloud_timesync_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -l root -d 'Work on the image in this directory instead of the running machine' -r -f -a "(__fish_complete_directories)"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -l platform -d 'Do not detect the platform; take this one' -r -f -a "aws\t''
gce\t''
azure\t''
oci\t''
alibaba\t''
openstack\t''
vmware\t''
hyperv\t''
nutanix\t''
kubevirt\t''
kvm\t''
xen\t''
bhyve\t''
metal\t''
unknown\t''"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -l force -d 'Set an edited file aside and write it anew'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand apply" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -l root -d 'Work on the image in this directory instead of the running machine' -r -f -a "(__fish_complete_directories)"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -l platform -d 'Do not detect the platform; take this one' -r -f -a "aws\t''
gce\t''
azure\t''
oci\t''
alibaba\t''
openstack\t''
vmware\t''
hyperv\t''
nutanix\t''
kubevirt\t''
kvm\t''
xen\t''
bhyve\t''
metal\t''
unknown\t''"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -l force -d 'Set an edited file aside and write it anew'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -l exit-code -d 'Exit with 1 if there is something to do'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand plan" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -l root -d 'Work on the image in this directory instead of the running machine' -r -f -a "(__fish_complete_directories)"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -l platform -d 'Do not detect the platform; take this one' -r -f -a "aws\t''
gce\t''
azure\t''
oci\t''
alibaba\t''
openstack\t''
vmware\t''
hyperv\t''
nutanix\t''
kubevirt\t''
kvm\t''
xen\t''
bhyve\t''
metal\t''
unknown\t''"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -l force -d 'Set an edited file aside and write it anew'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand detect" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l root -d 'Work on the image in this directory instead of the running machine' -r -f -a "(__fish_complete_directories)"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l platform -d 'Do not detect the platform; take this one' -r -f -a "aws\t''
gce\t''
azure\t''
oci\t''
alibaba\t''
openstack\t''
vmware\t''
hyperv\t''
nutanix\t''
kubevirt\t''
kvm\t''
xen\t''
bhyve\t''
metal\t''
unknown\t''"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l only -d 'Make only this check; may be given more than once' -r -f
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l skip -d 'Do not make this check; may be given more than once' -r -f
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l force -d 'Set an edited file aside and write it anew'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l list -d 'Print the table of checks and check nothing'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand verify" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand status" -l svg -d 'Also draw the timeline as a picture into this file' -r -F
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand status" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand status" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand status" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand undo" -l root -d 'Work on the image in this directory instead of the running machine' -r -f -a "(__fish_complete_directories)"
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand undo" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand undo" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand undo" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand completions" -l json -d 'Print one JSON object instead of text'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand completions" -s v -l verbose -d 'Say more on stderr'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand completions" -s h -l help -d 'Print help'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "apply" -d 'Make the machine right: what the unit runs on every boot'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "plan" -d 'Show what apply would do: files as unified diffs, and jobs'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "detect" -d 'Say which platform this is, and why'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "verify" -d 'Check everything, a line each'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "status" -d 'Show what this machine is, its time sources, its gate and this boot\'s timeline'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "undo" -d 'Restore every replaced file byte for byte, and disable the unit'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "completions" -d 'Print a completion script'
complete -c cloud-timesync -n "__fish_cloud_timesync_using_subcommand help; and not __fish_seen_subcommand_from apply plan detect verify status undo completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
