"""Where the peers live: environments of their own in the models' cache, from hashed locks; nothing is built or run."""

from __future__ import annotations

import shutil
import sys
import tarfile
from pathlib import Path
from typing import Final

from deploy.models import environment, fetch, index, npm
from deploy.models.__main__ import cache
from deploy.models.environment import Environment, say
from deploy.models.recipe import Archive

FOLDER: Final = Path(__file__).resolve().parent
WITHOUT: Final = ("--no-deps",)
"""The locks are whole; what they leave out on purpose stays out."""
FACE_RECOGNITION: Final = Environment("face-recognition", FOLDER / "face_recognition.txt", "about 30 MB", WITHOUT)
BLAZEFACE: Final = Environment("blazeface", FOLDER / "blazeface.txt", "about 100 MB", WITHOUT)
PLOT: Final = Environment("plot", FOLDER / "plot.txt", "about 45 MB")
FACE_RECOGNITION_MODELS: Final = Archive(
    "face-recognition-models",
    "0.3.0",
    "face_recognition_models-0.3.0.tar.gz",
    "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
    100_149_358,
)


def python(wanted: Environment) -> Path:
    """The interpreter of an environment, which is made where it is missing. Raises BuildFailed."""
    return environment.ready(_root(), wanted)


def face_recognition() -> Path:
    """The interpreter that has face_recognition and its models. Raises BuildFailed."""
    found = python(FACE_RECOGNITION)
    (site,) = found.parent.parent.glob("lib/python3.*/site-packages")
    package = site / "face_recognition_models"
    if not package.is_dir():
        say(f"fetching {FACE_RECOGNITION_MODELS.file} (100 MB, once)")
        archive = _fetcher().fetch(FACE_RECOGNITION_MODELS)
        # A source archive of files alone: taken out, its set-up program need not run.
        arriving = site / ".arriving"
        shutil.rmtree(arriving, ignore_errors=True)
        with tarfile.open(archive, "r:gz") as bundle:
            prefix = f"{archive.name.removesuffix('.tar.gz')}/{package.name}/"
            bundle.extractall(arriving, [one for one in bundle if one.name.startswith(prefix)], filter="data")
        (arriving / prefix).rename(package)
        shutil.rmtree(arriving)
    return found


def node() -> tuple[Path, Path]:
    """A node, and the folder in which node_modules is. Raises BuildFailed."""
    return npm.ready(_root(), "face-api", FOLDER, "about 330 MB on disk")


def _root() -> Path:
    return cache(None)


def _fetcher() -> fetch.Fetcher:
    return fetch.Fetcher(index.origins(Path(sys.executable)), _root() / "sources")
