#!/bin/sh
# A Debian 13 tree that is right on every cloud. As root:
#
#   build.sh PACKAGE.deb TREE [--platform PLATFORM]
#
# With --platform the tree is for one cloud, and its first boot has nothing left to do.
set -eu

package=$1 tree=$2
shift 2

# The second hook runs the tree's program outside of the tree, on this machine: its glibc must be 2.28 or later.
mmdebstrap --variant=minbase --include=systemd-sysv,udev,dbus,chrony,libudev1 \
    --customize-hook="cp '$package' \"\$1/cloud-timesync.deb\" && chroot \"\$1\" dpkg --install /cloud-timesync.deb && rm \"\$1/cloud-timesync.deb\"" \
    --customize-hook="\"\$1/usr/bin/cloud-timesync\" apply --root \"\$1\" $*" \
    trixie "$tree"
