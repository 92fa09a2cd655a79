#!/bin/sh
# Build or find the models, and lay them and their pictures beside the programs of the environment $1.
set -eu
target=$1
"$target/bin/python" -m deploy.models >/dev/null
built=$("$target/bin/python" -m deploy.models --print-path)
ln -sfn "$built" "$target/share/lamppost/models"
ln -sfn "$(dirname "$(dirname "$built")")/sources" "$target/share/lamppost/pictures"
