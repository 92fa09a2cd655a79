"""What the device of a scenario sees and recognises with: painted people, lookalikes, and a camera that breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Frame
from edge.domain.errors import CaptureLost
from edge.domain.face import Features
from edge.ports import Clock
from hardware_sim.lens import Lens
from hardware_sim.scripted import EMBEDDER, FACE, ScriptedCamera, Street, features_of


def _woven() -> NDArray[np.int16]:
    """Random and smooth, so that it is as sharp as a face and has no pattern that a raster would have."""
    noise = np.random.default_rng(3).standard_normal((2 * FACE, 2 * FACE)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 1.2)
    return np.asarray(np.clip(np.round((smooth - smooth.mean()) / smooth.std() * 14), -40, 40), np.int16)


WEAVE = _woven()


@dataclass(slots=True)
class Sensor:
    """What is wrong with the camera. It outlives the device's restarts, as broken hardware does."""

    random: Random
    unplugged: bool = False
    frozen: bool = False
    drops: float = 0.0
    """Share of the frames that never come."""
    errors: float = 0.0
    """Share of the frames in whose place the library raises an error."""
    lens: Lens = Lens.CLEAN
    taken: int = 0
    """Frames that were given."""
    opened: int = 0
    """How often it was opened."""


class StreetCamera(ScriptedCamera):
    """A scripted camera whose faults are the scenario's."""

    weave = WEAVE

    def __init__(self, street: Street, clock: Clock, sensor: Sensor) -> None:
        super().__init__(street, clock)
        self._sensor = sensor

    def open(self) -> None:
        """Start. Raises CaptureLost while it is unplugged."""
        self.unplugged = self._sensor.unplugged
        self._sensor.opened += 1
        super().open()

    def next(self, timeout: timedelta) -> Frame | None:
        """The frame of this instant, if it comes."""
        sensor = self._sensor
        self.unplugged, self.frozen, self.lens = sensor.unplugged, sensor.frozen, sensor.lens
        if sensor.errors and sensor.random.random() < sensor.errors:
            raise CaptureLost("The camera frontend has timed out.", "Check its cable.")
        if sensor.drops and sensor.random.random() < sensor.drops:
            self._sequence += 1
            return None
        frame = super().next(timeout)
        if frame is None:
            return None
        sensor.taken += 1
        return frame


@dataclass(slots=True)
class Lookalikes:
    """Answers with a person's features, or with those of somebody who is like another to so much."""

    likes: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Person: whom they resemble, and at what cosine."""
    given: list[Features] = field(default_factory=list)
    """The rows of the latest answer: a promise looks whether they were overwritten."""
    count: int = 0
    """Rows that were asked for."""
    identity = EMBEDDER

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """(n, 128) float32 unit rows."""
        rows = np.stack([self.features(person_of(sample)) for sample in aligned])
        self.given = [rows]
        self.count += len(aligned)
        return rows

    def forget(self) -> None:
        """It remembers nothing."""

    def features(self, person: int) -> Features:
        """Of a person: a unit row."""
        like = self.likes.get(person)
        own = features_of(person)
        if like is None:
            return own
        other, cosine = features_of(like[0]), like[1]
        apart = own - other * np.float32(own @ other)
        apart /= np.float32(np.linalg.norm(apart))
        row: Features = (np.float32(cosine) * other + np.float32((1 - cosine**2) ** 0.5) * apart).astype(np.float32)
        return row


def person_of(sample: NDArray[np.uint8]) -> int:
    """The number that is painted on somebody."""
    from hardware_sim.scripted import _read

    return _read(sample)
