"""The cast of a scenario: the registry's pictures, or a folder of people, and who of them is on the list."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.domain.errors import Misconfigured
from hardware_sim.composed.film import Film
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.reading import read
from hardware_sim.composed.tables import File
from hardware_sim.portraits import FaceFinder, Person, gather_folder
from hardware_sim.registry import gather_registry


def gathered(file: File, beside: Path, find: FaceFinder, pictures: Path) -> list[Person]:
    """Everybody who may walk. ``beside`` is where the file lies, ``pictures`` the registry's. Raises Misconfigured."""
    if file.people.folder is None:
        return gather_registry(pictures, find)
    return gather_folder(beside / file.people.folder, find, file.people.most, np.random.default_rng([file.seed, 1]))


def listed(file: File, people: list[Person]) -> tuple[str, ...]:
    """Ids of those on the list: as named, or drawn, those with two pictures first. Raises Misconfigured."""
    wanted, known = file.people.listed, {person.id for person in people}
    if isinstance(wanted, int):
        order = [people[index] for index in np.random.default_rng([file.seed, 2]).permutation(len(people))]
        return tuple(person.id for person in sorted(order, key=lambda person: not person.two_pictures)[:wanted])
    strangers = [name for name in wanted if name not in known]
    if strangers:
        raise Misconfigured(
            f"people.listed names {strangers[0]!r}, who is not in the cast.", f"There are {', '.join(sorted(known))}."
        )
    return wanted


def laid_out(file: File, beside: Path, find: FaceFinder, pictures: Path) -> Layout:
    """A scenario with its cast, planned. Raises Misconfigured."""
    people = gathered(file, beside, find, pictures)
    return Layout(file, people, listed(file, people))


def opened(path: Path, find: FaceFinder, pictures: Path) -> Film:
    """A scenario's file as footage. Raises Misconfigured."""
    return Film(laid_out(read(path), path.parent, find, pictures))
