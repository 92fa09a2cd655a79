"""Promise against measurement: the threshold that a calibration from other people gives, and the FPIR it then has.

In each fold most people calibrate; of the others some are enrolled and the rest are strangers who walk by. Nobody is
on both sides. The promise is kept where the measured FPIR does not exceed the authorised maximum. Calibrations compare
single pictures; that they hold for fused ones too is tested here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.comparison import Threshold
from edge.domain.errors import Misconfigured
from edge.measure.acquire import Acquired
from edge.measure.calibrate import calibrate
from edge.measure.errata import Errata
from edge.measure.openset import Fold, Folds, Setting, one_fold
from edge.measure.resample import Estimate, draw, estimate, share
from edge.measure.scores import related
from edge.steps.calibrate import Calibration, threshold

CALIBRATE: Final = 0.7
"""Share of the people who calibrate."""
TESTED: Final = tuple(
    (setting, Decimal(rate))
    for setting in (Setting(100), Setting(300), Setting(500), Setting(30, references=3, samples=3))
    for rate in ("0.01", "0.001")
)
REPLICATES: Final = 100
"""Of the bootstrap in each fold's calibration."""
_UNNAMED: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise, and what came of it."""

    setting: Setting
    max_fpir: Decimal
    refused: int
    """Folds in which the evidence was too thin for this promise: then nobody would have been looked at."""
    searches: int
    """Searches by people who are not enrolled, over all folds that were not refused."""
    false_alerts: int
    fpir: Estimate | None
    fnir: Estimate | None
    """None where nobody enrolled had a picture left to search with."""

    @property
    def kept(self) -> bool | None:
        """Whether the measured FPIR is at most what was promised, and the end of its interval at most twice that.

        None where nothing was measured.
        """
        limit = float(self.max_fpir)
        return None if self.fpir is None else self.fpir.value <= limit and self.fpir.high <= 2 * limit


@dataclass(slots=True)
class _Tally:
    """What the folds of one promise gave: flags and whose they are."""

    refused: int = 0
    alerts: list[NDArray[np.bool_]] = field(default_factory=list)
    strangers: list[NDArray[np.int64]] = field(default_factory=list)
    misses: list[NDArray[np.bool_]] = field(default_factory=list)
    listed: list[NDArray[np.int64]] = field(default_factory=list)


def evaluate(
    acquired: Acquired, errata: Errata, folds: Folds, progress: Callable[[int], None] = lambda _: None
) -> list[Kept]:
    """Every promise that the people suffice to test."""
    tallies: dict[tuple[Setting, Decimal], _Tally] = defaultdict(_Tally)
    kinship = related(acquired, errata)
    for number in range(folds.count):
        rng = np.random.default_rng([folds.seed, number])
        calibrating = rng.random(len(acquired.names)) < CALIBRATE
        table = _calibration(acquired, errata, calibrating)
        for setting, max_fpir in TESTED:
            fold = _tested(acquired, kinship, ~calibrating, setting, rng)
            if fold is not None and table is not None:
                _add(tallies[setting, max_fpir], fold, threshold(table, _UNNAMED, max_fpir, setting.entries))
        progress(number + 1)
    return [_kept(*tested, tally, len(acquired.names), folds) for tested, tally in tallies.items()]


def part(acquired: Acquired, people: NDArray[np.bool_]) -> Acquired:
    """The pictures of some of the people, who are numbered anew."""
    number = np.cumsum(people) - 1
    rows = people[acquired.people]
    failed = people[acquired.failed_people]
    return Acquired(
        acquired.features[rows],
        number[acquired.people[rows]],
        tuple(name for name, wanted in zip(acquired.names, people, strict=True) if wanted),
        tuple(name for name, wanted in zip(acquired.failed, failed, strict=True) if wanted),
        number[acquired.failed_people[failed]],
    )


def _calibration(acquired: Acquired, errata: Errata, people: NDArray[np.bool_]) -> Calibration | None:
    try:
        return calibrate(
            part(acquired, people),
            errata,
            detector=_UNNAMED,
            embedder=_UNNAMED,
            source="fold",
            searches_per_passage=Decimal(1),  # a still is searched once
            replicates=REPLICATES,
        )
    except Misconfigured:
        return None


def _tested(
    acquired: Acquired, kinship: NDArray[np.bool_] | None, people: NDArray[np.bool_], setting: Setting,
    rng: np.random.Generator,
) -> Fold | None:  # fmt: skip
    """Some of the people enrolled, all others of them strangers. None where there are too few."""
    pictures = np.bincount(acquired.people, minlength=len(people))
    candidates = np.flatnonzero(people & (pictures >= setting.references))
    strangers = np.count_nonzero(people & (pictures >= setting.samples)) - setting.entries
    if len(candidates) < setting.entries or strangers < setting.entries // 10 + 1:
        return None
    enrolled = rng.choice(candidates, setting.entries, replace=False)
    return one_fold(acquired, setting, enrolled, rng, kinship=kinship, among=people)


def _add(tally: _Tally, fold: Fold, found: object) -> None:
    if not isinstance(found, Threshold):
        tally.refused += 1
        return
    tally.alerts.append(fold.others >= found.score)
    tally.strangers.append(fold.others_people)
    tally.misses.append(fold.mated < found.score)
    tally.listed.append(fold.mated_people)


def _kept(setting: Setting, max_fpir: Decimal, tally: _Tally, people: int, folds: Folds) -> Kept:
    if not tally.alerts:
        return Kept(setting, max_fpir, tally.refused, 0, 0, None, None)
    weights = draw(people, folds.replicates, folds.seed)
    alerts, misses = np.concatenate(tally.alerts), np.concatenate(tally.misses)
    fpir = estimate(share(alerts, np.concatenate(tally.strangers), weights))
    fnir = estimate(share(misses, np.concatenate(tally.listed), weights)) if len(misses) else None
    return Kept(setting, max_fpir, tally.refused, len(alerts), int(alerts.sum()), fpir, fnir)
