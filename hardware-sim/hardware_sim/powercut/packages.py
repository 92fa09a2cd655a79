"""The program's own package, cut while another takes its place: the updater's whole course, with dpkg itself.

The package is a made-up one, on a disk of its own; the instances, whom nobody could start there, are ready whenever
they are asked. What a real machine makes of it stands in ``make update-test``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from edge.domain.errors import Misconfigured
from edge.domain.outcomes import UpdateOutcome
from edge.updating import course
from edge.updating.apply import Update
from edge.updating.course import Package, Stage, State
from edge.updating.machine import STANDING, Machine
from edge.updating.shelf import Shelf
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.powercut.cutting import judge, moment, told, until_cut
from hardware_sim.powercut.disk import CutDisk

MEGABYTES: Final = 48
OLD, NEW = "1.0", "1.1"
UNIT: Final = "lamppost@cam0.service"
PARTS: Final = 24
LARGE: Final = 60_000
"""Bytes of a file: many more than a sector, or a page."""
BEHIND: Final = 6
"""Steps after its last one: it has said then that it is done, and what it said must hold."""
_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
_QUERY: Final = f"""#!/bin/sh
PATH={_PATH} exec dpkg-query --admindir=@ROOT@/var/lib/dpkg "$@"
"""
_DPKG: Final = f"""#!/bin/sh
# Whoever is without power does not go on.
PATH={_PATH} exec setpriv --pdeathsig KILL dpkg --root=@ROOT@ "$@"
"""
_SYSTEMCTL: Final = f"""#!/bin/sh
case "$1" in
    list-units) echo {UNIT} ;;
    show) echo ActiveState=active; echo InvocationID=run ;;
esac
"""


def contents(version: str) -> dict[str, bytes]:
    """The files of a version: some are in both, some have changed, some are in one alone."""
    names = [f"usr/lib/lamppost/part-{number}" for number in range(PARTS)] + [f"usr/lib/lamppost/only-{version}"]
    same = set(names[:4])
    made = {name: hashlib.sha256(f"{name} {'' if name in same else version}".encode()).digest() for name in names}
    return {name: raw * (LARGE // 32) for name, raw in made.items()}


class Box:
    """The disk, the two packages, and the updater on it."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.root, self._place = place / "root", place
        programs = folder / "bin"
        programs.mkdir(parents=True)
        for name, text in (("dpkg", _DPKG), ("dpkg-query", _QUERY), ("systemctl", _SYSTEMCTL)):
            (programs / name).write_text(text.replace("@ROOT@", str(self.root)))
            (programs / name).chmod(0o755)
        self._programs = programs
        self.files = {version: _built(folder, version) for version in (OLD, NEW)}
        self.packages = {
            version: Package(version=version, digest=hashlib.sha256(path.read_bytes()).hexdigest())
            for version, path in self.files.items()
        }

    @property
    def shelf(self) -> Shelf:
        """As a program finds it that has just begun."""
        return Shelf(self._place / "lamppost-update")

    @property
    def machine(self) -> Machine:
        """The updater's own, whose programs know of no root but the disk's."""
        return Machine(
            self._place / "lamppost", timedelta(0), environment={"PATH": f"{self._programs}:{_PATH}"},
            run=self._place / "run", root=self.root,
        )  # fmt: skip

    def furnish(self) -> None:
        """The old version, installed, confirmed and ready."""
        for folder in ("info", "updates"):
            (self.root / "var/lib/dpkg" / folder).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()
        instance = self._place / "lamppost/cam0"
        instance.mkdir(parents=True)
        (instance / STANDING).write_text(json.dumps({"run": "run", "failed": []}))
        _must(self.machine.install(self.files[OLD]), "the old package cannot be installed")
        self._brought(OLD)
        self.shelf.save(course.kept(State(), self.packages[OLD], self.machine.compares))

    def updated(self) -> None:
        """The deed: the new package is brought and takes the old one's place."""
        self._brought(NEW)
        found = Update(self.machine, self.shelf, lambda: datetime.now(UTC)).run(self.packages[NEW], again=True)
        _must(found is UpdateOutcome.CONFIRMED, f"it came to {found}")

    def wrong(self, wanted: str) -> str:
        """What is not as it must be after a boot, where this version is to be there; empty where all is."""
        Update(self.machine, self.shelf, lambda: datetime.now(UTC)).settle(booting=True)
        state, installed = self.shelf.state(), self.machine.installed()
        if state.stage is not Stage.STILL or state.confirmed is None or state.confirmed.version != installed:
            return f"{installed or 'nothing'} is installed, and the updater is {state.stage.value}"
        if installed != wanted:
            return f"{installed} is installed"
        found = {str(path.relative_to(self.root)): path.read_bytes() for path in (self.root / "usr").rglob("*-*")}
        if found != contents(installed):
            return f"the files are not those of {installed}: {sorted(set(found) ^ set(contents(installed)))}"
        audit = self._asked("dpkg", "--audit") + self._asked("dpkg", "--verify")
        return f"dpkg is not content: {audit}" if audit else ""

    def _brought(self, version: str) -> None:
        kept = self.shelf.package(self.packages[version].digest)
        shutil.copyfile(self.files[version], kept)
        self.shelf.flush(kept)

    def _asked(self, program: str, *arguments: str) -> str:
        asked = [str(self._programs / program), *arguments]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def run(folder: Path, seed: int, number: int) -> Outcome:
    """Cut it so many times."""
    outcome, began = Outcome("package", f"{number} cuts of replacing the package"), time.monotonic()
    chance, fates = Random(seed), Counter[str]()  # noqa: S311
    folder.mkdir(parents=True)
    disk = CutDisk(folder / "disk", folder / "root", megabytes=MEGABYTES)
    box, before = Box(folder / "made", disk.place), folder / "before"
    try:
        disk.mount()
        box.furnish()
        disk.unmount()
        shutil.copyfile(disk.image, before)
        disk.mount()
        start = disk.count()
        box.updated()
        steps = disk.count() - start
        disk.unmount()
        for _ in range(number):
            at, cut_seed = moment(chance, steps + BEHIND), chance.randrange(2**32)
            disk.begin_as(before)
            disk.mount()
            done = until_cut(disk, cut_seed, at, box.updated, fates)
            disk.mount()
            judge(
                lambda is_old: box.wrong(OLD if is_old else NEW), box.updated, lambda: box.wrong(NEW), done=done,
                outcome=outcome, when=f"cut {cut_seed} at step {at}: ", fates=fates,
            )  # fmt: skip
            disk.unmount()
    finally:
        disk.close()
    outcome.notes.append(f"writes and flushes of one: {steps}")
    told(outcome, fates, number)
    outcome.seconds = time.monotonic() - began
    return outcome


def _built(folder: Path, version: str) -> Path:
    """A package of that version. Raises Misconfigured where dpkg-deb is not here."""
    tree, made = folder / version, folder / f"{version}.deb"
    for name, raw in contents(version).items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(
        f"Package: lamppost\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody\nDescription: made up\n"
    )
    try:
        built = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(made)]
        subprocess.run(built, check=True, capture_output=True)
    except FileNotFoundError as error:
        raise Misconfigured("dpkg-deb is not here.", "Run this on Debian, or leave the package out.") from error
    shutil.rmtree(tree)
    return made


def _must(done: bool, what: str) -> None:
    if not done:
        raise OSError(what)
