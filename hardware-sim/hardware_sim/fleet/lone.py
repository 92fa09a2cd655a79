"""One real daemon: all its threads, the machine's clock and host, a real broker; a scripted camera that stays shut."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from edge import assemble, machine, settings
from edge.adapters.files import ChunkedFiles
from edge.adapters.host import SystemHost, confine
from edge.adapters.keys import FileSigner
from edge.adapters.store import SqliteStore
from edge.world import World
from hardware_sim.bench import BenchClock
from hardware_sim.scripted import ScriptedCamera, ScriptedDetector, ScriptedExtractor, Street


def main(config: Path) -> None:
    """Run until a signal."""
    confine()
    configured, clock, street = settings.load(config), BenchClock(), Street()
    configured.paths.state.mkdir(exist_ok=True)
    world = World(
        clock=clock,
        camera=ScriptedCamera(street, clock),
        detector=ScriptedDetector(street),
        extractor=ScriptedExtractor(),
        signer=FileSigner(configured.paths.key),
        host=SystemHost(),
        store=SqliteStore(configured.paths.state / "journal.sqlite"),
        files=ChunkedFiles(configured.paths.state / "blobs"),
        link=machine.link(configured),
        boot=uuid.uuid4().hex,
    )
    assemble.daemon(configured, world).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
