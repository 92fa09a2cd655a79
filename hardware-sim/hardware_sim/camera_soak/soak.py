"""A device under way, whose camera is lost and mended."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.adapters.camera import SteadyCamera, Streams
from edge.adapters.tflite import Detector, Extractor
from edge.control_room import evidence
from edge.domain.condition import Condition
from edge.ports import Clock
from edge.settings import shared
from hardware_sim.cast_list import listed
from hardware_sim.clock import SteppedClock
from hardware_sim.picamera2 import Fault, Pace, Sensor, attached
from hardware_sim.rehearsed import rehearsed
from hardware_sim.scene import SceneSettings
from hardware_sim.site import Senses, Site
from hardware_sim.stage import set_stage

FPS: Final = 5
SECONDS: Final = 60.0
"""Of the scene, which begins again whenever it is over."""
PASSAGES: Final = 4
LENGTH: Final = 100
AWAY: Final = 20.0
BACK: Final = 30.0
"""Seconds of the scene: that a loss lasts; after which a mended camera is looked through again."""
KINDS: Final = (
    Fault.UNPLUGGED, Fault.FROZEN, Fault.STALLED_DEEPLY, Fault.STALE, Fault.STUCK_CLOCK, Fault.STALLED
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loss:
    """One time that the camera was lost."""

    at: float
    """Hours of the scene."""
    kind: Fault
    paused: bool
    """Whether the device paused and said why; for a stream that only stalls, whether it was restarted instead."""
    back: float | None
    """Seconds after it was mended until the device looked again."""

    @property
    def recovered(self) -> bool:
        """Whether it went as it has to."""
        return self.paused and self.back is not None


@dataclass(slots=True)
class Soak:
    """A device under way."""

    site: Site
    sensor: Sensor
    losses: list[Loss] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Hours of the scene, megabytes."""
    hits: int = 0

    def hour(self) -> float:
        """Of the scene, since the beginning."""
        start = self.memory[0][0] if self.memory else self.hours()
        return self.hours() - start

    def look(self, seconds: float) -> None:
        """Let the street go by, and forget what only the simulator keeps."""
        self.site.run(seconds)
        self.hits += len(self.site.desk.seen.hits)
        for kept in (self.site.broker.heard, self.site.desk.seen.hits, self.site.desk.seen.acknowledged):
            kept.clear()

    def minute(self) -> None:
        """One, and how much memory is resident after it."""
        self.look(60)
        self.memory.append((self.hours(), resident()))

    def lose(self, kind: Fault) -> None:
        """Lose the camera in one way, and mend it."""
        at, restarts = self.hour(), self._restarts()
        self.sensor.fail(kind)
        paused = False
        for _ in range(round(AWAY * FPS)):
            self.look(1 / FPS)
            paused |= self.site.condition is Condition.PAUSED and "capture-stale" in self.site.reasons
        self.sensor.mend()
        mended = self.site.clock.now()
        while (
            self.site.condition is not Condition.ACTIVE and self.site.clock.now().since(mended).total_seconds() < BACK
        ):
            self.look(1 / FPS)
        back = self.site.clock.now().since(mended).total_seconds()
        noticed = self._restarts() > restarts if kind is Fault.STALLED else paused
        self.losses.append(Loss(at, kind, noticed, back if self.site.condition is Condition.ACTIVE else None))

    def counters(self) -> dict[str, int]:
        """The device's own."""
        return self.site.device.daemon.report.counters()

    def buffers(self) -> tuple[int, int]:
        """How many of the camera's lie ready, of how many."""
        library = self._camera()._source._camera  # type: ignore[attr-defined]
        return len(library._free), len(library._buffers)

    def _camera(self) -> SteadyCamera:
        camera = self.site.device.camera
        assert isinstance(camera, SteadyCamera)
        return camera

    def _restarts(self) -> int:
        return self._camera().counters()["camera-stream-restarts"]

    def hours(self) -> float:
        """Of the device's boot clock."""
        return self.site.clock.now().boot / timedelta(hours=1)


def resident() -> float:
    """Memory of this process, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


@contextmanager
def under_way(seed: int, pictures: Path) -> Iterator[Soak]:
    """A device that looks at a street, deployed and attended, until the block ends."""
    models = shared("models")
    detector, extractor = Detector(models, width=640, height=384), Extractor(models)
    scene = SceneSettings(passages=PASSAGES, seconds=SECONDS, fps=FPS)
    stage = set_stage(seed, detector.detect_rgb, pictures, settings=scene)
    view = scene.view
    streams = Streams(width=view.width, height=view.height, small_width=640, small_height=360, frames_per_second=FPS)
    sensor = Sensor(stage.composer(remembers=True), SteppedClock(), pace=Pace.LOCKSTEP)

    def camera(clock: Clock) -> SteadyCamera:
        sensor.clock = clock
        return rehearsed(streams, clock)

    with tempfile.TemporaryDirectory(prefix="lamppost-camera-") as folder, attached(sensor):
        senses = Senses(camera, detector, extractor, evidence.read(shared("calibration.json")))
        site = Site(Path(folder), senses=senses, frame=timedelta(seconds=1 / FPS))
        sealed = listed(stage, detector, extractor, LENGTH, site.clock.now().wall)
        site.pass_time(timedelta(seconds=1))
        site.deploy_list(sealed, not_after=site.clock.now().wall.replace(microsecond=0) + timedelta(hours=12))
        site.confirm_presence()
        site.officer_on_scene = True
        yield Soak(site, sensor)
