"""A fleet's morning: everybody connects and is put in force, people walk by, the broker dies and comes back, and all is
counted.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.adapters.mqtt import MqttLink
from edge.domain.authority import Name
from edge.domain.errors import BrokerLost
from edge.domain.message import Incoming
from edge.wire.learn import learn
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.fleet import broker, cost, figures
from hardware_sim.fleet.broker import Brokers
from hardware_sim.fleet.cost import Cost
from hardware_sim.fleet.crew import Crew
from hardware_sim.fleet.figures import Figures, Isolation, Machine, Return, Spread
from hardware_sim.fleet.founding import HOSTILE, Founded, Headquarters, common_name, found
from hardware_sim.fleet.hostile import MARK, Hostile
from hardware_sim.fleet.room import Room

MEMORY: Final = Path("/dev/shm")  # noqa: S108 files of a test
VICTIMS: Final = 3
PATIENCE: Final = 240.0
"""Seconds for every device to come up, or for the last hit to be signed for."""
POLLED: Final = 0.25
GRACE: Final = 90.0
"""Seconds after which those that are not back are given up."""
OVERLAP: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the command line said."""

    devices: int
    brokers: int = 1
    seconds: float = 60.0
    """For which people walk by, before and after the outage together."""
    every: float = 30.0
    """Seconds between two passages at a device."""
    outage: float = 10.0
    consoles: int = 2
    seed: int = 1


@dataclass(slots=True)
class Trial:
    """The parts that run, and what was noted on the way."""

    founded: Founded
    headquarters: Headquarters
    plan: Plan
    brokers: Brokers
    room: Room
    crew: Crew
    say: Callable[[str], None]
    outages: list[tuple[datetime, datetime]] = field(default_factory=list)

    def until(self, condition: Callable[[], bool], patience: float) -> float | None:
        """Seconds until something is so; None where it is not in time. The control room works on meanwhile."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > patience:
                return None
            self.meanwhile(POLLED)
        return time.monotonic() - began

    def meanwhile(self, seconds: float) -> None:
        """Let the control room work for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.room.step()


