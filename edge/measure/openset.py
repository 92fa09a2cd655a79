"""Open-set identification: FPIR and FNIR on identity-disjoint folds (ISO/IEC 19795-1, clause on identification).

In each fold some people are enrolled and all others are strangers. Samples are fused as on the device: a probe by
quality, a reference evenly. A mated search finds its person only as the best candidate, at or above the threshold,
because that is all that the product ever tells. A picture in which no face was found makes a search that found nobody;
a stranger's is no search at all, since counting it would only lower the FPIR. One threshold holds for all folds. The
intervals are over people; that the strangers of all folds are the same people, enrolled in some, is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Features
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.resample import Estimate, Weights, draw, estimate, exceeded, share
from edge.measure.scores import related
from edge.steps import fuse

RATES: Final = (1e-2, 1e-3)
CURVE: Final = np.geomspace(1e-3, 1e-1, 25)
NOBODY: Final = np.float32(-1)
"""The score of a search without a sample."""
LEAST_QUALITY: Final = np.float32(1e-3)
"""A weight must be positive."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How many are enrolled, from how many pictures each, and how many pictures make one probe."""

    entries: int
    references: int = 1
    samples: int = 1
    pictures: int = 0
    """Fewest pictures of anybody enrolled, where several settings are to have the same people."""
    partial: bool = False
    """Whether a stranger with fewer pictures than a probe takes searches with those there are. Nobody enrolled does."""


SETTINGS: Final = (
    Setting(100),
    Setting(300),
    Setting(500),
    Setting(100, samples=3),
    Setting(100, references=3),
    Setting(100, references=3, samples=3),
)


@dataclass(frozen=True, slots=True)
class Folds:
    """How the people are divided, how often, and how sure the intervals are."""

    count: int = 20
    replicates: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Fold:
    """The searches of one division of the people, or of several."""

    mated: NDArray[np.float32]
    """(m,) score with one's own template where that is the best one; NOBODY where it is not, or no face was found."""
    mated_people: NDArray[np.int64]
    others: NDArray[np.float32]
    """(n,) best score of each search by somebody who is not enrolled."""
    others_people: NDArray[np.int64]
    kin: NDArray[np.float32]
    """The same for strangers who are related to somebody enrolled: in no rate."""


@dataclass(frozen=True, slots=True)
class Rates:
    """FNIR where the threshold lets no more than a given share of strangers' searches give a candidate."""

    setting: Setting
    mated_searches: int
    other_searches: int
    score: dict[float, float]
    """The threshold by FPIR."""
    fnir: dict[float, Estimate]
    kin_searches: int
    kin_alerts: dict[float, int]
    """Searches by relatives of enrolled people, and how many of them gave a candidate."""
    curve: list[tuple[float, float]]
    """(FPIR, FNIR), from few false alerts to many: the detection error trade-off."""


def evaluate(acquired: Acquired, errata: Errata, folds: Folds) -> Iterator[Rates]:
    """All settings that the people suffice for."""
    weights = draw(len(acquired.names), folds.replicates, folds.seed)
    for setting in SETTINGS:
        divided = list(divide(acquired, errata, setting, folds))
        if divided:
            yield rates(setting, pooled(divided), weights)


def rates(setting: Setting, searches: Fold, weights: Weights) -> Rates:
    """The rates over the searches of all folds."""
    fnir, score = {}, {}
    for rate in RATES:
        least = exceeded(searches.others, searches.others_people, weights, rate)
        fnir[rate], score[rate] = estimate(_missing(searches, least, weights)), float(least[0])
    everybody = weights[:1]
    curve = []
    for rate in map(float, CURVE):
        least = exceeded(searches.others, searches.others_people, everybody, rate)
        curve.append((rate, float(_missing(searches, least, everybody)[0])))
    alerts = {rate: int((searches.kin >= least).sum()) for rate, least in score.items()}
    return Rates(setting, len(searches.mated), len(searches.others), score, fnir, len(searches.kin), alerts, curve)


def pooled(divided: list[Fold]) -> Fold:
    """The searches of all folds together."""
    return Fold(
        np.concatenate([fold.mated for fold in divided]),
        np.concatenate([fold.mated_people for fold in divided]),
        np.concatenate([fold.others for fold in divided]),
        np.concatenate([fold.others_people for fold in divided]),
        np.concatenate([fold.kin for fold in divided]),
    )


def divide(
    acquired: Acquired, errata: Errata, setting: Setting, folds: Folds, templates: Features | None = None
) -> Iterator[Fold]:
    """Folds of a setting; none where too few people have enough pictures.

    ``templates`` are (n, D) features of the same pictures, for references to be made of others than probes.
    """
    people = len(acquired.names)
    pictures = np.bincount(acquired.people, minlength=people) + np.bincount(acquired.failed_people, minlength=people)
    suitable = np.flatnonzero(pictures >= max(setting.references + setting.samples, setting.pictures))
    # Strangers enough for one search at least.
    searching = np.count_nonzero(pictures >= (1 if setting.partial else setting.samples))
    if len(suitable) < setting.entries or searching <= setting.entries:
        return
    kinship = related(acquired, errata)
    for number in range(folds.count):
        rng = np.random.default_rng([folds.seed, number, setting.entries, setting.references, setting.samples])
        enrolled = rng.choice(suitable, setting.entries, replace=False)
        yield one_fold(acquired, setting, enrolled, rng, kinship=kinship, sources=templates)


