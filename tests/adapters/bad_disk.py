"""A device on a small file system of its own, which fills up or turns read-only. Run in a mount namespace of its own.

Prints what was seen as JSON: :mod:`tests.adapters.test_bad_disks` judges it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from edge.control_room.desk import Refused
from edge.domain.condition import EndReason
from edge.domain.errors import LamppostError, Unsafe
from edge.domain.leaves.hits import HitExpired
from hardware_sim.site import Site
from tests.doors.test_outbox import tell

MEGABYTE = 1024 * 1024


def watching(folder: Path) -> Site:
    site = Site(folder)
    site.run(1)
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    return site


def fill(folder: Path, left: int = 0) -> Path:
    """Leave so much room, and no more."""
    filler = folder / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    step = MEGABYTE
    while step:
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize - left < step:
            step //= 2
            continue
        try:
            os.write(descriptor, bytes(step))
        except OSError:
            step //= 2
    os.close(descriptor)
    return filler


def said(site: Site) -> dict[str, Any]:
    return {"condition": site.condition.value, "reasons": list(site.reasons), "leaves": len(site.journal())}


def running_low(folder: Path) -> dict[str, Any]:
    site = watching(folder)
    seen: dict[str, Any] = {"before": said(site)}
    filler = fill(folder, 48 * MEGABYTE)
    site.run(1.5)
    seen["48 MiB"] = said(site)
    site.stop()
    try:
        site.deploy(7)
    except Refused as error:
        seen["start"] = str(error)
    filler.unlink()
    site.run(1.5)
    site.deploy(7)
    site.confirm_presence()
    site.run(1)
    filler = fill(folder, 16 * MEGABYTE)
    site.run(1.5)
    seen["16 MiB"] = said(site)
    filler.unlink()
    site.run(1.5)
    seen["after"] = said(site)
    return seen


def full(folder: Path) -> dict[str, Any]:
    """Full from one moment to the next, so that only the reserve is left."""
    site = watching(folder)
    tell(site)
    site.device.link.cut()
    site.run(0.3)
    fill(folder)
    site.device.daemon.gate.end(EndReason.STOPPED, site.clock.now())
    seen: dict[str, Any] = {"ended": said(site), "kinds": [event.kind for event in site.journal()][-2:]}
    seen["reserve"] = (folder / "journal.sqlite-reserve").stat().st_size
    journal = site.device.daemon.tell._journal
    written = 0
    try:
        while written < 100_000:
            journal.record(HitExpired(sequence=written + 100), site.clock.now())
            written += 1
    except Unsafe as error:
        seen["error"] = [type(error).__name__, str(error)]
    seen["written"] = written
    seen["full"] = said(site)
    site.power_cut()
    seen["restarted while full"] = {"condition": site.condition.value, "reasons": list(site.reasons)}
    site.device.store.close()
    (folder / "filler").unlink()
    site.boot()
    site.run(1.5)
    seen["restarted with room"] = said(site)
    seen["reserve again"] = (folder / "journal.sqlite-reserve").stat().st_size
    return seen


def read_only(folder: Path) -> dict[str, Any]:
    """Found read-only at a start, as a file system with errors is mounted."""
    site = watching(folder)
    journal = [event.kind for event in site.journal()]
    site.power_off()
    _mount("-o", "remount,ro", str(folder))
    site.boot()
    site.run(0.5)
    seen: dict[str, Any] = {"read-only": {"condition": site.condition.value, "reasons": list(site.reasons)}}
    try:
        site.deploy(7)
    except LamppostError as error:
        seen["start"] = str(error)
    site.power_off()
    _mount("-o", "remount,rw", str(folder))
    site.boot()
    site.run(1)
    seen["writable"] = said(site)
    seen["kept"] = [event.kind for event in site.journal()][: len(journal)] == journal
    return seen


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


SCENARIOS = {"low": running_low, "full": full, "read-only": read_only}

if __name__ == "__main__":
    scenario, size, where = sys.argv[1:]
    _mount("-t", "tmpfs", "-o", f"size={size}", "lamppost-test", where)
    print(json.dumps(SCENARIOS[scenario](Path(where))))
