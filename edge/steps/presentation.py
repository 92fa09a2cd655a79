"""Whether a candidate may be a picture of a face instead of a face: passive cues for the reviewer of a hit.

ISO/IEC 30107-1 calls it presentation attack detection. Each cue looks at what the track holds of its few samples
anyway, and at nothing else. Nothing is looked at unless a search has yielded a candidate (see
:mod:`edge.steps.decide`), nothing measured is kept, and no cue withholds a hit: the reviewer should know both.

*flat motion*   between two samples the face was stretched as a turned sheet is, without its middle moving against its
                sides as that of a turned head does (:mod:`edge.steps.flatness`)
*still*         it stayed where it was to a fraction of a pixel; people who stand sway
*raster*        a sharp peak in its spectrum: moire, or the dots of a coarse print or panel
*framed*        straight edges on two sides move along with it, and against what lies behind
                (:mod:`edge.steps.borders`)

No cue looks at colour: skin would be found unusual before ink is. The proportions of a face, as far as five landmarks
give them, and the motion of these landmarks alone were tried and told nothing apart.

The limits. The settings were chosen on simulated sheets and screens, so that at most one or two in a hundred faces are
flagged; ``hardware-sim attack`` prints the rates on other people. There 2 of 597 faces were flagged, and of the
attacks went unnoticed: about one in four where somebody walked with the picture (one in three where it was cut out
along the head), two in three to three in four where it was held still, 0 to 7 in a hundred where it stood on a stand.
At the distance of a street camera the raster of prints and phones is finer than a pixel and cannot be seen at all.
Masks, make-up and moving pictures are not looked for. A simulated set says little about real prints and nothing about
good masks. That there is no cue means nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.comparison import PresentationCue
from edge.domain.face import Sample
from edge.steps import borders, flatness

FINE: Final = 0.12
"""Cycles a pixel from which a peak of the spectrum is a raster and not a feature of the face."""
LEAST: Final = 24
"""Pixels across and down that a part of a picture must have to be measured."""


@dataclass(frozen=True, slots=True)
class Suspecting:
    """Settings: from where on each measurement is a cue."""

    flat: float = 0.012
    """Stretch that no turning of a head explains."""
    still: float = 0.35
    """Movement, in pixels, below which nobody stands."""
    still_for: timedelta = timedelta(milliseconds=300)
    raster: float = 4.2
    """Height of a peak over its neighbourhood, natural logarithm of power."""
    framed: float = 0.7
    """Share of two sides along which an edge runs."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the cues are read off. Lives no longer than the decision."""

    flat: float
    movement: float
    peak: float
    framed: float


def cues(samples: Sequence[Sample], settings: Suspecting) -> tuple[PresentationCue, ...]:
    """The cues in the samples of one passage, in the order of their definition. Any samples will do."""
    found = measure(samples, settings)
    held = {
        PresentationCue.FLAT_MOTION: found.flat >= settings.flat,
        PresentationCue.STILL: found.movement <= settings.still,
        PresentationCue.RASTER: found.peak >= settings.raster,
        PresentationCue.FRAMED: found.framed >= settings.framed,
    }
    return tuple(cue for cue, suspected in held.items() if suspected)


def measure(samples: Sequence[Sample], settings: Suspecting) -> Measured:
    """All measurements. Where one cannot be made it is what a face gives."""
    ordered = sorted(samples, key=lambda sample: sample.captured.boot)
    return Measured(
        flat=flatness.unexplained(ordered),
        movement=movement(ordered, settings.still_for),
        peak=float(np.median([peak(sample) for sample in ordered])) if ordered else 0.0,
        framed=borders.framed(ordered),
    )


def movement(samples: Sequence[Sample], span: timedelta) -> float:
    """How far, in pixels, the face moved or changed between the last sample and any other.

    What differs between two pictures of the same place, divided by how steep they are, is the movement that would make
    such a difference. Infinite where the samples are nearer in time than ``span``, or the face has obviously moved.
    """
    if len(samples) < 2 or samples[-1].captured.since(samples[0].captured) < span:
        return math.inf
    return max(_moved(one, samples[-1]) for one in samples[:-1])


def peak(sample: Sample) -> float:
    """The highest peak of the face's spectrum over what surrounds it there, natural logarithm of power."""
    x, y = (value - corner for value, corner in zip(sample.face.box.centre, sample.corner, strict=True))
    reach = int(min(sample.face.box.width, sample.face.box.height) * 0.4)
    luma = _part(sample, int(x) - reach, int(y) - reach, 2 * reach, 2 * reach)
    if luma is None:
        return 0.0
    high, wide = luma.shape
    window = np.outer(np.hanning(high), np.hanning(wide))
    power = np.abs(np.fft.rfft2((luma - cv2.GaussianBlur(luma, (0, 0), 2.0)) * window)) ** 2
    strength = np.log(power + 1e-3)
    over = strength - cv2.blur(strength, (9, 9))
    rows, columns = np.fft.fftfreq(high)[:, None], np.fft.rfftfreq(wide)[None, :]
    return float(over[np.hypot(rows, columns) > FINE].max())


def _moved(one: Sample, other: Sample) -> float:
    a, b = one.face.box, other.face.box
    (x, y), (u, v) = a.centre, b.centre
    if not max(abs(x - u), abs(y - v), abs(a.height - b.height)) <= 0.1 * a.height:
        return math.inf
    left, top = max(one.corner[0], other.corner[0], int(a.left)), max(one.corner[1], other.corner[1], int(a.top))
    whole = [
        _part(sample, left - sample.corner[0], top - sample.corner[1], int(a.width), int(a.height))
        for sample in (one, other)
    ]
    parts = [part for part in whole if part is not None]
    if len(parts) < 2:
        return math.inf
    high, wide = (min(part.shape[axis] for part in parts) for axis in (0, 1))
    # Coarse structure is left out, because light that changes is no movement; so is the finest, which is noise.
    first, second = (
        cv2.GaussianBlur(part, (0, 0), 1.5) - cv2.GaussianBlur(part, (0, 0), 4.0)
        for part in (part[:high, :wide] for part in parts)
    )
    steep = math.hypot(*(cv2.norm(cv2.Sobel(first, cv2.CV_32F, *way)) / 8 for way in ((1, 0), (0, 1)))) / math.sqrt(2)
    return float(cv2.norm(first, second)) / max(steep, 1e-6)


def _part(sample: Sample, left: int, top: int, wide: int, high: int) -> NDArray[np.float32] | None:
    """A part of a sample's context as luma, clipped to it; None where it is too small to be measured."""
    part = sample.context[max(0, top) : max(0, top + high), max(0, left) : max(0, left + wide)]
    if min(part.shape[:2]) < LEAST:
        return None
    return cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
