"""Looks added up to figures, a chain at a time."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from tests.bench.peers.assign import assigned
from tests.bench.peers.chains import Chain, Look
from tests.bench.peers.rates import Acquired, Rate, one_to_one, open_set
from tests.bench.peers.sights import SEED, Picture, Sight

FMR: Final = ("1e-4", "1e-5")
FPIR: Final = 1e-3
LISTED: Final = 100
FOLDS: Final = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one chain."""

    name: str
    title: str
    seconds: dict[int, float]
    """Median wall time of a frame, by the faces on it."""
    cpu: dict[int, float]
    """The same in processor time, which others on the machine disturb less; of one thread, otherwise the same."""
    slower: dict[int, float]
    """Median over frames of the processor time against Lamppost's for the same frame."""
    peak: int
    """Most resident memory, bytes."""
    found: float
    """Share of the pasted people that were found."""
    tmr: dict[str, Rate]
    """True match rate by false match rate."""
    fnir: Rate
    """False negative identification rate at FPIR."""
    listed: int
    usual: tuple[float, float] | None
    """True and false match rate at the score that the chain's authors suggest."""

    def as_json(self) -> dict[str, Any]:
        """For a JSON document."""
        return asdict(self)


@dataclass(slots=True)
class Tally:
    """What a chain made of the frames so far."""

    chain: Chain
    seconds: dict[int, list[float]] = field(default_factory=dict)
    cpu: dict[int, list[float]] = field(default_factory=dict)
    features: dict[int, list[float]] = field(default_factory=dict)
    """By the number of the picture; absent where it was not acquired."""
    peak: int = 0

    def add(self, sight: Sight, look: Look) -> None:
        """Count one look: for time or for accuracy, as the frame is meant."""
        self.peak = max(self.peak, look.peak)
        if sight.timed is not None:
            self.seconds.setdefault(sight.timed, []).append(look.seconds)
            self.cpu.setdefault(sight.timed, []).append(look.cpu)
            return
        for shown, which in zip(sight.shown, assigned(look.boxes, [one.face for one in sight.shown]), strict=True):
            if which is not None:
                self.features[shown.number] = look.features[which]


def figures(
    tally: Tally, first: Tally, chosen: Sequence[Picture], kin: frozenset[frozenset[int]]
) -> Figures:  # fmt: skip
    """Of a chain that has seen all frames; ``first`` is Lamppost's tally."""
    acquired = _acquired(tally, chosen, kin)
    scores = acquired.scores(tally.chain.measure)
    pairs = one_to_one(acquired, scores)
    listed = min(LISTED, len(np.unique(acquired.people)) // 2)
    usual = tally.chain.usual
    return Figures(
        tally.chain.name,
        tally.chain.title,
        _medians(tally.seconds),
        _medians(tally.cpu),
        _medians(
            {
                faces: [mine / other for mine, other in zip(own, first.cpu[faces], strict=True)]
                for faces, own in tally.cpu.items()
            }
        ),
        tally.peak,
        float(acquired.found.mean()),
        {fmr: pairs.at_fmr(float(fmr)) for fmr in FMR},
        open_set(acquired, scores, listed=listed, folds=FOLDS, fpir=FPIR, seed=SEED),
        listed,
        None if usual is None else pairs.at_score(usual),
    )


def _acquired(tally: Tally, chosen: Sequence[Picture], kin: frozenset[frozenset[int]]) -> Acquired:
    length = max((len(row) for row in tally.features.values()), default=1)
    rows = np.zeros((len(chosen), length), np.float32)
    for number, row in tally.features.items():
        rows[number] = row
    found = np.isin(np.arange(len(chosen)), list(tally.features))
    return Acquired(np.array([one.person for one in chosen], np.int64), rows, found, kin)


def _medians(by_faces: Mapping[int, Sequence[float]]) -> dict[int, float]:
    return {faces: statistics.median(values) for faces, values in by_faces.items()}
