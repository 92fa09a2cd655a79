"""What a view says of itself: four numbers, judged plainly."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.steps import glance, sight
from edge.steps.sight import Fault, Seeing, View

SEEING = Seeing()
Plane = NDArray[np.uint8]


def street(height: int = 360, width: int = 640) -> Plane:
    """Noise whose spectrum falls as natural pictures' does."""
    rng = np.random.default_rng(3)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falling = 1 / np.maximum(np.hypot(rows, columns), 1 / width)
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width))) * falling, (height, width))
    plane: Plane = np.clip(110 + 30 * noise / noise.std(), 16, 235).astype(np.uint8)
    return plane


def judged(picture: Plane, hidden: Plane | None = None) -> Fault | None:
    return sight.fault(measured(picture, np.zeros_like(picture) if hidden is None else hidden), SEEING)


def measured(picture: Plane, hidden: Plane) -> View:
    return sight.measure(glance.of(picture, glance.shown(hidden)), SEEING)


def blurred(picture: Plane, sigma: float) -> Plane:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.uint8)


def noisy(picture: Plane, deviation: float) -> Plane:
    noise = np.random.default_rng(8).normal(0, deviation, picture.shape)
    return np.clip(np.round(picture + noise), 0, 235).astype(np.uint8)


def test_a_street_is_seen() -> None:
    assert judged(street()) is None


@pytest.mark.parametrize(("light", "found"), [(16, Fault.DARK), (120, Fault.EMPTY), (235, Fault.GLARING)])
def test_a_lens_that_is_covered_is_noticed(light: int, found: Fault) -> None:
    assert judged(np.full((360, 640), light, np.uint8)) is found


@pytest.mark.parametrize("sigma", [2.5, 4, 6])
def test_a_blurred_lens_is_noticed_at_any_size_of_picture(sigma: float) -> None:
    for scale in (1, 2):
        picture = street(360 * scale, 640 * scale)
        assert judged(blurred(picture, sigma * scale)) in (Fault.BLURRED, Fault.EMPTY)


@pytest.mark.parametrize(("sigma", "noise"), [(2.5, 1), (4, 1), (6, 1), (2.5, 2), (4, 2)])
def test_a_sensors_noise_does_not_make_a_blurred_lens_a_sharp_one(sigma: float, noise: float) -> None:
    assert judged(noisy(blurred(street(), sigma), noise)) in (Fault.BLURRED, Fault.EMPTY)


@pytest.mark.parametrize("light", [40, 120])
def test_noise_on_an_empty_wall_is_nothing_to_see(light: int) -> None:
    assert judged(noisy(np.full((360, 640), light, np.uint8), 4)) is Fault.EMPTY


@pytest.mark.parametrize("noise", [1, 2, 4, 8])
@pytest.mark.parametrize("contrast", [1, 0.4, 0.2])
def test_what_is_sharp_is_so_under_noise_too_however_little_light_there_is(noise: float, contrast: float) -> None:
    assert judged(noisy((16 + contrast * (street() - 16.0)).astype(np.uint8), noise)) is None


@pytest.mark.parametrize("noise", [1, 2, 4, 8])
def test_noise_that_a_camera_has_sharpened_makes_no_blur(noise: float) -> None:
    picture = noisy((16 + 0.4 * (street() - 16.0)).astype(np.uint8), noise)
    sharper = cv2.addWeighted(picture, 1.5, blurred(picture, 1), -0.5, 0)
    assert judged(sharper.astype(np.uint8)) is None


def test_texture_all_over_is_not_taken_for_noise() -> None:
    gravel = np.random.default_rng(4).integers(60, 180, (120, 214)).astype(np.float32)
    picture = cv2.resize(gravel, (640, 360), interpolation=cv2.INTER_CUBIC).clip(16, 235).astype(np.uint8)
    assert judged(picture) is None


