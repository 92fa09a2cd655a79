"""One life of the daemon: the real one, whole, on a scripted street. Runs in a process of its own (``nursery``)."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import cast

import msgspec

from edge import assemble, machine, settings
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import confine
from edge.adapters.keys import FileSigner
from edge.ports import Link
from edge.world import World
from hardware_sim.bench import BenchHost
from hardware_sim.chaos import points
from hardware_sim.chaos.clock import Helm, SteeredClock
from hardware_sim.chaos.points import Point
from hardware_sim.chaos.street import STEADY, WATCHING, BusyCamera, MarkedLink, MarkedStore, Marks, Pace
from hardware_sim.scripted import ScriptedDetector, ScriptedExtractor


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is told at its birth."""

    config: str
    helm: str
    """Its clocks are steered from this file."""
    marks: str
    log: str
    pace: Pace = STEADY
    """Of the people in its street."""
    point: Point | None = None
    """Where it ends."""
    census: str = ""
    """File for the statements that it reached, where it ends in good order."""


def live(life: Life) -> None:
    """Run the daemon until a signal, or its point."""
    confine()
    if life.point is not None and life.point.file:
        points.die_at(life.point)
    counted = points.take_census() if life.census else None
    _run(life)
    if counted is not None:
        Path(life.census).write_bytes(msgspec.json.encode(counted()))


def _run(life: Life) -> None:
    """Wire the daemon up as the product does, and run it."""
    configured = settings.load(Path(life.config))
    configured.paths.state.mkdir(mode=0o700, exist_ok=True)
    clock, boot = SteeredClock(Helm(Path(life.helm)), device=True), uuid.uuid4().hex
    marks = Marks(Path(life.marks), boot, clock)
    store = MarkedStore(configured.paths.state / "journal.sqlite")
    store.marks = marks
    camera = BusyCamera(clock, marks, life.pace)
    world = World(
        clock=clock,
        camera=camera,
        detector=ScriptedDetector(camera.street),
        extractor=ScriptedExtractor(),
        signer=FileSigner(configured.paths.key),
        host=BenchHost(),
        store=store,
        files=ChunkedFiles(configured.paths.state / "blobs"),
        # As the product wires it, with its own times; a pole's keepalive is not made shorter for a test.
        link=cast("Link", MarkedLink(machine.link(configured), marks)),
        boot=boot,
    )
    assemble.daemon(configured, world, WATCHING).run()
