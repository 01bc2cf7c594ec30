# What the tries of checks.rs are made of: each breaks one thing, lets `verify` say what it finds, and repairs it.
mkdir /tmp/kept
cp -p /etc/chrony/chrony.conf /etc/default/chrony /tmp/kept
cp -p /etc/systemd/system/scylla-server.service.d/10-time-sync.conf /tmp/kept
give_back() {
    case "$1" in
        chrony.conf) cp -p /tmp/kept/chrony.conf /etc/chrony/ ;;
        chrony) cp -p /tmp/kept/chrony /etc/default/ ;;
        *) cp -p "/tmp/kept/$1" /etc/systemd/system/scylla-server.service.d/ ;;
    esac
}
dhcp() { mkdir /run/chrony-dhcp; echo 'server 169.254.7.98' > /run/chrony-dhcp/eth0.sources; }
in_run() {
    mkdir -p "/run/systemd/system/$1.service.d"
    printf "$2" > "/run/systemd/system/$1.service.d/50-broken.conf"
    systemctl daemon-reload
}
# As lxcfs does it for containers. A time namespace would move the start of chronyd as well.
two_hours_later() {
    awk '{ print $1 + 7200, $2 }' /proc/uptime > /tmp/uptime
    mount --bind /tmp/uptime /proc/uptime
}
timesyncd() { cp -a /usr/share/boot-bench/timesyncd/. /; systemd-sysusers; systemctl daemon-reload; }
# Half a minute is two polls.
until_offset() {
    local second
    for second in $(seq 60); do
        chronyc -c -n tracking | awk -F, -v "test=$1" '{ off = $5 < 0 ? -$5 : $5 } END { exit !(test == "large" ? off > 1 : off < 0.01) }' && return
        sleep 1
    done
    echo "the offset did not become $1" >&2
}
until_selected() {
    local second
    for second in $(seq 60); do
        chronyc -c -n sources | grep -q '^.,[*],' && return
        sleep 1
    done
    echo 'no source was selected' >&2
}
try() {
    eval "$1" > /dev/null 2>> /tmp/complaints
    cloud-timesync verify --json > /tmp/report 2>> /tmp/complaints
    echo "$? $(cut -d' ' -f1 /proc/uptime) $(cat /tmp/report)"
    eval "$2" > /dev/null 2>> /tmp/complaints
}
