"""``python -m deploy.update.deb``: the package ``lamppost-update``, for every Debian from 12 on, and every processor.

Nothing in it is compiled: the updater itself, python-tuf, securesystemslib and urllib3 by the digests of their lock,
and its units. Signatures are checked with Debian's ``python3-cryptography`` where it is installed, and otherwise by the
plain Python that securesystemslib has for it. The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edge import __version__
from edge.domain.errors import LamppostError, Misconfigured

HERE: Final = Path(__file__).parent
CHECKOUT: Final = HERE.parent.parent
LOCK: Final = CHECKOUT / "requirements" / "update.txt"
PROGRAM: Final = ("__init__.py", "domain/__init__.py", "domain/errors.py", "domain/outcomes.py", "updating/*.py")
"""Of ``edge``: the updater, how errors are said, and how an update ends."""
LEFT_OUT: Final = ("securesystemslib/_vendor/ed25519/sign.input", "securesystemslib/_vendor/ed25519/test_")
"""Test data, larger than everything else together."""
_CONTROL: Final = """\
Package: lamppost-update
Version: {version}
Architecture: all
Maintainer: The Lamppost project <lamppost@lists.invalid>
Installed-Size: {size}
Depends: python3 (>= 3.11), dpkg, systemd, init-system-helpers (>= 1.54)
Recommends: python3-cryptography
Section: admin
Priority: optional
Description: signed updates of lamppost, undone by themselves where they do not work
 Copies signed packages from a mirror or takes them from a stick, installs them
 while no deployment is in force, and goes back to the version before where the
 new one does not become ready, fails its self-test or does not stand.
"""


class Unbuilt(LamppostError):
    """The package could not be built."""


def build(out: Path, root: Path, version: str, *, epoch: int) -> Path:
    """Build it. ``root`` is the root metadata that devices begin with; ``epoch`` every file's time, in seconds.

    Raises Misconfigured or Unbuilt.
    """
    if not root.is_file():
        raise Misconfigured(f"{root} is not there.", "Make, sign and accept root metadata first.")
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        library = tree / "usr/lib/lamppost-update"
        library.mkdir(parents=True)
        _libraries(Path(name), library)
        for pattern in PROGRAM:
            for source in sorted((CHECKOUT / "edge").glob(pattern)):
                _copied(source, library / "edge" / source.relative_to(CHECKOUT / "edge"))
        for source in sorted((HERE / "units").rglob("*.*")):
            if source.is_file():
                _copied(source, tree / "usr/lib/systemd/system" / source.relative_to(HERE / "units"))
        _copied(HERE / "scripts" / "lamppost-update", tree / "usr/bin/lamppost-update")
        _copied(root, tree / "usr/share/lamppost-update/root.json")
        size = -(-sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024)
        for script in ("postinst", "prerm", "postrm"):
            _copied(HERE / "scripts" / script, tree / "DEBIAN" / script)
        (tree / "DEBIAN/control").write_text(_CONTROL.format(version=version, size=size))
        return _closed(tree, out / f"lamppost-update_{version}_all.deb", epoch)


def _libraries(work: Path, library: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--dest", str(work / "wheels"), "-r", str(LOCK)]
    _run(command, "Its wheels could not be fetched.")
    for wheel in sorted((work / "wheels").glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(library, [name for name in archive.namelist() if not name.startswith(LEFT_OUT)])


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _closed(tree: Path, target: Path, epoch: int) -> Path:
    for path in (tree, *tree.rglob("*")):
        is_run = path.parent.name == "bin" or (path.parent.name == "DEBIAN" and path.name != "control")
        path.chmod(0o755 if path.is_dir() or is_run else 0o644)
        os.utime(path, (epoch, epoch))
    target.parent.mkdir(parents=True, exist_ok=True)
    # One thread: how xz cuts its blocks depends on how many there are.
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--threads-max=1", "--build", str(tree), str(target)]
    _run(command, "dpkg-deb failed.", os.environ | {"SOURCE_DATE_EPOCH": str(epoch)})
    return target


def _run(command: Sequence[str], what: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise Unbuilt(what, done.stderr.strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse and build."""
    parser = argparse.ArgumentParser(prog="python -m deploy.update.deb", description="The package lamppost-update.")
    parser.add_argument("out", type=Path, help="folder to write it in")
    parser.add_argument("--root", type=Path, required=True, help="the root metadata that devices begin with")
    parser.add_argument("--version", default=__version__)
    parser.add_argument("--epoch", type=int, default=int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    options = parser.parse_args(arguments)
    try:
        built = build(options.out, options.root, options.version, epoch=options.epoch)
    except (LamppostError, OSError) as error:
        print(f"deploy.update.deb: {error}", file=sys.stderr)
        return 1
    print(built)
    return 0


if __name__ == "__main__":
    sys.exit(main())
