#!/bin/sh
# Put this checkout's two packages and their commands into the environment $1, without a build back-end from anywhere:
# a path file and two launchers, so that nothing beyond the hashed lock is ever fetched.
set -eu
target=$1
here=$(pwd)
site=$("$target/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n%s/hardware-sim\n' "$here" "$here" >"$site/lamppost-checkout.pth"
for pair in lamppost:edge.cli hardware-sim:hardware_sim.cli; do
    printf '#!%s/bin/python\nfrom %s import main\nraise SystemExit(main())\n' "$(cd "$target" && pwd)" "${pair#*:}" \
        >"$target/bin/${pair%%:*}"
    chmod +x "$target/bin/${pair%%:*}"
done
mkdir -p "$target/share/lamppost"
ln -sfn "$here/deploy/models/calibration.json" "$target/share/lamppost/calibration.json"
