"""What goes into a package, for its bill of materials: asked of the wheels and of the models' list."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Final

from deploy.models import environment
from deploy.models.faults import BuildFailed
from deploy.package.recipe import CHECKOUT, Package, Suite

BILLS: Final = environment.Environment("package", CHECKOUT / "requirements" / "package.txt", "5 MB")


def bill(
    root: Path, package: Package, suite: Suite, architecture: str, *, version: str, epoch: int, wheels: list[Path],
    models: Path,
) -> bytes:  # fmt: skip
    """The bill of materials. ``root`` is the cache. Raises BuildFailed where it would not be valid."""
    python = environment.ready(root, BILLS)
    listed = json.loads((models / "manifest.json").read_bytes())["models"]
    given = {
        "package": package.name,
        "version": f"{version}+deb{suite.number}",
        "suite": suite.name,
        "architecture": architecture,
        "epoch": epoch,
        "wheels": [_wheel(path) for path in wheels],
        "models": [model for model in listed if model["precision"] == "int8"],
    }
    done = subprocess.run(
        [str(python), "-m", "deploy.package.bill"],
        input=json.dumps(given), capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    if done.returncode:
        raise BuildFailed(f"No bill of materials: {done.stderr.strip()[-600:]}", "See above.")
    return done.stdout.encode()


def _wheel(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA") and one.count("/") == 1)
        metadata = archive.read(name).decode()
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "metadata": metadata}
