"""The yardstick for detection: what it counts as found and as false, and that a second look settles doubts."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from edge.adapters.tflite import Detector
from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face
from edge.measure.acquire import decode
from hardware_sim import close_ups, crowd, recall, recall_plot
from hardware_sim.backdrop import Backdrops, Weather, weathered
from hardware_sim.spotted import Share, Spotted, Tally, spotted
from hardware_sim.view import View

FACE = Box(100, 100, 140, 150)
BYSTANDER = Box(180, 110, 200, 140)
VIEW = View(480, 270, focal=600.0)


def at(box: Box, score: float) -> Face:
    return Face(box, np.zeros((5, 2), np.float32), score)


def tally(scores: list[float], strays: list[float], frames: int) -> Tally:
    return Tally.of([[30.0] * len(scores)] * 1 + [[]] * (frames - 1), [
        Spotted(tuple(scores), tuple(strays), ()), *[Spotted((), (), ())] * (frames - 1)
    ])  # fmt: skip


def test_the_best_box_on_a_face_counts_and_another_is_a_double() -> None:
    found = [at(FACE.moved(2, 0), 0.4), at(FACE.moved(0, 3), 0.8)]
    assert spotted(found, [FACE], []) == Spotted((0.8,), (), (0.4,))


def test_a_box_on_the_street_is_false_and_one_on_a_bystander_is_neither() -> None:
    found = [at(Box(400, 100, 440, 150), 0.7), at(BYSTANDER.moved(3, 3), 0.6)]
    assert spotted(found, [FACE], [BYSTANDER]) == Spotted((0.0,), (0.7,), ())


def test_on_an_empty_frame_every_box_is_false() -> None:
    assert spotted([at(FACE, 0.3)], [], []) == Spotted((), (0.3,), ())


def test_the_threshold_lets_just_the_allowed_false_boxes_through() -> None:
    seen = tally([0.95, 0.65, 0.2], [0.9, 0.7, 0.5], frames=100)
    assert seen.threshold(0.01) == 0.7
    assert (seen.strays > seen.threshold(0.01)).sum() == 1
    assert seen.recall(20, 40, seen.threshold(0.01)) == Share(1, 3)
    assert seen.recall(20, 40, seen.threshold(0.02)) == Share(2, 3)
    assert seen.recall(40, 60, 0.0) == Share(0, 0)


def test_where_there_are_too_few_false_boxes_all_that_was_found_counts() -> None:
    seen = tally([0.16, 0.0], [0.9], frames=100)
    assert seen.threshold(0.01) == 0.0
    assert seen.recall(20, 40, seen.threshold(0.01)) == Share(1, 2)


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(1, 200), st.floats(0, 1))
def test_no_threshold_lets_more_through_than_was_asked(strays: list[float], frames: int, rate: float) -> None:
    seen = tally([], strays, frames)
    assert (seen.strays > seen.threshold(rate)).sum() <= rate * frames + 1e-6


def test_an_interval_is_wilsons() -> None:
    low, high = Share(8, 10).interval  # Wilson (1927), as R's prop.test(8, 10, correct = FALSE) prints it
    assert (low, high) == (pytest.approx(0.4901625, abs=1e-6), pytest.approx(0.9433178, abs=1e-6))
    assert Share(0, 0).interval == (0.0, 1.0)


def test_the_same_seed_gives_the_same_street_and_weather() -> None:
    frames = []
    for _ in range(2):
        rng = default_rng(5)
        frames.append(weathered(Backdrops(VIEW, rng, count=1).one(rng), Weather.HARSH, rng))
    np.testing.assert_array_equal(frames[0], frames[1])


@pytest.mark.parametrize("weather", list(Weather))
def test_every_weather_changes_what_it_says(weather: Weather) -> None:
    rng = default_rng(5)
    plain = Backdrops(VIEW, rng, count=1).one(rng)
    seen = weathered(plain, weather, rng)
    assert seen.shape == plain.shape
    assert np.array_equal(seen, plain) is (weather is Weather.PLAIN)
    if weather is Weather.DARK:
        assert seen.mean() < 0.6 * plain.mean()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """A tar archive of the registry's single portraits, as ``<person>/<picture>``."""
    target = tmp_path_factory.mktemp("people") / "people.tar"
    with tarfile.open(target, "w") as archive:
        for name in ("astronaut.png", "grace_hopper.jpg"):
            image = cv2.imread(str(pictures / name))
            assert image is not None
            head = image[:300, 60:360] if name.startswith("astronaut") else image[:400, 60:460]
            for copy in range(4):
                _, raw = cv2.imencode(".png", cv2.resize(head, (250, 250), interpolation=cv2.INTER_AREA))
                member = tarfile.TarInfo(f"people/{name.split('.')[0]}{copy}/1.png")
                member.size = len(raw)
                archive.addfile(member, io.BytesIO(raw.tobytes()))
    return target


def test_a_run_over_a_few_frames_gives_every_figure_and_draws_it(people: Path, models: Path, tmp_path: Path) -> None:
    result = recall.measure(recall.Asked(people, models, seed=2, empty=2))
    assert (result.frames, result.empty_frames) == (2, 2)
    assert [way.name for way in result.ways] == list(recall.WAYS)
    for way in result.ways:
        assert sum(one.faces for one in way.by_height) == 8
        assert way.recall >= 0.5
    assert msgspec.json.decode(msgspec.json.encode(result), type=recall.Recall) == result
    assert len(recall.in_words(result)) == 6
    recall_plot.draw(result, tmp_path / "curves.png")
    assert cv2.imread(str(tmp_path / "curves.png")) is not None


def test_a_source_without_pictures_is_named(tmp_path: Path, models: Path) -> None:
    with pytest.raises(Misconfigured, match="holds no pictures"):
        recall.measure(recall.Asked(tmp_path, models))


def test_a_second_look_is_sure_of_small_faces_of_which_the_first_was_not(people: Path, models: Path) -> None:
    rng = default_rng(3)
    product, backdrop = Detector(models), Backdrops(View(*crowd.SIZE), rng, count=1)
    looking = crowd.Looking(least=40, most=56)
    drawn = recall._drawn(recall.Asked(people, models), rng)
    doubtful = sure = 0
    for _ in range(3):
        canvas = backdrop.one(rng)
        boxes = [
            crowd.paste(canvas, decode(name, raw), product, rng, looking, column)[0]
            for column, (name, raw) in enumerate(drawn[:4])
        ]
        frame = crowd.frame_of(canvas, 1, recall.SMALL)
        for face in product.detect(frame):
            if face.score < 0.6 and any(face.box.overlap(box) > 0.4 for box in boxes):
                doubtful += 1
                closer = product.refine(frame, face)
                sure += closer is not None and closer.score >= 0.9
    assert doubtful >= 3
    assert sure >= 0.8 * doubtful


def test_close_ups_are_counted_for_people_who_come_nearer(people: Path, models: Path) -> None:
    nobody, two = (close_ups.measure(people, models, 1, faces) for faces in (0, 2))
    assert (nobody.searches, nobody.close_ups) == (0, 0)
    assert two.searches == 2
    assert 2 * 3 <= two.close_ups < two.frames * 2
