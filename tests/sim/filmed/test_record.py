"""A film is made through the camera port, with the frames' own times, of volunteers alone, and never over another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.domain.errors import CaptureLost, Misconfigured
from hardware_sim.camera import Fault, Pace, SimulatedCamera
from hardware_sim.clock import SteppedClock
from hardware_sim.composed.film import Film
from hardware_sim.filmed import record
from hardware_sim.filmed.record import Asked
from hardware_sim.portraits import Person
from hardware_sim.video import Video
from tests.sim.composed.made import layout

ASKED = Asked(seconds=2.0, fps=8, megabits=4.0, everybody_agreed=True)


@pytest.fixture(scope="module")
def film(people: list[Person]) -> Film:
    return Film(layout(people, "[camera]\nfps = 8.0\n[[crowds]]\nper_minute = 60.0\n", lasts=4, small=True))


@pytest.fixture
def camera(film: Film) -> SimulatedCamera:
    return SimulatedCamera(film, SteppedClock(), Pace.LOCKSTEP)


def test_a_film_has_the_frames_of_the_camera_at_their_times(
    camera: SimulatedCamera, film: Film, tmp_path: Path
) -> None:
    assert record.run(camera, tmp_path / "a.mp4", ASKED) == 16
    shots = list(Video(tmp_path / "a.mp4", small_width=320).shots())
    assert [shot.offset for shot in shots] == [timedelta(seconds=number / 8) for number in range(16)]
    seen, drawn = shots[10].pictures().main.y.astype(int), film.render(10).main.y.astype(int)
    assert np.abs(seen - drawn).mean() < 4
    assert camera.counts.closes == 1


@pytest.mark.parametrize(
    ("asked", "what"),
    [(Asked(2, 8, 4, False), "keeps everybody"), (Asked(0, 8, 4, True), "cannot be made"),
     (Asked(4000, 8, 4, True), "cannot be made")],
)  # fmt: skip
def test_what_must_not_be_filmed_is_not(camera: SimulatedCamera, tmp_path: Path, asked: Asked, what: str) -> None:
    with pytest.raises(Misconfigured, match=what):
        record.run(camera, tmp_path / "a.mp4", asked)
    assert camera.counts.opens == 0
    assert not (tmp_path / "a.mp4").exists()


def test_another_film_is_not_overwritten(camera: SimulatedCamera, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(Misconfigured, match="there already"):
        record.run(camera, tmp_path / "a.mp4", ASKED)


def test_a_camera_that_gives_nothing_is_closed_and_said_to_be_lost(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.fail(Fault.FROZEN)
    with pytest.raises(CaptureLost, match="no frames"):
        record.run(camera, tmp_path / "a.mp4", ASKED)
    assert camera.counts.closes == 1


def test_a_file_that_cannot_be_written_closes_the_camera(camera: SimulatedCamera, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be written"):
        record.run(camera, tmp_path / "none" / "a.mp4", ASKED)
    assert camera.counts.closes == 1


@pytest.mark.parametrize("name", ["webcam", "rtsp://", "/dev/ "])
def test_a_camera_of_no_known_kind_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured):
        record.opened(name, 25)


def test_a_camera_is_named_by_its_file_or_its_address() -> None:
    assert record.opened("/dev/video9", 25).live
    assert not record.opened("rtsp://127.0.0.1:1/street", 25).live
