"""What features of the same pictures out of different chains are worth (ISO/IEC 19795-1).

A picture in which a chain did not find the person is not acquired: with it, no comparison succeeds. False match and
false positive rates are over the comparisons and searches that did take place, so that a chain gains nothing in them
by finding few.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Measure(enum.Enum):
    """How a chain's authors compare two features; more is more alike in both."""

    COSINE = "cosine"
    DISTANCE = "minus Euclidean distance"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of comparisons or searches at a score that lets so many false ones pass."""

    value: float
    score: float
    false: int
    """False ones at or above the score: with fewer than ten the rate rests on a handful of pairs."""
    of: int
    """Genuine comparisons or searches."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """What a chain made of all pictures."""

    people: NDArray[np.int64]
    """(n,) person on each picture."""
    features: NDArray[np.float32]
    """(n, D); rows of pictures that were not acquired hold anything."""
    found: NDArray[np.bool_]
    """(n,)."""
    kin: frozenset[frozenset[int]] = frozenset()
    """Pairs of people who are related: what they score against each other counts for nothing."""

    def scores(self, measure: Measure) -> Scores:
        """(n, n) float32: every picture with every other."""
        features = self.features.astype(np.float64)
        if measure is Measure.COSINE:
            features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
            return np.asarray(features @ features.T, np.float32)
        square = (features**2).sum(axis=1)
        apart = np.maximum(square[:, None] + square - 2 * features @ features.T, 0)
        return np.asarray(-np.sqrt(apart), np.float32)

    def unrelated(self) -> NDArray[np.bool_]:
        """(n, n): whether two pictures are of two people who are not related."""
        other = self.people[:, None] != self.people
        for one, two in (sorted(pair) for pair in self.kin):
            pair = np.isin(self.people, (one, two))
            other &= ~(pair[:, None] & pair)
        return np.asarray(other)


@dataclass(frozen=True, slots=True)
class OneToOne:
    """All comparisons of two pictures."""

    mated: Scores
    lost: int
    """Mated pairs of which a picture was not acquired."""
    non_mated: Scores
    """Descending."""

    def at_fmr(self, fmr: float) -> Rate:
        """The true match rate at the lowest score that no more than this share of non-mated pairs reaches."""
        return _at(self.mated, self.lost, self.non_mated, fmr)

    def at_score(self, score: float) -> tuple[float, float]:
        """The true match rate and the false match rate at a given score."""
        true = float((self.mated >= score).sum()) / max(1, len(self.mated) + self.lost)
        return true, float((self.non_mated >= score).mean())


def one_to_one(acquired: Acquired, scores: Scores) -> OneToOne:
    """Every picture with every other, once."""
    once = np.triu(np.ones(scores.shape, np.bool_), 1)
    same = once & (acquired.people[:, None] == acquired.people)
    both = acquired.found[:, None] & acquired.found
    return OneToOne(
        scores[same & both], int((same & ~both).sum()), _descending(scores[once & both & acquired.unrelated()])
    )


def open_set(
    acquired: Acquired, scores: Scores, *, listed: int, folds: int, fpir: float, seed: int
) -> Rate:  # fmt: skip
    """The false negative identification rate at rank one, over seeded lists of ``listed`` people with one reference.

    Each fold draws a list; the other people are searched in vain. A reference is the first of a person's pictures,
    in an order that is drawn too, which the chain acquires: whoever enrols takes another picture when one fails. One
    score serves all folds.
    """
    genuine, lost, false = list[float](), 0, list[Scores]()
    rng = np.random.default_rng(seed)
    for _ in range(folds):
        references, probes, missed = _fold(acquired, listed, rng)
        lost += missed
        people = acquired.people[references]
        against = scores[:, references]
        strangers = acquired.found & ~np.isin(acquired.people, people)
        allowed = acquired.unrelated()[strangers][:, references]
        false.append(np.where(allowed, against[strangers], -np.inf).max(axis=1))
        for probe in probes:
            best = int(against[probe].argmax())
            if people[best] == acquired.people[probe]:
                genuine.append(float(against[probe, best]))
            else:
                lost += 1
    rate = _at(np.array(genuine, np.float32), lost, _descending(np.concatenate(false)), fpir)
    return Rate(1 - rate.value, rate.score, rate.false, rate.of)


def _fold(acquired: Acquired, listed: int, rng: Generator) -> tuple[list[int], list[int], int]:
    """References, probes that were acquired, and how many searches are lost because something was not."""
    references, probes, missed = list[int](), list[int](), 0
    for pictures in _drawn(acquired.people, listed, rng):
        there = [picture for picture in pictures if acquired.found[picture]]
        references += there[:1]
        probes += there[1:]
        missed += len(pictures) - 1 - len(there[1:])
    return references, probes, missed


def _drawn(people: NDArray[np.int64], listed: int, rng: Generator) -> Iterator[Sequence[int]]:
    """The pictures of each person of a list, in an order to be enrolled from."""
    everybody = np.unique(people)
    for person in rng.permutation(everybody)[:listed]:
        yield [int(picture) for picture in rng.permutation(np.flatnonzero(people == person))]


def _at(genuine: Scores, lost: int, false: Scores, share: float) -> Rate:
    allowed = int(share * len(false))
    if allowed >= len(false):
        raise ValueError(f"a share of {share:g} cannot be read off {len(false)} comparisons")
    score = float(np.nextafter(false[allowed], np.float32(np.inf)))
    of = len(genuine) + lost
    return Rate(float((genuine >= score).sum()) / max(1, of), score, int((false >= score).sum()), of)


def _descending(scores: Scores) -> Scores:
    return -np.sort(-scores)
