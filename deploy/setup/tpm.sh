#!/bin/sh
# Keys sealed by a TPM, in a virtual machine with a software one: tpm.sh ENVIRONMENT installs what that needs, and runs it.
#
# The machine is Debian 12 (the newest whose Python is the environment's), with Debian's own kernel, qemu and swtpm.
set -eu
environment=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lamppost/kernels
[ "$(id -u)" = 0 ] || { echo "setup: a virtual machine's root is only made by root: sudo make tpm" >&2; exit 1; }
command -v apt-get >/dev/null || { echo "setup: qemu and swtpm are installed with apt: try this on Debian 12" >&2; exit 1; }
wanted=""
command -v qemu-system-x86_64 >/dev/null || wanted="$wanted qemu-system-x86"
command -v swtpm >/dev/null || wanted="$wanted swtpm"
command -v cpio >/dev/null || wanted="$wanted cpio"
if [ -n "$wanted" ]; then
    echo "setup: installing$wanted with apt-get" >&2
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086  # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted >/dev/null
fi
kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
[ -n "$kernel" ] || { echo "setup: there is no linux-image-cloud-amd64 here: try this on Debian 12" >&2; exit 1; }
if [ ! -s "$cache/$kernel" ]; then
    mkdir -p "$cache"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    (cd "$folder" && apt-get download -q -o APT::Sandbox::User=root "$kernel" >/dev/null && dpkg-deb -x ./*.deb unpacked)
    cp "$folder"/unpacked/boot/vmlinuz-* "$cache/$kernel.part"
    mv "$cache/$kernel.part" "$cache/$kernel"
fi
root=$("$(dirname "$0")/root.sh" bookworm amd64)
exec "$environment/bin/python" -m tests.tpm --kernel "$cache/$kernel" --root "$root"
