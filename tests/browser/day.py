"""A deployment day: devices and their broker, an officer at each, a control room of two, and one clock for all."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MqttLink
from edge.control_room import deploy, references
from edge.control_room.console import place as places
from edge.control_room.console.app import App
from edge.control_room.console.place import Place, Post
from edge.control_room.console.room import Hands, Room
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk
from edge.control_room.keyring import make_recipient_keys, make_signing_key, recipient
from edge.control_room.onvif import Emitter
from edge.control_room.web import files
from edge.control_room.web.server import Server
from edge.domain.authority import Key, Name, Role, TrustRoot
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import LamppostError
from edge.domain.face import Features
from edge.measure.people import trust_root
from edge.wire.signed import key_id
from hardware_sim.bench import BenchClock
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.fleet import broker as brokers
from hardware_sim.fleet import founding, post
from hardware_sim.fleet.founding import Founded, Headquarters
from hardware_sim.office import sealed_list
from hardware_sim.scripted import EMBEDDER, features_of
from tests.browser.faces import drawn
from tests.link.relay import Relay

LISTED: Final = tuple(range(1, 21))
"""The volunteers on the list, by their number."""
LABELS: Final = ("High Street, north", "Market Square", "Station Approach")
PRESENCE_LEFT: Final = timedelta(seconds=110)
OPERATORS: Final = ("first", "second")
PATIENCE: Final = 60.0
FRESH: Final = 0.3
"""Seconds between two turns of a device at most, so that its frames are fresh on a busy machine too."""


class DayClock(BenchClock):
    """Everybody's clock: the machine's, so far ahead of it as it was moved on."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> Instant:
        """This instant."""
        return super().now().later(self._ahead)

    def move_on(self, span: timedelta) -> None:
        """Let time pass."""
        self._ahead += span

    @property
    def ahead(self) -> timedelta:
        """Of the machine's."""
        return self._ahead


@dataclass(slots=True)
class Console:
    """One operator's."""

    room: Room
    server: Server
    keys: Path

    def close(self) -> None:
        """End it."""
        self.room.live.end()
        self.server.close()
        self.room.close()


