# repack.sh TREE TO: what the tree has of chrony as the package that it came from, with its real maintainer scripts.
set -eu
cd "$1"
mkdir "$2" "$2/DEBIAN"
# /lib is a link in the tree, and a directory in the package.
while read -r path; do
    if [ -d ".$path" ] && [ -L ".$path" ]; then continue; fi
    if [ -e ".$path" ] || [ -L ".$path" ]; then echo ".$path"; fi
done < var/lib/dpkg/info/chrony.list |
    tar --create --no-recursion --files-from=- | tar --extract --preserve-permissions --directory="$2"
for part in conffiles preinst postinst prerm postrm; do
    [ ! -e "var/lib/dpkg/info/chrony.$part" ] || cp -a "var/lib/dpkg/info/chrony.$part" "$2/DEBIAN/$part"
done
dpkg-query --admindir=var/lib/dpkg --show --showformat='Package: ${Package}
Version: ${Version}
Architecture: ${Architecture}
Maintainer: ${Maintainer}
Depends: ${Depends}
Description: ${binary:Summary}
' chrony > "$2/DEBIAN/control"
