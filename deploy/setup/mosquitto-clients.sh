#!/bin/sh
# See that the environment $1 can start mosquitto_sub and mosquitto_pub: the system's, or unpacked into the environment.
set -eu
target=$1
[ -x "$target/bin/mosquitto_sub" ] && [ -x "$target/bin/mosquitto_pub" ] && exit 0
if ! command -v mosquitto_sub >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing mosquitto-clients with apt-get"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends mosquitto-clients >/dev/null
fi
if command -v mosquitto_sub >/dev/null; then
    for program in mosquitto_sub mosquitto_pub; do ln -sf "$(command -v "$program")" "$target/bin/$program"; done
    exit 0
fi
echo "setup: unpacking mosquitto-clients into $target (no root, so it is not installed)"
"$(dirname "$0")/unpack.sh" "$target/debian-clients" mosquitto-clients
target=$(cd "$target" && pwd)
libraries=$(find "$target/debian-clients" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
for program in mosquitto_sub mosquitto_pub; do
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s/debian-clients/usr/bin/%s "$@"\n' "$libraries" "$target" "$program" \
        >"$target/bin/$program"
    chmod +x "$target/bin/$program"
done
"$target/bin/mosquitto_sub" --help >/dev/null 2>&1 || [ $? -le 3 ] || {
    echo "setup: the unpacked mosquitto_sub does not run" >&2; exit 1; }
