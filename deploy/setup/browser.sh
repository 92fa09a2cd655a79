#!/bin/sh
# Lay an environment with what drives a browser over the environment $1, as $1/browser, and see that there is a browser.
set -eu
target=$(cd "$1" && pwd)
if ! command -v chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing chromium with apt-get"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium >/dev/null
fi
command -v chromium >/dev/null || {
    echo "setup: there is no chromium, and no root to install it; its tests will be skipped" >&2; }
[ -x "$target/browser/bin/python" ] || "$target/bin/python" -m venv --without-pip "$target/browser"
echo "setup: installing browser"
"$target/bin/pip" --python "$target/browser/bin/python" install --quiet --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: -r requirements/browser.txt
site() { "$1" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'; }
# What is under it: the packages of the environment below, and this checkout.
printf '%s\n%s\n%s/hardware-sim\n' "$(site "$target/bin/python")" "$(pwd)" "$(pwd)" \
    >"$(site "$target/browser/bin/python")/below.pth"
ln -sfn "$target/share" "$target/browser/share"
