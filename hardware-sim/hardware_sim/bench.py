"""The bench grade's files: keys, certificates, lists and configuration of one device, made in a folder.

Everything is made with the product's own tools, except what only a simulator may make: a trust root marked as test,
and decoys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge import connection, machine, settings
from edge.adapters.host import SystemClock, SystemHost
from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import MqttLink
from edge.control_room import deploy, evidence
from edge.control_room.certificates import BenchAuthority
from edge.control_room.desk import Desk, Opened, Reader
from edge.control_room.keyring import make_recipient_keys, make_signing_key, recipient, sealing_key, write_new
from edge.daemon.watch import Watching
from edge.domain.authorisation import Authorisation, AuthorisedModels
from edge.domain.authority import Digest, PinnedWitness, Policy, Role, Signed
from edge.domain.host import Heat
from edge.measure.people import POLICY, REFERENCES, authorisation, trust_root
from edge.wire.notes import Algorithm, Verifier
from edge.wire.signed import Kind, canonical, digest, sign
from edge.wire.topics import Topics
from hardware_sim.broker import CONTROL_ROOM, Mosquitto, free_port, witness_name

SITE: Final = "bench"
DEVICE: Final = "post-1"
EPOCH: Final = "bench-epoch"
ROLES: Final = tuple(Role)


class BenchClock(SystemClock):
    """The machine's own clock, taken for synchronised: a bench needs no time service."""

    def synchronised(self) -> bool:
        """Always, on a bench."""
        return True


class BenchHost(SystemHost):
    """The machine itself, whose heat is its fan's affair: its processor's limits are not a street device's."""

    def heat(self) -> Heat:
        """Unknown."""
        return Heat()


