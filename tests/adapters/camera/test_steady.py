"""Fresh pictures, day and night: what all cameras share, over a source that is told what to give."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.camera import Dusk, DuskSettings, Profile, SteadyCamera
from edge.adapters.camera.freshness import AHEAD, OLD, Freshness, Verdict
from edge.adapters.camera.source import Shot
from edge.adapters.switches import FileSwitch
from edge.domain.capture import Picture, Readings
from edge.domain.errors import CaptureLost
from tests.adapters.camera.rigs import NOW, STREAMS, HandClock, slope

SECOND = timedelta(seconds=1)
NIGHT = Profile(exposure=timedelta(milliseconds=20), gain=8.0)
TURNING = DuskSettings(night=NIGHT, below=5, above=30)


class ToldSource:
    """Gives what it was told to, and keeps what it was asked."""

    live = True
    still = NOW

    def __init__(self) -> None:
        self.shots: deque[Shot] = deque()
        self.asked: list[str] = []
        self.exposed: list[Profile] = []
        self.gone = False

    def open(self, profile: Profile) -> None:
        self.asked.append("open")
        self.exposed.append(profile)

    def restart(self, profile: Profile) -> None:
        self.asked.append("restart")
        if self.gone:
            raise CaptureLost("It is gone.", "Look for it.")

    def expose(self, profile: Profile) -> None:
        self.exposed.append(profile)

    def next(self, timeout: timedelta) -> Shot | None:
        return self.shots.popleft() if self.shots else None

    def cancel(self) -> None:
        self.asked.append("cancel")

    def close(self) -> None:
        self.asked.append("close")


def shot(sensed: timedelta | None, number: int = 0, lux: float | None = None) -> Shot:
    whole = slope(number)
    return Shot(whole, whole, sensed, Readings(lux=lux))


def judged(freshness: Freshness, clock: HandClock, one: Shot) -> Verdict:
    return freshness.judge(one, clock.now())


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (NOW, Verdict.FRESH),
        (OLD, Verdict.FRESH),
        (OLD + timedelta(milliseconds=1), Verdict.STALE),
        (-AHEAD, Verdict.FRESH),
        (-AHEAD - timedelta(milliseconds=1), Verdict.STALE),
    ],
)
def test_a_picture_is_fresh_for_a_second_and_never_of_the_future(age: timedelta, verdict: Verdict) -> None:
    clock = HandClock()
    assert judged(Freshness(NOW), clock, shot(clock.now().boot - age)) is verdict


def test_a_timestamp_that_stands_still_or_runs_back_is_a_repetition() -> None:
    clock, freshness = HandClock(), Freshness(NOW)
    at = clock.now().boot
    assert judged(freshness, clock, shot(at, 1)) is Verdict.FRESH
    assert judged(freshness, clock, shot(at, 2)) is Verdict.REPEATED
    assert judged(freshness, clock, shot(at - timedelta(milliseconds=1), 3)) is Verdict.REPEATED
    freshness.forget()
    assert judged(freshness, clock, shot(at, 4)) is Verdict.REPEATED


def test_a_picture_alike_to_the_last_bit_is_no_new_one_even_after_another_opening() -> None:
    clock, freshness = HandClock(), Freshness(NOW)
    assert judged(freshness, clock, shot(None, 1)) is Verdict.FRESH
    assert judged(freshness, clock, shot(None, 1)) is Verdict.REPEATED
    freshness.forget()
    assert judged(freshness, clock, shot(None, 1)) is Verdict.REPEATED
    assert judged(freshness, clock, shot(None, 2)) is Verdict.FRESH


def test_where_an_encoder_may_repeat_a_picture_it_is_believed_for_a_while() -> None:
    clock, freshness = HandClock(), Freshness(10 * SECOND)
    verdicts = []
    for _ in range(13):
        verdicts.append(judged(freshness, clock, shot(None, 1)))
        clock.advance(SECOND)
    assert verdicts == [Verdict.FRESH] * 11 + [Verdict.REPEATED] * 2


def test_all_of_one_grey_proves_nothing() -> None:
    """A covered sensor behind noise reduction: the sight's door says that it is dark."""
    clock, freshness = HandClock(), Freshness(NOW)
    half = (STREAMS.height // 2, STREAMS.width // 2)
    dark = Picture(
        np.full((STREAMS.height, STREAMS.width), 16, np.uint8),
        np.full(half, 128, np.uint8),
        np.full(half, 128, np.uint8),
    )
    assert {judged(freshness, clock, Shot(dark, dark, None)) for _ in range(5)} == {Verdict.FRESH}


def test_no_picture_is_kept() -> None:
    freshness = Freshness(NOW)
    freshness.judge(shot(None, 1), HandClock().now())
    assert not any(isinstance(getattr(freshness, name), np.ndarray | Picture | Shot) for name in vars(freshness))


def opened(dusk: Dusk) -> tuple[SteadyCamera, ToldSource, HandClock]:
    source, clock = ToldSource(), HandClock()
    camera = SteadyCamera(source, STREAMS, clock, dusk)
    camera.open()
    return camera, source, clock


def seen(camera: SteadyCamera, source: ToldSource, clock: HandClock, lux: float, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(SECOND)
        source.shots.append(shot(clock.now().boot, int(clock.now().boot.total_seconds()), lux))
        assert camera.next(NOW) is not None


def test_half_a_minute_of_dark_brings_the_night_profile_and_half_a_minute_of_light_the_day(tmp_path: Path) -> None:
    file = tmp_path / "ir-cut"
    file.write_text("1")
    camera, source, clock = opened(Dusk(Profile(), TURNING, FileSwitch(file)))
    seen(camera, source, clock, lux=4, seconds=29)
    seen(camera, source, clock, lux=200, seconds=2)  # a car went by
    seen(camera, source, clock, lux=4, seconds=30)
    assert source.exposed == [Profile()]
    seen(camera, source, clock, lux=4, seconds=1)
    assert source.exposed == [Profile(), NIGHT]
    assert (file.read_text(), camera.gauges()["camera-night"]) == ("0", 1)
    seen(camera, source, clock, lux=29, seconds=60)  # between the two bounds: as it is
    assert camera.gauges()["camera-night"] == 1
    seen(camera, source, clock, lux=31, seconds=31)
    assert source.exposed == [Profile(), NIGHT, Profile()]
    assert (file.read_text(), camera.gauges()["camera-night"]) == ("1", 0)
    assert camera.counters()["camera-profile-changes"] == 2


def test_the_night_profile_outlives_a_loss(tmp_path: Path) -> None:
    camera, source, clock = opened(Dusk(Profile(), TURNING))
    seen(camera, source, clock, lux=1, seconds=31)
    camera.close()
    camera.open()
    assert source.exposed[-1] == NIGHT


def test_a_filter_that_does_not_obey_is_counted_and_looked_through(tmp_path: Path) -> None:
    camera, source, clock = opened(Dusk(Profile(), TURNING, FileSwitch(tmp_path / "missing")))
    assert camera.counters()["camera-ir-cut-stuck"] == 1
    seen(camera, source, clock, lux=1, seconds=31)
    assert camera.counters()["camera-ir-cut-stuck"] == 2


def test_a_camera_that_says_nothing_of_light_has_no_night() -> None:
    camera, source, clock = opened(Dusk(Profile(), TURNING))
    for _ in range(100):
        clock.advance(SECOND)
        source.shots.append(shot(clock.now().boot, int(clock.now().boot.total_seconds())))
        assert camera.next(NOW) is not None
    assert source.exposed == [Profile()]


def test_a_stream_that_never_began_is_not_restarted() -> None:
    """It may be joining; that nothing comes is for the gate to judge."""
    camera, source, clock = opened(Dusk(Profile()))
    for _ in range(10):
        clock.advance(SECOND)
        assert camera.next(NOW) is None
    assert source.asked == ["open"]


def test_what_is_dropped_keeps_nobody_waiting_longer_than_asked() -> None:
    camera, source, clock = opened(Dusk(Profile()))
    source.shots.extend(shot(clock.now().boot - 5 * SECOND, number) for number in range(3))
    source.shots.append(shot(clock.now().boot, 4))
    assert camera.next(SECOND) is not None
    assert camera.counters()["camera-frames-stale"] == 3


def test_what_a_restart_raises_loses_the_camera() -> None:
    camera, source, clock = opened(Dusk(Profile()))
    seen(camera, source, clock, lux=1, seconds=1)

    source.gone = True
    clock.advance(2 * SECOND)
    with pytest.raises(CaptureLost, match="It is gone"):
        camera.next(NOW)
