#!/bin/sh
# rivals.sh ROOT: Debian's packages of time daemons exclude each other: timesyncd and ntpsec lie beside chrony, unpacked, for the
# tests that let them in. The last two are libraries of ntpsec's. A hook of mmdebstrap's.
set -eu
mkdir -p "$1/usr/share/boot-bench"
cd "$1/usr/share/boot-bench"
APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get download systemd-timesyncd ntpsec libbsd0 libmd0
dpkg-deb --extract systemd-timesyncd_*.deb timesyncd
for deb in ntpsec_*.deb libbsd0_*.deb libmd0_*.deb; do dpkg-deb --extract "$deb" ntpsec; done
rm ./*.deb
