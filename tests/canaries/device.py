"""The real daemon in a process of its own, on a street where marked people stand a moment and are gone."""

from __future__ import annotations

import sys
import threading
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge import assemble, settings
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import confine
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import Broker, MqttLink
from edge.adapters.store import SqliteStore
from edge.daemon.watch import Watching
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.face import Box, Face, Features
from edge.ports import Clock
from edge.steps.align import TEMPLATE
from edge.steps.follow import Following
from edge.wire.topics import LOST, Topics
from edge.world import World
from hardware_sim.bench import BenchClock, BenchHost
from hardware_sim.scripted import DETECTOR, EMBEDDER
from tests.canaries import marks

WIDTH: Final = 1920
HEIGHT: Final = 1080
PITCH: Final = 240
STAY: Final = timedelta(seconds=0.75)
"""How long a group stands there."""
FRAME: Final = 0.04
WATCHING: Final = Watching(Following(patience=timedelta(seconds=0.3), glimpse=timedelta(seconds=0.3), most=512))
"""A square of many people who are gone at once: tracks end sooner than on a street, and there may be more of them."""
_SHIFTS: Final = ((0, 0), (PITCH // 2, 0), (0, PITCH // 2), (PITCH // 2, PITCH // 2))
"""Each group stands elsewhere than the last three, so that nobody is taken for somebody who was there before."""


class MarkedCamera:
    """A square full of people; the next group comes when the last has gone."""

    simulated = True

    def __init__(self, clock: Clock, people: int) -> None:
        self._clock = clock
        self._people = people
        self._picture = _black()
        self._began: Instant | None = None
        self._group = -1
        self._sequence = 0
        self._pause = threading.Event()
        self.places: list[Box] = []

    def open(self) -> None:
        self._began = self._clock.now()
        self._group = -1

    def next(self, timeout: timedelta) -> Frame | None:
        self._pause.wait(min(FRAME, timeout.total_seconds()))
        now = self._clock.now()
        if self._began is None:
            return None
        group = int(now.since(self._began) / STAY)
        if group != self._group:
            self._group = group
            self._arrange(group)
        self._sequence += 1
        held = self._picture
        shown = Picture(held.y.copy(), held.u.copy(), held.v.copy())
        return Frame(self._sequence, now, shown, shown)

    def cancel(self) -> None:
        """Nothing waits for long."""

    def close(self) -> None:
        self._began = None
        self.places = []
        _clear(self._picture)

    def _arrange(self, group: int) -> None:
        _clear(self._picture)
        right, down = _SHIFTS[group % len(_SHIFTS)]
        boxes = [
            Box(left, top, left + marks.FACE, top + marks.FACE)
            for top in range(60 + down, HEIGHT - 130, PITCH)
            for left in range(60 + right, WIDTH - 130, PITCH)
        ]
        first = group * len(boxes)
        self.places = boxes
        for number, box in enumerate(self.places):
            marks.paint(self._picture, box, (first + number) % self._people)


class MarkedDetector:
    """Is told where the faces are."""

    identity = DETECTOR

    def __init__(self, camera: MarkedCamera) -> None:
        self._camera = camera

    def detect(self, frame: Frame) -> list[Face]:
        return [Face(box, _landmarks(box), 0.9999) for box in self._camera.places if marks.is_painted(frame.main, box)]

    def refine(self, _frame: Frame, face: Face) -> Face | None:
        return face

    def forget(self) -> None:
        """It remembers nothing."""


class MarkedExtractor:
    """Reads from the sample who it is, and writes their features straight into the answer."""

    identity = EMBEDDER

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        features: Features = np.empty((len(aligned), marks.DIMENSION), np.float32)
        for row, sample in zip(features, aligned, strict=True):
            marks.write_features(marks.read(sample), row)
        return features

    def forget(self) -> None:
        """It remembers nothing."""


def _black() -> Picture:
    half = (HEIGHT // 2, WIDTH // 2)
    picture = Picture(*(np.empty(shape, np.uint8) for shape in ((HEIGHT, WIDTH), half, half)))
    _clear(picture)
    return picture


def _clear(picture: Picture) -> None:
    picture.y.fill(40)
    picture.u.fill(128)
    picture.v.fill(128)


def _landmarks(box: Box) -> NDArray[np.float32]:
    points: NDArray[np.float32] = (TEMPLATE * (marks.FACE / 112) + np.array([box.left, box.top])).astype(np.float32)
    return points


def main(config: Path, people: int) -> None:
    """Run until a signal."""
    confine()
    configured = settings.load(config)
    configured.paths.state.mkdir(mode=0o700, exist_ok=True)
    clock, broker = BenchClock(), configured.broker
    topics = Topics(configured.device.site, configured.device.name)
    camera = MarkedCamera(clock, people)
    world = World(
        clock=clock,
        camera=camera,
        detector=MarkedDetector(camera),
        extractor=MarkedExtractor(),
        signer=FileSigner(configured.paths.key),
        host=BenchHost(),
        store=SqliteStore(configured.paths.state / "journal.sqlite"),
        files=ChunkedFiles(configured.paths.state / "blobs"),
        link=MqttLink(
            Broker(
                host=broker.host, port=broker.port, ca=broker.ca, certificate=broker.certificate, key=broker.key,
                will_delay=timedelta(0),
            ),
            "device",
            (topics.orders, topics.chunks),
            (topics.state, LOST),
            topics.hit,
        ),
        boot=uuid.uuid4().hex,
    )  # fmt: skip
    assemble.daemon(configured, world, WATCHING).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
