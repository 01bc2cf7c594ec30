# start.sh NAME ARGUMENTS: moves itself into a cgroup of its own, and becomes the container: two of them in one cgroup would
# end each other's services. Every hierarchy that systemd may use.
set -eu
name="$1"
shift
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    mkdir -p "$hierarchy/$name"
    echo $$ > "$hierarchy/$name/cgroup.procs"
done
exec systemd-nspawn --quiet --register=no --keep-unit --boot --console=pipe --private-network --machine="$name" "$@"
