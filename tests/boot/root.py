"""A fresh root file system with the product's package in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
HOME: Final = Path("usr/lib/lamppost")
TESTED: Final = Path("usr/lib/lamppost-boot-test")
SETUP: Final = CHECKOUT / "deploy" / "setup" / "root.sh"
SUITES: Final = ("trixie", "bookworm")
COMPILED: Final = shutil.ignore_patterns("__pycache__")
NEWER: Final = "9.0.0"
"""What the same program is called for an upgrade."""


@dataclass(frozen=True, slots=True)
class Packages:
    """The pole's package as it is, and as though it were newer."""

    now: Path
    newer: Path


def unpack(suite: str, folder: Path) -> None:
    """A fresh root of this suite. Its devices are made by whoever boots it."""
    made = subprocess.run([SETUP, suite, "amd64"], stdout=subprocess.PIPE, text=True, check=True)
    archive = made.stdout.strip().splitlines()[-1]
    subprocess.run(["tar", "-xf", archive, "--exclude", "./dev/*", "-C", folder], check=True)


def build(suite: str, out: Path, *more: str) -> Path:
    """Build the package, from the cache where it has what it needs."""
    command = [sys.executable, "-m", "deploy.package", "--package", "lamppost", "--suite", suite]
    command += ["--architecture", "amd64", *more, "--out", str(out)]
    subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
    return next(out.glob("*.deb"))


def install(folder: Path, now: Path, *besides: Path) -> None:
    """Without a network: the package has everything but Debian's own. And what a test needs besides."""
    for package in (now, *besides):
        shutil.copy(package, folder / "var/tmp")
    nspawn = ["systemd-nspawn", "--quiet", "-D", str(folder), "--register=no", "--keep-unit", "--pipe"]
    nspawn += ["--private-network", "apt-get", "install", "--yes", "--quiet", f"/var/tmp/{now.name}"]
    ran = subprocess.run(nspawn, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:] + ran.stdout[-2000:]
    tested = folder / TESTED
    shutil.copytree(CHECKOUT / "hardware-sim" / "hardware_sim", tested / "hardware_sim", ignore=COMPILED)
    shutil.copytree(CHECKOUT / "tests" / "boot" / "inside", tested, ignore=COMPILED, dirs_exist_ok=True)
