"""The list of what was built, and the check that it is still what was built. Standard library only: it runs each time.

``manifest.json`` holds, for each model: file, sha256 and length of the file; identity (see ``recipe``); task and
precision; the input's and the outputs' contracts; sources with digests and licences; provenance; and the checks'
results.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from deploy.models import recipe
from deploy.models.faults import Tampered

NAME: Final = "manifest.json"
FORMAT: Final = 1

CONTRACTS: Final[dict[str, dict[str, Any]]] = {
    "detector": {
        "colours": "BGR",
        "outputs": {
            "boxes": "offsets of centre and size against the prior boxes",
            "logits": "no face, face",
            "landmarks": "x and y offsets of right eye, left eye, nose tip, right and left mouth corner",
        },
    },
    "embedder": {"colours": "RGB", "outputs": {"features": "not normalised: divide by the Euclidean length"}},
}


def entry(
    task: str, width: int, height: int, precision: str, outputs: dict[str, list[int]], checks: dict[str, float]
) -> dict[str, Any]:
    """One model's entry but for the file's digest; ``outputs`` maps names to shapes."""
    contract = CONTRACTS[task]
    source = recipe.DETECTOR if task == "detector" else recipe.EMBEDDER
    return {
        "file": recipe.file_name(task, width, height, precision),
        "identity": recipe.identity(task, width, height, precision),
        "task": task,
        "precision": precision,
        "input": {
            "shape": [1, height, width, 3],
            "dtype": "uint8",
            "colours": contract["colours"],
            "scaling": "none: the mean is subtracted in the graph",
        },
        "outputs": [
            {"name": name, "shape": shape, "dtype": "float32", "meaning": contract["outputs"][name]}
            for name, shape in outputs.items()
        ],
        "weights": _described(source),
        "calibration": [_described(picture) for picture in recipe.PICTURES if picture.name not in recipe.HELD_OUT],
        "provenance": recipe.PROVENANCE[task],
        "checks": checks,
    }


def write(folder: Path, models: list[dict[str, Any]], tools: dict[str, str]) -> None:
    """Add each file's digest and length, and write the manifest. Raises OSError."""
    for model in models:
        data = (folder / model["file"]).read_bytes()
        model["sha256"], model["bytes"] = hashlib.sha256(data).hexdigest(), len(data)
    text = json.dumps({"format": FORMAT, "recipe": recipe.VERSION, "tools": tools, "models": models}, indent=1)
    with (folder / NAME).open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def verified(folder: Path) -> bool:
    """Whether a finished build of this recipe stands there; False where there is none at all.

    Raises Tampered where one stands there, but not as it was built.
    """
    if not folder.exists():
        return False
    remedy = f"Delete {folder} and run 'make models' again; find out what changed it."
    try:
        manifest = json.loads((folder / NAME).read_bytes())
        models = [(str(model["file"]), str(model["sha256"]), str(model["identity"])) for model in manifest["models"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Tampered(f"The manifest of the built models in {folder} cannot be read: {error!r}.", remedy) from error
    identities = {identity for _, _, identity in models}
    sizes = [("detector", *size) for size in recipe.DETECTOR_SIZES] + [("embedder", 112, 112)]
    missing = [recipe.file_name(*size, "int8") for size in sizes if recipe.identity(*size, "int8") not in identities]
    if missing:
        raise Tampered(f"The manifest in {folder} does not name {', '.join(missing)}.", remedy)
    for name, expected, _ in models:
        found = digest(folder / name)
        if found != expected:
            raise Tampered(f"{folder / name} should have SHA-256 {expected}, found {found}.", remedy)
    return True


def digest(path: Path) -> str:
    """SHA-256 of a file, or ``nothing`` where there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return "nothing"


def _described(source: recipe.Source) -> dict[str, str]:
    return {
        "package": source.package,
        "version": source.version,
        "path": source.path,
        "sha256": source.sha256,
        "licence": source.licence,
    }
