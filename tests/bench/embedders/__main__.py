"""``python -m tests.bench.embedders --data FOLDER [--out FOLDER] [--work FOLDER]``: all of it, in one run."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deploy.models import material, recipe
from deploy.models.build import CROPS_A_FACE
from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from deploy.models.scenes import crops
from edge.adapters.pictures import files as pictures
from edge.adapters.tflite import Detector
from edge.domain.errors import LamppostError, Misconfigured
from edge.measure import errata
from edge.measure.acquire import Acquired, decode, subject
from edge.measure.errata import Errata
from edge.measure.resample import Estimate
from edge.settings import shared
from edge.steps import align
from tests.bench.embedders import page, sources
from tests.bench.embedders.catalogue import CANDIDATES, DEFAULT, Candidate
from tests.bench.embedders.plot import draw
from tests.bench.embedders.score import Rows, figures, fnir
from tests.bench.embedders.variants import Taken, Variant, variants

NOTHING = np.empty((0, 0), np.float32)


def main() -> int:
    """Measure and write. Returns 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.embedders", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw-dev.tar and lfw-errata.json")
    parser.add_argument("--out", type=Path, default=sources.FOLDER, help="where the page goes")
    parser.add_argument("--work", type=Path, help="keep what was computed here, and go on from it; else it is deleted")
    options = parser.parse_args()
    archive = options.data / "lfw-dev.tar"
    if not archive.is_file():
        say(f"SKIPPED: {archive} is absent. Name the folder with the pictures: make bench-embedders DATA=...")
        return 0
    try:
        with tempfile.TemporaryDirectory(prefix="lamppost-embedders-") as temporary:
            work = options.work or Path(temporary)
            work.mkdir(parents=True, exist_ok=True)
            run(archive, options.data / "lfw-errata.json", work, options.out)
    except LamppostError as error:
        say(str(error))
        return 2
    return 0


def run(archive: Path, known: Path, work: Path, out: Path) -> None:
    """Everything. Raises LamppostError."""
    errors = errata.load(known if known.is_file() else None)
    models = shared("models").resolve()
    sources.gather()
    acquired = acquire(archive, errors, models, work)
    if not (work / "times.json").is_file():
        calibration(work)
        _extract(archive, models, work)
    first, times = (json.loads((work / f"{name}.json").read_text()) for name in ("first", "times"))
    taken = {one.name: _taken(work, one) for one in CANDIDATES if (work / f"{one.name}.npz").is_file()}
    results: dict[str, Any] = {
        "cohort": {
            "people": len(acquired.names),
            "pictures": acquired.pictures,
            "failed": len(acquired.failed),
        },
        "variants": [],
        "left": [
            {"title": one.title, "tmr": first[one.name], "bytes": _size(one, models, work), "time": times[one.name]}
            for one in CANDIDATES
            if one.name not in taken
        ],
        "first": first[DEFAULT],
    }
    default = Default(acquired, errors, taken)
    for variant in variants(taken):
        sizes = [_size(part, models, work) for part in variant.parts]
        spent = round(variant.runs * sum(times[part.name] for part in variant.parts), 2)
        known_as = {"name": variant.name, "title": variant.title, "networks": [part.name for part in variant.parts]}
        results["variants"].append(known_as | {"bytes": sum(sizes), "time": spent} | default.scored(variant, work))
        say(page.row(results["variants"][-1]))
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "README.md").write_text(page.written(results))
    draw(results, out / "fnir.png")
    print(page.written(results))


@dataclass(slots=True)
class Default:
    """Scores variants against the default, which is scored once and only where that is needed."""

    acquired: Acquired
    errors: Errata
    taken: Mapping[str, Taken]
    rows: Rows | None = None

    def scored(self, variant: Variant, work: Path) -> dict[str, Any]:
        """A variant's figures for a JSON document, from ``work`` where they are there already."""
        kept = work / f"{variant.name}.figures.json"
        if not kept.is_file():
            if self.rows is None:
                self.rows = fnir(self.acquired, self.errors, variants(self.taken)[0].sides(self.taken))
            found = figures(self.acquired, self.errors, variant.sides(self.taken), self.rows)
            kept.write_text(json.dumps({
                "tmr": found.tmr,
                "tmr_macro": found.tmr_macro,
                "fnir": _numbers(found.fnir),
                "change": _numbers(found.change),
            }))  # fmt: skip
        return dict(json.loads(kept.read_text()))