def one_fold(
    acquired: Acquired, setting: Setting, enrolled: NDArray[np.int64], rng: np.random.Generator, *,
    kinship: NDArray[np.bool_] | None = None, among: NDArray[np.bool_] | None = None, sources: Features | None = None,
) -> Fold:  # fmt: skip
    """Enrol these people, with pictures drawn at random, and search with everybody's remaining ones.

    ``kinship`` is (people, people), ``among`` (people,): who may search at all; ``sources`` as in :func:`divide`.
    """
    enrolling = acquired.features if sources is None else sources
    templates = np.zeros((len(enrolled), acquired.features.shape[1]), np.float32)
    place = np.full(len(acquired.names), -1)
    place[enrolled] = np.arange(len(enrolled))
    probes, owners, unseen = list[Features](), list[int](), list[int]()
    for person, drawn in _shuffled(acquired, rng):
        rows = drawn
        if place[person] >= 0:
            # Without any face in the pictures there is no template, and every search for the person misses.
            templates[place[person]] = _fused(enrolling, rows[: setting.references], None)
            rows = rows[setting.references :]
        elif among is not None and not among[person]:
            continue
        fewest = min(setting.samples, len(rows)) if setting.partial and place[person] < 0 else setting.samples
        for start in range(0, len(rows) - fewest + 1, setting.samples):
            probe = _fused(acquired.features, rows[start : start + setting.samples], acquired.quality)
            (owners if probe.any() else unseen).append(person)
            if probe.any():
                probes.append(probe)
    kin = np.zeros(len(place), np.bool_)
    if kinship is not None:
        kin |= kinship[enrolled].any(axis=0)
    missed = np.array([person for person in unseen if place[person] >= 0], np.int64)
    rows_found = np.array(probes, np.float32).reshape(-1, templates.shape[1])
    return _searched(templates, rows_found, np.array(owners, np.int64), place, missed, kin)


def _fused(features: Features, rows: NDArray[np.int64], quality: NDArray[np.float32] | None) -> Features:
    """As the device fuses, of the pictures in which a face was found; zeros where there is none (row -1)."""
    found = rows[rows >= 0]
    if not len(found):
        return np.zeros(features.shape[1], np.float32)
    if len(found) == 1:
        single: Features = features[found[0]]
        return single
    weights = None if quality is None else np.maximum(quality[found], LEAST_QUALITY).tolist()
    return fuse.mean(features[found], weights)


def _searched(
    templates: Features, probes: Features, owners: NDArray[np.int64], place: NDArray[np.int64],
    missed: NDArray[np.int64], kin: NDArray[np.bool_],
) -> Fold:  # fmt: skip
    scores = probes @ templates.T
    best = scores.argmax(axis=1)
    top = scores[np.arange(len(scores)), best]
    listed = place[owners] >= 0
    right = np.where(best == place[owners], top, NOBODY)
    mated = np.concatenate([right[listed], np.full(len(missed), NOBODY)]).astype(np.float32)
    strangers, relatives = ~listed & ~kin[owners], ~listed & kin[owners]
    return Fold(
        mated, np.concatenate([owners[listed], missed]), top[strangers], owners[strangers], top[relatives]
    )  # fmt: skip


def _shuffled(acquired: Acquired, rng: np.random.Generator) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each person, and the rows of all their pictures in random order; -1 for one in which no face was found."""
    rows = np.concatenate([np.arange(len(acquired.people)), np.full(len(acquired.failed_people), -1)])
    owners = np.concatenate([acquired.people, acquired.failed_people])
    order = rng.permutation(len(rows))
    order = order[np.argsort(owners[order], kind="stable")]
    starts = np.flatnonzero(np.diff(owners[order], prepend=-1))
    for part in np.split(order, starts[1:]):
        yield int(owners[part[0]]), rows[part]


def _missing(searches: Fold, least: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """FNIR for each row of weights, each with its own threshold."""
    order = np.argsort(searches.mated, kind="stable")
    lighter = np.cumsum(weights[:, searches.mated_people[order]], axis=1)
    below = np.searchsorted(searches.mated[order].astype(np.float64), least, side="left")
    padded = np.concatenate([np.zeros((len(weights), 1)), lighter], axis=1)
    with np.errstate(invalid="ignore"):
        missed: NDArray[np.float64] = padded[np.arange(len(weights)), below] / lighter[:, -1]
    return missed


def false_positives(fold: Fold, score: float, weights: Weights) -> NDArray[np.float64]:
    """FPIR at a score, for each row of weights."""
    return share(fold.others >= score, fold.others_people, weights)


def false_negatives(fold: Fold, score: float, weights: Weights) -> NDArray[np.float64]:
    """FNIR at a score, for each row of weights."""
    return share(fold.mated < score, fold.mated_people, weights)
