"""A bench with marked people: broker, device process, control room, and somebody who listens to everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from edge import connection, machine, settings
from edge.adapters.mqtt import MqttLink
from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.orders import Status, Verb
from edge.wire.signed import canonical, digest
from hardware_sim.bench import Bench
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.office import sealed_list
from hardware_sim.scripted import DETECTOR, EMBEDDER
from hardware_sim.site import CALIBRATION
from tests.canaries import marks
from tests.canaries.device import WATCHING
from tests.canaries.search import Search, entry_of

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 30.0
LISTED: Final = (3, 4, 5)
"""They stand in the square, and are on the list."""
ELSEWHERE: Final = range(60_000, 60_012)
"""They are on the list, and never come."""


@dataclass
class Stage:
    """Everything but the device, which may be started, and killed, and looked into."""

    bench: Bench
    desk: Desk
    link: MqttLink
    ear: MqttLink
    hits: list[Opened]
    people: int
    began: float = field(default_factory=time.time)
    traffic: list[bytes] = field(default_factory=list)
    sealed: SealedList | None = None
    process: subprocess.Popen[bytes] | None = None
    sequence: int = 0

    @property
    def cwd(self) -> Path:
        """Where the device runs, and would leave a core."""
        return self.bench.folder.parent / "cwd"

    @property
    def log(self) -> Path:
        """All that the device wrote to its standard output and error."""
        return self.bench.folder / "device.log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def search(self) -> Search:
        """For marked people, and for the list's content key."""
        return Search(**({"list key": self.sealed.key} if self.sealed else {}))

    def start(self) -> None:
        self.cwd.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "tests.canaries.device", str(self.bench.config), str(self.people)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "hardware-sim")])}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.cwd)
        self.until(lambda: self.desk.seen.state is not None)

    def deploy(self) -> None:
        """Marked people on a list, two signatures, and an officer on scene."""
        built = datetime.now(UTC).replace(microsecond=0)
        entries = [(entry_of(person), marks.features_of(person)) for person in (*LISTED, *ELSEWHERE)]
        self.sealed = sealed_list(entries, decoys=0, embedder=EMBEDDER, built=built)
        self.sequence += 1
        document = self.bench.authorise(
            self.sealed,
            detector=DETECTOR,
            embedder=EMBEDDER,
            calibration=digest(canonical(CALIBRATION)),
            max_fpir=Decimal("0.0001"),
            sequence=self.sequence,
        )
        configured = machine.configuration(settings.load(self.bench.config), WATCHING)
        signed = self.bench.sign(replace(document, configuration=configured))
        operator = self.bench.signer(Role.OPERATOR)
        said = deploy.start(self.desk, signed, operator)
        deploy.load(self.desk, said, self.sealed, self.bench.topics, operator)
        self.until(lambda: self.desk.seen.state is not None and self.desk.seen.state.authorisation is not None)
        deploy.confirm_presence(self.desk, self.bench.signer(Role.PRESENCE))
        self.until(self.is_(Condition.ACTIVE))

    def stop(self) -> None:
        """The operator ends the deployment."""
        state = self.desk.seen.state
        assert state is not None
        assert state.authorisation is not None
        deploy.stop(self.desk, state.authorisation, self.bench.signer(Role.OPERATOR))
        self.until(self.is_(Condition.IDLE))

    def kill(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        assert self.process.wait(10) == -number
        self.process = None

    def counted(self, what: str) -> int:
        """A counter of the device's health, as it stands now."""
        reply = self.desk.order(Verb.STATUS, Status(), self.bench.signer(Role.OPERATOR))
        return int((reply.facts or {}).get(what, 0))

    def is_(self, condition: Condition) -> Callable[[], bool]:
        return lambda: self.desk.seen.state is not None and self.desk.seen.state.condition is condition

    def until(self, condition: Callable[[], bool], patience: float = PATIENCE) -> None:
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline or (self.process is not None and self.process.poll() is not None):
                pytest.fail(self.log.read_text()[-2000:] or "nothing happened")
            self.listen(0.02)

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.desk.step(timedelta(milliseconds=20))
            while (heard := self.ear.receive(timedelta(0))) is not None:
                self.traffic.append(heard.topic.encode() + b"\n" + heard.payload)


@contextmanager
def stage(folder: Path, people: int) -> Iterator[Stage]:
    """Set it up, and clear it away."""
    table = folder / "calibration.json"
    table.write_bytes(canonical(CALIBRATION))
    bench = Bench.make(folder / "bench", models=folder, calibration=table, durable=True)
    bench.broker.start()
    hits: list[Opened] = []
    desk, link = bench.desk("canaries", hits.append)
    ear = MqttLink(connection.load(bench.connection).broker, f"{CONTROL_ROOM}-ear", ("#",))
    link.connect()
    ear.connect()
    made = Stage(bench, desk, link, ear, hits, people)
    try:
        yield made
    finally:
        if made.process is not None:
            made.process.kill()
            made.process.wait()
        link.close()
        ear.close()
        bench.broker.stop()
