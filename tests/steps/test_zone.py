"""The zone as geometry and as pixels: what is a polygon, what is hidden, what the detector's input follows from."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import settings as configuration
from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured
from edge.domain.face import Box
from edge.domain.zone import UNIT, Polygon, Zone
from edge.steps import sizing, zone
from edge.steps.sizing import Faces, choose
from edge.wire.signed import canonical, digest, parse

FULL_HD = (1920, 1080)
INPUTS = [(640, 384), (960, 544), (320, 192), (256, 256), (128, 128)]
NOTHING_SAID = configuration.ZoneSettings()


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """Polygons that do not cross themselves: corners in the order of their angle around a middle, near and far."""
    middle = draw(st.integers(3000, 7000)), draw(st.integers(3000, 7000))
    angles = draw(st.lists(st.integers(0, 59), min_size=3, max_size=12, unique=True))
    angles.sort()
    if max(b - a for a, b in zip(angles, [*angles[1:], angles[0] + 60], strict=True)) >= 30:
        angles = [0, 20, 40]
    reach = [draw(st.integers(300, 3000)) for _ in angles]
    return tuple(
        (round(middle[0] + r * math.cos(a * math.tau / 60)), round(middle[1] + r * math.sin(a * math.tau / 60)))
        for a, r in zip(angles, reach, strict=True)
    )


def noise(width: int, height: int, seed: int = 1) -> Picture:
    rng = np.random.default_rng(seed)
    half = (height // 2, width // 2)
    planes = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((height, width), half, half)]
    return Picture(*planes)


def sized(farthest: float, window: Box, nearest: float = 200) -> sizing.Sizing:
    return choose(window, FULL_HD, Faces(nearest=nearest, farthest=farthest), INPUTS)


@pytest.mark.parametrize(
    ("outline", "wrong"),
    [
        (((0, 0), (9000, 9000)), "2 points"),
        (((0, 0), (9000, 9000), (9000, 0), (0, 9000)), "sides 1 and 3 meet"),
        (((0, 0), (9000, 0), (4000, 0)), "crosses itself"),
        (((0, 0), (9000, 0), (0, 0), (0, 9000)), "names a point twice"),
        (((0, 0), (10001, 0), (0, 9000)), "point 2 outside the picture"),
        (((0, 0), (9000, 0), (9000, 9000), (4000, 0), (0, 9000)), "crosses itself"),
    ],
)
def test_what_is_no_polygon_is_refused_and_named(outline: Polygon, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"outline.*{wrong}"):
        Zone(outline=outline)
    with pytest.raises(ValueError, match=f"mask 1.*{wrong}"):
        Zone(masks=(outline,))


@given(stars(), stars())
@settings(max_examples=25, deadline=None)
def test_every_pixel_whose_middle_is_outside_is_hidden(outline: Polygon, mask: Polygon) -> None:
    looked_at, (wide, high) = Zone(outline=outline, masks=(mask,)), (96, 54)
    outside = zone.hidden(looked_at, wide, high)
    for row in range(high):
        for column in range(wide):
            if not looked_at.holds((column + 0.5) / wide * UNIT, (row + 0.5) / high * UNIT):
                assert outside[row, column]


@given(stars(), st.sampled_from([(640, 360), (480, 270), (768, 432), (320, 180)]))
@settings(max_examples=15, deadline=None)
def test_what_changes_outside_changes_nothing_in_either_stream(outline: Polygon, small: tuple[int, int]) -> None:
    """Chroma and the low-resolution stream average several pixels: nothing of the hidden ones may be in them."""
    outside = zone.hidden(Zone(outline=outline), *FULL_HD)
    for size in (FULL_HD, small):
        over = zone.stencil(outside, *size)
        for plane in over.hidden:
            high, wide = plane.shape
            for row, column in np.argwhere(plane == 0)[:: max(1, plane.size // 500)]:
                top, left = row * 1080 // high, column * 1920 // wide
                bottom, right = -(-(row + 1) * 1080 // high), -(-(column + 1) * 1920 // wide)
                assert not outside[top:bottom, left:right].any()


def test_hidden_pixels_become_black_in_the_pictures_own_memory_and_the_others_stay() -> None:
    outside = zone.hidden(Zone(outline=((1000, 1000), (9000, 2000), (5000, 9000))), 640, 360)
    over, picture, before = zone.stencil(outside, 640, 360), noise(640, 360), noise(640, 360)
    after = zone.blanked(picture, over)
    for now, own, was, hidden, black in zip(
        (after.y, after.u, after.v), (picture.y, picture.u, picture.v), (before.y, before.u, before.v),
        over.hidden, zone.BLACK, strict=True,
    ):  # fmt: skip
        assert np.shares_memory(now, own)
        assert np.array_equal(now, np.where(hidden, black, was))


def test_rows_with_padding_behind_them_are_blanked_too() -> None:
    outside = zone.hidden(Zone(outline=((1000, 1000), (9000, 2000), (5000, 9000))), 640, 360)
    padded, whole = np.full((360, 704), 9, np.uint8), noise(640, 360)
    after = zone.blanked(Picture(padded[:, :640], whole.u, whole.v), zone.stencil(outside, 640, 360))
    assert (after.y[outside > 0] == zone.BLACK[0]).all()
    assert (padded[:, :640][outside > 0] == zone.BLACK[0]).all()


def test_the_whole_picture_hides_nothing() -> None:
    over = zone.stencil(zone.hidden(Zone(), *FULL_HD), 640, 360)
    assert not any(plane.any() for plane in over.hidden)


def test_the_same_zone_has_the_same_digest_and_a_moved_point_another() -> None:
    one = Zone(outline=((0, 0), (5000, 0), (5000, 5000)), masks=(((1, 1), (9, 1), (9, 9)),))
    again = parse(canonical(one), Zone)
    assert again == one
    assert digest(canonical(again)) == digest(canonical(one))
    assert digest(canonical(Zone(outline=((0, 0), (5000, 0), (5000, 5001))))) != digest(canonical(one))


def test_the_smallest_input_on_which_the_farthest_face_is_found_is_chosen() -> None:
    whole = Box(0, 0, *FULL_HD)
    assert sized(60, whole).input == (640, 384)
    assert sized(60, whole).small == (640, 360)
    assert sized(59, whole).input == (960, 544)
    assert sized(120, whole).input == (320, 192)
    assert sized(60, Box(480, 300, 1440, 840)).input == (320, 192)
    assert sized(60, Box(600, 300, 1020, 940)).input == (256, 256)


@given(st.integers(0, 700), st.integers(0, 400), st.integers(100, 1200), st.integers(100, 680), st.integers(15, 100))
@settings(max_examples=200, deadline=None)
def test_what_is_chosen_keeps_its_promise_and_is_never_larger_than_need_be(
    left: int, top: int, wide: int, high: int, farthest: int
) -> None:
    window, said = Box(left, top, left + wide, top + high), Faces(nearest=farthest, farthest=farthest)
    try:
        chosen = choose(window, FULL_HD, said, INPUTS)
    except Misconfigured:
        assert farthest * min(960 / wide, 544 / high, 1280 / 1920) < sizing.LEAST * 1.25
        return
    assert chosen.farthest >= sizing.LEAST - 1e-6
    left, top, right, bottom = zone.under(window, FULL_HD, chosen.small)
    if chosen.small[0] > sizing.NARROWEST:
        assert (right - left, bottom - top) <= chosen.input
        assert bottom - top <= chosen.input[1]
    smaller = [size for size in INPUTS if size[0] * size[1] < chosen.input[0] * chosen.input[1]]
    with pytest.raises(Misconfigured):
        choose(window, FULL_HD, said, smaller)


def test_a_face_too_far_for_every_input_is_refused_with_the_height_that_would_do() -> None:
    with pytest.raises(Misconfigured, match="farthest_face.*30 pixels high is 15.0.*End the zone where.*40 pixels"):
        sized(30, Box(0, 0, *FULL_HD))


def test_a_face_that_fills_the_zone_is_refused() -> None:
    with pytest.raises(Misconfigured, match="nearest_face"):
        sized(60, Box(0, 0, *FULL_HD), nearest=1060)


def configured(tmp_path: Path, zone_table: str) -> configuration.Settings:
    path = tmp_path / "device.toml"
    path.write_text(
        '[device]\nsite="a"\nname="b"\nepoch="c"\n[paths]\nstate="s"\ntrust_root="t"\nmodels="m"\ncalibration="c"\n'
        'key="k"\n[broker]\nhost="h"\nca="c"\ncertificate="c"\nkey="k"\n' + zone_table
    )
    return configuration.load(path)


def test_shares_and_pixels_say_the_same_zone(tmp_path: Path) -> None:
    shares = configured(tmp_path, "[zone]\noutline = [[0.25, 0.5], [0.75, 0.5], [0.75, 1], [0.25, 1]]\n")
    pixels = configured(
        tmp_path, '[zone]\nunits = "pixels"\noutline = [[480, 540], [1440, 540], [1440, 1080], [480, 1080]]\n'
    )
    assert configuration.zone(shares) == configuration.zone(pixels)
    # The pixels on the edges are hidden, and the rectangle is widened to even ones.
    assert configuration.window(pixels) == Box(480, 540, 1440, 1080)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("outline = [[0, 0], [1, 1]]", "outline has 2 points"),
        ("outline = [[0, 0], [1, 1], [1, 0], [0, 1]]", "outline crosses itself"),
        ("outline = [[0, 0], [500, 0], [500, 400]]", "outside the picture.*pixels"),
        ("outline = [[0, 0], [nan, 0], [1, 1]]", "zone"),
        ("masks = [[[0, 0], [0.5, 0]]]", "mask 1 has 2 points"),
        ("masks = [[[0, 0], [1, 0], [1, 1], [0, 1]]]", "nothing of it is left"),
        ("farthest_face = 300", "nearest_face only 240"),
        ("farthest_face = 0", "farthest_face"),
        ('units = "feet"', "units"),
        ("shape = 3", "shape"),
    ],
)
def test_a_zone_that_cannot_be_is_refused_in_words(tmp_path: Path, table: str, wrong: str) -> None:
    with pytest.raises(Misconfigured, match=wrong):
        given = configured(tmp_path, f"[zone]\n{table}\n")
        configuration.zone(given)
        configuration.window(given)
        configuration.faces(given)


def test_where_nothing_is_said_the_whole_picture_is_looked_at(tmp_path: Path) -> None:
    given = configured(tmp_path, "")
    assert configuration.zone(given) == Zone()
    assert configuration.window(given) == Box(0, 0, *FULL_HD)
