#compdef cloud-timesync

autoload -U is-at-least

_cloud-timesync() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_cloud-timesync_commands" \
"*::: :->cloud-timesync" \
&& ret=0
    case $state in
    (cloud-timesync)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cloud-timesync-command-$line[1]:"
        case $line[1] in
            (apply)
_arguments "${_arguments_options[@]}" : \
'--root=[Work on the image in this directory instead of the running machine]:DIR:_files -/' \
'--platform=[Do not detect the platform; take this one]:PLATFORM:(aws gce azure oci alibaba tencent ibm huawei opentelekom hetzner scaleway ovh digitalocean linode vultr upcloud exoscale cloudstack openstack vmware hyperv nutanix kubevirt kvm xen bhyve virtualbox parallels metal unknown)' \
'--force[Set an edited file aside and write it anew]' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(plan)
_arguments "${_arguments_options[@]}" : \
'--root=[Work on the image in this directory instead of the running machine]:DIR:_files -/' \
'--platform=[Do not detect the platform; take this one]:PLATFORM:(aws gce azure oci alibaba tencent ibm huawei opentelekom hetzner scaleway ovh digitalocean linode vultr upcloud exoscale cloudstack openstack vmware hyperv nutanix kubevirt kvm xen bhyve virtualbox parallels metal unknown)' \
'--force[Set an edited file aside and write it anew]' \
'--exit-code[Exit with 1 if there is something to do]' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(detect)
_arguments "${_arguments_options[@]}" : \
'--root=[Work on the image in this directory instead of the running machine]:DIR:_files -/' \
'--platform=[Do not detect the platform; take this one]:PLATFORM:(aws gce azure oci alibaba tencent ibm huawei opentelekom hetzner scaleway ovh digitalocean linode vultr upcloud exoscale cloudstack openstack vmware hyperv nutanix kubevirt kvm xen bhyve virtualbox parallels metal unknown)' \
'--force[Set an edited file aside and write it anew]' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'--root=[Work on the image in this directory instead of the running machine]:DIR:_files -/' \
'--platform=[Do not detect the platform; take this one]:PLATFORM:(aws gce azure oci alibaba tencent ibm huawei opentelekom hetzner scaleway ovh digitalocean linode vultr upcloud exoscale cloudstack openstack vmware hyperv nutanix kubevirt kvm xen bhyve virtualbox parallels metal unknown)' \
'*--only=[Make only this check; may be given more than once]:NAME:' \
'*--skip=[Do not make this check; may be given more than once]:NAME:' \
'--force[Set an edited file aside and write it anew]' \
'--list[Print the table of checks and check nothing]' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--svg=[Also draw the timeline as a picture into this file]:FILE:_files' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(undo)
_arguments "${_arguments_options[@]}" : \
'--root=[Work on the image in this directory instead of the running machine]:DIR:_files -/' \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
'--json[Print one JSON object instead of text]' \
'-v[Say more on stderr]' \
'--verbose[Say more on stderr]' \
'-h[Print help]' \
'--help[Print help]' \
':shell:(bash elvish fish powershell zsh)' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_cloud-timesync__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:cloud-timesync-help-command-$line[1]:"
        case $line[1] in
            (apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(plan)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(detect)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(undo)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_cloud-timesync_commands] )) ||
_cloud-timesync_commands() {
    local commands; commands=(
'apply:Make the machine right\: what the unit runs on every boot' \
'plan:Show what apply would do\: files as unified diffs, and jobs' \
'detect:Say which platform this is, and why' \
'verify:Check everything, a line each' \
'status:Show what this machine is, its time sources, its gate and this boot'\''s timeline' \
'undo:Restore every replaced file byte for byte, and disable the unit' \
'completions:Print a completion script' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cloud-timesync commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__apply_commands] )) ||
_cloud-timesync__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync apply commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__completions_commands] )) ||
_cloud-timesync__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync completions commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__detect_commands] )) ||
_cloud-timesync__subcmd__detect_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync detect commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help_commands] )) ||
_cloud-timesync__subcmd__help_commands() {
    local commands; commands=(
'apply:Make the machine right\: what the unit runs on every boot' \
'plan:Show what apply would do\: files as unified diffs, and jobs' \
'detect:Say which platform this is, and why' \
'verify:Check everything, a line each' \
'status:Show what this machine is, its time sources, its gate and this boot'\''s timeline' \
'undo:Restore every replaced file byte for byte, and disable the unit' \
'completions:Print a completion script' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'cloud-timesync help commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__apply_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help apply commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__completions_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help completions commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__detect_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__detect_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help detect commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__help_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help help commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__plan_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__plan_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help plan commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__status_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help status commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__undo_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__undo_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help undo commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__help__subcmd__verify_commands] )) ||
_cloud-timesync__subcmd__help__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync help verify commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__plan_commands] )) ||
_cloud-timesync__subcmd__plan_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync plan commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__status_commands] )) ||
_cloud-timesync__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync status commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__undo_commands] )) ||
_cloud-timesync__subcmd__undo_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync undo commands' commands "$@"
}
(( $+functions[_cloud-timesync__subcmd__verify_commands] )) ||
_cloud-timesync__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'cloud-timesync verify commands' commands "$@"
}

if [ "$funcstack[1]" = "_cloud-timesync" ]; then
    _cloud-timesync "$@"
else
    compdef _cloud-timesync cloud-timesync
fi
