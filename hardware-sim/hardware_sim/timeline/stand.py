"""A scenario's site: the scripted grade, with hardware that breaks, and a truth that the device is held against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

from edge.control_room.desk import Opened
from edge.daemon import heartbeat
from edge.domain.capture import Instant
from edge.domain.errors import CaptureGivenUp, Misconfigured
from edge.domain.orders import Presence, Verb
from edge.domain.zone import Zone
from edge.wire.public import Public
from hardware_sim.host import Died
from hardware_sim.made_up import CALIBRATION
from hardware_sim.scripted import ScriptedDetector, Street
from hardware_sim.site import Device, Senses, Site
from hardware_sim.switches import SimulatedSwitch
from hardware_sim.timeline.broker import UnrulyBroker
from hardware_sim.timeline.card import Card, CardStore
from hardware_sim.timeline.clock import ScenarioClock
from hardware_sim.timeline.machine import Machine, Stress, Updater
from hardware_sim.timeline.senses import Lookalikes, Sensor, StreetCamera
from hardware_sim.timeline.staff import Staff
from hardware_sim.timeline.truth import HeldUp, Passage, Passing, Truth

DENSE: Final = timedelta(milliseconds=90)
"""Between two turns while somebody is in view."""
WATCHFUL: Final = timedelta(seconds=1.8)
"""The same while a deployment is in force: a frame is fresh for two seconds."""
CAREFUL: Final = timedelta(milliseconds=450)
"""The same while the camera loses frames, so that it loses none of which the next is too late."""
IDLE: Final = timedelta(seconds=30)
"""The same while none is in force."""
RESTARTED: Final = timedelta(seconds=2)
"""After the end of its process the service manager starts it again."""
SIGNED_EVERY: Final = timedelta(seconds=45)
"""How often an officer on scene signs."""


class Stand(Site):
    """The verbs of a scenario."""

    clock: ScenarioClock
    broker: UnrulyBroker
    office: Staff

    def __init__(
        self, folder: Path, seed: int, *, office: Staff | None = None, zone: Zone | None = None, witnesses: int = 0,
        power: bool = False, lamp: bool = False,
    ) -> None:  # fmt: skip
        random = Random(seed)  # noqa: S311
        clock = ScenarioClock()
        self.off = False
        self.comes_back: timedelta | None = None
        """When the device starts again by itself, where it is off."""
        self.stress = Stress()
        self.tpm_refuses = False
        self.starts = 0
        self.public: Public | None = None
        """What the public was told last."""
        self.listening: list[Callable[[Opened], None]] = []
        """Told of every hit that the control room opens."""
        self._up_since = timedelta(0)
        self.attentive_until = timedelta(0)
        """Until then nothing is skipped, because something has just happened."""
        self.mute_officer = False
        self.updater = Updater()
        self.link_is_down = False
        self.forbidden = frozenset[str]()
        """What the broker's access list forbids the device."""
        self.reviewed: set[str] = set()
        self.watchers: list[Callable[[], None]] = []
        """Called after every turn of the device."""
        self.told: list[Callable[[str, dict[str, object]], None]] = []
        """Told of what happens to the device from outside."""
        self.random = random
        self.sensor, self.truth = Sensor(random), Truth()
        self.card = Card(random, clock.advance)
        self.extractor = Lookalikes()
        street = Street()
        self.power = SimulatedSwitch() if power else None
        self.lamp = SimulatedSwitch() if lamp else None
        self._signed: timedelta | None = None
        self._closed = True
        detector = ScriptedDetector(street, clock)
        senses = Senses(
            lambda at: StreetCamera(street, at, self.sensor), detector, self.extractor, CALIBRATION, self.power,
            self.lamp,
        )  # fmt: skip
        super().__init__(
            folder, office=office or Staff(), senses=senses, zone=zone, witnesses=witnesses, clock=clock,
            disk=lambda store: CardStore(store, self.card), broker=UnrulyBroker(random),
            host=lambda: Machine(self.stress),
        )  # fmt: skip
        self.street = street
        self.desk._on_hit = self._opened
        self._closed = False

    # Time.

    def live(self, until: timedelta) -> None:
        """Let the site live until then, turn by turn: often where something may happen, seldom where it cannot."""
        while self.clock.elapsed < until:
            self.pass_time(min(self._pace(), until - self.clock.elapsed))
            while self.desk.step(timedelta(0)):
                pass
            self._officer()

    def pass_time(self, span: timedelta) -> None:
        """Advance the clock and let the device do what is due, where it is on."""
        self.clock.advance(span)
        if self.off and self.comes_back is not None and self.clock.elapsed >= self.comes_back:
            self.comes_up()
        if not self.off:
            try:
                self.device.daemon.turn()
            except (Died, CaptureGivenUp) as error:
                self.process_ends(type(error).__name__)
        for witness in self.witnesses:
            witness.step()
        self._look()
        for watch in self.watchers:
            watch()

    def _look(self) -> None:
        """What anybody can see: the nonce that the device has published."""
        state = self.desk.seen.state
        if state is not None:
            self.truth.saw(state.nonce, self.clock.elapsed)

    def _pace(self) -> timedelta:
        now, walks = self.clock.elapsed, self.street.walks
        if walks:
            self.street.walks = walks = [walk for walk in walks if walk.begins.boot + walk.lasts > now - WATCHFUL]
        near = min((walk.begins.boot - now for walk in walks), default=IDLE)
        most = IDLE if self.off or self.device.daemon.gate.believed is None else WATCHFUL
        most = CAREFUL if most is WATCHFUL and (self.sensor.drops or self.sensor.errors) else most
        most = min(most, WATCHFUL if self.clock.elapsed < self.attentive_until else IDLE, self._heartbeat())
        return max(DENSE, min(most, near)) if near > timedelta(0) else DENSE

    def _heartbeat(self) -> timedelta:
        """Until the next leaf that is due by itself: an auditor counts them to the second."""
        if self.off:
            return IDLE
        daemon = self.device.daemon
        last = daemon.heartbeat._last
        every = heartbeat.IDLE if daemon.gate.believed is None else heartbeat.DEPLOYED
        return IDLE if last is None else last.later(every).boot - self.clock.now().boot

    def _officer(self) -> None:
        """Whoever is on scene signs now and then, and waits for no answer."""
        if not self.officer_on_scene or self.mute_officer:
            return
        if self._signed is None or self.clock.elapsed - self._signed >= SIGNED_EVERY:
            self.sign_presence()

    def sign_presence(self) -> None:
        """The officer on scene signs the latest nonce, where the device says that it waits for one."""
        state = self.desk.seen.state
        if state is None or state.authorisation is None or self.off:
            return
        self._signed = self.clock.elapsed
        self.truth.saw(state.nonce, self.clock.elapsed)
        self.truth.confirmed(state.nonce)
        statement = Presence(authorisation=state.authorisation, boot=state.boot, nonce=state.nonce)
        self.desk.send(Verb.PRESENCE, statement, self.office.presence)

    # The street.

    def passes(self, person: int, *, after: float = 0.0, lasts: float = 3.0, row: int = 120) -> None:
        """Have somebody walk by, some seconds from now."""
        begins, span = self.clock.elapsed + timedelta(seconds=after), timedelta(seconds=lasts)
        self.street.walks.append(Passing(person, Instant(self.clock.true, begins), span, row, self.clock))
        like = self.extractor.likes.get(person)
        self.truth.passages.append(Passage(person, begins, begins + span, same_as=like[0] if like else None))

    def holds_up(self, person: int, *, after: float, lasts: float) -> None:
        """Have a picture of somebody held before the camera, without a movement."""
        begins, span = self.clock.elapsed + timedelta(seconds=after), timedelta(seconds=lasts)
        self.street.walks.append(HeldUp(person, Instant(self.clock.true, begins), span, 120, self.clock))
        self.truth.passages.append(Passage(person, begins, begins + span))

    # Mishaps.

    def process_ends(self, why: str) -> None:
        """The process is gone; the machine stays up, and the service manager starts it again."""
        self._tell("process-ended", why=why)
        self.power_off()
        self.comes_back = self.clock.elapsed + RESTARTED

    def power_off(self) -> None:
        """The device is off; its disk is anybody's."""
        if not self.off:
            self.broker.forget(self.device.link)
            super().power_off()
            self.camera_gone()
        self.off, self.comes_back = True, None
        self.truth.ended()

    def camera_gone(self) -> None:
        """Without its process the camera is shut, and switches fall back."""
        for switch in (self.power, self.lamp):
            if switch is not None:
                switch.fail()

    def power_on(self, *, after: timedelta = timedelta(0)) -> None:
        """It gets power again, then or later."""
        self.clock.reboot()
        self.comes_back = self.clock.elapsed + after

    def comes_up(self) -> None:
        """Its process starts, where its keys can be had."""
        if self.tpm_refuses:
            self._tell("start-failed", why="tpm")
            self.comes_back = self.clock.elapsed + RESTARTED * 5
            return
        try:
            self.device = self._boot()
        except Misconfigured as error:
            self._tell("start-failed", why=error.what)
            self.comes_back = None
            return
        self.off, self.comes_back = False, None
        self.reconnect()

    def reconnect(self) -> None:
        """The device's connection is made anew, as far as the scenario lets it."""
        if self.off:
            return
        link = self.device.link
        link.forbids = self.forbidden
        if self.link_is_down:
            link.cut()
        else:
            link.connect()

    def link_back(self) -> None:
        """The broker can be reached again."""
        self.link_is_down = False
        self.reconnect()

    def _boot(self) -> Device:
        self.starts += 1
        self._up_since = self.clock.elapsed
        self._tell("started")
        self.updates = self.updater
        return super()._boot()

    def _opened(self, hit: Opened) -> None:
        for listen in self.listening:
            listen(hit)

    @property
    def up_for(self) -> timedelta:
        """How long the device has been on; nothing while it is off."""
        return timedelta(0) if self.off else self.clock.elapsed - self._up_since

    def _tell(self, what: str, **facts: object) -> None:
        for told in self.told:
            told(what, facts)

    def close(self) -> None:
        """Give the files back."""
        if not self._closed:
            self._closed = True
            self.device.store.close()
