"""Wheels for processors and Pythons that this machine need not have: fetched by digest, and unpacked.

A wheel is unpacked as it is, without an installer: so nothing of this machine, its paths or its pip is in the result.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from deploy.package.recipe import CHECKOUT, MACHINES, Suite


def fetch(cache: Path, lock: str, architecture: str, suite: Suite) -> list[Path]:
    """The wheels that a lock names, sorted. Raises BuildFailed where pip cannot fetch one by its digest."""
    path = CHECKOUT / "requirements" / lock
    text = path.read_text()
    if "python_version" in text or "python_full_version" in text:
        # pip asks the Python that it runs on, not the one that is meant.
        raise BuildFailed(f"{path} depends on the Python.", "Lock it for one Python, and name that lock in recipe.py.")
    folder = cache / "wheels" / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}-{architecture}-{suite.name}"
    if not (folder / "complete").exists():
        say(f"fetching the wheels of {lock} for {suite.name} on {architecture}")
        folder.mkdir(parents=True, exist_ok=True)
        _download(path, folder, architecture, suite)
        (folder / "complete").touch()
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """Into a ``site-packages``. Raises BuildFailed for a wheel that would need an installer, or lead out of it."""
    with zipfile.ZipFile(wheel) as archive:
        members = [member for member in archive.infolist() if "__pycache__" not in member.filename]
        for member in members:
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts:
                raise BuildFailed(f"{wheel.name} has the path {path}.", "Do not use this wheel.")
            if path.parts[0].endswith(".data"):
                raise BuildFailed(f"{wheel.name} has a {path.parts[0]}.", "Unpack that too, or use another wheel.")
        archive.extractall(folder, members)


def _download(lock: Path, folder: Path, architecture: str, suite: Suite) -> None:
    machine = MACHINES[architecture]
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(suite.glibc, 4, -1)] + [f"manylinux2014_{machine}"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--implementation", "cp"]
    command += ["--python-version", suite.python, "--abi", f"cp{suite.python.replace('.', '')}"]
    command += ["--abi", "abi3", "--abi", "none"]
    for tag in tags:
        command += ["--platform", tag]
    done = subprocess.run([*command, "-d", str(folder), "-r", str(lock)], capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stderr.strip().splitlines()[-6:])
        raise BuildFailed(
            f"pip could not fetch {lock.name} for {suite.name}, {machine}:\n{tail}\n",
            "Check the network and 'pip config list'.",
        )
