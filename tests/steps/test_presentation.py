"""Cues of a picture held before the camera, on surfaces that are projected as a camera sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from edge.domain.authorisation import Category
from edge.domain.capture import Instant
from edge.domain.comparison import Candidate, Finding, Permit, PresentationCue, ScoreBand
from edge.domain.face import Box, Face, Probe, Sample
from edge.steps import align, decide, flatness, presentation
from edge.steps.decide import Deciding
from edge.steps.follow import Track
from edge.steps.presentation import Suspecting
from hardware_sim.surface import Attitude, Surface, flat, look, placed, relief

FOCAL = 2400.0
SIDE = 400
MARKS = (align.TEMPLATE * 2 + np.array([88, 88])).astype(np.float32)
"""Landmarks of a face in the middle of a picture of 400 by 400 texels."""
FLAT, STILL, RASTER, FRAMED = PresentationCue
DEGREE = math.radians(1)


def at(seconds: float) -> Instant:
    return Instant(datetime(2026, 6, 1, tzinfo=UTC), timedelta(hours=1)).later(timedelta(seconds=seconds))


def clouds(seed: int, side: int = SIDE, finest: float = 2.5) -> NDArray[np.float32]:
    """Structure at every scale, about -60..60."""
    rng = np.random.default_rng(seed)
    layers = []
    for scale in (finest, 5.0, 10.0, 25.0):
        layer = cv2.GaussianBlur(rng.standard_normal((side, side), np.float32), (0, 0), scale)
        layers.append(layer / layer.std() * 14)
    whole: NDArray[np.float32] = np.sum(layers, axis=0, dtype=np.float32)
    return whole


def painted(luma: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(np.dstack([luma] * 3), 0, 255).astype(np.uint8)


def sheet(*, border: bool = False, window: int = 110) -> Surface:
    """A printed face; with ``border``, a white margin not far from it."""
    image = painted(125 + clouds(1))
    alpha = np.full((SIDE, SIDE), 255, np.uint8)
    if border:
        inner = np.s_[SIDE // 2 - window : SIDE // 2 + window + 20, SIDE // 2 - window : SIDE // 2 + window]
        bright = np.full_like(image, 235)
        bright[inner] = np.minimum(image[inner], 190)
        image = bright
    return Surface(image, alpha, 1000.0, (SIDE / 2, SIDE / 2), flat((SIDE, SIDE)))


def head() -> Surface:
    depth, metre = relief((SIDE, SIDE), MARKS)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    oval = ((columns - 200) / 105) ** 2 + ((rows - 200) / 140) ** 2 < 1
    image = painted(125 + clouds(1))
    return Surface(image, (oval * 255).astype(np.uint8), metre, (SIDE / 2, SIDE / 2), depth)


def sample(surface: Surface, attitude: Attitude, seconds: float) -> Sample:
    """What the frame path keeps of the surface before a street, with a little noise."""
    rng = np.random.default_rng(int(seconds * 1000))
    picture = np.dstack([100 + clouds(9, 420, 4.0)] * 3)
    seen = look(surface, attitude, FOCAL, 0.4)
    high, wide = seen.cover.shape
    left, top = max(0, seen.left), max(0, seen.top)
    right, bottom = min(420, seen.left + wide), min(420, seen.top + high)
    part = np.s_[top - seen.top : bottom - seen.top, left - seen.left : right - seen.left]
    cover = seen.cover[part][..., None]
    under = picture[top:bottom, left:right]
    under[:] = cover * seen.colour[part] + (1 - cover) * under
    shot = np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)
    marks = placed(surface, attitude, FOCAL, MARKS)
    (x0, y0), (x1, y1) = marks.min(axis=0), marks.max(axis=0)
    grow = float(x1 - x0) * 0.5
    face = Face(Box(float(x0) - grow, float(y0) - grow, float(x1) + grow, float(y1) + grow), marks, 0.99)
    corner = max(0, int(face.box.left - 0.45 * face.box.width)), max(0, int(face.box.top - 0.45 * face.box.height))
    far = int(face.box.right + 0.45 * face.box.width), int(face.box.bottom + 0.45 * face.box.height)
    context = shot[corner[1] : far[1], corner[0] : far[0]].copy()
    return Sample(face, at(seconds), 0.9, align.aligned_rgb(shot, marks), context, corner)


def passage(surface: Surface, attitudes: Sequence[Attitude]) -> list[Sample]:
    return [sample(surface, attitude, 0.2 * number) for number, attitude in enumerate(attitudes)]


def turning(*degrees: float, walking: float = 0.0) -> list[Attitude]:
    """Turned a little more from sample to sample, and so many pixels farther each time."""
    return [
        Attitude(200.0 + walking * number, 200.0 + walking / 2 * number, 420.0, yaw * DEGREE)
        for number, yaw in enumerate(degrees)
    ]


def cues(samples: Sequence[Sample]) -> tuple[PresentationCue, ...]:
    return presentation.cues(samples, Suspecting())


def test_a_sheet_that_is_turned_moves_like_something_flat() -> None:
    assert cues(passage(sheet(), turning(5, 15, 24, walking=6))) == (FLAT,)


@pytest.mark.parametrize("degrees", [(0, 8, 16), (-12, 0, 12), (5, 15, 24), (0, 0, 0)])
def test_a_head_that_is_turned_does_not(degrees: tuple[float, ...]) -> None:
    assert cues(passage(head(), turning(*degrees, walking=6))) == ()


def test_how_far_a_head_turned_is_seen_by_its_relief() -> None:
    greys = [cv2.cvtColor(s.aligned, cv2.COLOR_RGB2GRAY) for s in passage(head(), turning(0, 10))]
    head_motion = flatness.turned(*greys)
    assert head_motion is not None
    assert head_motion.turn == pytest.approx(10 * DEGREE, rel=0.4)
    greys = [cv2.cvtColor(s.aligned, cv2.COLOR_RGB2GRAY) for s in passage(sheet(), turning(0, 10))]
    sheet_motion = flatness.turned(*greys)
    assert sheet_motion is not None
    assert sheet_motion.turn < 2 * DEGREE


def test_what_does_not_move_at_all_is_no_person() -> None:
    assert cues(passage(head(), turning(3, 3, 3))) == (STILL,)


def test_a_person_who_stands_sways_and_is_no_suspect() -> None:
    swaying = [Attitude(200 + dx, 200 + dx / 3, 420.0, 0.02) for dx in (0.0, 1.2, 2.0)]
    assert cues(passage(head(), swaying)) == ()


def test_stillness_of_an_instant_says_nothing() -> None:
    held = passage(head(), turning(3, 3))
    assert presentation.movement(held, timedelta(seconds=1)) == math.inf


def test_a_regular_pattern_over_the_face_is_a_raster() -> None:
    surface = sheet()
    waves = 12 * np.cos(math.tau / 10 * np.mgrid[:SIDE, :SIDE].sum(axis=0))
    lit = Surface(painted(surface.image[..., 0] + waves), surface.alpha, 1000.0, surface.middle, surface.depth)
    assert RASTER in cues(passage(lit, turning(2, 2, 2, walking=6)))


def test_edges_that_move_along_are_a_frame_and_those_that_stay_behind_are_none() -> None:
    assert FRAMED in cues(passage(sheet(border=True), turning(2, 2, 2, walking=12)))
    assert FRAMED not in cues(passage(sheet(border=True), turning(2, 2, 2)))
    assert FRAMED not in cues(passage(head(), turning(2, 2, 2, walking=12)))


numbers = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(
    st.lists(arrays.arrays(np.float32, (5, 2), elements=numbers), max_size=4),
    st.integers(1, 60),
    st.tuples(st.integers(0, 500), st.integers(0, 500)),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_samples_are_there_is_an_answer(
    marks: list[Any], side: int, corner: tuple[int, int]
) -> None:  # fmt: skip
    face = [Face(Box(100, 100, 180, 190), each, 0.9) for each in marks]
    rng = np.random.default_rng(side)
    aligned, context = (rng.integers(0, 255, (*size, 3), np.uint8) for size in ((112, 112), (side, side + 3)))
    found = cues([Sample(each, at(n / 5), 0.5, aligned, context, corner) for n, each in enumerate(face)])
    assert set(found) <= set(PresentationCue)


PERMIT = Permit("a", 1, at(100))
FOUND = Candidate("v-1", Category.VOLUNTEER, ScoreBand.ABOVE)


class _Untouchable:
    """Stands for a sample; whoever looks at anything of it fails."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"the sample's {name} was looked at")


