#!/bin/sh
# The root file system of a fresh Debian, as an archive in the cache: root.sh SUITE ARCHITECTURE [PACKAGES] prints its
# path. PACKAGES, separated by commas, come on top: a kernel, for a machine that is not a container.
#
# What is installed is what Raspberry Pi OS Lite has of it: systemd, dbus and the distribution's Python. It comes from
# where this machine's own packages come from, and another processor's programs run through an emulator. Asks for root.
set -eu
suite=$1
architecture=$2
packages=systemd,systemd-sysv,systemd-resolved,dbus,udev,kmod,python3,ca-certificates,tpm2-tools,libtss2-tcti-device0
[ "$suite" = trixie ] && packages=$packages,systemd-cryptsetup
packages=$packages${3:+,$3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lamppost/roots
archive=$cache/$suite-$architecture-$(echo "$packages" | sha256sum | cut -c1-12).tar
if [ -s "$archive" ]; then echo "$archive"; exit 0; fi
[ "$(id -u)" = 0 ] || { echo "setup: a root file system is only made by root: sudo make ..." >&2; exit 1; }
command -v apt-get >/dev/null || { echo "setup: a root file system needs apt: try this on Debian" >&2; exit 1; }

wanted=""
command -v mmdebstrap >/dev/null || wanted="$wanted mmdebstrap"
command -v systemd-nspawn >/dev/null || wanted="$wanted systemd-container"
native=$(dpkg --print-architecture)
emulator=/proc/sys/fs/binfmt_misc/qemu-aarch64
if [ "$architecture" != "$native" ] && [ ! -e "$emulator" ]; then wanted="$wanted qemu-user-static binfmt-support"; fi
if [ -n "$wanted" ]; then
    echo "setup: installing$wanted with apt-get" >&2
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted >/dev/null
fi
if [ "$architecture" != "$native" ] && [ ! -e "$emulator" ]; then
    mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
    update-binfmts --enable qemu-aarch64
fi

# shellcheck disable=SC2016  # apt's own, not the shell's
site=$(apt-get indextargets --format '$(SITE)' | grep -v -- -security | sort -u | head -n 1)
mkdir -p "$cache"
echo "setup: making the root file system of $suite for $architecture; another processor's takes five minutes" >&2
mmdebstrap --quiet --format=tar --variant=minbase --architectures="$architecture" --include="$packages" \
    "$suite" "$archive.part" "$site" >&2
mv "$archive.part" "$archive"
echo "$archive"
