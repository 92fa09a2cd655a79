"""One rule says which found face is which person, whatever a detector's boxes look like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.bench.peers.assign import Rectangle, assigned

PERSON = Rectangle(100, 100, 180, 200)
NEIGHBOUR = Rectangle(500, 100, 580, 200)


def around(x: float, y: float, reach: float = 40) -> Rectangle:
    """A square."""
    return Rectangle(x - reach, y - reach, x + reach, y + reach)


def test_a_small_box_and_a_large_one_both_find_the_person_whose_face_they_are_centred_on() -> None:
    for reach in (15, 40, 90):
        assert assigned([around(140, 160, reach)], [PERSON, NEIGHBOUR]) == [0, None]


def test_a_box_centred_beside_the_face_is_somebody_else() -> None:
    assert assigned([around(200, 150)], [PERSON]) == [None]


def test_of_two_boxes_on_one_face_the_nearer_counts() -> None:
    assert assigned([around(165, 180), around(142, 151)], [PERSON]) == [1]


def test_one_box_never_stands_for_two_people() -> None:
    beside = Rectangle(120, 100, 200, 200)
    found = assigned([around(145, 150)], [PERSON, beside])
    assert found == [0, None]


def test_the_nearest_pair_is_settled_first_and_the_other_person_takes_what_is_left() -> None:
    beside = Rectangle(120, 100, 200, 200)
    assert assigned([around(152, 150), around(125, 150)], [PERSON, beside]) == [1, 0]


boxes = st.builds(around, st.floats(0, 300), st.floats(0, 300), st.floats(5, 80))


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_every_assignment_is_a_face_of_that_person_and_nobody_elses(
    found: list[Rectangle], people: list[Rectangle]
) -> None:
    given_out = assigned(found, people)
    taken = [which for which in given_out if which is not None]
    assert len(given_out) == len(people)
    assert len(taken) == len(set(taken))
    for person, which in zip(people, given_out, strict=True):
        assert which is None or person.holds(found[which].centre)
        # Nobody goes without while a face of theirs is free.
        if which is None:
            assert all(number in taken for number, face in enumerate(found) if person.holds(face.centre))
