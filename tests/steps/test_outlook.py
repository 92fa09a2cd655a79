"""A view against its own reference: what differs, what does not, and that no face can be told in what is kept."""

from __future__ import annotations

import dataclasses
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.domain.capture import Picture, Plane
from edge.steps import align, cells, displaced, glance, outlook
from edge.steps.cells import COLUMNS, ROWS, Cells
from edge.steps.displaced import Fit, Move
from edge.steps.outlook import Change, Likeness, Reference
from hardware_sim.lens import Lens, drawn
from hardware_sim.scripted import _empty

LIKENESS = Likeness()
SHOWN = np.zeros((360, 640), np.uint8)


def street(light: float = 1.0, noise: float = 0.0) -> Plane:
    plain = 16 + (_empty().y.astype(np.float32) - 16) * light
    return np.clip(np.round(plain + default_rng(5).normal(0, noise, plain.shape)), 0, 235).astype(np.uint8)


def measured(luma: Plane, hidden: Plane = SHOWN) -> Cells:
    return cells.measure(glance.of(luma, glance.shown(hidden)))


def through(lens: Lens, seed: int = 1) -> Plane:
    half = np.full((180, 320), 128, np.uint8)
    return drawn(lens, default_rng(seed)).over(Picture(street(), half, half)).y


def reference(hidden: Plane = SHOWN) -> Reference:
    return outlook.learn([measured(street(), hidden)])


def changed(luma: Plane, against: Reference | None = None) -> Change | None:
    return outlook.change(against or reference(), measured(luma), LIKENESS)


@pytest.mark.parametrize(
    ("lens", "change"),
    [
        (Lens.CLEAN, None),
        (Lens.SUN, Change.DAZZLED),
        (Lens.DEFOCUS, Change.DEFOCUSED),
        (Lens.GREASE, Change.DEFOCUSED),
        (Lens.DROPS, Change.SPOTTED),
        (Lens.TURNED, Change.MOVED),
        (Lens.AWAY, Change.STRANGE),
    ],
)
def test_every_fault_is_told_from_the_others(lens: Lens, change: Change | None) -> None:
    assert changed(through(lens)) is change


@pytest.mark.parametrize(("light", "noise"), [(0.5, 2), (0.25, 3), (0.12, 4), (1.3, 1)])
def test_more_or_less_light_is_no_change(light: float, noise: float) -> None:
    assert changed(street(light, noise)) is None


@pytest.mark.parametrize("light", [0.12, 0.25])
def test_what_a_dark_night_has_of_noise_is_not_missed_at_dawn(light: float) -> None:
    known = outlook.learn([measured(street(light, 4))])
    for share in np.linspace(0, 1, 31):
        now = measured(street(light + (1 - light) * share, 4 * (1 - share)))
        for _ in range(20):
            assert outlook.change(known, now, LIKENESS) is None, share
            known = outlook.followed(known, now, LIKENESS)


def test_what_stands_before_a_third_of_it_is_no_move() -> None:
    luma = street()
    luma[100:340, 200:420] = 150
    assert changed(luma) is not Change.MOVED
    fit = displaced.fit(measured(street()), measured(luma))
    assert fit is not None
    assert fit.best - fit.still < LIKENESS.moved / 2


@pytest.mark.parametrize(
    ("right", "down", "degrees", "scale"),
    [
        (2, 0, 0, 1), (-3, 1, 0, 1), (0, -2, 0, 1), (0.6, 0.6, 0, 1),
        (0, 0, 6, 1), (0, 0, -9, 1), (0, 0, 0, 1.1), (0, 0, 0, 0.9),
    ],
)  # fmt: skip
def test_a_move_is_found_as_it_was_made(right: float, down: float, degrees: float, scale: float) -> None:
    turn = cv2.getRotationMatrix2D((320, 180), degrees, scale)
    turn[:, 2] += np.array((right * 640 / COLUMNS, down * 360 / ROWS))
    luma = cv2.warpAffine(street(), turn, (640, 360), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)
    fit = displaced.fit(measured(street()), measured(luma))
    assert fit is not None
    assert fit.best - fit.still > LIKENESS.moved
    assert abs(fit.move.right - right) <= 0.5
    assert abs(fit.move.down - down) <= 0.5
    assert (fit.move.degrees, fit.move.scale) == (degrees, scale)
    assert changed(luma) is Change.MOVED


def test_a_view_lies_best_upon_itself() -> None:
    fit = displaced.fit(measured(street()), measured(street()))
    assert fit is not None
    assert (fit.move, round(fit.still, 5), fit.best) == (Move(), 1.0, fit.still)


def test_an_empty_wall_and_a_sliver_of_zone_say_nothing_of_a_move() -> None:
    wall = measured(np.full((360, 640), 110, np.uint8))
    assert displaced.fit(wall, measured(street())) is None
    sliver = np.full((360, 640), 255, np.uint8)
    sliver[:, 300:360] = 0
    assert displaced.fit(measured(street(), sliver), measured(street(), sliver)) is None


@pytest.mark.parametrize("light", [16, 110, 235])
def test_a_view_that_is_alike_all_over_fits_nowhere(light: int) -> None:
    assert displaced.fit(measured(street()), measured(np.full((360, 640), light, np.uint8))) == Fit(0, 0, Move())


def test_where_the_light_has_washed_everything_out_nothing_is_divided_by_nothing() -> None:
    luma = street()
    luma[:36] = 235
    assert not (measured(luma).across + measured(luma).down)[0].any()
    assert changed(luma) is None


