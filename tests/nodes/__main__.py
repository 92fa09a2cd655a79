"""Set up a broker and a node with the playbook, twice, and see what they became: ``python -m tests.nodes ANSIBLE``."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.nodes import places, promises, refusals
from tests.nodes.machine import Machine, booted, copied, unpacked
from tests.nodes.playbook import Playbook

SUITE = "trixie"
PACKAGES = (
    "busybox", "ca-certificates", "chrony", "cryptsetup-bin", "e2fsprogs", "iproute2", "mosquitto", "nftables",
    "libbpf1", "openssh-server", "overlayroot", "python3-apt", "python3-cryptography", "unattended-upgrades",
)  # fmt: skip
"""What the playbook installs, and the questions need. The machines have no network: one that is missing fails."""


def main(environment: Path) -> int:
    """Exit status 0 where every promise was kept."""
    if os.geteuid() != 0:
        print("ansible-test: SKIPPED: it boots machines in containers, which only root may: sudo make ansible-test")
        return 0
    package = places.package()
    if package is None:
        print("ansible-test: SKIPPED IN PART: no package in out/packages (make deb): the node is set up without it")
    # Whoever ends it from outside leaves no machine behind either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="lamppost-nodes-", dir="/var/tmp"))
    try:
        set_up(folder, Playbook(environment.resolve(), folder / "inventory.json"), package)
    finally:
        shutil.rmtree(folder)
    print(f"ansible-test: every promise kept, in {time.monotonic() - began:.0f} s")
    return 0


def set_up(folder: Path, playbook: Playbook, package: Path | None) -> None:
    """Both machines, twice, with what must be refused in between."""
    fresh = unpacked(SUITE, folder / places.BROKER, PACKAGES)
    roots = {places.BROKER: fresh, places.NODE: copied(fresh, folder / places.NODE)}
    places.raspberry(roots[places.NODE])
    places.documents(folder / "documents")
    with ExitStack() as held:
        machines = {name: held.enter_context(booted(name, root)) for name, root in roots.items()}
        pids = {name: machine.pid for name, machine in machines.items()}
        playbook.tell(places.inventory(folder / "documents", package, pids))
        without = () if package else ("package",)
        for time_of_it in ("first", "second"):
            ran = playbook.run(without=without)
            assert ran.status == 0, ran.said
            assert set(ran.changed) >= set(machines), ran.said
            print(f"ansible-test: the {time_of_it} run changed {ran.changed}", flush=True)
            assert (sum(ran.changed.values()) == 0) is (time_of_it == "second"), ran.said
        promises.kept(machines[places.BROKER], promises.OF_BROKER)
        promises.kept(machines[places.NODE], promises.OF_NODE)
        if package:
            promises.kept(machines[places.NODE], promises.OF_PACKAGE)
            updated(playbook, machines[places.NODE], places.updater(folder))
        refusals.made(playbook)


def updated(playbook: Playbook, node: Machine, updater: Path) -> None:
    """The node is one that takes signed updates, and has no read-only root: it is set up so, twice."""
    told = {"node_updater": str(updater), "node_mirror": places.MIRROR, "node_read_only_root": False}
    for time_of_it in ("first", "second"):
        ran = playbook.run("--limit", places.NODE, "--extra-vars", json.dumps(told))
        assert ran.status == 0, ran.said
        print(f"ansible-test: with updates, the {time_of_it} run changed {ran.changed}", flush=True)
        assert (sum(ran.changed.values()) == 0) is (time_of_it == "second"), ran.said
    promises.kept(node, promises.OF_UPDATES)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
