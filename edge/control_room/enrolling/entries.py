"""The shots of one entry to one template: copies count once, strange pictures are found out, the rest is fused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.control_room.enrolling.findings import Found, Outcome, Rejected
from edge.control_room.enrolling.looking import Shot, likeness
from edge.control_room.enrolling.opening import shown
from edge.domain.face import Features
from edge.domain.subjects import Picture, Subject
from edge.steps import fuse

COPY: Final = 0.93
"""Likeness of two thumbprints from which the pictures are copies, given that their features are alike too. Of LFW's
mated pairs one in a thousand reaches it; recompressed, rescaled and brightened copies nearly all do."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """An entry that has a template."""

    subject: Subject
    template: Features = field(repr=False)
    """(D,) float32, as fused."""
    used: tuple[Picture, ...]
    best: float
    """Quality of the best of them, 0..1."""
    thumbprints: NDArray[np.float16] = field(repr=False)
    """(n, 256) a unit row for each picture used, while the list is built."""

    @property
    def id(self) -> str:
        """The entry's."""
        return self.subject.id


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why an entry has no template, in words."""

    id: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A picture of an entry, and what it gave."""

    picture: Picture
    look: Shot | Rejected


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    picture: Picture
    shot: Shot


def form(subject: Subject, seen: Sequence[Seen], agree: float) -> tuple[Person | Unusable, list[Found]]:
    """The template of an entry, or why it has none, and what became of each picture.

    ``agree`` is the score at and above which two pictures pass as one person's.
    """
    said: list[Found] = []
    kept: list[_Kept] = []
    for one in seen:
        if isinstance(one.look, Rejected):
            said.append(_found(subject, one.picture, one.look))
        elif (copied := _copied(one.look, kept, agree)) is not None:
            why = f"the same picture as {_name(copied.picture)}, which counts once"
            said.append(_found(subject, one.picture, Rejected(Outcome.COPY, why), one.look))
        else:
            kept.append(_Kept(one.picture, one.look))
    if not kept:
        reasons = "; ".join(f"{found.picture.rpartition('/')[2]}: {found.why}" for found in said[:_NAMED])
        if len(said) > _NAMED:
            reasons += f"; and {len(said) - _NAMED} more"
        return Unusable(subject.id, f"has no usable picture ({reasons or 'no picture'})"), said
    together = _majority(np.stack([one.shot.features for one in kept]), agree)
    if together is None:
        disagree = Rejected(Outcome.DISAGREE, "the pictures of this entry do not resemble each other")
        said += [_found(subject, one.picture, disagree, one.shot) for one in kept]
        names = ", ".join(_name(one.picture) for one in kept[:_NAMED])
        return Unusable(subject.id, f"has pictures that do not resemble each other ({names})"), said
    used = Rejected(Outcome.USED, "used")
    strange = Rejected(Outcome.STRANGE, f"it does not resemble the other pictures of entry {subject.id}")
    for held, belongs in zip(kept, together, strict=True):
        said.append(_found(subject, held.picture, used if belongs else strange, held.shot))
    return _fused(subject, [one for one, belongs in zip(kept, together, strict=True) if belongs]), said


def copies(left: Person, right: Person) -> Iterator[tuple[Picture, Picture]]:
    """Pictures of two entries that are copies of each other; asked only of entries whose templates are alike."""
    prints, others = left.thumbprints.astype(np.float32), right.thumbprints.astype(np.float32)
    for row, column in zip(*np.nonzero(likeness(prints, others) >= COPY), strict=True):
        yield left.used[row], right.used[column]


def _found(subject: Subject, picture: Picture, why: Rejected, shot: Shot | None = None) -> Found:
    quality = None if shot is None else round(100 * shot.quality)
    return Found(
        entry=subject.id, picture=shown(picture.file), outcome=why.outcome, why=shown(why.why), quality=quality
    )


def _name(picture: Picture) -> str:
    return shown(picture.file.rpartition("/")[2])


def _fused(subject: Subject, kept: list[_Kept]) -> Person | Unusable:
    try:
        template = fuse.mean(np.stack([one.shot.features for one in kept]), [one.shot.quality for one in kept])
    except ValueError as error:  # a model that gives the opposite of itself: nothing to go by
        return Unusable(subject.id, f"has pictures that cannot be fused ({error})")
    prints = np.stack([one.shot.thumbprint for one in kept]).astype(np.float16)
    best = max(one.shot.quality for one in kept)
    return Person(subject, template, tuple(one.picture for one in kept), best, prints)


def _copied(shot: Shot, others: Sequence[_Kept], agree: float) -> _Kept | None:
    for other in others:
        alike = float(likeness(shot.thumbprint[None], other.shot.thumbprint[None])[0, 0])
        if alike >= COPY and float(shot.features @ other.shot.features) >= agree:
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
