"""Python environments of their own, kept in the cache: the build's, with LiteRT, numpy, OpenCV and npm, and others'."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.models.faults import BuildFailed
from deploy.models.recipe import FOLDER

FINISHED: Final = "finished"
"""A file in the environment, written last: without it an interrupted installation is begun again."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What an environment holds."""

    name: str
    lock: Path
    """A requirement file with hashes."""
    size: str
    """What is fetched for it, for the person who waits."""
    options: tuple[str, ...] = ()
    """Of ``pip install``."""


BUILD: Final = Environment("build", FOLDER / "requirements.txt", "about 155 MB")


def place(root: Path, wanted: Environment = BUILD) -> Path:
    """The folder of the environment for this lock and this interpreter."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}-{platform.machine()}"
    lock = hashlib.sha256(wanted.lock.read_bytes()).hexdigest()[:12]
    return root / f"{wanted.name}-env-{version}-{lock}"


def ready(root: Path, wanted: Environment = BUILD) -> Path:
    """Make the environment where it is missing. Returns its interpreter. Raises BuildFailed."""
    folder = place(root, wanted)
    python = folder / "bin" / "python"
    if (folder / FINISHED).is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    say(f"installing the {wanted.name} environment ({wanted.size}, once)")
    # Without a pip of its own: a bare Debian has none to give it, and the caller's can install there.
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], "On Debian: apt-get install python3-venv.")
    # A virtual environment can have a pip configuration of its own; the new one obeys that of the caller's.
    own = Path(sys.prefix) / "pip.conf"
    if own.is_file() and sys.prefix != sys.base_prefix:
        shutil.copyfile(own, folder / "pip.conf")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--quiet", "--no-input", "--disable-pip-version-check"]
    _run(
        [*pip, "install", "--only-binary", ":all:", "--require-hashes", *wanted.options, "-r", str(wanted.lock)],
        "Check the network and 'pip config list'. The lock is for CPython 3.11 to 3.13 on x86-64 and aarch64 Linux.",
    )
    (folder / FINISHED).touch()
    return python


def say(text: str) -> None:
    """One line of progress."""
    print(f"models: {text}", file=sys.stderr, flush=True)


def inner(python: Path, module: str, *arguments: str) -> None:
    """Run a module of this package in the environment. Raises BuildFailed where it fails; it says why itself."""
    path = os.pathsep.join(filter(None, [str(FOLDER.parent.parent), os.environ.get("PYTHONPATH", "")]))
    running = subprocess.Popen(
        [str(python), "-m", module, *arguments],
        env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        for line in running.stderr or ():
            if not line.startswith("INFO: Created TensorFlow Lite"):  # once a process, of no use to anybody
                print(line, end="", file=sys.stderr, flush=True)
    if running.returncode:
        raise BuildFailed(f"{module} failed in the build environment.", "What went wrong stands above.")


def _run(command: list[str], remedy: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise BuildFailed(f"{' '.join(command[:4])} ... failed:\n{tail}\n", remedy)
