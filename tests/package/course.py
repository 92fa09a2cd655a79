"""What a package goes through on a Debian, from a clean root to its purge. Each step raises where it fails."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from deploy.models.__main__ import cache
from deploy.package import wheels
from deploy.package.recipe import CHECKOUT, Suite
from tests.package.replayed import agrees
from tests.package.root import Failed, Root

PYTHON = "/usr/lib/lamppost/venv/bin/python"
KEPT = ("/var/lib/lamppost/cam0/journal.sqlite", "/etc/lamppost/cam0.toml",
        "/etc/credstore.encrypted/lamppost.cam0.device-key")  # fmt: skip
TOOLS = "beside.txt"
"""Lock of what runs the unit tests there."""
PROCESSORS = {"amd64": (None,), "arm64": ("cortex-a72", "cortex-a76")}
UNIT_TESTS = ("tests/steps/test_calibrate.py", "tests/steps/test_frame_path.py", "tests/steps/test_follow.py",
              "tests/steps/test_zone.py", "tests/wire/test_sealed.py", "tests/wire/test_signed.py")  # fmt: skip
_OFFICE = "/beside/office"


def needs(condition: bool, what: str) -> None:
    """Raise where it is not so."""
    if not condition:
        raise Failed(what)


def install(root: Root, package: Path) -> str:
    """One command, without a network, is the whole installation."""
    inside = root.put(package, f"/tmp/{package.name}")
    began = time.monotonic()
    root.run("apt-get", "install", "--yes", "--quiet", inside)
    took = time.monotonic() - began
    said = root.run("lamppost", "--version").stdout.strip()
    needs(said.startswith("lamppost "), f"lamppost --version said {said!r}")
    needs(root.has("/usr/lib/systemd/system/lamppost@.service"), "the unit is missing")
    sizes = f"{package.stat().st_size / 1e6:.0f} MB, {root.megabytes('/usr/lib/lamppost')} MB installed"
    return f"{said}: {took:.0f} s, {sizes}"


def as_published(root: Root, package: Path) -> str:
    """What the device shows of itself is what was published of the release, byte for byte."""
    shown = root.run("lamppost", "release-manifest").stdout.strip()
    needs(shown == (package.parent / "release.json").read_text().strip(), "another release manifest than published")
    return "the release manifest that it shows is the one that was published"


def apt_comes_last(root: Root) -> str:
    """apt's packages are found, and none of them stands before one of ours."""
    place = "/usr/lib/python3/dist-packages"
    root.write(f"{place}/picamera2.py", "import numpy\nVERSION = numpy.__version__\n")
    root.write(f"{place}/numpy.py", "raise ImportError('of another numpy')\n")
    root.write("/usr/local/lib/python3.11/dist-packages/somebodys.py", "")
    root.write("/usr/local/lib/python3.13/dist-packages/somebodys.py", "")
    said = root.run(PYTHON, "-I", "-c", "import picamera2, numpy; print(numpy.__file__, picamera2.VERSION)").stdout
    needs("/usr/lib/lamppost/venv/" in said, said)
    found = root.run(PYTHON, "-I", "-c", "import somebodys", check=False)
    needs(found.returncode != 0, "a package of /usr/local was found")
    for name in ("picamera2.py", "numpy.py"):
        (root.folder / place.lstrip("/") / name).unlink()
    return f"numpy {said.split()[-1]} is ours, also for what comes from apt"


def beside(root: Root) -> None:
    """Lay the simulator, the office that signs, pictures and tests beside the installed program."""
    root.put(CHECKOUT / "edge", f"{_OFFICE}/edge")
    root.put(CHECKOUT / "hardware-sim", f"{_OFFICE}/hardware-sim")
    root.put(CHECKOUT / "tests", "/beside/tests")
    root.put(CHECKOUT / "deploy" / "models", "/beside/deploy/models")
    for picture in (*cache(None).joinpath("sources").glob("*.jpg"), *cache(None).joinpath("sources").glob("*.png")):
        root.put(picture, f"/beside/pictures/{picture.name}")


def replay(root: Root, cpu: str | None, reference: dict[str, Any] | None, *more: str) -> str:
    """A scene through models and daemon of the package; and the same scores as the reference, within tolerance."""
    root.run(
        PYTHON, "-I", "/beside/tests/package/replayed.py", "--beside", _OFFICE, "--models", "/usr/lib/lamppost/models",
        "--pictures", "/beside/pictures", "--calibration", "/usr/lib/lamppost/calibration.json",
        "--out", "/beside/replayed.json", *more, cpu=cpu,
    )  # fmt: skip
    found: dict[str, Any] = json.loads((root.folder / "beside/replayed.json").read_text())
    if reference is not None:
        needs(not (differs := agrees(reference, found)), f"another outcome than here: {differs}")
    shown = {name: value for name, value in found.items() if name not in ("scores", "listed")}
    return f"{cpu or 'this processor'}: {json.dumps(shown)}"


