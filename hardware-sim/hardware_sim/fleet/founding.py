"""The files of a fleet: an authority; for every device a certificate, a signing key, a trust root that pins it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edge.adapters.keys import FileSigner
from edge.adapters.mqtt import Broker
from edge.control_room import deploy
from edge.control_room.certificates import BenchAuthority
from edge.control_room.deploy import SealedList
from edge.control_room.keyring import make_signing_key
from edge.domain.authorisation import Authorisation, AuthorisedModels
from edge.domain.authority import Key, Name, Role, Signed
from edge.domain.zone import Zone
from edge.measure.people import trust_root
from edge.wire.signed import Kind, canonical, digest, sign
from edge.wire.topics import Topics
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.made_up import CALIBRATION
from hardware_sim.office import Office, sealed_list
from hardware_sim.scripted import DETECTOR, EMBEDDER, features_of

SITE: Final = "fleet"
EPOCH: Final = "fleet-epoch"
PERSON: Final = 7
"""Who is on the list, and walks by."""
DECOYS: Final = 20
HOSTILE: Final = "hostile"
CENTRE: Final = "centre"
SITE_BROKER: Final = "broker"
CONFIGURATION: Final = "c" * 64


@dataclass(frozen=True, slots=True)
class Founded:
    """The folder of a fleet, laid out. What a worker process is given: it holds no key but by path."""

    folder: Path
    names: tuple[Name, ...]

    def topics(self, name: Name) -> Topics:
        """A device's topics."""
        return Topics(SITE, name)

    def key(self, name: Name) -> Path:
        """A device's signing key."""
        return self.folder / "keys" / f"{name}.pem"

    def trust_root(self, name: Name) -> Path:
        """The signed trust root that a device was provisioned with."""
        return self.folder / "roots" / f"{name}.json"

    @property
    def calibration(self) -> Path:
        """The signed calibration, one for all."""
        return self.folder / "calibration.json"

    def state(self, name: Name) -> Path:
        """A device's own folder."""
        return self.folder / "state" / name

    def client(self, common_name: str, port: int) -> Broker:
        """How somebody with a certificate of this fleet reaches a broker on loopback."""
        pki, file = self.folder / "pki", common_name.replace("/", ".")
        return Broker(
            host="localhost", port=port, ca=pki / "ca.pem", certificate=pki / f"{file}.pem", key=pki / f"{file}.key"
        )


@dataclass(frozen=True, slots=True)
class Headquarters:
    """Those who sign: everything that stays in the control room's process."""

    office: Office
    sealed: SealedList
    device_keys: dict[Name, Key] = field(default_factory=dict)

    def authorise(self, name: Name, sequence: int, now: datetime) -> tuple[Authorisation, Signed]:
        """An authorisation for one device, and the same signed by both officers."""
        own = replace(self.office, device=name, sequence=sequence - 1)
        document = own.authorise(
            self.sealed,
            now.replace(microsecond=0),
            models=AuthorisedModels(detector=DETECTOR, embedder=EMBEDDER),
            calibration=digest(canonical(CALIBRATION)),
            zone=digest(canonical(Zone())),
            configuration=CONFIGURATION,
        )
        return document, own.signed(document)


def common_name(name: Name) -> str:
    """Of a device's certificate, which is its client identifier too, and what the access list knows it by."""
    return f"{SITE}/{name}"


def names_of(devices: int) -> tuple[Name, ...]:
    """The devices of a fleet."""
    return tuple(f"post-{number:04d}" for number in range(1, devices + 1))


def found(folder: Path, devices: int) -> tuple[Founded, Headquarters]:
    """Make everything that a fleet, its brokers and its control room need to find each other."""
    founded, pki = Founded(folder, names_of(devices)), BenchAuthority(folder / "pki")
    for server in (SITE_BROKER, CENTRE):
        pki.issue(server, server=True)
    for client in (CONTROL_ROOM, SITE, common_name(HOSTILE), *map(common_name, founded.names)):
        pki.issue(client)
    office = Office(site=SITE)
    now = datetime.now(UTC)
    sealed = sealed_list(
        [(f"v-{PERSON:04d}", features_of(PERSON))], decoys=DECOYS, embedder=EMBEDDER, built=now.replace(microsecond=0)
    )
    headquarters = Headquarters(office, sealed)
    deploy.write_signed(founded.calibration, sign(CALIBRATION, Kind.CALIBRATION, office.evaluator))
    (folder / "roots").mkdir()
    for name in founded.names:
        headquarters.device_keys[name] = make_signing_key(founded.key(name))
        deploy.write_signed(founded.trust_root(name), _root(office, FileSigner(founded.key(name)).public, now))
    return founded, headquarters


def _root(office: Office, device: Key, now: datetime) -> Signed:
    """The office's trust root, with one device's key in it."""
    pinned = [
        *(office.keys() | {Role.DEVICE: device}).items(),
        *((Role.CUSTODIAN, c.public) for c in office.custodians),
    ]
    return office.signed_root(trust_root(pinned, now, policy=office.policy))
