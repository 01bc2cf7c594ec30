# How a clock comes back after a pause of the whole machine. Each measurement prints "case NAME PAUSE_MS", then some six
# times a second "MILLISECONDS_SINCE_THE_PAUSE MICROSECONDS_THE_CLOCK_IS_SLOW", and "said ..." for each step of chronyd's.
# The host's time and the pause both come by the virtio port, which one process at a time can hold.
exec 3<> "$(echo /dev/vport*p1)"
mkfifo /tmp/nothing
exec 4<> /tmp/nothing
keeps_host_time=

# Sets host (the host's time), slow (how far the guest's clock is behind it) and trip, in microseconds.
ask() {
    local before="${EPOCHREALTIME/./}" after
    echo "$1" >&3
    IFS= read -r -t 120 host <&3 || exit 1
    after="${EPOCHREALTIME/./}"
    host=$((host / 1000)) trip=$((after - before)) slow=$((host - (before + after) / 2))
}

# Without a process: each costs an emulated guest milliseconds.
rest() { IFS= read -r -t "$1" <&4; }

# Tells the stand-in for Hyper-V's clock the time, where it is one that keeps host time.
feed() {
    [ -z "$keeps_host_time" ] || [ "$trip" -gt 10000 ] ||
        echo "${host}000" > /sys/module/ptp_standin_hyperv/parameters/now
}

# sample SINCE_US LENGTH_S RIGHT_S: ends early when the clock was right, to 100 ms, for RIGHT_S.
sample() {
    local since="$1" end=$(($1 + $2 * 1000000)) wrong_at="$1"
    ask now
    while [ "$host" -lt "$end" ] && [ "$host" -lt $((wrong_at + $3 * 1000000)) ]; do
        # A sample that was long under way, or across which the clock was stepped, is none.
        if [ "$trip" -ge 0 ] && [ "$trip" -le 20000 ]; then
            echo "$(((host - since) / 1000)) $slow"
            [ "${slow#-}" -lt 100000 ] || wrong_at="$host"
            feed
        fi
        rest 0.15
        ask now
    done
}

# measure NAME PAUSE_MS LENGTH_S RIGHT_S: with no pause in milliseconds, the machine is moved.
measure() {
    local cursor
    journalctl --sync
    cursor="$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')"
    echo "case $1 $2"
    if [ "$2" -eq 0 ]; then ask move; else ask "pause $2"; fi
    sample "$host" "$3" "$4"
    journalctl --sync
    journalctl -b -o cat -u chrony --after-cursor="$cursor" | sed -n 's/^System clock was stepped/said &/p'
}

# try NAME CONF PAUSE_MS SETTLE_S LENGTH_S: a chronyd with this configuration, synchronised and some polls old, is paused.
try() {
    systemctl stop chrony
    rm -f /var/lib/chrony/drift
    printf '%b' "$2\ndriftfile /var/lib/chrony/drift\nrtcsync\n" > /etc/chrony/chrony.conf
    systemctl start chrony
    chronyc -h 127.0.0.1 waitsync 60 0.05 0 1 > /tmp/waitsync || echo "not synchronised before the pause"
    rest "$4"
    measure "$1" "$3" "$5" "$5"
}
