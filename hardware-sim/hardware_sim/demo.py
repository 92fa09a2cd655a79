"""The main job, end to end: a simulated street, the real daemon, a real broker, and the control room's end.

Three processes: this one is the control room. It is told as what it is: a test with volunteers.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.adapters.store import SqliteStore
from edge.adapters.tflite import Detector, Extractor
from edge.control_room import deploy, evidence, show
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Role
from edge.domain.errors import LamppostError, Misconfigured
from edge.domain.leaves.deployment import CaptureOpened
from edge.domain.leaves.device import Refused
from edge.domain.leaves.hits import HitAcknowledged
from edge.domain.record import Event
from edge.settings import shared
from edge.wire.health import Health
from edge.wire.log import decode_leaf
from edge.wire.signed import canonical, digest
from hardware_sim.annotate import Lead, Legend, annotated, save
from hardware_sim.bench import Bench
from hardware_sim.cast_list import entry_of, listed
from hardware_sim.stage import Stage, set_stage

LENGTH: Final = 100
MAX_FPIR: Final = Decimal("0.01")
PRESENCE_EVERY: Final = 30.0
IDLE_FOR: Final = 12.0


@dataclass(slots=True)
class Outcome:
    """What the control room saw, and what the device recorded."""

    hits: list[Opened] = field(default_factory=list)
    delays_ms: list[float] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    opens: int = 0


def run(seed: int, pictures: Path, people: Path | None, out: Path, *, authorised: bool) -> int:
    """Play it. Returns the exit status: 0 only if everything went as it must."""
    models, calibration = shared("models"), shared("calibration.json")
    detector, extractor = Detector(models), Extractor(models)
    stage = set_stage(seed, detector.detect_rgb, pictures, people)
    passages = stage.scene.passages()
    say(f"demo: a test with volunteers; scene {seed}: {len(passages)} people pass, "
        f"{sum(p.listed for p in passages)} of them are listed")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="lamppost-demo-") as folder:
        bench = Bench.make(Path(folder), models=models, calibration=calibration)
        sealed = listed(stage, detector, extractor, LENGTH, datetime.now(UTC).replace(microsecond=0))
        outcome = Outcome()
        with processes(bench, seed, pictures, people):
            say(f"broker: mosquitto on loopback port {bench.broker.port}, mutual TLS 1.3")
            if authorised:
                _deployment(bench, stage, sealed, outcome, (detector.identity, extractor.identity), calibration)
            else:
                _no_deployment(bench, sealed, outcome, (detector.identity, extractor.identity), calibration)
        outcome.events = _journal(bench)
    return _report(stage, outcome, out, authorised=authorised)


def say(line: str) -> None:
    """One line, at once, terminal or not."""
    print(line, flush=True)


@contextlib.contextmanager
def processes(bench: Bench, seed: int, pictures: Path, people: Path | None, *more: str) -> Iterator[int]:
    """Broker and device, from here to the end of the block. Gives the device's process id."""
    bench.broker.start()
    command = [sys.executable, "-m", "hardware_sim", "device", "--config", str(bench.config), "--seed", str(seed),
               "--pictures", str(pictures), *more]  # fmt: skip
    if people is not None:
        command += ["--people", str(people)]
    log = bench.folder / "device.log"
    with log.open("wb") as output:
        device = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield device.pid
        except LamppostError as error:
            raise Misconfigured(f"{error.what} The device said: {log.read_text()[-800:]}", error.remedy) from error
        finally:
            device.terminate()
            try:
                device.wait(10)
            except subprocess.TimeoutExpired:
                device.kill()
                device.wait()
            bench.broker.stop()


@contextlib.contextmanager
def _control_room(bench: Bench, outcome: Outcome) -> Iterator[Desk]:
    def on_hit(opened: Opened) -> None:
        outcome.hits.append(opened)
        say(show.hit_line(opened))

    desk, link = bench.desk("demo", on_hit)
    link.connect()
    try:
        desk.until(lambda: desk.seen.state is not None, timedelta(seconds=30), "state of the device")
        yield desk
        outcome.delays_ms = [
            (at.wall - desk.seen.hits[hit].content.captured) / timedelta(milliseconds=1)
            for hit, at in desk.seen.acknowledged.items()
        ]
    finally:
        link.close()


def _deployment(
    bench: Bench, stage: Stage, sealed: SealedList, outcome: Outcome, models: tuple[str, str], calibration: Path
) -> None:
    table = digest(canonical(evidence.read(calibration)))
    document = bench.authorise(sealed, detector=models[0], embedder=models[1], calibration=table, max_fpir=MAX_FPIR)
    operator, officer = bench.signer(Role.OPERATOR), bench.signer(Role.PRESENCE)
    with _control_room(bench, outcome) as desk:
        says = _Says(desk)
        says.state()
        said = deploy.start(desk, bench.sign(document), operator)
        says.state()
        deploy.load(desk, said, sealed, bench.topics, operator)
        says.state()
        deploy.confirm_presence(desk, officer)
        began = confirmed = time.monotonic()
        while time.monotonic() - began < stage.scene.seconds + 2:
            desk.step(timedelta(milliseconds=50))
            says.state()
            says.counts()
            if time.monotonic() - confirmed > PRESENCE_EVERY:
                deploy.confirm_presence(desk, officer)
                confirmed = time.monotonic()
        outcome.opens = int(deploy.status(desk, operator).get("camera-opens", 0))
        deploy.stop(desk, document.id, operator)
        show.idle(desk, timedelta(seconds=0.3))
        says.state()