def test_outside_the_zone_nothing_is_measured() -> None:
    hidden = np.zeros((360, 640), np.uint8)
    hidden[:, 320:] = 255
    one, other = street(), street()
    other[:, 320:] = default_rng(1).integers(16, 235, (360, 320))
    for name in ("across", "down", "fine", "broad"):
        first, second = (getattr(measured(luma, hidden), name)[:, :11] for luma in (one, other))
        assert np.allclose(first, second, rtol=0.05, atol=0.5), name
    assert not measured(one, hidden).shown[:, 12:].any()
    assert outlook.change(reference(hidden), measured(other, hidden), LIKENESS) is None


def test_who_walks_through_is_not_in_what_looks_have_in_common() -> None:
    looks = []
    for step in range(11):
        luma = street()
        luma[100:300, step * 55 : step * 55 + 60] = default_rng(step).integers(16, 235, (200, 60))
        looks.append(measured(luma))
    common, empty = cells.typical(looks), measured(street())
    assert np.allclose(common.across, empty.across, rtol=0.01)
    assert np.allclose(common.fine, empty.fine, rtol=0.01)


def test_the_usual_follows_slowly_and_the_first_stays() -> None:
    known, now = reference(), measured(street(0.5))
    after = known
    for _ in range(300):
        after = outlook.followed(after, now, LIKENESS)
    assert after.first is known.first
    gone = (after.usual.across - known.usual.across).sum() / (now.across - known.usual.across).sum()
    assert 0.6 < gone < 0.66


def test_a_camera_turned_bit_by_bit_is_turned_all_the_same() -> None:
    known = reference()
    for step in range(40):
        turn = np.array([[1.0, 0.0, step * 1.5], [0.0, 1.0, 0.0]])
        luma = cv2.warpAffine(street(), turn, (640, 360), borderMode=cv2.BORDER_REFLECT).astype(np.uint8)
        now = measured(luma)
        if outlook.change(known, now, LIKENESS) is Change.MOVED:
            break
        known = outlook.followed(known, now, dataclasses.replace(LIKENESS, follows=1.0))
    assert 4 < step < 30


def test_nothing_that_was_looked_at_is_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match="nothing was looked at"):
        outlook.learn([])
    with pytest.raises(ValueError, match="nothing was looked at"):
        outlook.steady([], LIKENESS)


def test_a_cell_is_steady_whatever_the_light_and_not_where_detail_comes_and_goes() -> None:
    looks = []
    for step in range(20):
        luma = street(0.5 if step % 2 else 1.0, 1)
        if step % 2:
            luma[:, :320:4] = 16
        looks.append(measured(luma))
    steady = outlook.steady(looks, LIKENESS)
    assert not steady[:, :11].any()
    assert steady[:, 13:].mean() > 0.9
    assert np.array_equal(outlook.learn(looks, steady).usual.shown, steady)


def test_no_zone_at_all_is_measured_without_an_error() -> None:
    none = measured(street(), np.full((360, 640), 255, np.uint8))
    assert not none.shown.any()
    assert outlook.change(Reference(none, none), none, LIKENESS) is None


def test_what_is_kept_is_a_few_coarse_numbers() -> None:
    kept = [getattr(measured(street()), field.name) for field in dataclasses.fields(Cells)]
    assert sum(np.size(one) for one in kept) == 5 * ROWS * COLUMNS + 1
    assert ROWS * COLUMNS <= 336


def test_whose_face_it_was_cannot_be_told_from_it(models: Path, data: Path) -> None:
    """Real faces of four sizes: what the chain makes of any grid is nobody, or nobody like the one who was there."""
    detector, extractor = Detector(models), Extractor(models)
    likest = []
    for face in faces(data / "lfw-dev.tar", 3):
        for side in (100, 250, 360):
            luma = np.full((360, 640), 110, np.uint8)
            luma[-side:, 200 : 200 + side] = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
            was = features(luma, detector, extractor)
            assert was, side
            looked = measured(luma)
            for grid in (looked.across, looked.down, looked.fine, looked.broad, looked.across + looked.down):
                scaled = np.log(grid + 1)
                for shade in (scaled, scaled.max() - scaled):
                    grey = (255 * shade / max(shade.max(), 1e-6)).astype(np.uint8)
                    large = cv2.resize(grey, (640, 360), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
                    likest += [float(was[0] @ found) for found in features(large, detector, extractor)]
    assert max(likest, default=0.0) < 0.35, "what a comparison of strangers gives"


def faces(tar: Path, count: int) -> list[Plane]:
    if not tar.is_file():
        pytest.skip(f"{tar} is absent")
    with tarfile.open(tar) as archive:
        members = (member for member in archive if member.name.endswith(".jpg"))
        files = [archive.extractfile(next(members)) for _ in range(count)]
        packed = [np.frombuffer(file.read(), np.uint8) for file in files if file is not None]
    return [np.asarray(cv2.imdecode(one, cv2.IMREAD_GRAYSCALE), np.uint8) for one in packed]


def features(luma: Plane, detector: Detector, extractor: Extractor) -> list[NDArray[np.float32]]:
    """Of every face that the chain would take a sample of, and of some that it would not."""
    rgb, half = np.dstack([luma] * 3), np.full((180, 320), 128, np.uint8)
    found = [face for face in detector.detect_rgb(rgb) if face.score > 0.3]
    rows = [align.aligned(Picture(luma, half, half), face.box, face.landmarks) for face in found]
    return list(extractor.extract(rows)) if rows else []
