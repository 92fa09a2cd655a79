"""A cohort counts each person once, by their first picture that is usable, and keeps nothing else of them."""

from __future__ import annotations

import tarfile

import numpy as np
import pytest

from edge.control_room.enrolling import cohort
from edge.control_room.enrolling.looking import Shot, Wanted
from edge.domain.errors import Misconfigured
from tests.control_room.enrolling import bad
from tests.control_room.enrolling.alone import Desk
from tests.control_room.stills import blurred, keep, portrait


def test_each_person_counts_once_by_the_first_picture_that_is_usable(desk: Desk) -> None:
    astronaut, hopper = portrait("astronaut.png"), portrait("grace_hopper.jpg")
    keep(desk.people / "a" / "1.png", astronaut)
    keep(desk.people / "a" / "2.png", astronaut)
    keep(desk.people / "b" / "1.png", blurred(hopper, 6))
    (desk.people / "b" / "2.jpg").write_bytes(bad.cmyk(hopper))
    (desk.people / "b" / "3.jpg").write_bytes(b"nothing")
    (desk.people / "c").mkdir()
    (desk.people / "c" / "1.jpg").write_bytes(b"nothing")
    looks, counted = desk.alone(), list[int]()
    rows = cohort.features(desk.people, looks, counted.append)
    assert (rows.shape, counted) == ((2, 128), [1, 2])
    assert looks.looked == ["a", "b", "c", "b"]
    look = desk.alone().looker.look(Wanted(bad.cmyk(hopper), anybody=True))
    assert isinstance(look, Shot)
    assert np.array_equal(rows[1], look.features)
    with tarfile.open(desk.folder / "people.tar", "w") as archive:
        archive.add(desk.people, "people")
    assert np.array_equal(cohort.features(desk.folder / "people.tar", desk.alone(), counted.append), rows)


def test_a_cohort_of_nobody_is_named(desk: Desk) -> None:
    with pytest.raises(Misconfigured, match="No usable face"):
        cohort.features(desk.people, desk.alone(), lambda _: None)
