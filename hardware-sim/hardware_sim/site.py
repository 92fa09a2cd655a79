"""A simulated site in the lock-step grades: one device, its street, its control room, and one clock for all.

Everything between the ports is the product: the same doors, the same moving parts, a real SQLite store, real
signatures and sealing. Clock and broker are simulated, and nothing runs unless time is advanced. In the scripted grade
camera and models are simulated too; the replay grade brings footage and the real models.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from edge import __version__, assemble, chosen
from edge.adapters.files import ChunkedFiles
from edge.adapters.installed import CALIBRATION as CALIBRATION_FILE
from edge.adapters.installed import InstalledFiles
from edge.adapters.store import SqliteStore
from edge.control_room import decisions, deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Opened
from edge.daemon.report import Identity
from edge.daemon.supervise import Daemon
from edge.daemon.watch import Watching
from edge.domain.authorisation import Authorisation, AuthorisedModels
from edge.domain.authority import Identifier, Signed
from edge.domain.condition import Condition
from edge.domain.orders import Verdict
from edge.domain.record import Event
from edge.domain.zone import Zone
from edge.machine import journal_store
from edge.ports import Camera, Clock, Detector, Extractor, Store, Switch
from edge.replacing import Updates
from edge.safeguards import verify
from edge.safeguards.trust import Trust
from edge.safeguards.verify import Evidence
from edge.steps.calibrate import Calibration
from edge.wire.log import decode_leaf
from edge.wire.signed import Kind, canonical, digest, sign
from edge.wire.topics import Topics
from edge.world import World
from hardware_sim.clock import SteppedClock
from hardware_sim.host import SimulatedHost
from hardware_sim.made_up import CALIBRATION as CALIBRATION
from hardware_sim.office import Office, changed, sealed_list
from hardware_sim.rehearsed import seen
from hardware_sim.scripted import (
    EMBEDDER,
    ScriptedCamera,
    ScriptedDetector,
    ScriptedExtractor,
    Street,
    Walk,
    features_of,
)
from hardware_sim.wire import MemoryBroker, MemoryLink
from hardware_sim.witnesses import pinned

FRAME = timedelta(milliseconds=100)
CONFIGURATION = "c" * 64
PRESENCE_EVERY = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Senses:
    """What a device sees and recognises with."""

    camera: Callable[[Clock], Camera]
    detector: Detector
    extractor: Extractor
    calibration: Calibration
    power: Switch | None = None
    lamp: Switch | None = None


def scripted(street: Street, clock: SteppedClock, frame: timedelta) -> Senses:
    """Painted people and no models."""
    detector = ScriptedDetector(street, clock)
    return Senses(lambda clock: ScriptedCamera(street, clock, frame), detector, ScriptedExtractor(), CALIBRATION)


@dataclass(slots=True)
class Device:
    """One life of the device, from boot to power-off."""

    daemon: Daemon
    camera: Camera
    host: SimulatedHost
    store: SqliteStore
    """Where the disk will not have it, what stands in for it."""
    link: MemoryLink


class Site:
    """The verbs of the lock-step grades."""

    def __init__(
        self, folder: Path, *, office: Office | None = None, watching: Watching | None = None,
        senses: Senses | None = None, frame: timedelta = FRAME, zone: Zone | None = None, witnesses: int = 0,
        disk: Callable[[Store], Store] = lambda store: store, clock: SteppedClock | None = None,
        broker: MemoryBroker | None = None, host: Callable[[], SimulatedHost] = SimulatedHost,
    ) -> None:  # fmt: skip
        """``witnesses`` are pinned and run, as the office's policy asks. ``disk`` stands before the device's store."""
        self.folder = folder
        self.epoch = "epoch-1"
        self.disk = disk
        self._frame = frame
        self.zone = zone or Zone()
        self.clock = clock or SteppedClock()
        self._host = host
        self.office = office or Office()
        self.broker = broker or MemoryBroker()
        self.street = Street()
        self.senses = senses or scripted(self.street, self.clock, frame)
        self.watching = watching or Watching()
        self.provisioned: Signed | None = None
        """The trust root that the device was provisioned with."""
        self.evaluator = self.office.evaluator
        """Signed the calibration that is installed."""
        self.topics = Topics(self.office.site, self.office.device)
        self.officer_on_scene = False
        self.updates: Updates | None = None
        """Whatever updates the device's program, from its next start on."""
        self._confirmed = timedelta(0)
        self.desk_link = self.broker.link(Desk.subscriptions(self.topics, "desk", parcels=True), self.pass_time)
        self.desk = Desk(
            self.desk_link, self.topics, self.office.device_key.public, self.clock, name="desk",
            reader=self.office.reader,
        )  # fmt: skip
        self.desk_link.connect()
        self.witnesses = pinned(witnesses, folder, self.broker, self.clock, self.office)
        self.device = self._boot()

    # The control room and the people.

    def list_of(self, *people: int, decoys: int = 20) -> SealedList:
        """A sealed list of these people and some decoys."""
        volunteers = [(f"v-{person:04d}", features_of(person)) for person in people]
        return sealed_list(volunteers, decoys=decoys, embedder=EMBEDDER, built=self.clock.now().wall)

    def authorisation(self, sealed: SealedList, **fields: object) -> Authorisation:
        """An authorisation for this device; ``fields`` replace what it says."""
        document = self.office.authorise(
            sealed,
            self.clock.now().wall,
            models=AuthorisedModels(detector=self.senses.detector.identity, embedder=self.senses.extractor.identity),
            zone=digest(canonical(self.zone)),
            configuration=CONFIGURATION,
            calibration=digest(canonical(self.senses.calibration)),
        )
        return changed(document, **fields)

    def deploy(self, *people: int, **fields: object) -> Signed:
        """List, authorisation, start, load: everything but presence."""
        return self.deploy_list(self.list_of(*people), **fields)

    def deploy_list(self, sealed: SealedList, **fields: object) -> Signed:
        """The same with a list that is ready."""
        signed = self.office.signed(self.authorisation(sealed, **fields))
        said = deploy.start(self.desk, signed, self.office.operator)
        deploy.load(self.desk, said, sealed, self.topics, self.office.operator)
        return signed

    def confirm_presence(self) -> None:
        """The officer on scene signs the latest nonce."""
        deploy.confirm_presence(self.desk, self.office.presence)
        self._confirmed = self.clock.now().boot

    def stop(self) -> None:
        """The operator ends the deployment."""
        state = self.device.daemon.report.state(self.clock.now())
        assert state.authorisation is not None
        deploy.stop(self.desk, state.authorisation, self.office.operator)

    def review(self, sequence: int, verdict: Verdict = Verdict.CONFIRMED, seconds: int = 20) -> None:
        """A reviewer decides on a hit."""
        decisions.review(self.desk, self._hit(sequence), sequence, verdict, seconds, self.office.reviewer)

    def hold(self, sequence: int, span: timedelta = timedelta(days=90)) -> Signed:
        """An officer keeps a hit as evidence."""
        until = self.clock.now().wall + span
        return decisions.hold(self.desk, self._hit(sequence), sequence, until, "case-1", self.office.officer)

    def withdraw(self, person: int) -> int:
        """The operator has a volunteer taken off the list that is loaded."""
        said = self.desk.seen.deployment
        assert said is not None
        return decisions.withdraw(self.desk, said, f"v-{person:04d}", self.office.operator)

    def _hit(self, sequence: int) -> Identifier:
        return next(hit.sealed.id for hit in self.hits if hit.sealed.sequence == sequence)

    # The street and time.

    def walk(self, person: int, *, after: float = 0.0, lasts: float = 3.0, row: int = 120) -> None:
        """Have somebody walk by, some seconds from now."""
        begins = self.clock.now().later(timedelta(seconds=after))
        self.street.walks.append(Walk(person, begins, timedelta(seconds=lasts), row))

    def run(self, seconds: float) -> None:
        """Let the site live for a while."""
        until = self.clock.now().boot + timedelta(seconds=seconds)
        while self.clock.now().boot < until:
            self.pass_time(self._frame)
            while self.desk.step(timedelta(0)):
                pass
            if self.officer_on_scene and self.clock.now().boot - self._confirmed >= PRESENCE_EVERY:
                self.confirm_presence()

    def pass_time(self, span: timedelta) -> None:
        """Advance the clock and let the device do what is due."""
        self.clock.advance(span)
        self.device.daemon.turn()
        for witness in self.witnesses:
            witness.step()

    # What can be seen.

    @property
    def camera(self) -> ScriptedCamera:
        """The scripted grade's camera, with its switches."""
        assert isinstance(self.device.camera, ScriptedCamera)
        return self.device.camera

    @property
    def hits(self) -> list[Opened]:
        """What the control room has opened."""
        return list(self.desk.seen.hits.values())

    @property
    def condition(self) -> Condition:
        """What the device says that it is doing."""
        return self.device.daemon.report.state(self.clock.now()).condition

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not looking."""
        return self.device.daemon.report.state(self.clock.now()).reasons

    def journal(self) -> list[Event]:
        """Everything recorded, over all lives of the device."""
        store = self.device.store
        return [decode_leaf(raw).event for raw in store.leaves(0, store.size())]

    # Mishaps.

    def power_cut(self) -> None:
        """The device loses power and comes back. Nothing is shut down in order."""
        self.power_off()
        self.boot()

    def power_off(self) -> None:
        """The device loses power; its disk is anybody's."""
        self.device.link.close()
        self.device.store.close()

    def boot(self) -> None:
        """The device has power again."""
        self.clock.reboot()
        self._confirmed = timedelta(0)
        self.device = self._boot()

    def _boot(self) -> Device:
        camera, host = self.senses.camera(self.clock), self._host()
        store = cast("SqliteStore", journal_store(self.folder / "journal.sqlite"))
        link = self.broker.link(self.topics.heard)
        world = World(
            clock=self.clock,
            camera=camera,
            detector=self.senses.detector,
            extractor=self.senses.extractor,
            signer=self.office.device_key,
            host=host,
            store=self.disk(store),
            files=ChunkedFiles(self.folder / "blobs"),
            link=link,
            boot=uuid.uuid4().hex,
            sees=seen(camera),
            power=self.senses.power,
            lamp=self.senses.lamp,
            installed=InstalledFiles(self.folder / "installed", self.folder / "release", chosen.identities),
            updates=self.updates,
        )
        identity = Identity(
            site=self.office.site, device=self.office.device, epoch=self.epoch, boot=world.boot, version=__version__
        )
        self.provisioned = self.provisioned or self.office.signed_root()
        trusted = Trust(self.provisioned, store)
        sent = chosen.sent_evidence((self.folder / "installed" / CALIBRATION_FILE,), trusted.keys, world)
        here = sign(self.senses.calibration, Kind.CALIBRATION, self.evaluator)
        evidence = sent or verify.evidence(here, trusted.keys)
        assert isinstance(evidence, Evidence)
        daemon = assemble.wired(identity, trusted, evidence, world, self.zone, self.watching, CONFIGURATION)
        link.connect()
        daemon.turn()
        return Device(daemon, camera, host, store, link)
