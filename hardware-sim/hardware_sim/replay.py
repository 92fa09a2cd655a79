"""The replay grade: footage through the real models and the whole daemon, in lock-step, on the footage's own clock.

The device is deployed with a list of decoys only, under a test authorisation, so that every passage is searched and
nobody is found. What is printed are positions, sizes and instants: nothing that tells one person from another.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from edge.adapters.tflite import Detector, Extractor
from edge.control_room import evidence
from edge.control_room.deploy import SealedList
from edge.daemon.watch import Watching
from edge.domain.zone import Zone
from edge.steps.follow import Track
from hardware_sim.camera import Pace, SimulatedCamera
from hardware_sim.footage import Footage
from hardware_sim.office import sealed_list
from hardware_sim.site import Senses, Site

DECOYS = 100
TAIL = timedelta(seconds=2)


@dataclass(slots=True)
class Passage:
    """One track, from its first to its last sight."""

    number: int
    first: timedelta
    last: timedelta
    smallest: float
    largest: float
    """Face height, pixels of the main stream."""
    where: tuple[float, float]
    """The middle of the face when it was first seen, pixels."""
    frames: int = 0
    searched: timedelta | None = None

    def line(self) -> str:
        """For a person."""
        searched = "not searched" if self.searched is None else f"searched at {self.searched.total_seconds():.1f} s"
        return (
            f"face {self.number}: from {self.first.total_seconds():.1f} s to {self.last.total_seconds():.1f} s, "
            f"seen in {self.frames} frames, {self.smallest:.0f} to {self.largest:.0f} pixels high, {searched}"
        )


@dataclass(slots=True)
class Replay:
    """A site that plays footage."""

    site: Site
    interval: timedelta
    passages: dict[int, Passage]

    @classmethod
    def of(
        cls, footage: Footage, folder: Path, models: Path, calibration: Path, *, sealed: SealedList | None = None,
        watching: Watching | None = None, zone: Zone | None = None,
    ) -> Replay:  # fmt: skip
        """Deploy a device on the footage. The camera is open when this returns."""
        extractor = Extractor(models)
        senses = Senses(
            lambda clock: SimulatedCamera(footage, clock, Pace.LOCKSTEP),
            Detector(models),
            extractor,
            evidence.read(calibration),
        )
        site = Site(folder, senses=senses, frame=footage.interval, watching=watching, zone=zone)
        site.pass_time(footage.interval)
        built = site.clock.now().wall
        site.deploy_list(sealed or sealed_list([], decoys=DECOYS, embedder=extractor.identity, built=built))
        site.confirm_presence()
        site.officer_on_scene = True
        return cls(site, footage.interval, {})

    def play(self) -> None:
        """To the end of the footage, and a little longer, so that the last passage is searched."""
        camera = self.site.device.camera
        assert isinstance(camera, SimulatedCamera)
        ended: timedelta | None = None
        while ended is None or self.site.clock.now().boot < ended + TAIL:
            self.site.run(self.interval.total_seconds())
            self._look(camera)
            if camera.ended and ended is None:
                ended = self.site.clock.now().boot

    @property
    def counters(self) -> dict[str, int]:
        """The device's own."""
        return self.site.device.daemon.report.counters()

    def _look(self, camera: SimulatedCamera) -> None:
        start = camera.start
        if start is None:
            return
        for track in self.site.device.daemon.watch._scene:
            seen = track.last_seen.since(start)
            self._note(track, seen, None if track.searched is None else track.searched.since(start))

    def _note(self, track: Track, seen: timedelta, searched: timedelta | None) -> None:
        height = track.box.height
        passage = self.passages.setdefault(
            track.number, Passage(track.number, seen, seen, height, height, track.box.centre)
        )
        passage.frames += seen != passage.last or passage.frames == 0
        passage.last = seen
        passage.smallest, passage.largest = min(passage.smallest, height), max(passage.largest, height)
        passage.searched = passage.searched or searched


def run(footage: Footage, models: Path, calibration: Path) -> None:
    """Play and print what was found and followed."""
    with tempfile.TemporaryDirectory(prefix="lamppost-replay-") as folder:
        replay = Replay.of(footage, Path(folder), models, calibration)
        replay.play()
        for passage in replay.passages.values():
            if passage.frames > 1:
                print(passage.line())
        counts = replay.counters
        print(f"frames {counts['frames']}, faces {counts['faces']}, searches {counts.get('searches', 0)}, "
              f"hits {len(replay.site.hits)}")  # fmt: skip
