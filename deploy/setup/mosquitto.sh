#!/bin/sh
# See that the environment $1 can start a mosquitto: the system's, or one that is unpacked into the environment.
set -eu
target=$1
[ -x "$target/bin/mosquitto" ] && exit 0
for place in /usr/sbin /usr/local/sbin /usr/bin /usr/local/bin; do
    if [ -x "$place/mosquitto" ]; then ln -s "$place/mosquitto" "$target/bin/mosquitto"; exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # The package starts a broker of its own; the bench's runs on loopback under another configuration.
    echo "setup: installing mosquitto with apt-get"
    apt-get update -q >/dev/null
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mosquitto >/dev/null
    ln -s /usr/sbin/mosquitto "$target/bin/mosquitto"
    exit 0
fi
echo "setup: unpacking mosquitto into $target (no root, so it is not installed)"
"$(dirname "$0")/unpack.sh" "$target/debian" mosquitto
target=$(cd "$target" && pwd)
libraries=$(find "$target/debian" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/debian/usr/sbin/mosquitto "$@"\n' "$libraries" "$target" \
    >"$target/bin/mosquitto"
chmod +x "$target/bin/mosquitto"
"$target/bin/mosquitto" -h >/dev/null 2>&1 || [ $? -le 3 ] || { echo "setup: the unpacked mosquitto does not run" >&2; exit 1; }
