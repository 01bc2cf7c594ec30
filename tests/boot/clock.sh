# How long chronyd takes to a right clock, and how right it stays. `begin` prints "start NAME OFFSET_MS", systemd's stamps of
# chronyd's start and of time-sync.target, /proc/uptime (in hundredths) and the host's time before and after, and how far the
# clock was behind the host's at last. `watch` prints "watch NAME", then "HOST_MS SLOW_US TRIP_US" until "over NAME", and what
# chronyd says and logs. The host's time comes by the virtio port, which one process at a time can hold.
[ ! -e /dev/ptp_hyperv ] || ln -sf ptp0 /dev/ptp_ena # the stand-in plays that one, too
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

# use NAME [MORE]: a configuration of the store takes the place of the other: chrony.conf, and the drop-in of chrony-wait.
use() {
    local from="/usr/lib/clock-bench/$1"
    systemctl stop time-sync.target chrony-wait.service chrony.service
    { cat "$from/chrony.conf"; printf '%b' "${2:-}"; } > /etc/chrony/chrony.conf
    rm -rf /etc/systemd/system/chrony-wait.service.d
    [ ! -d "$from/wait.d" ] || cp -r "$from/wait.d" /etc/systemd/system/chrony-wait.service.d
    systemctl daemon-reload
}

# The monotonic time of a unit's change, in microseconds.
stamp() { systemctl show --value --property "$2" "$1"; }

# begin NAME OFFSET_MS: chronyd is started as on a first boot, by a job that pulls in the wait. What systemd stamps is of a
# clock that is slewed, too: two readings of it and of the host's time tell by how much. The console shows how far it is.
begin() {
    local up up_after host_before line _
    systemctl stop time-sync.target chrony-wait.service chrony.service
    systemctl reset-failed chrony-wait.service chrony.service 2> /dev/null
    rm -f /var/lib/chrony/* /var/log/chrony/*
    set_ahead "$2"
    read -r up _ < /proc/uptime
    ask
    host_before="$host"
    systemctl start chrony.service chrony-wait.service
    read -r up_after _ < /proc/uptime
    ask
    line="$(stamp chrony.service InactiveExitTimestampMonotonic) $(stamp time-sync.target ActiveEnterTimestampMonotonic)"
    line="start $1 $2 $line ${up/./} ${up_after/./} $host_before $host"
    ask_well 6
    echo "$line $slow $trip" | tee /dev/console
}

LOGS='log tracking refclocks\nlogdir /var/log/chrony\n'

# watch NAME SECONDS: what chronyd did, and once a second how far the clock was off.
watch() {
    local end
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
    for log in tracking refclocks; do
        [ ! -e "/var/log/chrony/$log.log" ] || sed "s/^/$log: /" "/var/log/chrony/$log.log"
    done
}
