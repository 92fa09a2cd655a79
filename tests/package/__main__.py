"""``python -m tests.package``: the built packages, on clean Debians. Asks for root; says what it leaves out."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache as remembered
from pathlib import Path
from typing import Any

from deploy.models import environment
from deploy.models import recipe as models_recipe
from deploy.models.__main__ import cache
from deploy.package.recipe import CHECKOUT, MACHINES, SUITES, Suite
from tests.package import linted, room
from tests.package.course import course
from tests.package.replayed import agrees
from tests.package.root import Failed, Root

CARD = environment.Environment("card", CHECKOUT / "requirements" / "card.txt", "60 MB")


def outcome(python: str, *more: str) -> dict[str, Any]:
    """The scene in an environment of this machine. Raises Failed."""
    import json

    root = cache(None)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "replayed.json"
        done = subprocess.run(
            [python, "-I", str(CHECKOUT / "tests/package/replayed.py"), "--beside", str(CHECKOUT), "--models",
             str(root / "models" / models_recipe.key()), "--pictures", str(root / "sources"), "--calibration",
             str(CHECKOUT / "deploy/models/calibration.json"), "--out", str(out), *more],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failed(f"the scene came to another end: {done.stdout}{done.stderr[-800:]}")
        print(done.stdout.strip(), flush=True)
        found: dict[str, Any] = json.loads(out.read_text())
        return found


def card() -> int:
    """The other supported set, held against this environment."""
    if sys.version_info[:2] != (3, 11) or platform.machine() not in MACHINES.values():
        print(f"SKIPPED: tflite-runtime is for CPython 3.11; this is {platform.python_version()}")
        return 0
    other = outcome(str(environment.ready(cache(None), CARD)))
    if differs := agrees(outcome(sys.executable), other):
        print(f"FAILED: {differs}")
        return 1
    print("the card's set and this one agree")
    return 0


def packages(folder: Path, suites: list[str], architectures: list[str], only: str | None) -> int:
    """Every package of the pole that was built, on its own Debian."""
    if os.geteuid() != 0:
        print("SKIPPED: a root file system is only made by root: sudo make deb-test")
        return 0

    @remembered
    def reference(*more: str) -> dict[str, Any]:
        return outcome(sys.executable, *more)

    wanted = [(suite, one) for suite in SUITES if suite.name in suites for one in MACHINES if one in architectures]
    failed = 0
    for suite, architecture in wanted:
        try:
            for line in steps(folder, suite, architecture, reference, only):
                print(f"{suite.name} {architecture}: {line}", flush=True)
        except Failed as error:
            print(f"FAILED: {suite.name} {architecture}: {error}", flush=True)
            failed += 1
    return 1 if failed else 0


def steps(
    folder: Path, suite: Suite, architecture: str, reference: Callable[..., dict[str, Any]], only: str | None
) -> Iterator[str]:
    """All that is asked of the packages for one Debian and processor, a line for each step. Raises Failed."""
    found = sorted(folder.glob(f"lamppost_*+deb{suite.number}_{architecture}.deb"))
    if not found:
        yield f"SKIPPED: no package in {folder}; run: make deb"
        return
    small = ("--passages", "2", "--seconds", "10") if architecture == "arm64" else ()
    with Root(suite.name, architecture) as root:
        yield from course(root, found[-1], suite, architecture, lambda: reference(*small), only)
    if only is None:
        yield from others(folder, suite, architecture, found[-1])


def others(folder: Path, suite: Suite, architecture: str, pole: Path) -> Iterator[str]:
    """The control room's package; and both before Debian's examiner, of which one processor's are enough."""
    found = sorted(folder.glob(f"{room.NAME}_*+deb{suite.number}_{architecture}.deb"))
    if not found:
        yield f"SKIPPED: no package {room.NAME} in {folder}; run: make deb"
    else:
        with Root(suite.name, architecture) as root:
            yield from room.course(root, found[-1], pole)
    if architecture == "amd64":
        linted.provide()
        for package in (pole, *found[-1:]):
            yield f"{package.name}: {linted.clean(package)}"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.package", description=__doc__)
    parser.add_argument("--packages", type=Path, default=Path("out/packages"))
    parser.add_argument("--suite", action="append", choices=[suite.name for suite in SUITES])
    parser.add_argument("--architecture", action="append", choices=list(MACHINES))
    parser.add_argument("--only", choices=["replay", "card"], help="only the scene; or the scene with the card's set")
    chosen = parser.parse_args()
    if chosen.only == "card":
        return card()
    suites = chosen.suite or [suite.name for suite in SUITES]
    return packages(chosen.packages, suites, chosen.architecture or list(MACHINES), chosen.only)


if __name__ == "__main__":
    sys.exit(main())
