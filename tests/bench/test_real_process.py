"""The real daemon in a process of its own, a real mosquitto, mutual TLS; scripted people instead of models."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from edge.adapters.mqtt import MqttLink
from edge.adapters.store import SqliteStore
from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Opened, Refused
from edge.domain.authorisation import Authorisation
from edge.domain.authority import Role, Signed
from edge.domain.condition import Condition
from edge.domain.record import Event, Leaf
from edge.wire.log import decode_leaf
from edge.wire.signed import canonical, digest
from hardware_sim.bench import Bench
from hardware_sim.office import sealed_list
from hardware_sim.scripted import DETECTOR, EMBEDDER, features_of
from hardware_sim.site import CALIBRATION

HERE = Path(__file__).parent
PATIENCE = 20.0


@dataclass
class Run:
    """A bench with a device process that can be started, killed and looked at."""

    bench: Bench
    desk: Desk
    link: MqttLink
    hits: list[Opened] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    ahead: timedelta = timedelta(0)
    """How far the device's clocks were put forward."""

    def start(self, *, mute: bool = False) -> None:
        """``mute``: hits are committed, and never published, as if the process died in between."""
        command = [sys.executable, str(HERE / "scripted_device.py"), str(self.bench.config)]
        leap = self.bench.folder / "leap"
        if not leap.exists():
            leap.write_bytes(struct.pack("<d", 0.0))
        environment = os.environ | {"MUTE_HITS": "1" if mute else "", "LEAP": str(leap)}
        log = (self.bench.folder / "device.log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        boot = self.desk.seen.state.boot if self.desk.seen.state else None
        self.until(lambda: self.desk.seen.state is not None and self.desk.seen.state.boot != boot)

    def leap(self, span: timedelta) -> None:
        """Put the device's clocks forward, once more."""
        self.ahead += span
        with (self.bench.folder / "leap").open("r+b") as file:
            file.write(struct.pack("<d", self.ahead.total_seconds()))

    def now(self) -> datetime:
        """The device's wall time."""
        return datetime.now(UTC) + self.ahead

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(10)
        self.process = None
        return code

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail((self.bench.folder / "device.log").read_text()[-2000:] or "nothing happened")
            self.desk.step(timedelta(milliseconds=20))

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.desk.step(timedelta(milliseconds=20))

    def is_(self, condition: Condition) -> Callable[[], bool]:
        return lambda: self.desk.seen.state is not None and self.desk.seen.state.condition is condition

    def deploy(self, sealed: SealedList, signed: Signed) -> None:
        operator = self.bench.signer(Role.OPERATOR)
        said = deploy.start(self.desk, signed, operator)
        deploy.load(self.desk, said, sealed, self.bench.topics, operator)
        self.until(lambda: self.desk.seen.state is not None and self.desk.seen.state.authorisation is not None)
        deploy.confirm_presence(self.desk, self.bench.signer(Role.PRESENCE))

    def events(self) -> list[Event]:
        return [leaf.event for leaf in self.leaves()]

    def leaves(self) -> list[Leaf]:
        store = SqliteStore(self.bench.state / "journal.sqlite")
        leaves = [decode_leaf(raw) for raw in store.leaves(0, store.size())]
        store.close()
        return leaves


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    path = tmp_path / "calibration.json"
    path.write_bytes(canonical(CALIBRATION))
    return path


@pytest.fixture
def run(tmp_path: Path, calibration: Path) -> Iterator[Run]:
    bench = Bench.make(tmp_path / "bench", models=tmp_path, calibration=calibration, durable=True)
    bench.broker.start()
    hits: list[Opened] = []
    desk, link = bench.desk("test", hits.append)
    link.connect()
    made = Run(bench, desk, link, hits)
    yield made
    if made.process is not None:
        made.kill()
    link.close()
    bench.broker.stop()


def a_list() -> SealedList:
    built = datetime.now(UTC).replace(microsecond=0)
    return sealed_list([("v-0007", features_of(7))], decoys=20, embedder=EMBEDDER, built=built)


def authorised(run: Run, sealed: SealedList) -> Authorisation:
    return run.bench.authorise(
        sealed,
        detector=DETECTOR,
        embedder=EMBEDDER,
        calibration=digest(canonical(CALIBRATION)),
        max_fpir=Decimal("0.01"),
    )


def authorise(run: Run, sealed: SealedList) -> Signed:
    return run.bench.sign(authorised(run, sealed))


def test_killed_between_commit_and_publish_exactly_one_hit_arrives(run: Run) -> None:
    sealed = a_list()
    signed = authorise(run, sealed)
    run.start(mute=True)
    run.deploy(sealed, signed)
    run.until(lambda: run.desk.seen.health is not None and run.desk.seen.health.outbox.hits == 1)
    assert run.hits == []
    run.kill()
    run.start()
    run.until(lambda: len(run.hits) == 1)
    run.listen(1)
    assert [hit.content.entry for hit in run.hits] == ["v-0007"]
    assert run.terminate() == 0
    kinds = [event.kind for event in run.events()]
    assert kinds.count("hit-committed") == kinds.count("hit-acknowledged") == 1
    assert kinds.count("ended") == 1


def test_after_a_kill_the_list_cannot_be_opened_again_without_a_new_key(run: Run) -> None:
    from edge.domain.orders import Load, Verb
    from edge.wire.sealed import ListBinding, wrap

    sealed = a_list()
    signed = authorise(run, sealed)
    run.start(mute=True)
    run.deploy(sealed, signed)
    run.until(run.is_(Condition.ACTIVE))
    said = run.desk.seen.deployment
    assert said is not None
    binding = ListBinding(site=said.site, device=said.device, authorisation=said.authorisation, digest=said.list_digest)
    old = Load(
        authorisation=said.authorisation,
        digest=said.list_digest,
        size=len(sealed.file),
        key=wrap(sealed.key, said.list_key, binding),
    )
    run.kill()
    run.start(mute=True)
    run.until(run.is_(Condition.IDLE))
    again = deploy.start(run.desk, signed, run.bench.signer(Role.OPERATOR))
    assert again.list_key != said.list_key
    assert any(path.is_file() for path in (run.bench.state / "blobs").rglob("*"))
    with pytest.raises(Refused, match="list-unreadable"):
        run.desk.order(Verb.LOAD, old, run.bench.signer(Role.OPERATOR))


def test_sigterm_wipes_says_so_and_ends_within_five_seconds(run: Run) -> None:
    sealed = a_list()
    run.start()
    run.deploy(sealed, authorise(run, sealed))
    run.until(run.is_(Condition.ACTIVE))
    began = time.monotonic()
    assert run.terminate() == 0
    assert time.monotonic() - began < 5
    run.until(run.is_(Condition.STOPPED))
    events = run.events()
    assert events[-1].kind in ("ended", "capture-closed")
    assert [event.kind for event in events].count("list-destroyed") == 1


def test_a_process_that_dies_is_said_to_be_lost(run: Run) -> None:
    run.start()
    run.kill()
    run.until(lambda: run.desk.seen.lost)


def test_its_memory_cannot_be_read_and_it_leaves_no_core(run: Run) -> None:
    sealed = a_list()
    run.start()
    run.deploy(sealed, authorise(run, sealed))
    run.until(run.is_(Condition.ACTIVE))
    assert run.process is not None
    status = Path(f"/proc/{run.process.pid}/limits").read_text()
    core = next(line for line in status.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    run.process.send_signal(signal.SIGSEGV)
    run.process.wait(10)
    run.process = None
    needle = features_of(7).tobytes()[:64]
    left = [path for path in run.bench.folder.rglob("*") if path.is_file() and needle in path.read_bytes()]
    assert left == []


def test_misconfiguration_ends_with_78_and_one_line(tmp_path: Path) -> None:
    root = HERE.parents[1]
    command = [sys.executable, "-m", "edge", "run", "--config", str(tmp_path / "none.toml")]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 78
    assert ran.stderr.startswith("lamppost: The configuration")
    assert len(ran.stderr.splitlines()) == 1