def acquire(archive: Path, errors: Errata, models: Path, work: Path) -> Acquired:
    """Find and align every face with the product's detector, as ``edge.measure.acquire`` does."""
    kept = work / "faces.npz"
    if not kept.is_file():
        detector = Detector(models, threads=2)
        found, missed = [], []
        for person, name, raw in pictures(archive):
            if name in errors.exclude_pictures:
                continue
            image = decode(name, raw)
            face = subject(detector.detect_rgb(image), image.shape[1], image.shape[0])
            face = None if face is None else detector.refine_rgb(image, face) or face
            if face is None:
                missed.append((name, errors.canonical(person)))
            else:
                box = (face.box.left, face.box.top, face.box.right, face.box.bottom)
                found.append((name, errors.canonical(person), box, align.aligned_rgb(image, face.landmarks)))
        if not found:
            raise Misconfigured(f"No face was found in {archive}.", "Name an archive with one folder per person.")
        np.savez(
            kept,
            names=np.array([one[0] for one in found], np.str_),
            owners=np.array([one[1] for one in found], np.str_),
            boxes=np.array([one[2] for one in found], np.float32),
            aligned=np.stack([one[3] for one in found]),
            lost=np.array([one[0] for one in missed], np.str_),
            losers=np.array([one[1] for one in missed], np.str_),
        )
    faces = np.load(kept)
    owners = [str(owner) for owner in faces["owners"]]
    losers = [str(owner) for owner in faces["losers"]]
    numbers = {name: number for number, name in enumerate(dict.fromkeys([*owners, *losers]))}
    return Acquired(
        NOTHING,
        np.array([numbers[owner] for owner in owners], np.int64),
        tuple(numbers),
        tuple(str(name) for name in faces["lost"]),
        np.array([numbers[owner] for owner in losers], np.int64),
    )


def calibration(work: Path) -> None:
    """The faces that int8 ranges of the product's own embedder come from, for those of others."""
    folder = sources.root() / "sources"
    detector, _ = material.networks(folder / recipe.FACESDK.file)
    seen = material.photographs(detector, folder, held_out=False)
    np.save(work / "calibration.npy", np.stack(list(crops(seen, CROPS_A_FACE, recipe.SEED))))


def _extract(archive: Path, models: Path, work: Path) -> None:
    repository = sources.FOLDER.parent.parent.parent
    done = subprocess.run(
        [sources.python(), "-m", "tests.bench.embedders.extract", work.resolve(), models, archive.resolve()],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(repository), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        check=False,
    )
    if done.returncode:
        raise BuildFailed("The networks could not be run.", "What went wrong stands above.")


def _taken(work: Path, candidate: Candidate) -> Taken:
    made = np.load(work / f"{candidate.name}.npz")
    return Taken(made["plain"], made.get("mirrored"))


def _size(candidate: Candidate, models: Path, work: Path) -> int:
    """Bytes of the weights as they are shipped, or as they are rounded."""
    if candidate.package is None:
        return (models / f"embedder.{candidate.name.removeprefix('default-')}.tflite").stat().st_size
    last = sources.taken(candidate, work)[-1]
    return (last.with_name("fr_feature.int8.onnx") if candidate.name.endswith("int8") else last).stat().st_size


def _numbers(found: Mapping[str, Mapping[str, Estimate]]) -> dict[str, dict[str, list[float]]]:
    return {size: {rate: one.rounded() for rate, one in rates.items()} for size, rates in found.items()}


if __name__ == "__main__":
    raise SystemExit(main())
