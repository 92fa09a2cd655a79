#!/bin/sh
# Unpack Debian packages, and all that they need beyond what is installed, into the folder $1. Needs no root.
set -eu
folder=$1; shift
command -v apt-get >/dev/null || { echo "setup: no apt-get here; install by hand: $*" >&2; exit 1; }
mkdir -p "$folder/.apt/lists/partial" "$folder/.apt/archives/partial"
folder=$(cd "$folder" && pwd)
own="-o Dir::State::Lists=$folder/.apt/lists -o Dir::Cache=$folder/.apt -o Dir::Cache::archives=$folder/.apt/archives"
own="$own -o APT::Sandbox::User= -o Debug::NoLocking=1"
# shellcheck disable=SC2086
apt-get $own -q update >"$folder/.apt/log" 2>&1 || {
    echo "setup: the package lists cannot be fetched; install by hand: $*" >&2; tail -n 3 "$folder/.apt/log" >&2; exit 1; }
# shellcheck disable=SC2086
apt-get $own -q -y --no-install-recommends --download-only -o Dir::State::status=/var/lib/dpkg/status install "$@" \
    >>"$folder/.apt/log" 2>&1 || {
    echo "setup: these packages cannot be fetched; install by hand: $*" >&2; tail -n 3 "$folder/.apt/log" >&2; exit 1; }
for package in "$folder"/.apt/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
rm -rf "$folder/.apt"
