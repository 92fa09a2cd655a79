#!/bin/sh
# See that the environment $1 has SoftHSM, a token in software: the system's, or unpacked into the environment.
set -eu
target=$1
[ -x "$target/bin/softhsm2-util" ] && [ -e "$target/lib/libsofthsm2.so" ] && exit 0
installed() { find /usr/lib -name libsofthsm2.so 2>/dev/null | head -n 1; }
if ! command -v softhsm2-util >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing softhsm2 with apt-get"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends softhsm2 >/dev/null
fi
if command -v softhsm2-util >/dev/null && [ -n "$(installed)" ]; then
    ln -sf "$(command -v softhsm2-util)" "$target/bin/softhsm2-util"
    ln -sf "$(installed)" "$target/lib/libsofthsm2.so"
    exit 0
fi
echo "setup: unpacking softhsm2 into $target (no root, so it is not installed)"
"$(dirname "$0")/unpack.sh" "$target/debian-softhsm" softhsm2
target=$(cd "$target" && pwd)
ln -sf "$(find "$target/debian-softhsm" -name libsofthsm2.so | head -n 1)" "$target/lib/libsofthsm2.so"
libraries=$(find "$target/debian-softhsm" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/debian-softhsm/usr/bin/softhsm2-util "$@"\n' "$libraries" "$target" \
    >"$target/bin/softhsm2-util"
chmod +x "$target/bin/softhsm2-util"
"$target/bin/softhsm2-util" --version >/dev/null || { echo "setup: the unpacked softhsm2-util does not run" >&2; exit 1; }
