#!/bin/sh
# Lint the playbook with the tools of the environment $1, see that the example is one that it takes, and lint the scripts.
set -eu
bin=$(cd "$1" && pwd)/bin
cd "$(dirname "$0")"
PATH=$bin:$PATH
export PATH ANSIBLE_CONFIG="$PWD/ansible.cfg"
ansible-playbook --syntax-check --inventory inventory.example.yml site.yml
ansible-lint --offline --profile production --strict -q .
echo "ansible-check: lint (production) and syntax are clean"

if ! command -v shellcheck >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing shellcheck with apt-get"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends shellcheck >/dev/null
fi
if ! command -v shellcheck >/dev/null; then
    echo "ansible-check: SKIPPED: no shellcheck here, so no script was linted: apt-get install shellcheck" >&2
    exit 0
fi
# Scripts by their first line, with an ending or without.
cd ../..
scripts=$(git ls-files --cached --others --exclude-standard deploy tests .ci | while read -r file; do
    case $(head -c 64 "$file" 2>/dev/null | tr -d '\0' | head -n 1) in "#!/bin/sh"* | "#!/bin/bash"*) echo "$file" ;; esac
done)
# shellcheck disable=SC2086  # a list of names without blanks
shellcheck $scripts
echo "ansible-check: shellcheck is clean: $(echo "$scripts" | wc -l) scripts"
