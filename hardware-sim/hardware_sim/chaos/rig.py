"""A chaos run, set up: a bench, its broker, a spoilt path, a device with one life after another, and a console."""

from __future__ import annotations

import contextlib
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from edge import machine, settings
from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.domain.authority import Role, Signed
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost, Misconfigured
from edge.wire.signed import canonical, digest
from hardware_sim.bench import Bench
from hardware_sim.chaos.clock import Helm, SteeredClock
from hardware_sim.chaos.console import Console
from hardware_sim.chaos.device import Life
from hardware_sim.chaos.nursery import Nursery
from hardware_sim.chaos.points import Point
from hardware_sim.chaos.proxy import Proxy
from hardware_sim.chaos.street import PEOPLE, STEADY, WATCHING, Pace
from hardware_sim.made_up import CALIBRATION
from hardware_sim.office import sealed_list
from hardware_sim.scripted import DETECTOR, EMBEDDER, features_of

PATIENCE: Final = 20.0


@dataclass
class Rig:
    """Everything, and the verbs of a scenario. Not for several threads."""

    bench: Bench
    proxy: Proxy
    nursery: Nursery
    console: Console
    helm: Helm
    sealed: SealedList
    signed: Signed
    pace: Pace
    lives: int = 0
    waited: int = 0
    """Most hits that waited in the outbox at once, as health had it."""
    _before: str = ""

    @property
    def marks(self) -> Path:
        """What camera, store and link noted, over all lives."""
        return self.bench.folder / "marks"

    @property
    def log(self) -> Path:
        """What the device said."""
        return self.bench.folder / "device.log"

    @property
    def census(self) -> Path:
        """Which statements a life reached."""
        return self.bench.folder / "census.json"

    def begin(self, point: Point | None = None, *, census: bool = False) -> None:
        """A new life, and no word of it yet."""
        self.lives += 1
        self._before = self.console.boot
        life = Life(
            config=str(self.bench.config), helm=str(self.bench.folder / "helm"), marks=str(self.marks),
            log=str(self.log), pace=self.pace, point=point,
            census=str(self.census) if census else "",
        )  # fmt: skip
        self.nursery.bear(msgspec.json.encode(life))

    def heard(self, patience: float = PATIENCE) -> None:
        """Wait until the device has said that it is up."""
        self.until(lambda: self.console.boot != self._before, "word of the new life", patience)

    def up(self) -> None:
        """A life that is heard of."""
        self.begin()
        self.heard()

    def deploy(self) -> None:
        """Start, list, presence: from here on the device looks."""
        operator, desk = self.bench.signer(Role.OPERATOR), self.console.desk
        said = deploy.start(desk, self.signed, operator)
        deploy.load(desk, said, self.sealed, self.bench.topics, operator)
        self.until(self._authorised, "state of the deployment")
        self.present()

    def present(self) -> None:
        """The officer on scene signs the latest nonce."""
        deploy.confirm_presence(self.console.desk, self.bench.signer(Role.PRESENCE))

    def looks(self) -> None:
        """Up, deployed, and looking."""
        self.up()
        self.deploy()
        self.until(self.is_(Condition.ACTIVE), "a device that looks")

    def is_(self, condition: Condition) -> Callable[[], bool]:
        """Whether the device last said that it does this."""
        return lambda: (
            self.console.desk.seen.state is not None and (self.console.desk.seen.state.condition is condition)
        )

    def _authorised(self) -> bool:
        state = self.console.desk.seen.state
        return state is not None and state.authorisation is not None

    def taken(self) -> int:
        """Hits that a person was told of."""
        return len(self.console.record.taken)

    def hits(self, more: int, patience: float = PATIENCE) -> None:
        """Wait for so many more hits."""
        wanted = self.taken() + more
        self.until(lambda: self.taken() >= wanted, f"{more} more hits", patience)

    def until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Take in what comes until something is so. Raises BrokerLost after the patience, DeviceEnded before."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                raise BrokerLost(f"No {what} within {patience:.0f} s.", f"See {self.log}.")
            self._step()

    def listen(self, seconds: float) -> None:
        """Take in what comes for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._step()

    def _step(self) -> None:
        self.console.step()
        health = self.console.desk.seen.health
        if health is not None:
            self.waited = max(self.waited, health.outbox.hits)

    def stop(self) -> None:
        """End the deployment: nobody comes into view any more."""
        state = self.console.desk.seen.state
        if state is not None and state.authorisation is not None:
            deploy.stop(self.console.desk, state.authorisation, self.bench.signer(Role.OPERATOR))

    def kill(self) -> None:
        """SIGKILL."""
        self.nursery.signal(signal.SIGKILL)
        self.nursery.wait(5)

    def ends(self) -> int:
        """SIGTERM: it has five seconds, and says its exit status."""
        self.nursery.signal(signal.SIGTERM)
        return self.nursery.wait(10)

    def answers(self, patience: float) -> None:
        """Wait until the device answers: it hears, and is heard."""
        operator, deadline = self.bench.signer(Role.OPERATOR), time.monotonic() + patience
        while True:
            try:
                deploy.status(self.console.desk, operator)
            except BrokerLost:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def drained(self, patience: float = 60.0) -> None:
        """Wait until nothing waits in the outbox any more, by the device's own signed word."""
        operator, deadline = self.bench.signer(Role.OPERATOR), time.monotonic() + patience
        while True:
            with contextlib.suppress(BrokerLost):
                if deploy.status(self.console.desk, operator).get("outbox") == 0:
                    return
            if time.monotonic() > deadline:
                raise BrokerLost(f"Hits still wait after {patience:.0f} s.", f"See {self.log}.")
            self.listen(0.1)

    def close(self) -> None:
        """End everything that runs."""
        self.nursery.close()
        self.console.link.close()
        self.proxy.close()
        self.bench.broker.stop()


