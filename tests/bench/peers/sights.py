"""Who is shown, and on which frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.pictures import files as pictures
from edge.domain.capture import Frame, Instant
from edge.measure.acquire import Detects
from edge.measure.errata import Errata
from hardware_sim import planes
from hardware_sim.clock import BEGIN
from hardware_sim.crowd import SIZE, Looking, frames
from hardware_sim.street import street
from hardware_sim.view import View
from tests.bench.peers.assign import Rectangle

SEED: Final = 1
EACH: Final = 3
"""Pictures of one person at most, so that no celebrity decides a rate."""
SIDE_BY_SIDE: Final = 6
"""Faces on a frame that counts for accuracy: as many as fit beside each other."""
GRIDS: Final = {0: (0, 0), 1: (1, 1), 4: (4, 1), 10: (5, 2)}
"""Faces on the frames that count for time, and in how many columns and rows they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture on a frame."""

    number: int
    """Which of the chosen pictures."""
    face: Rectangle


@dataclass(frozen=True, slots=True)
class Sight:
    """A frame, and who is on it."""

    frame: Frame
    shown: tuple[Shown, ...]
    timed: int | None = None
    """One of GRIDS where the frame counts for time, otherwise it counts for accuracy."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chosen picture."""

    person: int
    name: str
    raw: bytes


def choose(source: Path, errata: Errata, limit: int) -> tuple[list[Picture], dict[str, int]]:
    """Pictures of people of whom there are several, and the numbers of the people by name.

    People come in a drawn order, each with all pictures that are taken, until there are so many. Raises
    Misconfigured where the source is no folder or archive of people.
    """
    by_person: dict[str, list[tuple[str, bytes]]] = {}
    for person, name, raw in pictures(source):
        if name not in errata.exclude_pictures:
            by_person.setdefault(errata.canonical(person), []).append((name, raw))
    several = sorted(person for person, shown in by_person.items() if len(shown) > 1)
    rng = np.random.default_rng(SEED)
    numbers: dict[str, int] = {}
    chosen: list[Picture] = []
    for index in rng.permutation(len(several)):
        if len(chosen) >= limit:
            break
        number = numbers.setdefault(several[index], len(numbers))
        chosen += [Picture(number, name, raw) for name, raw in by_person[several[index]][:EACH]]
    return chosen, numbers


def kin(errata: Errata, numbers: dict[str, int]) -> frozenset[frozenset[int]]:
    """Pairs of the chosen people who are known to be related."""
    groups = ([numbers[name] for name in map(errata.canonical, group) if name in numbers] for group in errata.relatives)
    return frozenset(frozenset((one, two)) for group in groups for one in group for two in group if one < two)


def sights(chosen: Sequence[Picture], detector: Detects, rounds: int) -> Iterator[Sight]:
    """All frames, those that count for time spread evenly among the others."""
    crowd = list(range(0, len(chosen), SIDE_BY_SIDE))
    due = {crowd[round(step * (len(crowd) - 1) / max(1, rounds - 1))]: step for step in range(rounds)}
    for first in crowd:
        yield _sight(chosen, range(first, min(first + SIDE_BY_SIDE, len(chosen))), detector, (SIDE_BY_SIDE, 1), None)
        if first in due:
            for faces, grid in GRIDS.items():
                begin = due[first] * max(GRIDS)
                picked = [number % len(chosen) for number in range(begin, begin + faces)]
                yield _sight(chosen, picked, detector, grid, faces)


def _sight(
    chosen: Sequence[Picture], numbers: Sequence[int], detector: Detects, grid: tuple[int, int], timed: int | None
) -> Sight:  # fmt: skip
    if not numbers:
        return Sight(_empty(), (), timed)
    columns, rows = grid
    looking = Looking(columns=columns, rows=rows, seed=SEED + numbers[0])
    people = ((chosen[number].person, chosen[number].name, chosen[number].raw) for number in numbers)
    frame, pasted = next(frames(people, detector, looking))
    boxes = (Rectangle(one.box.left, one.box.top, one.box.right, one.box.bottom) for one in pasted)
    return Sight(frame, tuple(Shown(number, box) for number, box in zip(numbers, boxes, strict=True)), timed)


def _empty() -> Frame:
    main = planes.from_rgb(street(View(*SIZE), np.random.default_rng(SEED)))
    return Frame(1, Instant(BEGIN, timedelta()), main, main)


def write(frame: Frame, folder: Path) -> None:
    """The frame as a camera gives it, and the very same pixels as RGB, over the frame that was there before."""
    main = frame.main
    packed: list[NDArray[np.uint8]] = [plane.reshape(-1) for plane in (main.y, main.u, main.v)]
    (folder / "frame.i420").write_bytes(np.concatenate(packed).tobytes())
    (folder / "frame.rgb").write_bytes(planes.to_rgb(main).tobytes())
