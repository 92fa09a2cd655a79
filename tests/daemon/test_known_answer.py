"""The picture with a known answer: the real chain gives it; one that is off does not, and then looks at nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.tflite import Detector, Extractor
from edge.daemon.known_answer import AGAIN, EVERY, KNOWN, KNOWN_DETECTORS, KnownAnswer
from edge.daemon.pulse import Pulse
from edge.domain.capture import Frame
from edge.domain.condition import Condition
from edge.domain.face import Box, Face, Features
from edge.ports import Detector as DetectorPort
from edge.ports import Extractor as ExtractorPort
from hardware_sim.clock import SteppedClock
from hardware_sim.site import Site

STEPS = 6
"""Turns of the thread that one answer takes, at most."""


class Turned:
    """The real extractor, whose numbers come out in another order while it is broken."""

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self.identity = extractor.identity
        self.broken = True

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        rows = self._extractor.extract(aligned)
        return np.roll(rows, 1, axis=1) if self.broken else rows

    def forget(self) -> None:
        self._extractor.forget()


class Sees:
    """The real detector, with something done to what it finds."""

    def __init__(self, detector: Detector, faces: int = 1, shift: float = 0.0) -> None:
        self._detector = detector
        self.identity = detector.identity
        self._faces, self._shift = faces, np.float32(shift)

    def detect(self, frame: Frame) -> list[Face]:
        return self._detector.detect(frame) * self._faces

    def refine(self, frame: Frame, face: Face) -> Face | None:
        found = self._detector.refine(frame, face)
        return None if found is None else Face(found.box, found.landmarks * (1 + self._shift), found.score)

    def forget(self) -> None:
        self._detector.forget()


class Scripted:
    """Models whose answer nobody knows, and which are not to be asked."""

    identity = "f" * 64

    def detect(self, frame: Frame) -> list[Face]:
        raise AssertionError("asked")

    refine = extract = detect

    def forget(self) -> None:
        """Nothing is kept."""


class Asking:
    """A chain that is asked, on a clock of its own."""

    def __init__(
        self, detector: DetectorPort, extractor: ExtractorPort, size: tuple[int, int] = (1920, 1080),
        window: Box | None = None,
    ) -> None:  # fmt: skip
        self.clock, self.pulse, self.said = SteppedClock(), Pulse(), list[bool]()
        self.known = KnownAnswer(
            detector, extractor, self.said.append, self.clock, self.pulse, width=size[0], height=size[1], window=window
        )

    def turns(self, count: int = STEPS, *, looking: bool = True) -> None:
        for _ in range(count):
            self.known.step(self.clock.now(), looking=looking)


@pytest.fixture(scope="module")
def detector(models: Path) -> Detector:
    return Detector(models)


@pytest.fixture(scope="module")
def extractor(models: Path) -> Extractor:
    return Extractor(models)


def test_the_models_that_were_built_are_known(detector: Detector, extractor: Extractor) -> None:
    assert detector.identity in KNOWN_DETECTORS
    assert extractor.identity in KNOWN


@pytest.mark.parametrize(
    ("size", "window"),
    [
        ((1920, 1080), None),
        ((640, 480), None),
        ((1920, 1080), Box(600, 200, 1400, 900)),
        ((1920, 1080), Box(0, 800, 240, 1040)),
        ((1920, 1080), Box(1800, 0, 1920, 120)),
    ],
)
def test_the_real_chain_gives_the_known_answer_wherever_the_zone_lies(
    models: Path, extractor: Extractor, size: tuple[int, int], window: Box | None
) -> None:
    asking = Asking(Detector(models, window=window), extractor, size, window)
    asking.turns()
    assert asking.said == [True]
    assert asking.pulse.counters() == {"answers-right": 1}


def test_it_is_asked_once_a_minute_a_step_at_a_time(detector: Detector, extractor: Extractor) -> None:
    asking = Asking(detector, extractor)
    asking.turns(4)
    assert asking.said == []
    asking.turns(50)
    assert asking.said == [True]
    asking.clock.advance(EVERY - timedelta(milliseconds=1))
    asking.turns(50)
    assert asking.said == [True]
    asking.clock.advance(timedelta(milliseconds=1))
    asking.turns()
    assert asking.said == [True, True]


def test_a_wrong_answer_counts_when_it_comes_twice(detector: Detector, extractor: Extractor) -> None:
    turned = Turned(extractor)
    asking = Asking(detector, turned)
    asking.turns()
    assert (asking.said, asking.pulse.counters()) == ([], {"answers-wrong": 1})
    asking.clock.advance(AGAIN)
    asking.turns()
    assert asking.said == [False]
    turned.broken = False
    asking.clock.advance(AGAIN)
    asking.turns()
    assert asking.said == [False, True]


@pytest.mark.parametrize(("faces", "shift"), [(0, 0.0), (2, 0.0), (1, 0.05), (1, -1.0)])
def test_a_detector_that_finds_nobody_too_many_or_elsewhere_answers_wrongly(
    detector: Detector, extractor: Extractor, faces: int, shift: float
) -> None:
    asking = Asking(Sees(detector, faces, shift), extractor)
    asking.turns()
    assert asking.pulse.counters() == {"answers-wrong": 1}


def test_nothing_is_asked_while_the_camera_is_shut(detector: Detector, extractor: Extractor) -> None:
    asking = Asking(detector, extractor)
    asking.turns(3)
    asking.turns(50, looking=False)
    assert asking.said == []


def test_models_of_which_no_answer_is_known_are_not_asked() -> None:
    asking = Asking(Scripted(), Scripted())  # type: ignore[arg-type]
    asking.turns(50)
    assert asking.said == []


def test_a_chain_that_answers_wrongly_degrades_the_device_until_it_answers_rightly(watching: Site) -> None:
    frames = watching.device.daemon.gate.frames
    frames.answered(False)
    watching.run(2)
    assert (watching.condition, watching.reasons) == (Condition.DEGRADED, ("answer-wrong",))
    watching.walk(7)
    watching.run(5)
    assert watching.hits == []
    frames.answered(True)
    watching.run(2)
    assert watching.condition is Condition.ACTIVE