@contextlib.contextmanager
def rig(
    folder: Path, seed: int, *, durable: bool = True, pace: Pace = STEADY, proxied: bool = True,
    prepare: Callable[[Bench], None] | None = None, clear: Callable[[Bench], None] | None = None,
) -> Iterator[Rig]:  # fmt: skip
    """Set everything up in a new folder, and clear away what runs.

    ``durable`` is the broker's persistence; ``prepare`` is called before it starts, ``clear`` at the very end.
    """
    folder.mkdir(parents=True)
    table = folder / "table.json"
    table.write_bytes(canonical(CALIBRATION))
    (folder / "models").mkdir()
    bench = Bench.make(folder / "bench", models=folder / "models", calibration=table, durable=durable)
    if prepare is not None:
        prepare(bench)
    bench.broker.start()
    proxy = Proxy(bench.broker.port, seed)
    config = bench.config.read_text()
    if proxied:
        bench.config.write_text(re.sub(r"(?m)^port = \d+$", f"port = {proxy.port}", config))
    helm, nursery = Helm(bench.folder / "helm"), Nursery()
    console = Console(bench, SteeredClock(helm, device=False), nursery.alive)
    sealed = _list()
    made = Rig(bench, proxy, nursery, console, helm, sealed, authorise(bench, sealed), pace)
    try:
        console.link.connect()
        _connected(console)
        yield made
    finally:
        made.close()
        if clear is not None:
            clear(bench)


def _list() -> SealedList:
    volunteers = [(f"v-{person:04d}", features_of(person)) for person in range(1, PEOPLE + 1)]
    built = datetime.now(UTC).replace(microsecond=0)
    return sealed_list(volunteers, decoys=20, embedder=EMBEDDER, built=built)


def authorise(bench: Bench, sealed: SealedList, sequence: int = 1) -> Signed:
    """A signed authorisation for the list and the street's pace."""
    document = bench.authorise(
        sealed, detector=DETECTOR, embedder=EMBEDDER, calibration=digest(canonical(CALIBRATION)),
        max_fpir=Decimal("0.01"), sequence=sequence,
    )  # fmt: skip
    configured = machine.configuration(settings.load(bench.config), WATCHING)
    return bench.sign(replace(document, configuration=configured))


def _connected(console: Console) -> None:
    deadline = time.monotonic() + PATIENCE
    while not console.link.connected:
        if time.monotonic() > deadline:
            raise Misconfigured("The console does not reach the broker.", "See the broker's log.")
        time.sleep(0.01)
