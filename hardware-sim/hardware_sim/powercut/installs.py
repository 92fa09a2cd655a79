"""What is sent to a device and installed, cut in the middle: a calibration, and models with their list.

The package itself is another program's to replace: see ``packages``. These are the updates that the daemon takes in by
signed orders.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from edge.adapters.installed import CALIBRATION, MANIFEST, InstalledFiles, complete, folders
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.powercut.cutting import judge, moment, told, until_cut
from hardware_sim.powercut.disk import CutDisk

MEGABYTES: Final = 24
PARTS: Final = ("detector.tflite", "embedder.tflite")
LARGE: Final = 300_000
"""Bytes of a made-up model: many more than a sector, or a page."""


class Release:
    """Made-up models, their list, and a calibration."""

    def __init__(self, name: str) -> None:
        self.files = {part: hashlib.sha256(f"{name} {part}".encode()).digest() * (LARGE // 32) for part in PARTS}
        named = [
            {"file": part, "sha256": hashlib.sha256(raw).hexdigest(), "precision": "int8"}
            for part, raw in self.files.items()
        ]
        self.list = json.dumps({"models": named}).encode()
        self.calibration = f"the signed calibration of {name}".encode() * 900

    def lie(self, folder: Path) -> Path:
        """As a package brings it."""
        folder.mkdir(parents=True)
        for name, raw in {**self.files, MANIFEST: self.list}.items():
            (folder / name).write_bytes(raw)
        return folder

    def taken_in(self, disk: InstalledFiles) -> None:
        """All of it, as it is sent."""
        assert disk.put_calibration(self.calibration)
        assert disk.put_list(self.list)
        for raw in self.files.values():
            assert disk.put_model(hashlib.sha256(raw).hexdigest(), raw)


def run(folder: Path, seed: int, number: int) -> Outcome:
    """Cut it so many times, in turn while models and while a calibration is put in place of another."""
    outcome, began = Outcome("update", f"{number} cuts of putting models and calibrations in place"), time.monotonic()
    chance, fates, old, new = Random(seed), Counter[str](), Release("the old"), Release("the new")  # noqa: S311
    folder.mkdir(parents=True)
    provisioned = Release("the package's").lie(folder / "package")
    disk = CutDisk(folder / "disk", folder / "root", megabytes=MEGABYTES)
    place = disk.place / "installed"
    kept = InstalledFiles(place, provisioned)
    deeds: dict[str, Callable[[], None]] = {
        "models": lambda: _models(kept, new),
        "calibration": lambda: _must(kept.put_calibration(new.calibration)),
    }
    try:
        steps, before = _rehearse(disk, kept, old, deeds, folder), folder / "before"
        for cut in range(number):
            what = list(deeds)[cut % len(deeds)]
            at, cut_seed = moment(chance, steps[what]), chance.randrange(2**32)
            disk.begin_as(before)
            disk.mount()
            done = until_cut(disk, cut_seed, at, deeds[what], fates)
            disk.mount()
            judge(
                lambda is_old, what=what: _wrong(place, what, old if is_old else new), deeds[what],  # type: ignore[misc]
                lambda what=what: _wrong(place, what, new), done=done, outcome=outcome,  # type: ignore[misc]
                when=f"{what}, cut {cut_seed} at step {at}: ", fates=fates,
            )  # fmt: skip
            disk.unmount()
    finally:
        disk.close()
    outcome.notes.append("writes and flushes of each: " + ", ".join(f"{one} {steps[one]}" for one in deeds))
    told(outcome, fates, number)
    outcome.seconds = time.monotonic() - began
    return outcome


def _rehearse(
    disk: CutDisk, kept: InstalledFiles, old: Release, deeds: dict[str, Callable[[], None]], folder: Path
) -> dict[str, int]:  # fmt: skip
    """The disk before, and how often each deed writes or flushes."""
    disk.mount()
    old.taken_in(kept)
    disk.unmount()
    shutil.copyfile(disk.image, folder / "before")
    steps = {}
    for what, deed in deeds.items():
        disk.begin_as(folder / "before")
        disk.mount()
        before = disk.count()
        deed()
        steps[what] = disk.count() - before
        disk.unmount()
    return steps


def _models(kept: InstalledFiles, new: Release) -> None:
    _must(kept.put_list(new.list))
    for raw in new.files.values():
        _must(kept.put_model(hashlib.sha256(raw).hexdigest(), raw))


def _wrong(place: Path, what: str, wanted: Release) -> str:
    """What a start would use, of models or of calibrations: the first that is whole, as the product decides."""
    if what == "calibration":
        found = place / CALIBRATION
        return "" if found.is_file() and found.read_bytes() == wanted.calibration else "it is another calibration"
    used = next((one for one in folders(place) if complete(one)), None)
    if used is None:
        return "no models are whole"
    return "" if (used / MANIFEST).read_bytes() == wanted.list else f"the models in use are those of {used.name[:8]}"


def _must(done: bool) -> None:
    if not done:
        raise OSError("the disk would not have it")
