"""All one-to-one comparisons of a set of features, and the rates read off them (ISO/IEC 19795-1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Features
from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.resample import Weights

_BLOCK = 512
_AMPLE = 8


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Mated scores, and the upper tail of the non-mated ones."""

    mated: NDArray[np.float32]
    mated_person: NDArray[np.int64]
    mated_lost: int
    """Mated pairs of which a picture was not acquired."""
    tail: NDArray[np.float32]
    """Non-mated scores at or above ``floor``, descending."""
    tail_pairs: NDArray[np.int64]
    """(n, 2) the two people of each."""
    floor: float
    impostors: int
    """All non-mated comparisons."""
    relatives: NDArray[np.float32]
    """Scores between people who are known to be related, kept apart."""


def compare_all(acquired: Acquired, errata: Errata, floor: float = 0.15) -> Comparisons:
    """Every picture with every other, once."""
    features, people = acquired.features, acquired.people
    kinship = related(acquired, errata)
    mated, owners, tails, pairs, kin = [], [], [], [], []
    impostors = 0
    for start in range(0, len(features), _BLOCK):
        rows = slice(start, start + _BLOCK)
        scores = _upper(features, start)
        same = people[rows, None] == people[None, start:]
        kindred = kinship[people[rows]][:, people[start:]] if kinship is not None else np.zeros_like(same)
        valid = np.arange(len(features) - start)[None, :] > np.arange(len(scores))[:, None]
        left, right = np.nonzero(same & valid)
        mated.append(scores[left, right])
        owners.append(people[start + left])
        kin.append(scores[kindred & valid])
        other = valid & ~same & ~kindred
        impostors += int(other.sum())
        left, right = np.nonzero(other & (scores >= floor))
        tails.append(scores[left, right])
        pairs.append(np.stack([people[start + left], people[start + right]], axis=1))
    tail = np.concatenate(tails)
    order = np.argsort(-tail, kind="stable")
    return Comparisons(
        np.concatenate(mated),
        np.concatenate(owners),
        _lost(acquired),
        tail[order],
        np.concatenate(pairs)[order],
        floor,
        impostors,
        np.concatenate(kin),
    )


def score_at_fmr(comparisons: Comparisons, fmr: float) -> float:
    """The lowest score at which no more than this share of non-mated comparisons is at or above.

    Raises ValueError where the tail that was kept does not reach so far.
    """
    allowed = int(fmr * comparisons.impostors)
    if allowed >= len(comparisons.tail):
        raise ValueError(f"an FMR of {fmr:g} lies below the kept scores of {comparisons.floor:g} and above")
    return float(np.nextafter(comparisons.tail[allowed], np.float32(2)))


def true_match_rate(comparisons: Comparisons, score: float) -> tuple[float, float]:
    """Share of mated comparisons at or above a score: of all of them (micro), and the mean over people (macro)."""
    accepted = comparisons.mated >= score
    _, owner = np.unique(comparisons.mated_person, return_inverse=True)
    by_person = np.bincount(owner, weights=accepted) / np.bincount(owner)
    return float(accepted.mean()), float(by_person.mean())


@dataclass(frozen=True, slots=True)
class Resampled:
    """True match rates when people are drawn anew, the threshold with them; the first row is everybody once."""

    micro: NDArray[np.float64]
    macro: NDArray[np.float64]


def resampled(comparisons: Comparisons, weights: Weights, fmr: float) -> Resampled:
    """For each row of weights, the true match rates at its own score of that FMR."""
    people = weights.shape[1]
    order = np.argsort(comparisons.mated)
    rising, owners = comparisons.mated[order], comparisons.mated_person[order]
    pictured = np.bincount(owners, minlength=people)
    each = 1 / np.maximum(pictured, 1)
    # Far more than the rate allows, since a row may weigh its highest scorers several times.
    most = min(len(comparisons.tail), int(_AMPLE * fmr * comparisons.impostors) + 200)
    left, right = comparisons.tail_pairs[:most].T
    micro, macro = np.empty(len(weights)), np.empty(len(weights))
    for number, row in enumerate(weights):
        # Pairs of one person with itself are no impostors: (sum w)^2 - sum w^2 over all pairs of people.
        scale = (row.sum() ** 2 - (row**2).sum()) / (people * (people - 1))
        heavier = np.cumsum(row[left] * row[right])
        first = int(np.searchsorted(heavier, fmr * comparisons.impostors * scale + 1e-9, side="right"))
        score = comparisons.tail[min(first, most - 1)]
        above = owners[np.searchsorted(rising, score, side="right") :]
        accepted = np.bincount(above, minlength=people)
        micro[number] = (row @ accepted) / max(row @ pictured, 1e-9)
        macro[number] = (row @ (accepted * each)) / max(row @ (pictured > 0), 1e-9)
    return Resampled(micro, macro)


def _upper(features: Features, start: int) -> NDArray[np.float32]:
    return features[start : start + _BLOCK] @ features[start:].T


def related(acquired: Acquired, errata: Errata) -> NDArray[np.bool_] | None:
    """(people, people) who is known to be related to whom; None where nobody is."""
    numbers = {name: number for number, name in enumerate(acquired.names)}
    table = np.zeros((len(numbers), len(numbers)), np.bool_)
    for group in errata.relatives:
        known = [numbers[errata.canonical(name)] for name in group if errata.canonical(name) in numbers]
        table[np.ix_(known, known)] = True
    np.fill_diagonal(table, val=False)
    return table if table.any() else None


def _lost(acquired: Acquired) -> int:
    """Mated pairs that could not be compared because a picture of them was not acquired."""
    people = len(acquired.names)
    found = np.bincount(acquired.people, minlength=people)
    failed = np.bincount(acquired.failed_people, minlength=people) if len(acquired.failed) else np.zeros(people, int)
    return int((found * failed + failed * (failed - 1) // 2).sum())
