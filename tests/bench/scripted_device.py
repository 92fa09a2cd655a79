"""The real daemon, real threads, real clock, real broker; a scripted street on which person 7 walks up and down."""

from __future__ import annotations

import mmap
import os
import struct
import sys
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path

from edge import assemble, settings
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import SystemHost, confine
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import Broker, MqttLink
from edge.adapters.store import SqliteStore
from edge.domain.capture import Frame, Instant
from edge.domain.face import Face
from edge.domain.message import Outgoing
from edge.wire.topics import LOST, Topics
from edge.world import World
from hardware_sim.bench import BenchClock
from hardware_sim.scripted import ScriptedCamera, ScriptedDetector, ScriptedExtractor, Street, Walk


class LeapingClock(BenchClock):
    """The machine's clocks, put forward by as many seconds as a file says: as if the machine had slept so long.

    Threads run at their own speed; only long waits are skipped.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._leap = mmap.mmap(file.fileno(), 8)

    def now(self) -> Instant:
        (seconds,) = struct.unpack("<d", self._leap[:])
        return super().now().later(timedelta(seconds=seconds))


def hang_while(told: Path) -> None:
    """Stand still for as long as a file is there, whatever else happens."""
    while told.exists():
        time.sleep(0.01)


class PacedCamera(ScriptedCamera):
    """Twenty frames a second of real time. Hangs on command, deaf to being cancelled."""

    _pause = threading.Event()
    hangs = Path("/nonexistent")

    def next(self, timeout: timedelta) -> Frame | None:
        self._pause.wait(0.05)
        hang_while(self.hangs)
        return super().next(timeout)


class HangingDetector(ScriptedDetector):
    """Hangs on command."""

    hangs = Path("/nonexistent")

    def detect(self, frame: Frame) -> list[Face]:
        hang_while(self.hangs)
        return super().detect(frame)


class MuteLink(MqttLink):
    """Says everything but hits."""

    def publish(self, message: Outgoing) -> bool:
        return False if message.topic.endswith("/hit") else super().publish(message)


def main(config: Path) -> None:
    confine()
    configured = settings.load(config)
    leap = os.environ.get("LEAP")
    clock, street = LeapingClock(Path(leap)) if leap else BenchClock(), Street()
    street.walks.append(Walk(7, clock.now().later(timedelta(seconds=1)), timedelta(seconds=3600)))
    topics = Topics(configured.device.site, configured.device.name)
    broker = configured.broker
    link_class = MuteLink if os.environ.get("MUTE_HITS") else MqttLink
    link = link_class(
        Broker(
            host=broker.host,
            port=broker.port,
            ca=broker.ca,
            certificate=broker.certificate,
            key=broker.key,
            will_delay=timedelta(0),
        ),
        "device",
        topics.heard,
        (topics.state, LOST),
        topics.hit,
    )
    PacedCamera.hangs, HangingDetector.hangs = config.parent / "camera-hangs", config.parent / "detector-hangs"
    configured.paths.state.mkdir(exist_ok=True)
    world = World(
        clock=clock,
        camera=PacedCamera(street, clock),
        detector=HangingDetector(street),
        extractor=ScriptedExtractor(),
        signer=FileSigner(configured.paths.key),
        host=SystemHost(),
        store=SqliteStore(configured.paths.state / "journal.sqlite"),
        files=ChunkedFiles(configured.paths.state / "blobs"),
        link=link,
        boot=uuid.uuid4().hex,
    )
    assemble.daemon(configured, world).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
