# What systemd takes for a sandbox: services that run /bin/true without any of the agent's sandbox, with all of it, and
# without each line in turn. Prints "MICROSECONDS ... WHICH": from the process' start to its end, five times each.
unit=$(systemctl show --value --property FragmentPath cloud-timesync.service)
mapfile -t lines < <(sed -n '/^CapabilityBoundingSet=/,/^\[/p' "$unit" | grep '^[A-Z].*=')

stamp() { systemctl show --value --property "ExecMain$1TimestampMonotonic" "$name"; }

# run WHICH [LINE ...]
run() {
    local which="$1" took="" name try
    shift
    for try in 1 2 3 4 5; do
        name="sandbox-$((++count)).service"
        systemd-run --quiet --unit="$name" --service-type=oneshot --remain-after-exit "${@/#/--property=}" /bin/true
        took+="$(($(stamp Exit) - $(stamp Start))) "
        systemctl stop "$name"
    done
    echo "$took$which"
}

timeout 120 systemctl is-system-running --wait > /dev/null
run > /dev/null # what only the first pays
run nothing
run everything "${lines[@]}"
for n in "${!lines[@]}"; do
    run "${lines[n]}" "${lines[@]:0:n}" "${lines[@]:n+1}"
done