@dataclass(frozen=True, slots=True)
class Bench:
    """The folder, laid out."""

    folder: Path
    broker: Mosquitto
    topics: Topics

    @classmethod
    def make(
        cls, folder: Path, *, models: Path, calibration: Path, durable: bool = False, port: int | None = None,
        witnesses: tuple[PinnedWitness, ...] = (), policy: Policy = POLICY, test: bool = True,
    ) -> Bench:  # fmt: skip
        """Make everything that a device, a broker and a control room need to find each other.

        A trust root that is no ``test`` is one for a device whose camera says of itself that it is none, too.
        """
        topics = Topics(SITE, DEVICE)
        pki = BenchAuthority(folder / "pki")
        server, server_key = pki.issue("broker", server=True)
        pki.issue(f"{SITE}.{DEVICE}")
        pki.issue(CONTROL_ROOM)
        broker = Mosquitto(folder / "broker", port or free_port())
        names = [Verifier(one.name, one.key, Algorithm.COSIGNATURE).id.hex() for one in witnesses]
        broker.configure([topics], pki.certificate, server, server_key, durable=durable, witnesses=names)
        bench = cls(folder, broker, topics)
        public = {role: make_signing_key(bench.key(role)) for role in ROLES}
        make_recipient_keys(bench.recipient_key)
        second = folder / "keys" / "custodian-2.pem"
        pinned = [*public.items(), (Role.CUSTODIAN, make_signing_key(second))]
        root = trust_root(pinned, datetime.now(UTC), test=test, policy=policy, witnesses=witnesses)
        signed = sign(root, Kind.TRUST_ROOT, bench.signer(Role.CUSTODIAN), FileSigner(second))
        deploy.write_signed(folder / "trust-root.json", signed)
        deploy.write_signed(
            bench.calibration, evidence.signed(evidence.read(calibration), bench.signer(Role.EVALUATOR))
        )
        write_new(bench.config, _config(bench, models).encode(), 0o644)
        write_new(bench.connection, _connection(bench, CONTROL_ROOM).encode(), 0o644)
        for name in names:
            pki.issue(witness_name(name))
            write_new(folder / f"witness-{name}.toml", _connection(bench, witness_name(name)).encode(), 0o644)
        return bench

    @property
    def config(self) -> Path:
        """The device's configuration file."""
        return self.folder / "device.toml"

    @property
    def calibration(self) -> Path:
        """The calibration, signed by the bench's evaluator."""
        return self.folder / "calibration.json"

    @property
    def connection(self) -> Path:
        """The control room's connection file."""
        return self.folder / "control-room.toml"

    @property
    def state(self) -> Path:
        """The device's state directory."""
        return self.folder / "state"

    @property
    def recipient_key(self) -> Path:
        """The recipient's signing key; its sealing key lies beside it."""
        return self.folder / "keys" / "recipient.pem"

    def key(self, role: Role) -> Path:
        """A role's key file."""
        return self.folder / "keys" / f"{role.value}.pem"

    def signer(self, role: Role) -> FileSigner:
        """A role's key."""
        return FileSigner(self.key(role))

    def authorise(
        self, sealed: deploy.SealedList, *, detector: Digest, embedder: Digest, calibration: Digest,
        max_fpir: Decimal, sequence: int = 1,
    ) -> Authorisation:  # fmt: skip
        """A test authorisation for this device and list, valid from now."""
        chosen = settings.load(self.config)
        return authorisation(
            sealed.file,
            {role: self.signer(role).public for role in ROLES},
            recipient(self.recipient_key),
            datetime.now(UTC).replace(microsecond=0),
            site=SITE,
            device=DEVICE,
            models=AuthorisedModels(detector=detector, embedder=embedder),
            calibration=calibration,
            zone=digest(canonical(settings.zone(chosen))),
            configuration=machine.configuration(chosen, Watching()),
            max_fpir=max_fpir,
            lasts=timedelta(hours=1),
            sequence=sequence,
        )

    @property
    def facts(self) -> Path:
        """What is true of the device, once it was written: a form names this file."""
        return self.folder / f"{DEVICE}.toml"

    def write_facts(self) -> None:
        """Write it, as the device's own command prints it."""
        found = machine.facts(settings.load(self.config))
        self.facts.write_text("".join(f'{name} = "{value}"\n' for name, value in found.items()))

    def form(self, id: str, *, sequence: int, watchlist: Path, urgent: bool = False) -> str:
        """The form of a test's authorisation, valid from when it is signed."""
        return f"""\
# Who signs this reads all of it first: lamppost authority check.
id = "{id}"
sequence = {sequence}
test = true
urgent = {str(urgent).lower()}

[why]
use_case = "accuracy-test"
impact_assessment = "{REFERENCES.impact_assessment}"
equality_assessment = "{REFERENCES.equality_assessment}"
community_assessment = "{REFERENCES.community_assessment}"

[where]
device = "{self.facts}"
signage = "{REFERENCES.signage}"

[who]
watchlist = "{watchlist}"
cap = 20
caps = {{ volunteer = 20 }}

[when]
hours = 1

[how]
max_fpir = "1 in 100"

[hands]
operators = ["{self.key(Role.OPERATOR)}.pub"]
presence = ["{self.key(Role.PRESENCE)}.pub"]
reviewers = ["{self.key(Role.REVIEWER)}.pub"]
recipients = ["{self.recipient_key}.pub"]
"""

    def root_form(self) -> str:
        """The form of the trust root that this device has, to be changed into that of the next."""
        others = "\n".join(
            f'{role.value} = ["keys/{role.value}.pem.pub"]' for role in ROLES if role is not Role.CUSTODIAN
        )
        return f"""\
organisation = "Bench"
contact = "bench@example.invalid"
expires = {datetime.now(UTC) + timedelta(days=300):%Y-%m-%dT%H:%M:%SZ}
quorum = 2
test = true

[keys]
{others}
custodian = ["keys/custodian.pem.pub", "keys/custodian-2.pem.pub"]
"""

    def sign(self, document: Authorisation, *roles: Role) -> Signed:
        """Sign with the keys of these roles: both authorising ones, where none is named."""
        wanted = roles or (Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER)
        return sign(document, Kind.AUTHORISATION, *(self.signer(role) for role in wanted))

    def desk(
        self, name: str, on_hit: Callable[[Opened], None], *, reading: bool = True, parcels: bool = False
    ) -> tuple[Desk, MqttLink]:
        """The control room's end, not yet connected."""
        link = MqttLink(
            connection.load(self.connection).broker,
            f"{CONTROL_ROOM}-{name}",
            Desk.subscriptions(self.topics, name, parcels=parcels),
        )
        reader = Reader(FileSigner(self.recipient_key), sealing_key(self.recipient_key)) if reading else None
        device_key = self.signer(Role.DEVICE).public
        desk = Desk(link, self.topics, device_key, SystemClock(), name=name, reader=reader, on_hit=on_hit)
        return desk, link


def _connection(bench: Bench, client: str) -> str:
    return f"""\
site = "{SITE}"
device = "{DEVICE}"
trust_root = "trust-root.json"
host = "localhost"
port = {bench.broker.port}
ca = "pki/ca.pem"
certificate = "pki/{client}.pem"
key = "pki/{client}.key"
"""


def _config(bench: Bench, models: Path) -> str:
    certificate = f"pki/{SITE}.{DEVICE}"
    return f"""\
[device]
site = "{SITE}"
name = "{DEVICE}"
epoch = "{EPOCH}"

[paths]
state = "state"
trust_root = "trust-root.json"
models = "{models}"
calibration = "{bench.calibration.name}"
key = "keys/{Role.DEVICE.value}.pem"

[broker]
host = "localhost"
port = {bench.broker.port}
ca = "pki/ca.pem"
certificate = "{certificate}.pem"
key = "{certificate}.key"
"""
