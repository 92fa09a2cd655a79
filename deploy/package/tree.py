"""The files of a package, laid out under a folder as they will lie under ``/``."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import tomllib
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from deploy.models.faults import BuildFailed
from deploy.package import wheels
from deploy.package.recipe import CHECKOUT, HERE, MAINTAINER, Package, Suite
from edge.audit.release import Release, of

APT: Final = "/usr/lib/python3/dist-packages"
UNITS: Final = CHECKOUT / "deploy" / "systemd"
PLACES: Final = {
    "*.service": "usr/lib/systemd/system",
    "*.target": "usr/lib/systemd/system",
    "*.slice": "usr/lib/systemd/system",
    "*.socket": "usr/lib/systemd/system",
    "*.timer": "usr/lib/systemd/system",
    "*.path": "usr/lib/systemd/system",
    "udev/*.rules": "usr/lib/udev/rules.d",
    "drop-ins/*.conf": "usr/lib/lamppost/drop-ins",
}
"""What lies in ``deploy/systemd``, and where a pole has it."""
KNOWS_LADDERS: Final = 13
"""The first Debian whose systemd waits longer after each failed start."""
_LAUNCHER: Final = """#!/{home}/venv/bin/python -I
from edge.cli import main
raise SystemExit(main())
"""


def lay(
    root: Path, package: Package, suite: Suite, found: list[Path], models: Path, *, version: str, made: datetime
) -> None:
    """Lay it all out. ``found``: the wheels. ``version`` is the program's. Raises BuildFailed."""
    home = root / package.home
    site = home / "venv" / "lib" / f"python{suite.python}" / "site-packages"
    site.mkdir(parents=True)
    for wheel in found:
        wheels.unpack(wheel, site)
    _program(site / "edge", package, version)
    _environment(home, suite)
    _models(home, models)
    launcher = root / "usr" / "bin" / "lamppost"
    launcher.parent.mkdir(parents=True)
    launcher.write_text(_LAUNCHER.format(home=package.home))
    if package.is_pole:
        (site / "apt.pth").write_text(f"{APT}\n")
        _units(root, suite)
        (root / "etc" / "lamppost").mkdir(parents=True)
    _documents(root, package, suite, version, made)


def installed(root: Path, package: Package, suite: Suite, version: str) -> Release:
    """Digests of the program, models and calibration of a laid-out tree. Raises Misconfigured."""
    home = root / package.home
    program = home / "venv" / "lib" / f"python{suite.python}" / "site-packages" / "edge"
    return of(program, home / "models", home / "calibration.json", version=version)


def release() -> str:
    """The program's version, as ``pyproject.toml`` has it."""
    return str(tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"])


def _program(target: Path, package: Package, version: str) -> None:
    shutil.copytree(CHECKOUT / "edge", target, ignore=shutil.ignore_patterns("__pycache__"))
    for name in package.left_out:
        path = target / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    init = target / "__init__.py"
    text, line = init.read_text(), f'__version__ = "{release()}"'
    if line not in text:
        raise BuildFailed(f"edge/__init__.py does not have the line {line}.", "Let it agree with pyproject.toml.")
    init.write_text(text.replace(line, f'__version__ = "{version}"'))


def _environment(home: Path, suite: Suite) -> None:
    """A virtual environment around the system's Python, as the standard library would make it."""
    venv = home / "venv"
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to("../../../../bin/python3")
    (venv / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    share = venv / "share" / "lamppost"
    share.mkdir(parents=True)
    (share / "models").symlink_to("../../../models")
    (share / "calibration.json").symlink_to("../../../calibration.json")


def _models(home: Path, models: Path) -> None:
    """What a device runs, and the list that names it. Raises BuildFailed for a file that is not what the list says."""
    (home / "models").mkdir()
    for model in json.loads((models / "manifest.json").read_bytes())["models"]:
        if model["precision"] == "int8":
            raw = (models / model["file"]).read_bytes()
            if hashlib.sha256(raw).hexdigest() != model["sha256"]:
                raise BuildFailed(f"{model['file']} is not what the list of models says.", "Run: make models")
            (home / "models" / model["file"]).write_bytes(raw)
    shutil.copyfile(models / "manifest.json", home / "models" / "manifest.json")
    shutil.copyfile(CHECKOUT / "deploy" / "models" / "calibration.json", home / "calibration.json")


def _units(root: Path, suite: Suite) -> None:
    for pattern, place in PLACES.items():
        for source in sorted(UNITS.glob(pattern)):
            (root / place).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, root / place / source.name)
    ladder = UNITS / "drop-ins" / "ladder.conf"
    if suite.number >= KNOWS_LADDERS and ladder.exists():
        target = root / "usr" / "lib" / "systemd" / "system" / "lamppost@.service.d"
        target.mkdir()
        shutil.copyfile(ladder, target / ladder.name)


def _documents(root: Path, package: Package, suite: Suite, version: str, made: datetime) -> None:
    folder = root / "usr" / "share" / "doc" / package.name
    folder.mkdir(parents=True)
    shutil.copyfile(HERE / "debian" / "copyright", folder / "copyright")
    entry = (
        f"{package.name} ({version}+deb{suite.number}) {suite.name}; urgency=medium\n\n"
        f"  * See CHANGELOG.md of the project.\n\n -- {MAINTAINER}  {format_datetime(made.astimezone(UTC))}\n"
    )
    # Without a name and a time of its own in the archive: both would differ from build to build.
    (folder / "changelog.gz").write_bytes(gzip.compress(entry.encode(), compresslevel=9, mtime=0))
    overrides = root / "usr" / "share" / "lintian" / "overrides"
    for name, target in (("README.Debian", folder / "README.Debian"), ("lintian-overrides", overrides / package.name)):
        source = HERE / "debian" / f"{package.name}.{name}"
        if source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
