"""Who is shown: whole people, each a few times, on frames that the chains' programs can read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.adapters.tflite import Detector
from edge.measure.errata import Errata
from tests.bench.peers.assign import assigned
from tests.bench.peers.chains import ChainStopped, Running, everyone
from tests.bench.peers.sights import EACH, GRIDS, SIDE_BY_SIDE, Picture, Sight, choose, kin, sights, write

ERRATA = Errata(
    same_person=(("ann", "anne"),), exclude_pictures=frozenset({"bob/2.png"}), relatives=(("ann", "cy", "nobody"),)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of people; what is on them does not matter."""
    for person, count in {"ann": 1, "anne": 1, "bob": 2, "cy": 5, "dee": 1}.items():
        (tmp_path / person).mkdir()
        for number in range(1, count + 1):
            cv2.imwrite(str(tmp_path / person / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
    return tmp_path


def test_only_people_with_several_pictures_are_shown_and_none_more_than_a_few_times(folder: Path) -> None:
    chosen, numbers = choose(folder, ERRATA, 100)
    assert set(numbers) == {"ann", "cy"}  # a picture of bob's is wrong, so he has one; ann has another name's too
    counts = {name: sum(one.person == number for one in chosen) for name, number in numbers.items()}
    assert counts == {"ann": 2, "cy": EACH}
    assert kin(ERRATA, numbers) == {frozenset(numbers.values())}


def test_the_same_people_come_every_time_and_a_limit_takes_them_whole(folder: Path) -> None:
    assert choose(folder, ERRATA, 100) == choose(folder, ERRATA, 100)
    chosen, numbers = choose(folder, ERRATA, 1)
    assert len(numbers) == 1
    assert len(chosen) in {2, EACH}


@pytest.fixture
def composed(models: Path) -> list[Sight]:
    """Frames of one public-domain portrait over and over."""
    portrait = models.resolve().parent.parent / "sources" / "astronaut.png"
    if not portrait.is_file():
        pytest.skip(f"{portrait} is absent: run 'make models'")
    chosen = [Picture(number, "astronaut.png", portrait.read_bytes()) for number in range(SIDE_BY_SIDE + 1)]
    return list(sights(chosen, Detector(models), rounds=1))


def test_everybody_is_shown_once_for_accuracy_and_each_crowd_size_for_time(composed: list[Sight]) -> None:
    for_accuracy = [shown.number for sight in composed if sight.timed is None for shown in sight.shown]
    assert for_accuracy == list(range(SIDE_BY_SIDE + 1))
    for_time = {sight.timed: len(sight.shown) for sight in composed if sight.timed is not None}
    assert for_time == {faces: faces for faces in GRIDS}
    for sight in composed:
        for one in sight.shown:
            assert not any(one.face.holds(other.face.centre) for other in sight.shown if other is not one)


def test_lampposts_own_worker_finds_them_and_gives_features(
    composed: list[Sight], models: Path, tmp_path: Path
) -> None:
    sight = next(sight for sight in composed if sight.timed == 4)
    write(sight.frame, tmp_path)
    with Running(everyone()[0], tmp_path, models) as lamppost:
        lamppost.ask(timed=True)
        look = lamppost.seen()
    assert None not in assigned(look.boxes, [one.face for one in sight.shown])
    assert {len(row) for row in look.features} == {128}
    assert look.seconds > 0
    assert look.peak > 20_000_000


def test_a_worker_that_cannot_read_its_frame_is_reported_with_its_own_words(models: Path, tmp_path: Path) -> None:
    (tmp_path / "frame.i420").write_bytes(b"too short")
    with Running(everyone()[0], tmp_path, models) as lamppost:
        lamppost.ask()
        with pytest.raises(ChainStopped, match="is not a frame of shape"):
            lamppost.seen()