def _no_deployment(
    bench: Bench, sealed: SealedList, outcome: Outcome, models: tuple[str, str], calibration: Path
) -> None:
    """The same street, but only one of two people has signed."""
    table = digest(canonical(evidence.read(calibration)))
    document = bench.authorise(sealed, detector=models[0], embedder=models[1], calibration=table, max_fpir=MAX_FPIR)
    operator = bench.signer(Role.OPERATOR)
    with _control_room(bench, outcome) as desk:
        says = _Says(desk)
        says.state()
        try:
            deploy.start(desk, bench.sign(document, Role.AUTHORISING_OFFICER), operator)
        except LamppostError as error:
            say(f"control room: {error}")
        began = time.monotonic()
        while time.monotonic() - began < IDLE_FOR:
            desk.step(timedelta(milliseconds=50))
            says.state()
            says.counts()
        outcome.opens = int(deploy.status(desk, operator).get("camera-opens", 0))


class _Says:
    """Prints what changed, and the counters now and then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._said = ""
        self._counted: Health | None = None

    def state(self) -> None:
        state = self._desk.seen.state
        if state is None:
            return
        key = f"{state.condition} {state.reasons} {state.presence_until}"
        if key != self._said:
            self._said = key
            say(show.state_line(state))

    def counts(self) -> None:
        health = self._desk.seen.health
        if health is not None and health is not self._counted:
            self._counted = health
            wanted = ("camera-opens", "frames-captured", "frames", "faces", "searches", "hits")
            counts = [f"{name} {health.counters.get(name, 0)}" for name in wanted]
            say("          " + "  ".join([*counts, f"outbox {health.outbox.hits}"]))


def _journal(bench: Bench) -> list[Event]:
    store = SqliteStore(bench.state / "journal.sqlite")
    try:
        return [decode_leaf(raw).event for raw in store.leaves(0, store.size())]
    finally:
        store.close()


def _report(stage: Stage, outcome: Outcome, out: Path, *, authorised: bool) -> int:
    passages = [passage for passage in stage.scene.passages() if passage.listed]
    entries = {entry_of(person): person for person in stage.listed}
    signed_for = {event.sequence for event in outcome.events if isinstance(event, HitAcknowledged)}
    told = Counter(hit.content.entry for hit in outcome.hits if hit.sealed.sequence in signed_for)
    each = [told[f"volunteer-{passage.person}"] for passage in passages]
    found, repeated = sum(count > 0 for count in each), sum(max(0, count - 1) for count in each)
    false = len(outcome.hits) - found - repeated
    same = sum(not person.two_pictures for person in entries.values())
    if authorised:
        say(f"picture: {_picture(stage, told, out)}")
    else:
        refusals = [event.reason for event in outcome.events if isinstance(event, Refused)]
        opened = [event for event in outcome.events if isinstance(event, CaptureOpened)]
        say(f"journal: start refused ({', '.join(refusals)}); capture opened {len(opened)} times; "
            f"the camera port was opened {outcome.opens} times")  # fmt: skip
        authorised_ok = not opened and not outcome.opens and refusals == ["not-signed"]
    delay = f"{_p95(outcome.delays_ms):.0f}" if outcome.delays_ms else "-"
    say(
        f"demo: passed={len(stage.scene.walkers)} listed={len(passages)} hits={found} missed={len(passages) - found} "
        f"false={false} p95_ms={delay}"
        + (f" same_picture={same}" if same else "")
        + (f" repeated={repeated}" if repeated else "")
    )
    if not authorised:
        return 0 if authorised_ok and not outcome.hits else 1
    return 0 if found == len(passages) and not false and not repeated else 1


def _p95(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _picture(stage: Stage, told: Collection[str], out: Path) -> Path:
    """The frame in which a listed person is seen best, everybody who is not a lead made unrecognisable."""
    entry_for = {person.id: entry_of(person) for person in stage.listed}
    passage = next(p for p in stage.scene.passages() if p.listed and p.first_eligible is not None)
    middle = ((passage.first_eligible or timedelta(0)) + (passage.last_eligible or timedelta(0))) / 2
    number = int(middle.total_seconds() * stage.scene.settings.fps)
    faces = stage.scene.truth(number).faces
    leads = [Lead(face.box, entry_for[face.person]) for face in faces if entry_for.get(face.person) in told]
    picture = annotated(
        stage.composer().render(number).main,
        [face.box for face in faces],
        leads,
        Legend(datetime.now(UTC), stage.seed, "simulated street, test with volunteers"),
    )
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"demo-{stage.seed}.png"
    save(picture, path)
    return path