def run(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Figures:
    """The whole of it. Raises BrokerLost where the fleet never comes up."""
    began = time.monotonic()
    learn()  # before there are clerks
    with tempfile.TemporaryDirectory(prefix="lamppost-fleet-", dir=_room_for_disks()) as name:
        founded, headquarters = found(Path(name), plan.devices)
        brokers = broker.one(founded) if plan.brokers == 1 else broker.two(founded)
        say(f"founded {plan.devices} devices in {time.monotonic() - began:.1f} s")
        brokers.start()
        room = Room.of(founded, headquarters, brokers.desk_port, plan.consoles)
        room.connect()
        crew = None
        try:
            crew = Crew(founded, brokers.devices_port, plan.seed, room.step)
            trial = Trial(founded, headquarters, plan, brokers, room, crew, say)
            return _morning(trial, began)
        finally:
            if crew is not None:
                crew.close()
            room.close()
            brokers.stop()


def _room_for_disks() -> Path | None:
    """Memory, where that can be had: hundreds of devices have a disk each, not one between them."""
    return MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None


def _morning(trial: Trial, began: float) -> Figures:
    plan, room = trial.plan, trial.room
    connected = _connect(trial)
    deployed = _deploy(trial)
    hostile = Hostile(trial.founded.client(common_name(HOSTILE), trial.brokers.devices_port))
    trial.crew.walking(plan.every)
    before = _costs(trial), time.monotonic()
    bad = _attack(trial, hostile)
    trial.meanwhile(plan.seconds / 2 - (time.monotonic() - before[1]))
    machine = _machine(before[0], _costs(trial), time.monotonic() - before[1])
    back = _break(trial)
    trial.meanwhile(plan.seconds / 2)
    trial.crew.walking(None)
    _settle(trial)
    tallies = [tally for answer in trial.crew.tallies() for tally in answer.each]
    hostile.close()
    for why, count in Counter(room.disbelieved()).most_common(5):
        trial.say(f"{count} times: {why}")
    opened = [(device, hit.sealed.sequence, hit.sealed.id) for device, hit in room.opened]
    delays, sent, late = _delays(trial)
    return Figures(
        devices=plan.devices,
        brokers=len(trial.brokers.each),
        connected_within=round(connected, 1),
        deployed_within=round(deployed, 1),
        back=back,
        hits=figures.hits(tallies, opened, room.repeated()),
        latency_ms=Spread.of(delays),
        sent_ms=Spread.of(sent),
        late=late,
        machine=machine,
        isolation=bad,
        verified=sum(tally.verified for tally in tallies),
        disbelieved=len(room.disbelieved()),
        seconds=round(time.monotonic() - began, 1),
    )


def _connect(trial: Trial) -> float:
    moment = time.monotonic()
    trial.crew.connect()
    took = trial.until(lambda: trial.room.heard_since(moment) == trial.plan.devices, PATIENCE)
    if took is None:
        heard = trial.room.heard_since(moment)
        raise BrokerLost(
            f"Only {heard} of {trial.plan.devices} devices came up.", "Is the machine busy? Ask for fewer."
        )
    trial.say(f"all connected and heard of in {took:.1f} s")
    return took


def _deploy(trial: Trial) -> float:
    wards = trial.room.wards.values()
    took = trial.until(lambda: all(ward.active for ward in wards), PATIENCE)
    if took is None:
        still = [ward for ward in wards if not ward.active]
        state = still[0].desk.seen.state
        why = ", ".join(state.reasons) if state is not None else "nothing was heard of it"
        raise BrokerLost(f"{len(still)} devices do not look, among them {still[0].name}: {why}.", "Ask for fewer.")
    trial.say(f"all deployed and looking in {took:.1f} s")
    return took


def _attack(trial: Trial, hostile: Hostile) -> Isolation:
    """A hostile device goes for the first few. Its threads are paho's: the control room works on in between."""
    victims = [trial.founded.topics(name) for name in trial.founded.names[:VICTIMS]]
    broker_of_room = trial.founded.client(CONTROL_ROOM, trial.brokers.desk_port)
    watch = MqttLink(broker_of_room, f"{CONTROL_ROOM}-watch", tuple(f"{victim.base}/#" for victim in victims))
    watch.connect()
    if trial.until(lambda: watch.connected, PATIENCE) is None:
        raise BrokerLost("The watch over the hostile device could not connect.", "See the broker's log.")
    before, refused = _connections(trial), _refused(trial)
    arrived: list[Incoming] = []
    for victim in victims:
        for attempt in (hostile.listen, hostile.forge, hostile.take_over):
            attempt(victim)
            trial.meanwhile(POLLED)
            arrived += _heard(watch)
    trial.meanwhile(2.0)
    arrived += _heard(watch)
    watch.close()
    after = _connections(trial)
    written = sum(MARK in message.payload for message in arrived) + _refused(trial) - refused
    unseated = sum(after[name] != count for name, count in before.items())
    trial.say(f"hostile device: {hostile.attempts.subscriptions} subscriptions, {hostile.attempts.publishes} publishes")
    return figures.isolation(hostile.attempts, written, unseated)


def _break(trial: Trial) -> Return:
    """Kill the devices' broker, and see everybody come back."""
    before = _connections(trial)
    wall = datetime.now(UTC)
    trial.brokers.site.kill()
    trial.meanwhile(trial.plan.outage)
    trial.brokers.site.start()
    moment, half = time.monotonic(), None
    away = (datetime.now(UTC) - wall).total_seconds()
    trial.say(f"the broker is back after {away:.1f} s")
    connected = heard = None
    while (connected is None or heard is None) and time.monotonic() - moment < GRACE:
        now = _connections(trial)
        back = sum(count > before[name] for name, count in now.items())
        took = time.monotonic() - moment
        half = half or (took if back * 2 >= len(now) else None)
        connected = connected or (took if back == len(now) else None)
        heard = heard or (took if trial.room.heard_since(moment) == trial.plan.devices else None)
        trial.meanwhile(POLLED)
    trial.outages.append((wall, datetime.now(UTC)))
    trial.say(f"all connected after {connected} s, heard of after {heard} s")
    return Return(outage=round(away, 1), connected=_rounded(connected), heard=_rounded(heard), half=_rounded(half))


def _settle(trial: Trial) -> None:
    """Until every outbox is empty, or nobody believes it any more."""
    trial.meanwhile(5.0)  # who was in view when the last one left is still to be searched
    trial.until(lambda: sum(links.waiting for links in trial.crew.links()) == 0, PATIENCE)
    trial.meanwhile(3.0)


def _delays(trial: Trial) -> tuple[list[float], list[float], int]:
    """Milliseconds from capture, and from commit, to opened; and how many were told while the broker was away."""
    millisecond = timedelta(milliseconds=1)
    on_time = [hit for _, hit in trial.room.opened if not _while_away(trial, hit.content.captured)]
    delays = [(hit.opened.wall - hit.content.captured) / millisecond for hit in on_time]
    sent = [(hit.opened.wall - hit.sealed.committed) / millisecond for hit in on_time]
    return delays, sent, len(trial.room.opened) - len(on_time)


def _while_away(trial: Trial, captured: datetime) -> bool:
    return any(begins - OVERLAP <= captured <= ends for begins, ends in trial.outages)


def _connections(trial: Trial) -> dict[Name, int]:
    return {name: count for links in trial.crew.links() for name, count in links.connections}


def _refused(trial: Trial) -> int:
    """Messages that devices took in and did not believe."""
    tallies = [tally for answer in trial.crew.tallies() for tally in answer.each]
    return sum(tally.undecodable for tally in tallies)


def _heard(watch: MqttLink) -> list[Incoming]:
    found = []
    while (message := watch.receive(timedelta(0))) is not None:
        found.append(message)
    return found


def _costs(trial: Trial) -> tuple[Cost, Cost, Cost]:
    brokers = sum((cost.of(pid) for pid in trial.brokers.pids()), Cost(0, 0))
    return brokers, trial.crew.cost(), cost.of(os.getpid())


def _machine(before: tuple[Cost, Cost, Cost], after: tuple[Cost, Cost, Cost], seconds: float) -> Machine:
    shares = [round((then.seconds - now.seconds) / seconds, 3) for now, then in zip(before, after, strict=True)]
    return Machine(
        brokers=shares[0], workers=shares[1], room=shares[2], brokers_rss_mb=round(after[0].rss_mb, 1),
        workers_rss_mb=round(after[1].rss_mb, 1), room_rss_mb=round(after[2].rss_mb, 1),
    )  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
