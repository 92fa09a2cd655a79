"""The pictures of one entry to one template: each picture judged, those of somebody else found out, the rest fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.adapters import pictures
from edge.control_room.acquisition import Demands, Extracts, FindsFaces, Image, Reference, acquire
from edge.domain.face import Features
from edge.steps import fuse

MOST_PICTURES: Final = 50
"""Per entry: what follows compares each with each."""
COPY: Final = 0.93
"""Likeness of two thumbprints from which the pictures are copies, given that their features are alike too. Of LFW's
mated pairs one in a thousand reaches it; recompressed, rescaled and brightened copies nearly all do."""
_THUMB: Final = 16
_FACE: Final = np.s_[10:102, 10:102]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one picture."""

    entry: str
    picture: Path
    used: bool
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """An entry that has a template."""

    id: str
    template: Features = field(repr=False)
    """(D,) float32, unit length."""
    used: tuple[Path, ...]
    thumbprints: NDArray[np.float16] = field(repr=False)
    """(n, 256) a unit row for each picture used, while the list is built."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an entry has no template, in words."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    picture: Path
    quality: float
    features: Features = field(repr=False)
    thumbprint: NDArray[np.float32] = field(repr=False)


def form(
    identifier: str, files: Sequence[Path], detector: FindsFaces, extractor: Extracts, demands: Demands, agree: float
) -> tuple[Person | Unusable, list[Verdict]]:
    """The template of an entry, or why it has none, and a verdict on each picture.

    ``agree`` is the score at and above which two pictures pass as one person's.
    """
    verdicts: list[Verdict] = [Verdict(identifier, file, used=False, why="too many") for file in files[MOST_PICTURES:]]
    shots: list[_Shot] = []
    for file in files[:MOST_PICTURES]:
        shot = _shot(file, detector, extractor, demands)
        if isinstance(shot, _Shot) and (copied := _copied(shot, shots, agree)) is not None:
            shot = f"the same picture as {copied.picture.name}, which counts once"
        if isinstance(shot, _Shot):
            shots.append(shot)
        else:
            verdicts.append(Verdict(identifier, file, used=False, why=shot))
    if not shots:
        reasons = "; ".join(f"{verdict.picture.name}: {verdict.why}" for verdict in verdicts) or "no picture"
        return Unusable(identifier, f"has no usable picture ({reasons})"), verdicts
    kept = _majority(np.stack([shot.features for shot in shots]), agree)
    if kept is None:
        names = ", ".join(shot.picture.name for shot in shots)
        verdicts += [Verdict(identifier, shot.picture, used=False, why="the pictures disagree") for shot in shots]
        return Unusable(identifier, f"has pictures that do not resemble each other ({names})"), verdicts
    strange = f"it does not resemble the other pictures of entry {identifier}"
    for shot, one in zip(shots, kept, strict=True):
        verdicts.append(Verdict(identifier, shot.picture, used=bool(one), why="used" if one else strange))
    return _fused(identifier, [shot for shot, one in zip(shots, kept, strict=True) if one]), verdicts


def copies(left: Person, right: Person) -> Iterator[tuple[Path, Path]]:
    """Pictures of two entries that are copies of each other; asked only of entries whose templates are alike."""
    prints, others = left.thumbprints.astype(np.float32), right.thumbprints.astype(np.float32)
    for row, column in zip(*np.nonzero(_likeness(prints, others) >= COPY), strict=True):
        yield left.used[row], right.used[column]


def _shot(file: Path, detector: FindsFaces, extractor: Extracts, demands: Demands) -> _Shot | str:
    image = pictures.read(file)
    if image is None:
        return "not a readable picture"
    reference = acquire(image, detector, demands)
    if not isinstance(reference, Reference):
        return reference
    features = extractor.extract([reference.aligned])[0].copy()
    return _Shot(file, reference.quality, features, thumbprint(reference.aligned))


def _fused(identifier: str, shots: list[_Shot]) -> Person | Unusable:
    try:
        template = fuse.mean(np.stack([shot.features for shot in shots]), [shot.quality for shot in shots])
    except ValueError as error:  # a model that gives the opposite of itself: nothing to go by
        return Unusable(identifier, f"has pictures that cannot be fused ({error})")
    used = tuple(shot.picture for shot in shots)
    return Person(identifier, template, used, np.stack([shot.thumbprint for shot in shots]).astype(np.float16))


def thumbprint(aligned: Image) -> NDArray[np.float32]:
    """The face in 16 x 16 grey values, freed of brightness and contrast: (256,) float32 of unit length."""
    grey = cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY)[_FACE]
    small = cv2.resize(grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    small = small - small.mean()
    unit: NDArray[np.float32] = (small / max(float(np.linalg.norm(small)), 1e-6)).astype(np.float32)
    return unit


def _likeness(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, 256) thumbprints with (m, 256) ones, as they are or mirrored: (n, m), 1 for equal."""
    mirrored = left.reshape(-1, _THUMB, _THUMB)[:, :, ::-1].reshape(len(left), -1)
    best: NDArray[np.float32] = np.maximum(left @ right.T, mirrored @ right.T)
    return best


def _copied(shot: _Shot, others: Sequence[_Shot], agree: float) -> _Shot | None:
    for other in others:
        likeness = _likeness(shot.thumbprint[None], other.thumbprint[None])
        if float(likeness[0, 0]) >= COPY and float(shot.features @ other.features) >= agree:
            return other
    return None


def _majority(features: Features, agree: float) -> NDArray[np.bool_] | None:
    """Which pictures hang together, in the group that holds more than half of them; None where no group does.

    A picture belongs to a group if it agrees with one of it: an old and a recent picture may meet only through a third.
    """
    linked = features @ features.T >= agree
    np.fill_diagonal(linked, val=True)
    for _ in range(len(linked).bit_length()):  # reachability: each squaring doubles the steps taken
        linked = (linked.astype(np.int32) @ linked.astype(np.int32)) > 0
    largest: NDArray[np.bool_] = linked[int(linked.sum(axis=1).argmax())]
    return largest if 2 * int(largest.sum()) > len(largest) else None