def unit_tests(root: Root, suite: Suite, architecture: str, cpu: str | None) -> str:
    """Some of the unit tests, on the installed program."""
    for wheel in wheels.fetch(cache(None), TOOLS, architecture, suite):
        wheels.unpack(wheel, root.folder / "beside" / "tools")
    script = (
        "import sys; from pathlib import Path; sys.path[:0] = ['/beside/tools']; sys.path.append('/beside')\n"
        f"from tests.package.replayed import beside; beside(Path({_OFFICE!r}))\n"
        "import pytest; raise SystemExit(pytest.main(sys.argv[1:]))"
    )
    paths = [f"/beside/{name}" for name in UNIT_TESTS]
    done = root.run(
        PYTHON, "-I", "-c", script, "-q", "--import-mode=importlib", "--rootdir=/beside", "--noconftest",
        "-p", "no:cacheprovider",
        *paths, cpu=cpu,
    )  # fmt: skip
    return f"{cpu or 'this processor'}: {done.stdout.strip().splitlines()[-1]}"


def renumbered(package: Path, version: str, folder: Path) -> Path:
    """The same package under another version, quickly made."""
    tree = folder / version
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    old = subprocess.run(["dpkg-deb", "-f", str(package), "Version"], capture_output=True, text=True, check=True).stdout
    for name in ("control", "preinst"):
        path = tree / "DEBIAN" / name
        path.write_text(path.read_text().replace(old.strip(), version))
    made = folder / f"{version}.deb"
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(made)], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    return made


def lives(root: Root, package: Path) -> Iterator[str]:
    """Upgrade keeps state, a downgrade is refused but where the updater goes back, purging destroys."""
    old = root.run("dpkg-query", "-W", "-f", "${Version}", "lamppost").stdout
    for path in KEPT:
        root.write(path, "kept")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as temporary:
        newer = root.put(renumbered(package, f"9{old}", Path(temporary)), "/tmp/newer.deb")
    older = f"/tmp/{package.name}"
    root.run("dpkg", "--install", newer)
    needs(all(root.has(path) for path in KEPT), "the upgrade lost state")
    yield f"upgrade from {old} to 9{old}: state, configuration and keys are kept"
    refused = root.run("dpkg", "--install", older, check=False)
    needs(refused.returncode != 0 and "refused" in refused.stderr, f"not refused: {refused.stderr}")
    needs(root.run("lamppost", "--version").returncode == 0, "the newer one does not run after a refusal")
    yield "downgrade: refused, and the newer one still runs"
    root.write("/run/lamppost-update/roll-back", f"9{old} 0.0.1\n")
    needs(root.run("dpkg", "--install", older, check=False).returncode != 0, "went back to another than was allowed")
    root.write("/run/lamppost-update/roll-back", f"9{old} {old}\n")
    root.run("dpkg", "--install", older)
    yield "the updater's way back: to the version that it names, and to no other"
    root.run("dpkg", "--remove", "lamppost")
    needs(all(root.has(path) for path in KEPT), "the removal lost state")
    needs(not root.has("/usr/lib/lamppost") and not root.has("/usr/bin/lamppost"), "the removal left the program")
    yield "removal: the program is gone, state is kept"
    root.run("dpkg", "--purge", "lamppost")
    left = [path for path in (*KEPT, "/etc/lamppost", "/var/lib/lamppost") if root.has(path)]
    needs(not left, f"purging left {left}")
    yield "purge: nothing is left"


def course(
    root: Root,
    package: Path,
    suite: Suite,
    architecture: str,
    reference: Callable[[], dict[str, Any]],
    only: str | None,
) -> Iterator[str]:  # fmt: skip
    """All of it, a line for each step."""
    yield install(root, package)
    yield as_published(root, package)
    beside(root)
    small = ("--passages", "2", "--seconds", "10") if architecture == "arm64" else ()
    for cpu in PROCESSORS[architecture]:
        yield replay(root, cpu, reference(), *small)
    if only == "replay":
        return
    for cpu in PROCESSORS[architecture]:
        yield unit_tests(root, suite, architecture, cpu)
    yield apt_comes_last(root)
    yield from lives(root, package)