def test_noise_is_measured_within_the_zone_alone() -> None:
    picture, hidden = noisy(street(), 12), np.full((360, 640), 255, np.uint8)
    hidden[60:300, 100:540] = 0
    picture[60:300, 100:540] = noisy(blurred(street(), 4), 1)[60:300, 100:540]
    before = measured(picture, hidden)
    assert before.fine < SEEING.blurred * before.coarse
    picture[hidden > 0] = 16
    assert measured(picture, hidden).fine == pytest.approx(before.fine, abs=0.02)


def test_one_lamp_and_one_shadow_are_no_fault() -> None:
    picture = street()
    picture[:60, :60] = 235
    picture[300:, 500:] = 16
    assert judged(picture) is None


def test_only_the_zone_is_judged() -> None:
    picture, hidden = np.full((360, 640), 16, np.uint8), np.full((360, 640), 255, np.uint8)
    picture[100:300, 200:500] = street()[100:300, 200:500]
    hidden[100:300, 200:500] = 0
    assert judged(picture, hidden) is None
    picture[100:300, 200:500] = 120
    assert judged(picture, hidden) is Fault.EMPTY
    # The zone's own edge is no detail.
    assert measured(picture, hidden).coarse < 0.1


def test_a_zone_that_is_too_small_is_judged_by_its_light_alone() -> None:
    picture, hidden = np.full((360, 640), 120, np.uint8), np.full((360, 640), 255, np.uint8)
    hidden[100:140, 200:240] = 0
    assert not measured(picture, hidden).detailed
    assert judged(picture, hidden) is None
    assert judged(np.full_like(picture, 16), hidden) is Fault.DARK


def test_a_hundredth_of_the_picture_away_from_the_zones_edge_is_enough() -> None:
    picture, edge = street(), 18
    for side, detailed in ((48, True), (47, False)):
        hidden = np.full((360, 640), 255, np.uint8)
        hidden[100 : 100 + side + 2 * edge, 200 : 200 + side + 2 * edge] = 0
        assert measured(picture, hidden).detailed is detailed


def test_no_zone_at_all_is_dark() -> None:
    assert judged(street(), np.full((360, 640), 255, np.uint8)) is Fault.DARK


def test_neither_picture_nor_zone_is_changed() -> None:
    picture, hidden = street(), np.zeros((360, 640), np.uint8)
    before = picture.copy()
    measured(picture, hidden)
    assert np.array_equal(picture, before)
    assert not hidden.any()


@pytest.mark.parametrize(
    ("view", "found"),
    [
        (View(10, 31.9, 5, 5, detailed=True), Fault.DARK),
        (View(10, 32, 5, 5, detailed=True), None),
        (View(200, 230, 5, 5, detailed=True), None),
        (View(200.1, 230, 5, 5, detailed=True), Fault.GLARING),
        (View(50, 150, 1.4, 5, detailed=True), Fault.EMPTY),
        (View(50, 150, 1.5, 5, detailed=True), None),
        (View(20, 80, 1.49, 5, detailed=True), Fault.EMPTY),
        (View(20, 48, 0.74, 5, detailed=True), Fault.EMPTY),
        (View(20, 48, 0.75, 5, detailed=True), None),
        (View(50, 150, 4, 0.99, detailed=True), Fault.BLURRED),
        (View(50, 150, 4, 1, detailed=True), None),
        (View(50, 150, 0, 0, detailed=False), None),
    ],
)
def test_the_bounds_are_what_they_say(view: View, found: Fault | None) -> None:
    assert sight.fault(view, SEEING) is found


def test_real_streets_and_rooms_are_seen_and_blurred_ones_are_not(data: Path) -> None:
    clips = sorted((data / "clips").glob("*.gif")) + sorted((data / "clips").glob("*.mp4"))
    if not clips:
        pytest.skip("no clips in the test data")
    av = pytest.importorskip("av")
    for clip in clips:
        with av.open(str(clip)) as container:
            picture = next(container.decode(video=0)).to_ndarray(format="gray")
        scale = picture.shape[1] / 640
        assert judged(picture) is None, clip.name
        assert judged(blurred(picture, 3 * scale)) in (Fault.BLURRED, Fault.EMPTY), clip.name
