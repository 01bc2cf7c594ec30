#!/bin/sh
# Installs what the boot bench and the containers need on a Debian machine; with "arm64", what the bench needs for guests
# of that architecture too. Running it again changes nothing.
set -eu

wanted="qemu-system-x86 mmdebstrap e2fsprogs iproute2 debian-archive-keyring tar gzip systemd-container"
[ "${1:-}" != arm64 ] || wanted="$wanted qemu-system-arm qemu-efi-aarch64 qemu-user-static binfmt-support arch-test"
export DEBIAN_FRONTEND=noninteractive

missing=""
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
# A machine without systemd has nobody who tells its kernel which programs QEMU runs.
arm64_runs() {
    [ "$1" = arm64 ] && [ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || return 0
    [ -e /proc/sys/fs/binfmt_misc/register ] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    # QEMU 10's package leaves it to systemd-binfmt, earlier ones to update-binfmts.
    if [ -e /usr/lib/binfmt.d/qemu-aarch64.conf ]; then
        cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
    else
        update-binfmts --enable qemu-aarch64
    fi
}

[ -n "$missing" ] || { arm64_runs "${1:-}"; exit; }
[ "$(id -u)" = 0 ] || { echo "installing$missing needs root" >&2; exit 1; }

# A qemu-utils that came from backports conflicts with the release's own QEMU: take the one that matches it.
release_option=""
case "$(dpkg-query -W -f '${Version}' qemu-utils 2>/dev/null || true)" in
*~bpo*)
    suite="$(. /etc/os-release && echo "$VERSION_CODENAME")-backports"
    release_option="--target-release=$suite"
    if ! apt-cache policy | grep -q "a=stable-backports\|n=$suite"; then
        printf 'Types: deb\nURIs: http://deb.debian.org/debian\nSuites: %s\nComponents: main\n%s\n' "$suite" \
            'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' \
            > /etc/apt/sources.list.d/boot-bench-backports.sources
    fi
    ;;
esac

# A tool is no reason to start a daemon on the machine that builds.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi

# shellcheck disable=SC2086 # lists of words, not one word
install() { apt-get install --yes --quiet --no-install-recommends $release_option $missing; }
install || { apt-get update --quiet && install; }
arm64_runs "${1:-}"
