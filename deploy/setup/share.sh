#!/bin/sh
# Build or find the models, and lay them beside the programs of the environment $1.
set -eu
target=$1
"$target/bin/python" -m deploy.models | while IFS= read -r line; do
    case $line in
        /*) ln -sfn "$line" "$target/share/lamppost/models"
            ln -sfn "$(dirname "$(dirname "$line")")/sources" "$target/share/lamppost/pictures" ;;
        *) echo "$line" ;;
    esac
done
[ -e "$target/share/lamppost/models/manifest.json" ]
