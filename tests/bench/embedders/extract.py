"""``python -m tests.bench.embedders.extract WORK MODELS ARCHIVE``: every network over every face, and their times.

Runs in the environment of this bench. Reads ``WORK/faces.npz``; writes ``WORK/<candidate>.npz`` with features as they
are and mirrored, ``WORK/first.json`` and ``WORK/times.json``. Features that are there already are not computed again.

A network gets a first look at a few hundred faces. One that recognises far fewer of them than the default is taken no
further: it could only spoil what the default does, and some take ten times as long.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.pictures import files as pictures
from edge.domain.face import Box
from edge.measure.acquire import Acquired, decode
from edge.measure.errata import Errata
from edge.measure.evaluate import evaluate
from tests.bench.embedders import sources
from tests.bench.embedders.catalogue import CANDIDATES, DEFAULT, Candidate
from tests.bench.embedders.networks import Image, Network, dlib_chips, opened

FIRST_PEOPLE: Final = 150
FIRST_PICTURES: Final = 4
FAR_BELOW: Final = 0.1
"""Of the TMR at an FMR of 1e-4."""
ROUNDS: Final = 60
"""Faces on which every network is timed, one network after the other, so that noise of the machine falls on all."""


def main(work: Path, models: Path, archive: Path) -> None:
    """All of it."""
    faces = dict(np.load(work / "faces.npz"))
    calibration = list(np.load(work / "calibration.npy"))
    rows, owners = chosen(faces["owners"])
    ready: dict[str, tuple[Network, Sequence[Image]]] = {}
    first: dict[str, float] = {}
    for candidate in CANDIDATES:
        files = sources.taken(candidate, work)
        network = opened(candidate.name, files, models, calibration)
        seen: Sequence[Image] = faces["aligned"][rows]
        if candidate.name.startswith("dlib"):
            seen = _chips(faces, rows, archive, files[0])
        ready[candidate.name] = network, seen
        kept = work / f"{candidate.name}.first.npz"
        _features(candidate, network, seen, kept, mirrored=False)
        first[candidate.name] = looked(np.load(kept)["plain"], owners)
        if first[candidate.name] >= first[DEFAULT] - FAR_BELOW:
            _features(candidate, network, faces["aligned"], work / f"{candidate.name}.npz", candidate.mirrored)
    (work / "first.json").write_text(json.dumps(first))
    (work / "times.json").write_text(json.dumps(_timed(ready)))


def chosen(owners: NDArray[np.str_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the first look, and whose they are: the first pictures of the first people who have so many."""
    _, numbers, counts = np.unique(owners, return_inverse=True, return_counts=True)
    people = np.flatnonzero(counts >= FIRST_PICTURES)[:FIRST_PEOPLE]
    rows = np.concatenate([np.flatnonzero(numbers == person)[:FIRST_PICTURES] for person in people])
    return rows, numbers[rows]


def looked(features: NDArray[np.float32], owners: NDArray[np.int64]) -> float:
    """TMR at an FMR of 1e-4, of all comparisons."""
    names = tuple(str(number) for number in range(int(owners.max()) + 1))
    acquired = Acquired(features, owners, names, (), np.empty(0, np.int64))
    return evaluate(acquired, Errata()).tmr_at_fmr["1e-4"]


def _features(candidate: Candidate, network: Network, seen: Sequence[Image], target: Path, mirrored: bool) -> None:
    if target.is_file():
        return
    began = time.monotonic()
    partial = target.with_suffix(".partial.npz")
    plain = _unit([network(face) for face in seen])
    if mirrored:
        turned = _unit([network(np.ascontiguousarray(face[:, ::-1])) for face in seen])
        np.savez(partial, plain=plain, mirrored=turned)
    else:
        np.savez(partial, plain=plain)
    partial.rename(target)
    print(f"embedders: {target.stem} in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _timed(ready: dict[str, tuple[Network, Sequence[Image]]]) -> dict[str, float]:
    """Median over faces of each network's time as a ratio to the default's on the same face."""
    ratios: dict[str, list[float]] = {name: [] for name in ready}
    for number in range(-5, ROUNDS):
        times = {}
        for name, (network, seen) in ready.items():
            face = seen[number % len(seen)]
            began = time.perf_counter()
            network(face)
            times[name] = time.perf_counter() - began
        if number >= 0:
            for name, taken in times.items():
                ratios[name].append(taken / times[DEFAULT])
    return {name: float(np.median(values)) for name, values in ratios.items()}


def _chips(faces: dict[str, NDArray[Any]], rows: NDArray[np.int64], archive: Path, predictor: Path) -> Sequence[Image]:
    """dlib's aligned faces of those rows, in their order."""
    chip = dlib_chips(predictor)
    boxes = {str(faces["names"][row]): Box(*map(float, faces["boxes"][row])) for row in rows}
    made = {name: chip(decode(name, raw), boxes[name]) for _, name, raw in pictures(archive) if name in boxes}
    return [made[str(faces["names"][row])] for row in rows]


def _unit(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    stacked = np.stack(rows)
    return np.asarray(stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-9), np.float32)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