def test_nobody_who_is_not_a_candidate_is_ever_checked() -> None:
    track = Track(1, Box(0, 0, 90, 90), at(0), at(1), samples=[_Untouchable()] * 3)  # type: ignore[list-item]
    probe = Probe(np.ones(4, np.float32), 3, at(1))
    assert decide.hit(track, probe, Finding(at(1), PERMIT, None), "h", Deciding()) is None
    with pytest.raises(AssertionError, match="looked at"):
        decide.hit(track, probe, Finding(at(1), PERMIT, FOUND), "h", Deciding())


def test_a_flag_changes_nothing_else_about_a_hit() -> None:
    samples = passage(sheet(), turning(5, 15, 24, walking=6))
    track = Track(1, samples[0].face.box, at(0), at(1), samples=samples)
    probe, finding = Probe(np.ones(4, np.float32), 3, at(1)), Finding(at(1), PERMIT, FOUND)
    flagged = decide.hit(track, probe, finding, "h", Deciding())
    other = decide.hit(track, probe, finding, "h", Deciding(Suspecting(flat=9.0)))
    assert flagged is not None
    assert other is not None
    assert (flagged.presentation_suspected, other.presentation_suspected) == (True, False)
    for name in ("id", "permit", "candidate", "captured", "searched", "samples", "seen_for", "box"):
        assert getattr(flagged, name) == getattr(other, name)
    assert np.array_equal(flagged.face, other.face)
