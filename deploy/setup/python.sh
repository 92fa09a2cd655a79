#!/bin/sh
# Make the virtual environment $1 with the newest suitable Python and a working pip, on a bare Debian too.
set -eu
target=$1
[ -x "$target/bin/pip" ] && exit 0

suitable() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; }
install() {
    echo "setup: installing $* with apt-get"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null
}
root_with_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

found=
for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null && suitable "$candidate"; then found=$candidate; break; fi
done
if [ -z "$found" ] && root_with_apt; then install python3 python3-venv && found=python3; fi
[ -n "$found" ] || { echo "setup: CPython 3.11 to 3.13 was not found; install it, or name it: make PYTHON=..." >&2; exit 1; }

if "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    "$found" -m venv "$target"
elif root_with_apt; then
    install python3-venv
    "$found" -m venv "$target"
else
    # Debian keeps pip in packages of its own; without root they are unpacked here, and pip is run from its wheel.
    "$found" -m venv --without-pip "$target"
    "$(dirname "$0")/unpack.sh" "$target/debian" python3-pip-whl
    wheel=$(ls "$target"/debian/usr/share/python-wheels/pip-*.whl)
    "$target/bin/python" "$wheel/pip" install --quiet --no-index "$wheel"
fi
