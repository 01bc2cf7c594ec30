# mount.sh WHERE LAYERS: a root tree in memory, laid over the list of lower layers, uppermost first.
mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay -o "lowerdir=$2,upperdir=upper,workdir=work" overlay root
