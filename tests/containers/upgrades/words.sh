# What a script may say: `remember` it, do something, and `compare`.
export DEBIAN_FRONTEND=noninteractive
exec < /dev/null
cd /
database() {
    systemctl show scylla-server.service --property \
        InvocationID,MainPID,NRestarts,ActiveState,ActiveEnterTimestampMonotonic,StateChangeTimestampMonotonic
}
clock() {
    stat --format '%n %i %a %U:%G %z' etc/chrony/chrony.conf etc/systemd/system/scylla-server.service.d/*
    sha256sum etc/chrony/chrony.conf etc/systemd/system/scylla-server.service.d/*
}
gate() {
    systemctl show scylla-server.service --property After,Wants |
        grep --only-matching -e chrony-wait.service -e time-sync.target | sort | uniq --count
}
remember() { for what in database clock gate; do $what > "/tmp/$what"; done; }
compare() {
    for what in database clock gate; do
        if $what | cmp --silent - "/tmp/$what"; then
            echo "$1: $what as before"
        else
            echo "$1: $what CHANGED"; $what | diff "/tmp/$what" -
        fi
    done
}
stamp() { systemctl show "$1" --property "$2TimestampMonotonic" --value; }
waited() {
    if [ "$(stamp chrony-wait.service ActiveEnter)" -le "$(stamp scylla-server.service InactiveExit)" ]; then
        echo the database waited
    fi
}
does() { "$@" > /tmp/said 2>&1; echo "$1 $2 exits with $?"; cat /tmp/said; }
