"""The demonstration on a page: the simulated street with real models, a real broker, and the product's own console.

Four processes, as in a force's own installation but on one machine: broker, device, console, and this one, which plays
the officer on scene. Whoever opens the link starts the deployment, and decides about the hits.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.adapters.tflite import Detector, Extractor
from edge.control_room import deploy, evidence, references
from edge.control_room.desk import Desk
from edge.domain.authority import Role
from edge.domain.errors import LamppostError
from edge.settings import shared
from edge.wire.signed import canonical, digest
from hardware_sim.bench import DEVICE, SITE, Bench
from hardware_sim.cast_list import entry_of, listed
from hardware_sim.demo import LENGTH, MAX_FPIR, processes, say
from hardware_sim.stage import Stage, set_stage

RENEWED: Final = timedelta(seconds=100)
"""Presence is confirmed anew when less than so much of the lease is left."""
PLACE: Final = """\
name = "Simulated street"
keep = "kept"
second_reviewer = "never"   # one person tries it; in earnest: "confirmed", or "always"
size = [90, 52]

[[blocks]]
name = "Houses"
outline = [[4, 4], [86, 4], [86, 18], [4, 18]]
[[blocks]]
name = "Square"
outline = [[4, 34], [48, 34], [48, 48], [4, 48]]
[[blocks]]
name = "School"
outline = [[60, 36], [86, 36], [86, 48], [60, 48]]

[[devices]]
connection = "control-room.toml"
label = "Post 1, by the square"
at = [54, 30]
facing = 285
reach = 22
authorisation = "authorisation.json"
watchlist = "list"
"""


def run(seed: int, pictures: Path, people: Path | None, port: int) -> int:
    """Lay everything ready, start it, and stay until Ctrl-C. Returns the console's exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends this ends all that it started
    with tempfile.TemporaryDirectory(prefix="lamppost-console-") as folder:
        bench = Bench.make(Path(folder), models=shared("models"), calibration=shared("calibration.json"))
        detector, extractor = Detector(shared("models")), Extractor(shared("models"))
        stage = set_stage(seed, detector.detect_rgb, pictures, people)
        _lay_ready(bench, stage, detector, extractor)
        with processes(bench, seed, pictures, people, "--repeat"), _officer(bench):
            say(f"broker: mosquitto on loopback port {bench.broker.port}, mutual TLS 1.3; device {SITE}/{DEVICE}")
            say("an officer on scene is simulated: presence is confirmed whenever something is in force")
            command = [sys.executable, "-m", "edge", "console", "--place", str(bench.folder / "place.toml"),
                       "--keys", str(bench.folder / "keys"), "--port", str(port)]  # fmt: skip
            console = subprocess.Popen(command)
            try:
                return console.wait()
            except KeyboardInterrupt:
                return console.wait(10)
            finally:
                console.terminate()
                console.wait()


def _lay_ready(bench: Bench, stage: Stage, detector: Detector, extractor: Extractor) -> None:
    """What a force does before: enrol, have two people sign, seal what hits are compared with, draw the plan."""
    sealed = listed(stage, detector, extractor, LENGTH, datetime.now(UTC).replace(microsecond=0))
    table = digest(canonical(evidence.read(shared("calibration.json"))))
    document = bench.authorise(
        sealed, detector=detector.identity, embedder=extractor.identity, calibration=table, max_fpir=MAX_FPIR
    )
    deploy.write_list(bench.folder / "list", sealed)
    deploy.write_signed(bench.folder / "authorisation.json", bench.sign(document))
    found = (
        (entry_of(one), references.cut_to(one.enrolled_from.still, one.enrolled_from.face.box)) for one in stage.listed
    )
    references.file(bench.folder / "kept" / f"{SITE}.{DEVICE}", document, sealed, found)
    (bench.folder / "place.toml").write_text(PLACE)


@contextlib.contextmanager
def _officer(bench: Bench) -> Iterator[None]:
    """Somebody with the presence key, on scene from here to the end of the block."""
    gone = threading.Event()
    desk, link = bench.desk("officer", lambda _: None, reading=False)
    signer = bench.signer(Role.PRESENCE)

    def stays() -> None:
        while not gone.is_set():
            desk.step(timedelta(milliseconds=100))
            if _runs_out(desk):
                with contextlib.suppress(LamppostError):  # the next state has another nonce
                    deploy.confirm_presence(desk, signer)

    link.connect()
    thread = threading.Thread(target=stays, name="officer")
    thread.start()
    try:
        yield
    finally:
        gone.set()
        thread.join()
        link.close()


def _runs_out(desk: Desk) -> bool:
    state = desk.seen.state
    if state is None or state.authorisation is None:
        return False
    return state.presence_until is None or state.presence_until - desk.now().wall < RENEWED
