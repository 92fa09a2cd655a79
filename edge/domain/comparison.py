"""Thresholds, candidates, findings and hits."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from edge.domain.authorisation import Category
from edge.domain.authority import Digest, Identifier
from edge.domain.capture import Instant
from edge.domain.face import Box


class ScoreBand(enum.Enum):
    """How far above the threshold a candidate scored. Fine scores never leave the device: from a few dozen of
    them a face template can be rebuilt.
    """

    AT_THRESHOLD = "at-threshold"
    ABOVE = "above"
    WELL_ABOVE = "well-above"


class PresentationCue(enum.Enum):
    """What may betray a picture of a face that is held before the camera (presentation attack, ISO/IEC 30107-1)."""

    FLAT_MOTION = "flat-motion"
    """It turned as something flat turns."""
    STILL = "still"
    """It stood so still as nobody stands."""
    RASTER = "raster"
    """A regular pattern lies over it, as of pixels or printed dots."""
    FRAMED = "framed"
    """Straight edges move along with it, as of a sheet or a screen."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and everything it was computed from."""

    score: float = field(repr=False)
    """Cosine similarity."""
    fmr: float
    """One-to-one false match rate that the calibration promises at this score (upper bound)."""
    max_fpir: Decimal
    entries: int
    calibration: Digest
    extrapolated: bool = False
    """Whether it lies beyond the evidence, on the tail model."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The best entry of one search, at or above the threshold."""

    entry: Identifier
    category: Category
    band: ScoreBand


@dataclass(frozen=True, slots=True)
class Permit:
    """The gate's word that looking is allowed.

    A permit of an older generation is void: whatever was in flight when it lapsed must be dropped.
    """

    authorisation: Identifier
    generation: int
    deadline: Instant


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one search. No candidate is the ordinary outcome, and says nothing about anybody."""

    searched: Instant
    permit: Permit
    candidate: Candidate | None


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A lead for a person, never an identification."""

    id: Identifier
    permit: Permit
    candidate: Candidate
    captured: Instant
    """When the last sample that contributed was captured."""
    searched: Instant
    samples: int
    seen_for: timedelta
    """How long the passage had been followed at the search."""
    box: Box
    face: NDArray[np.uint8] = field(repr=False)
    """(S, S, 3) uint8 RGB: the face with its surroundings, from the best sample."""
    cues: tuple[PresentationCue, ...]
    """Why a picture is suspected in place of a face. None of them is the ordinary case, and proves nothing."""

    @property
    def presentation_suspected(self) -> bool:
        """Whether a reviewer should be told to look for a picture in place of a face."""
        return bool(self.cues)
