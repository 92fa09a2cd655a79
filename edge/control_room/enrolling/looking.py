"""Bytes to a shot: what is known of one picture once it was looked at."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.control_room.enrolling import stills
from edge.control_room.enrolling.acquisition import (
    Demands,
    Extracts,
    FindsFaces,
    Image,
    Reference,
    acquire,
    features_of,
)
from edge.control_room.enrolling.findings import Rejected
from edge.domain.authority import Digest
from edge.domain.face import Features

_THUMB: Final = 16
THUMBPRINT: Final = _THUMB * _THUMB
_FACE: Final = np.s_[10:102, 10:102]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture that may become part of a template."""

    quality: float
    """0..1, the weight in the fusion."""
    features: Features = field(repr=False)
    """(D,) float32, unit length."""
    thumbprint: NDArray[np.float32] = field(repr=False)
    """(256,) float32, unit length: tells copies of a picture."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to look at."""

    raw: bytes = field(repr=False)
    anybody: bool = False
    """For a cohort it does not matter whose face it is."""


class Looks(Protocol):
    """Whoever looks at pictures: one process after the other, or several at once."""

    @property
    def detector(self) -> Digest:
        """Identity of the detector."""
        ...

    @property
    def embedder(self) -> Digest:
        """Identity of the embedder."""
        ...

    def look(self, pictures: Iterable[tuple[T, Wanted]]) -> Iterator[tuple[T, Shot | Rejected]]:
        """Look at each, and give it back in the same order. Few pictures are drawn ahead."""
        ...


class Looker:
    """One detector and one embedder. Belongs to one thread."""

    def __init__(self, detector: FindsFaces, extractor: Extracts, demands: Demands | None = None) -> None:
        self._detector = detector
        self._extractor = extractor
        self._demands = demands or Demands()

    def look(self, wanted: Wanted) -> Shot | Rejected:
        """What a picture gives. Raises MemoryError where it needs more than there is."""
        image = stills.decoded(wanted.raw)
        return image if isinstance(image, Rejected) else self.shot(image, anybody=wanted.anybody)

    def shot(self, image: Image, *, anybody: bool = False) -> Shot | Rejected:
        """What an (H, W, 3) uint8 RGB picture gives."""
        demands = replace(self._demands, bystander=math.inf) if anybody else self._demands
        reference = acquire(image, self._detector, demands)
        if not isinstance(reference, Reference):
            return reference
        features = features_of(reference, self._extractor, demands)
        if isinstance(features, Rejected):
            return features
        return Shot(reference.quality, features, thumbprint(reference.aligned))


def thumbprint(aligned: Image) -> NDArray[np.float32]:
    """The face in 16 x 16 grey values, freed of brightness and contrast: (256,) float32 of unit length."""
    grey = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)[_FACE]
    small = cv2.resize(grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small = small - small.mean()
    unit: NDArray[np.float32] = (small / max(float(np.linalg.norm(small)), 1e-6)).astype(np.float32)
    return unit


def likeness(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, 256) thumbprints with (m, 256) ones, as they are or mirrored: (n, m), 1 for equal."""
    mirrored = left.reshape(-1, _THUMB, _THUMB)[:, :, ::-1].reshape(len(left), -1)
    best: NDArray[np.float32] = np.maximum(left @ right.T, mirrored @ right.T)
    return best
