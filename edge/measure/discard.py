"""Does the quality of a sample predict its comparison? The error-versus-discard characteristic.

Two pictures of each person: either in turn is made worse and compared with the other as it is. The quality of a
comparison is the lower one of its two samples. Comparisons of the lowest quality are left out, more and more of them;
the better the quality predicts, the faster the FNMR of the rest falls (Grother and Tabassi, 2007; ISO/IEC 29794-1).
Leaving out at random changes nothing; leaving out exactly the failed comparisons is the best that can be. The gain is
the share of the way from the one to the other, as areas under the curve. The threshold is that of the pictures as they
are, at an FMR of 1e-4, as on a device, which has one for all. A degraded face is looked for on the close-up of where it
is; where it is not found there is no sample, and nothing for a quality to tell: such pictures are counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.pictures import files as pictures
from edge.domain.errors import Misconfigured
from edge.domain.face import Face, Features
from edge.measure.acquire import Acquired, Detects, Extracts, Image, decode, subject
from edge.measure.degrade import Kind, degraded
from edge.measure.errata import Errata
from edge.measure.resample import Estimate, Weights, draw, estimate
from edge.measure.scores import compare_all, score_at_fmr
from edge.steps import align, quality
from edge.steps.quality import Grading

FMR: Final = 1e-4
LEAST_SCORE: Final = 0.6
"""Of the detector on the close-up, as on the device."""
PARTIAL: Final = 0.2
"""Share left out up to which the area counts that matters: nobody discards half of all samples."""
STEPS: Final = 100
POOLED: Final = "all"


@dataclass(frozen=True, slots=True)
class Sampled:
    """All comparisons of degraded pictures."""

    score: NDArray[np.float32]
    quality: NDArray[np.float32]
    kind: NDArray[np.int64]
    person: NDArray[np.int64]
    lost: dict[str, int]
    """Pictures without a face once they were degraded, by kind."""
    score_needed: float


@dataclass(frozen=True, slots=True)
class Characteristic:
    """How the FNMR falls."""

    comparisons: int
    lost: int
    curve: list[tuple[float, float]]
    """(share left out, FNMR of the rest)."""
    ideal: list[tuple[float, float]]
    area: float
    """Mean FNMR while up to PARTIAL is left out: at random, that is the first point of the curve."""
    ideal_area: float
    gain: Estimate
    """Up to PARTIAL."""
    gain_whole: Estimate


def sample(
    source: Path, detector: Detects, extractor: Extracts, errata: Errata, seed: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Sampled:  # fmt: skip
    """Degrade and compare. Raises Misconfigured, Undecodable."""
    rng = np.random.default_rng(seed)
    clean: list[_Clean] = []
    scores, qualities, kinds, people = list[float](), list[float](), list[int](), list[int]()
    lost = dict.fromkeys(map(str, Kind), 0)
    for person, images in enumerate(_pairs(source, errata)):
        pair = [_clean(image, person, detector, extractor) for image in images]
        known = [one for one in pair if one is not None]
        clean += known
        for probe, reference in (known, known[::-1]) if len(known) == 2 else ():
            for number, kind in enumerate(Kind):
                worse = degraded(probe.image, kind, probe.face.box.height, rng)
                taken = _taken(worse, probe.face, detector, extractor)
                if taken is None:
                    lost[kind] += 1
                    continue
                scores.append(float(taken[0] @ reference.features))
                qualities.append(min(taken[1], reference.quality))
                kinds.append(number)
                people.append(person)
        for one in known:
            one.image = _NOTHING  # what was compared is not needed any more
        progress(person + 1)
    if not scores:
        raise Misconfigured(f"Nobody in {source} has two pictures with a face.", "Name a folder of people with two.")
    return Sampled(
        np.array(scores, np.float32), np.array(qualities, np.float32), np.array(kinds), np.array(people), lost,
        _threshold(clean, errata, source),
    )  # fmt: skip


def characteristics(sampled: Sampled, replicates: int, seed: int) -> dict[str, Characteristic]:
    """Of each degradation, and of all together."""
    weights = draw(int(sampled.person.max()) + 1, replicates, seed)
    found = {POOLED: _of(sampled, np.ones(len(sampled.kind), np.bool_), sum(sampled.lost.values()), weights)}
    for number, kind in enumerate(Kind):
        chosen = sampled.kind == number
        if chosen.any():
            found[str(kind)] = _of(sampled, chosen, sampled.lost[kind], weights)
    return found


@dataclass(slots=True)
class _Clean:
    image: Image
    face: Face
    features: Features
    quality: float
    person: int


_NOTHING: Final = np.empty((0, 0, 3), np.uint8)


def _pairs(source: Path, errata: Errata) -> Iterator[list[Image]]:
    """The first two pictures of everybody who has two."""
    taken: dict[str, list[Image] | None] = {}
    for person, name, raw in pictures(source):
        if name in errata.exclude_pictures:
            continue
        images = taken.setdefault(errata.canonical(person), [])
        if images is not None:
            images.append(decode(name, raw))
            if len(images) == 2:
                taken[errata.canonical(person)] = None
                yield images


def _clean(image: Image, person: int, detector: Detects, extractor: Extracts) -> _Clean | None:
    face = subject(detector.detect_rgb(image), image.shape[1], image.shape[0])
    taken = None if face is None else _taken(image, face, detector, extractor)
    return None if face is None or taken is None else _Clean(image, face, *taken, person)


def _taken(image: Image, face: Face, detector: Detects, extractor: Extracts) -> tuple[Features, float] | None:
    """Features and quality of the face, looked for where it is known to be."""
    closer = detector.refine_rgb(image, face)
    if closer is None or closer.score < LEAST_SCORE:
        return None
    aligned = align.aligned_rgb(image, closer.landmarks)
    return extractor.extract([aligned])[0].copy(), quality.of(closer, aligned, Grading())


def _threshold(clean: list[_Clean], errata: Errata, source: Path) -> float:
    people = np.array([one.person for one in clean], np.int64)
    names = tuple(map(str, range(int(people.max()) + 1)))
    features = np.stack([one.features for one in clean])
    comparisons = compare_all(Acquired(features, people, names, (), np.empty(0, np.int64)), errata)
    if comparisons.impostors * FMR < 1:
        raise Misconfigured(
            f"The people of {source} are too few to say what an FMR of {FMR:g} is.", "Name 100 with two pictures."
        )
    return score_at_fmr(comparisons, FMR)


def _of(sampled: Sampled, chosen: NDArray[np.bool_], lost: int, weights: Weights) -> Characteristic:
    missed = sampled.score[chosen] < sampled.score_needed
    rising = np.argsort(sampled.quality[chosen], kind="stable")
    drawn = weights[:, sampled.person[chosen]]
    shares = np.arange(STEPS) / STEPS
    by_quality = _falling(missed[rising], drawn[:, rising], shares)
    oracle = np.argsort(~missed, kind="stable")
    ideal = _falling(missed[oracle], drawn[:, oracle], shares)
    part = shares <= PARTIAL
    return Characteristic(
        len(missed), lost,
        list(zip(shares.tolist(), by_quality[0].tolist(), strict=True)),
        list(zip(shares.tolist(), ideal[0].tolist(), strict=True)),
        float(by_quality[0, part].mean()), float(ideal[0, part].mean()),
        estimate(_gain(by_quality[:, part], ideal[:, part])), estimate(_gain(by_quality, ideal)),
    )  # fmt: skip


def _falling(missed: NDArray[np.bool_], weights: Weights, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """(replicates, shares) FNMR of what is left when the first ones, in the order given, are left out."""
    wholes = np.cumsum(weights, axis=1)
    misses = np.cumsum(weights * missed, axis=1)
    rates = np.empty((len(weights), len(shares)))
    for row, (whole, miss) in enumerate(zip(wholes, misses, strict=True)):
        out = np.searchsorted(whole, shares * whole[-1] + 1e-9, side="right")
        gone = np.where(out > 0, out - 1, 0)
        left = whole[-1] - np.where(out > 0, whole[gone], 0.0)
        rates[row] = (miss[-1] - np.where(out > 0, miss[gone], 0.0)) / np.maximum(left, 1e-9)
    return rates


def _gain(by_quality: NDArray[np.float64], ideal: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far from leaving out at random (0) to leaving out the failed ones (1), for each replicate."""
    random = by_quality[:, :1]
    with np.errstate(invalid="ignore", divide="ignore"):
        gain: NDArray[np.float64] = (random - by_quality).sum(axis=1) / (random - ideal).sum(axis=1)
    return gain
