# How long chronyd takes to a right clock, and how right it stays. `begin` is one start with a clock that is off: it prints
# "start NAME OFFSET_MS SECONDS LEFT_US", LEFT_US the clock's error when time-sync.target was reached. `watch` prints
# "watch NAME", then "HOST_MS SLOW_US" and chronyd's own logs. The host's time comes by the virtio port, which one process
# at a time can hold.
exec 3<> "$(echo /dev/vport*p1)"
mkfifo /tmp/nothing
exec 4<> /tmp/nothing

# Sets host (the host's time), slow (how far the guest's clock is behind it) and trip, in microseconds.
ask() {
    local before="${EPOCHREALTIME/./}" after
    echo now >&3
    IFS= read -r -t 120 host <&3 || exit 1
    after="${EPOCHREALTIME/./}"
    host=$((host / 1000)) trip=$((after - before)) slow=$((host - (before + after) / 2))
}

# The best of so many readings: a guest that is emulated and busy answers late.
ask_well() {
    local n best=999999999 best_host best_slow
    for ((n = 0; n < $1; n++)); do
        ask
        if [ "$trip" -ge 0 ] && [ "$trip" -lt "$best" ]; then best="$trip" best_host="$host" best_slow="$slow"; fi
    done
    trip="$best" host="$best_host" slow="$best_slow"
}

# Without a process: each costs an emulated guest milliseconds.
rest() { IFS= read -r -t "$1" <&4; }

# Sets the clock so many milliseconds ahead of the host's, to 15 ms. What `date` takes to start is learned.
set_ahead() {
    local try late=0 at
    for try in 1 2 3 4 5 6 7 8; do
        ask_well 2
        at=$((host + $1 * 1000 + late))
        date --set="@${at:0:-6}.${at: -6}" > /dev/null
        ask_well 4
        late=$((late + slow + $1 * 1000))
        [ $((slow + $1 * 1000)) -gt 15000 ] || [ $((slow + $1 * 1000)) -lt -15000 ] || return 0
    done
    echo "the clock could not be set to $1 ms: $slow us"
}

# The monotonic time at which a unit began or was reached, in microseconds.
stamp() { systemctl show --value --property "$2" "$1"; }

# use NAME: a configuration of /run/clock takes the place of the other: chrony.conf, and the drop-ins of chrony-wait.
use() {
    systemctl stop time-sync.target chrony-wait.service chrony.service
    cp "/run/clock/$1/chrony.conf" /etc/chrony/chrony.conf
    rm -rf /etc/systemd/system/chrony-wait.service.d
    [ ! -d "/run/clock/$1/wait.d" ] || cp -r "/run/clock/$1/wait.d" /etc/systemd/system/chrony-wait.service.d
    systemctl daemon-reload
}

# begin NAME OFFSET_MS: by systemd's stamps, which are of a clock that is slewed too: they are set right by the host's.
begin() {
    local from to from_host from_slow up_from up_to _
    systemctl stop time-sync.target chrony-wait.service chrony.service
    systemctl reset-failed chrony-wait.service chrony.service
    rm -f /var/lib/chrony/*
    set_ahead "$2"
    read -r up_from _ < /proc/uptime
    ask; from_host="$host"
    systemctl start chrony.service chrony-wait.service || echo "$1 did not start"
    read -r up_to _ < /proc/uptime
    ask_well 5
    from="$(stamp chrony.service InactiveExitTimestampMonotonic)"
    to="$(stamp time-sync.target ActiveEnterTimestampMonotonic)"
    echo "start $1 $2 $from $to ${up_from/./} ${up_to/./} $from_host $host $slow $trip"
}

# watch NAME SECONDS: what chronyd did, and once a second how far the clock was off.
watch() {
    local end
    rm -f /var/log/chrony/*
    ask
    end=$((host + $2 * 1000000))
    echo "watch $1"
    while [ "$host" -lt "$end" ]; do
        ask_well 2
        echo "$((host / 1000)) $slow $trip"
        rest 1
    done
    echo "over $1"
    chronyc -c -n tracking
    chronyc -c -n sources
    chronyc -c -n sourcestats
    chronyc -n ntpdata | grep -e '^Remote address' -e '^Total TX'
    systemctl show --property CPUUsageNSec chrony.service
    for log in tracking refclocks measurements; do
        [ ! -e "/var/log/chrony/$log.log" ] || sed "s/^/$log: /" "/var/log/chrony/$log.log"
    done
}
