"""The same messages for a real daemon process, through a real broker; and packets larger than either takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from edge import connection
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MAX_PACKET, MqttLink
from edge.adapters.store import SqliteStore
from edge.control_room import deploy
from edge.control_room.desk import Desk
from edge.domain.authority import Role
from edge.domain.message import Incoming, Outgoing
from edge.measure.people import MemoryKey
from edge.safeguards.journal import SIGNED_HEAD
from edge.wire.checkpoints import read_checkpoint
from edge.wire.merkle import frontier_of
from edge.wire.notes import read_note
from edge.wire.signed import Signs, canonical
from hardware_sim.bench import EPOCH, ROLES, Bench, BenchClock
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.fleet import cost
from hardware_sim.made_up import CALIBRATION
from tests.fuzz.inbound.messages import Sender

AT_ONCE: Final = 200
"""Messages between two questions whether the device still answers: fewer than its inbox holds."""
PATIENCE: Final = timedelta(seconds=60)
GROWTH_MB: Final = 24.0
OVERSIZE: Final = (MAX_PACKET + 1, 560_000, 590_000)
"""Bytes of a payload that the broker takes, and the device does not."""


@dataclass(slots=True)
class Survived:
    """What the process was like afterwards."""

    sent: int = 0
    oversize: int = 0
    accounted: int = 0
    settled_mb: float = 0.0
    """Resident memory when a quarter had been sent."""
    largest_mb: float = 0.0
    code: int | None = None
    """Its exit status when it was asked to end."""
    faults: list[str] = field(default_factory=list)


class Recording(MqttLink):
    """Remembers what was said."""

    said: list[tuple[str, bytes]]

    def publish(self, message: Outgoing) -> bool:
        self.said.append((message.topic, message.payload))
        return super().publish(message)


def run(inputs: int, seed: int) -> Survived:
    """So many messages for a process that is started for it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        (folder / "table.json").write_bytes(canonical(CALIBRATION))
        bench = Bench.make(folder / "bench", models=folder, calibration=folder / "table.json")
        bench.broker.start()
        with (folder / "device.log").open("wb") as log:
            device = subprocess.Popen([sys.executable, "-m", "hardware_sim.fleet.lone", str(bench.config)], stderr=log)
        try:
            survived = _under_fire(bench, device, inputs, seed)
        except Exception as error:
            log_end = (folder / "device.log").read_text()[-2000:]
            raise AssertionError(f"{error}; the device said: {log_end}") from error
        finally:
            device.terminate()
            code = device.wait(20)
            bench.broker.stop()
        survived.code = code
        if code != 0:
            survived.faults.append(f"it ended with {code}: {(folder / 'device.log').read_text()[-500:]}")
        if not _verifies(bench):
            survived.faults.append("its journal does not verify")
        return survived


def _under_fire(bench: Bench, device: subprocess.Popen[bytes], inputs: int, seed: int) -> Survived:
    operator, random, survived = bench.signer(Role.OPERATOR), Random(f"{seed} process"), Survived()
    broker = connection.load(bench.connection).broker
    link = Recording(broker, f"{CONTROL_ROOM}-desk", Desk.subscriptions(bench.topics, "desk"))
    link.said = []
    desk = Desk(link, bench.topics, bench.signer(Role.DEVICE).public, BenchClock(), name="desk")
    attacker = MqttLink(broker, f"{CONTROL_ROOM}-attacker", ())
    for one in (link, attacker):
        one.connect()
    desk.until(lambda: desk.seen.state is not None and attacker.connected, PATIENCE, "state of the device")
    assert desk.seen.state is not None
    boot = desk.seen.state.boot
    deploy.status(desk, operator)
    sender = _sender(bench, random)
    sender.learn(link.said)
    while survived.sent < inputs:
        for _ in range(min(AT_ONCE, inputs - survived.sent)):
            survived.sent += 1
            _send(desk, attacker, sender.next(datetime.now(UTC)).incoming)
        counters = deploy.status(desk, operator)
        resident = cost.of(device.pid).rss_mb
        survived.largest_mb = max(survived.largest_mb, resident)
        if not survived.settled_mb and survived.sent * 4 >= inputs:
            survived.settled_mb = resident
    for size in OVERSIZE:
        survived.oversize += 1
        _send(desk, attacker, Incoming(f"{bench.topics.base}/cmd/stop", bytes(size), False))
    counters = deploy.status(desk, operator)
    survived.accounted = _accounted(counters)
    survived.largest_mb = max(survived.largest_mb, cost.of(device.pid).rss_mb)
    if desk.seen.state.boot != boot or device.poll() is not None:
        survived.faults.append("it was restarted")
    if survived.largest_mb - survived.settled_mb > GROWTH_MB:
        survived.faults.append(f"it grew from {survived.settled_mb:.0f} to {survived.largest_mb:.0f} MB")
    if counters["condition"] != "idle":
        survived.faults.append(f"it is {counters['condition']}: {counters['reasons']}")
    link.close()
    attacker.close()
    return survived


def _send(desk: Desk, attacker: MqttLink, incoming: Incoming) -> None:
    """As far as MQTT allows: what no broker would pass on, only a device in memory is sent."""
    if not _passes(incoming.topic):
        return
    respond_to = incoming.respond_to if incoming.respond_to is not None and _passes(incoming.respond_to) else None
    message = Outgoing(
        incoming.topic, incoming.payload, retain=incoming.retained and "/cmd/" in incoming.topic,
        correlation=incoming.correlation, respond_to=respond_to,
    )  # fmt: skip
    desk.until(lambda: attacker.publish(message), PATIENCE, "room on the attacker's connection")


def _passes(topic: str) -> bool:
    return 0 < len(topic) < 20_000 and topic.isprintable() and not set("+#$") & set(topic)


def _accounted(counters: dict[str, str | int]) -> int:
    """How many messages left a trace: refused, executed, or only counted."""
    names = ("inbound-undecodable", "chunks", "chunks-refused", "cosignatures-unasked")
    return sum(
        int(count)
        for name, count in counters.items()
        if name in names or name.startswith(("witness-", "orders-refused-", "transfers-"))
    )


def _sender(bench: Bench, random: Random) -> Sender:
    keys: dict[Role, Signs] = {role: bench.signer(role) for role in ROLES}
    return Sender(random, bench.topics, EPOCH, keys, [FileSigner(bench.recipient_key), MemoryKey()])


def _verifies(bench: Bench) -> bool:
    store = SqliteStore(bench.state / "journal.sqlite")
    try:
        note, leaves = store.get(SIGNED_HEAD), store.leaves(0, store.size())
    finally:
        store.close()
    if note is None:
        return False
    head = read_checkpoint(read_note(note).text)
    return head.size > 0 and frontier_of(leaves[: head.size]).root().hex() == head.root


def main(inputs: int, seed: int) -> int:
    """Run, say how it went, and whether all is well."""
    began = time.monotonic()
    survived = run(inputs, seed)
    print(
        f"a real process: {survived.sent:,} messages and {survived.oversize} oversize ones through a broker in "
        f"{time.monotonic() - began:.0f} s; {survived.accounted:,} refused or counted; resident "
        f"{survived.settled_mb:.0f} MB after a quarter, {survived.largest_mb:.0f} MB at most; "
        f"ended with {survived.code}; {len(survived.faults)} faults"
    )
    for fault in survived.faults:
        print(fault)
    return 1 if survived.faults else 0
