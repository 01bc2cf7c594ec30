# Lets a script try to write everywhere, in the agent's sandbox and in none, and prints what the machine then has of it: a
# line "sandbox PATH" or "free PATH" each. The functions sandbox_unit and free_unit print the two units.
trier=/run/bench-tries
places="/ /usr /usr/bin /boot /opt /srv /home /root /mnt /tmp /var /var/lib /var/log /var/tmp /run /run/systemd/system /run/udev
        /dev /dev/shm /sys/fs/cgroup /etc /etc/systemd/system /etc/chrony /var/lib/chrony /var/lib/cloud-timesync /run/cloud-timesync"
# What the kernel reads, with the values that are tried there.
settings="/proc/sys/vm/swappiness=41 /proc/sys/kernel/hostname=bench-confined /sys/block/vda/queue/read_ahead_kb=4096"
disk="$(stat -c '%Hr %Lr' /dev/vda)"

cat > "$trier" << END
for place in $(echo $places); do mkdir "\$place/bench-confined"; done
for setting in $settings; do echo "\${setting#*=}" > "\${setting%%=*}"; done
# A device of its own, where it may write and devices work.
cd /var/lib/cloud-timesync && mknod bench-disk b $disk && head -c 512 bench-disk > /dev/null && mkdir bench-read-the-disk
exit 0
END
mkdir -p /boot

for kind in sandbox free; do
    "${kind}_unit" > /run/systemd/system/bench-confined.service
    systemctl daemon-reload
    declare -A before=()
    for setting in $settings; do before[$setting]="$(cat "${setting%%=*}")"; done
    systemctl start bench-confined.service || echo "$kind did not run"
    for place in $places; do ! rmdir "${place%/}/bench-confined" 2> /dev/null || echo "$kind $place"; done
    for setting in $settings; do
        [ "$(cat "${setting%%=*}")" = "${before[$setting]}" ] || echo "$kind ${setting%%=*}"
        echo "${before[$setting]}" > "${setting%%=*}"
    done
    ! rmdir /var/lib/cloud-timesync/bench-read-the-disk 2> /dev/null || echo "$kind /dev/vda"
    rm -f /var/lib/cloud-timesync/bench-disk
done
rm /run/systemd/system/bench-confined.service
systemctl daemon-reload
