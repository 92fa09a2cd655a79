"""Folders of npm packages in the cache, by their lock, with the build environment's node. No package's scripts are run.

The locks have integrity hashes and no addresses: packages come from whatever registry the user's npm is configured for.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from deploy.models import environment, index, pictures
from deploy.models.environment import FINISHED, say


def place(root: Path, name: str, lock: Path) -> Path:
    """Where the packages of a folder with a lock are kept: beside ``node_modules`` lies the lock."""
    digest = hashlib.sha256((lock / "package-lock.json").read_bytes()).hexdigest()[:12]
    return root / f"{name}-env-{digest}"


def found(root: Path, name: str, lock: Path) -> tuple[Path, Path] | None:
    """Node and the folder, where both are there already."""
    build, folder = environment.place(root), place(root, name, lock)
    there = (build / FINISHED).is_file() and (folder / FINISHED).is_file()
    return (pictures.node(build / "bin" / "python"), folder) if there else None


def ready(root: Path, name: str, lock: Path, size: str) -> tuple[Path, Path]:
    """Node and the folder, installed where they are missing. Raises BuildFailed."""
    build, folder = environment.ready(root), place(root, name, lock)
    if not (folder / FINISHED).is_file():
        say(f"installing the {name} environment ({size}, once)")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for part in ("package.json", "package-lock.json"):
            shutil.copyfile(lock / part, folder / part)
        pictures.install(folder, build, index.origins(Path(sys.executable)).certificates)
        (folder / FINISHED).touch()
    return pictures.node(build), folder
