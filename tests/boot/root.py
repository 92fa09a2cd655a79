"""A fresh root file system with the product in it."""

from __future__ import annotations

import hashlib
import os
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


@dataclass(frozen=True, slots=True)
class Suite:
    """A Debian, and what its wheels are called."""

    name: str
    python: str
    glibc: int


SUITES: Final = (Suite("trixie", "3.13", 41), Suite("bookworm", "3.11", 36))


def unpack(suite: Suite, folder: Path) -> None:
    """A fresh root of this suite. Its devices are made by whoever boots it."""
    made = subprocess.run([SETUP, suite.name, "amd64"], stdout=subprocess.PIPE, text=True, check=True)
    archive = made.stdout.strip().splitlines()[-1]
    subprocess.run(["tar", "-xf", archive, "--exclude", "./dev/*", "-C", folder], check=True)


def install(folder: Path, suite: Suite) -> str:
    """The product, and what a test needs besides. Returns what was installed."""
    package = _package(suite)
    if package is None:
        _by_hand(folder, suite)
    else:
        shutil.copy(package, folder / "var/tmp")
        _inside(folder, "apt-get", "install", "--yes", "--quiet", f"/var/tmp/{package.name}")
    tested = folder / TESTED
    (tested / "hardware_sim").mkdir(parents=True)
    for name in ("__init__", "scripted", "clock"):
        shutil.copy(CHECKOUT / "hardware-sim" / "hardware_sim" / f"{name}.py", tested / "hardware_sim")
    for name in ("street", "probe"):
        shutil.copy(CHECKOUT / "tests" / "boot" / "inside" / f"{name}.py", tested)
    return package.name if package else "the checkout, laid out as the package would"


def _package(suite: Suite) -> Path | None:
    """The package that ``make deb`` has built, where ``LAMPPOST_DEBS`` names its folder."""
    folder = os.environ.get("LAMPPOST_DEBS")
    if not folder:
        return None
    found = sorted(Path(folder).glob(f"lamppost_*{suite.name}*_amd64.deb"))
    assert found, f"{folder} holds no package of {suite.name}"
    return found[-1]


def _by_hand(folder: Path, suite: Suite) -> None:
    _inside(folder, "python3", "-m", "venv", "--without-pip", f"/{HOME}/venv")
    site = folder / HOME / "venv" / "lib" / f"python{suite.python}" / "site-packages"
    shutil.copytree(_wheels(suite), site, dirs_exist_ok=True)
    shutil.copytree(CHECKOUT / "edge", site / "edge", ignore=shutil.ignore_patterns("__pycache__", "control_room"))
    shutil.copytree(Path(sys.prefix) / "share" / "lamppost" / "models", folder / HOME / "models")
    command = folder / "usr/bin/lamppost"
    lines = [f"#!/{HOME}/venv/bin/python -I", "from edge.cli import main", "raise SystemExit(main())", ""]
    command.write_text("\n".join(lines))
    command.chmod(0o755)
    units = CHECKOUT / "deploy" / "systemd"
    for name in ("lamppost@.service", "lamppost.target"):
        shutil.copy(units / name, folder / "usr/lib/systemd/system")
    shutil.copytree(units / "drop-ins", folder / HOME / "drop-ins")


def _wheels(suite: Suite) -> Path:
    """What the lock names, for the suite's Python: fetched by digest, kept in the cache."""
    lock = CHECKOUT / "requirements" / "run.txt"
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "lamppost" / "boot"
    folder = cache / f"{suite.name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--target", str(part), "-r", str(lock)]
        command += ["--python-version", suite.python, "--implementation", "cp"]
        for abi in (f"cp{suite.python.replace('.', '')}", "abi3", "none"):
            command += ["--abi", abi]
        for minor in range(suite.glibc, 4, -1):
            command += ["--platform", f"manylinux_2_{minor}_x86_64"]
        subprocess.run([*command, "--platform", "manylinux2014_x86_64"], check=True)
        part.rename(folder)
    return folder


def _inside(folder: Path, *command: str) -> None:
    nspawn = ["systemd-nspawn", "--quiet", "-D", str(folder), "--register=no", "--keep-unit", "--pipe"]
    ran = subprocess.run([*nspawn, *command], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:] + ran.stdout[-2000:]