@dataclass(slots=True)
class Day:
    """All of it. Devices and officers run on threads; the consoles on theirs."""

    folder: Path
    founded: Founded
    headquarters: Headquarters
    brokers: brokers.Brokers
    clock: DayClock
    posts: dict[Name, post.Post] = field(default_factory=dict)
    relays: dict[Name, Relay] = field(default_factory=dict)
    """Between each device and the broker, so that a connection can end without a word."""
    consoles: dict[str, Console] = field(default_factory=dict)
    on_scene: set[Name] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)
    threads: dict[str, threading.Thread] = field(default_factory=dict)
    switched_off: set[Name] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def place(self) -> Path:
        """The control room's file."""
        return self.folder / "place.toml"

    def console(
        self, who: str, *, without_parts: bool = False, emitters: Mapping[str, Emitter] | None = None
    ) -> Console:
        """Start an operator's console on its own server. What the command does, but for the clock."""
        found = places.load(self.place)
        keys = self.folder / "operators" / who
        parts = self.folder / "parts" if without_parts else files.PARTS
        if without_parts:
            parts.mkdir(exist_ok=True)
            (parts / "render.js").write_text("export {};\n")
        room = Room(found, Hands.of(keys), self.clock, self._link, emitters)
        server = Server(App(room, self.clock, parts).asgi, self.clock)
        room.start()
        server.start()
        self.consoles[who] = Console(room, server, keys)
        return self.consoles[who]

    def walk(self, name: Name, person: int) -> None:
        """Somebody who is listed walks by a device."""
        with self.lock:
            self.posts[name].walk(time.monotonic(), person)

    def condition(self, name: Name) -> Condition:
        """What a device does."""
        made = self.posts[name].daemon
        return made.report.state(self.clock.now()).condition

    def until(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is so."""
        deadline, pause = time.monotonic() + patience, threading.Event()
        while not condition():
            assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}; {self.said()}"
            pause.wait(0.02)

    def said(self) -> str:
        """How every device is, and why."""
        states = {name: made.daemon.report.state(self.clock.now()) for name, made in self.posts.items()}
        return "; ".join(f"{name} {state.condition.value} {state.reasons}" for name, state in states.items())

    def pass_time(self, span: timedelta, step: timedelta = timedelta(seconds=100)) -> None:
        """Let a part of the day pass, in steps that the officers on scene keep up with."""
        until = self.clock.now().wall + span
        while (rest := until - self.clock.now().wall) > timedelta(0):
            self.clock.move_on(min(step, rest))
            for name in self.on_scene - self.switched_off:
                self.until(partial(self.looks, name), f"{name} looks")

    def looks(self, name: Name) -> bool:
        """Whether a device does, and its officer has just confirmed."""
        state = self.posts[name].daemon.report.state(self.clock.now())
        lease = state.presence_until
        return (
            state.condition is Condition.ACTIVE and lease is not None and lease - self.clock.now().wall > PRESENCE_LEFT
        )

    def lose(self, name: Name) -> None:
        """A device loses its power, and says no word."""
        self.switched_off.add(name)
        self.threads.pop(f"device-{name}").join(PATIENCE)
        self.relays[name].shut.set()
        self.relays[name].cut()
        self.posts.pop(name).close()

    def switch_on(self, name: Name) -> None:
        """It has power."""
        relay = self.relays.setdefault(name, Relay(self.brokers.devices_port))
        relay.shut.clear()
        made = post.build(self.founded, name, relay.port, 0.0, self.clock)
        made.link.connect()
        self.posts[name] = made
        self.switched_off.discard(name)
        self._thread(f"device-{name}", lambda: self._device(name))

    def start(self) -> None:
        """Devices and officers, from here on."""
        for name in self.founded.names:
            self.switch_on(name)
            self._thread(f"officer-{name}", partial(self._officer, name))

    def close(self) -> None:
        """End everything."""
        for console in self.consoles.values():
            console.close()
        self.ended.set()
        for thread in self.threads.values():
            thread.join(PATIENCE)
        for made in self.posts.values():
            made.close()
        for relay in self.relays.values():
            relay.close()
        self.brokers.stop()

    def _thread(self, name: str, runs: Callable[[], None]) -> None:
        self.threads[name] = threading.Thread(target=runs, name=name, daemon=True)
        self.threads[name].start()

    def _device(self, name: Name) -> None:
        made = self.posts[name]
        while not self.ended.is_set() and name not in self.switched_off:
            with self.lock:
                now = time.monotonic()
                made.due = min(made.due, now + FRESH)
                busy = made.step(now)
            if not busy:
                self.ended.wait(0.004)

    def _officer(self, name: Name) -> None:
        """Confirms presence whenever it is about to run out, while they are on scene."""
        topics = self.founded.topics(name)
        said = f"officer-{name}"
        link = MqttLink(
            self.founded.client(CONTROL_ROOM, self.brokers.desk_port), said, (topics.state, f"{topics.replies}{said}")
        )
        desk = Desk(link, topics, self.headquarters.device_keys[name], self.clock, name=said)
        link.connect()
        while not self.ended.is_set():
            desk.step(timedelta(milliseconds=100))
            state = desk.seen.state
            if name not in self.on_scene or state is None or state.authorisation is None:
                continue
            lease = state.presence_until
            if lease is None or lease - self.clock.now().wall < PRESENCE_LEFT:
                with contextlib.suppress(LamppostError):
                    deploy.confirm_presence(desk, self.headquarters.office.presence)
        link.close()

    def _link(self, where: Post, subscriptions: tuple[str, ...]) -> MqttLink:
        return MqttLink(where.known.broker, f"console-{threading.get_ident()}-{time.monotonic_ns()}", subscriptions)


@contextlib.contextmanager
def day(folder: Path, devices: int = 3, second: str = "always") -> Iterator[Day]:
    """From nothing to devices that wait for an order."""
    founded, headquarters = founding.found(folder / "fleet", devices)
    clock = DayClock()
    listed = _listed(headquarters, clock)
    headquarters = replace(headquarters, sealed=listed)
    made = Day(folder, founded, headquarters, brokers.one(founded), clock)
    _operators(made)
    deploy.write_list(folder / "list", listed)
    for number, name in enumerate(founded.names, start=1):
        _paper(made, name, number)
    _place(made, second)
    _references(made, places.load(made.place))
    made.brokers.start()
    try:
        made.start()
        yield made
    finally:
        made.close()


def entry(person: int) -> str:
    """By which a volunteer stands on the list."""
    return f"v-{person:04d}"


def _listed(headquarters: Headquarters, clock: DayClock) -> SealedList:
    volunteers: list[tuple[str, Features]] = [(entry(person), features_of(person)) for person in LISTED]
    built = clock.now().wall.replace(microsecond=0)
    return sealed_list(volunteers, decoys=10, embedder=EMBEDDER, built=built)


def _operators(made: Day) -> None:
    for who in OPERATORS:
        keys = made.folder / "operators" / who
        make_signing_key(keys / "operator.pem")
        make_signing_key(keys / "reviewer.pem")
        make_recipient_keys(keys / "recipient.pem")


def _public(made: Day, name: str, without: str = "") -> list[Key]:
    return [FileSigner(made.folder / "operators" / who / name).public for who in OPERATORS if who != without]


def root_of(made: Day, name: Name, version: int = 1, without: str = "") -> TrustRoot:
    """The trust root of a device: the office's people, and both operators; ``without`` one whose keys were lost."""
    office = made.headquarters.office
    single = office.keys() | {Role.DEVICE: made.headquarters.device_keys[name]}
    both = (Role.OPERATOR, Role.REVIEWER)
    pinned: list[tuple[Role, Key]] = [(role, key) for role, key in single.items() if role not in both]
    for role, file in ((Role.OPERATOR, "operator.pem"), (Role.REVIEWER, "reviewer.pem")):
        pinned += [(role, key) for key in _public(made, file, without)]
    pinned += [(Role.CUSTODIAN, one.public) for one in office.custodians]
    return trust_root(pinned, datetime.now(UTC), policy=office.policy, version=version)


def _paper(made: Day, name: Name, number: int) -> None:
    """A device's trust root, its connection for the control room, and the authorisation that it may be started with."""
    office, founded = made.headquarters.office, made.founded
    deploy.write_signed(founded.trust_root(name), office.signed_root(root_of(made, name)))
    document, _ = made.headquarters.authorise(name, number, made.clock.now().wall)
    document = replace(
        document,
        id=f"day-{number}",
        not_after=document.not_before + timedelta(hours=10),
        operators=tuple(map(key_id, _public(made, "operator.pem"))),
        reviewers=tuple(map(key_id, _public(made, "reviewer.pem"))),
        recipients=tuple(recipient(made.folder / "operators" / who / "recipient.pem") for who in OPERATORS),
    )
    deploy.write_signed(made.folder / f"authorisation-{name}.json", office.signed(document))
    client = founded.client(CONTROL_ROOM, made.brokers.desk_port)
    (made.folder / f"{name}.toml").write_text(
        f'site = "{founding.SITE}"\ndevice = "{name}"\ntrust_root = "{founded.trust_root(name)}"\nhost = "localhost"\n'
        f'port = {client.port}\nca = "{client.ca}"\ncertificate = "{client.certificate}"\nkey = "{client.key}"\n'
    )


def _place(made: Day, second: str) -> None:
    where = ([38, 17], [62, 34], [23, 46])
    facing = (100, 215, 40)
    text = PLAN.format(second=second)
    for number, name in enumerate(made.founded.names):
        spot, turned = where[number % 3], facing[number % 3]
        text += (
            f'\n[[devices]]\nconnection = "{name}.toml"\nlabel = "{LABELS[number % 3]}"\n'
            f"at = {spot}\nfacing = {turned}\n"
            f'reach = 17\nauthorisation = "authorisation-{name}.json"\nwatchlist = "list"\n'
        )
    made.place.write_text(text)


def _references(made: Day, found: Place) -> None:
    for where in found.posts:
        assert where.authorisation is not None
        document = deploy.authorisation_of(deploy.read_signed(where.authorisation))
        pictures = ((entry(person), drawn(person)) for person in LISTED)
        filed = references.file(found.kept(where), document, made.headquarters.sealed, pictures)
        assert filed == references.Filed(len(LISTED), ())


PLAN: Final = """\
name = "Old Town"
keep = "kept"
second_reviewer = "{second}"
size = [100, 62]

[[blocks]]
name = "Town Hall"
outline = [[6, 6], [30, 6], [30, 24], [6, 24]]
[[blocks]]
name = "Arcade"
outline = [[47, 5], [92, 5], [92, 21], [47, 21]]
[[blocks]]
name = "Market"
outline = [[36, 27], [54, 27], [54, 40], [36, 40]]
[[blocks]]
outline = [[72, 29], [93, 29], [93, 56], [72, 56]]
name = "Library"
[[blocks]]
name = "Station"
outline = [[6, 33], [18, 33], [18, 57], [6, 57]]
[[blocks]]
outline = [[30, 49], [64, 49], [64, 57], [30, 57]]
"""
