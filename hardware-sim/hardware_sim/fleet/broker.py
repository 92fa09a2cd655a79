"""The fleet's brokers, from the deployed files: one mosquitto for all, or a site's with a bridge to the centre's."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from typing import Final

from deploy.broker import Bridge, Place, Where, access, configuration
from hardware_sim.broker import Mosquitto, free_port
from hardware_sim.fleet.founding import CENTRE, SITE, SITE_BROKER, Founded

SAVED_EVERY: Final = 10
"""Seconds, as the deployed files' guide has it for so many devices."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """Where devices connect, and where the control room does. May be the same."""

    site: Mosquitto
    centre: Mosquitto
    devices_port: int
    """The site's door for devices."""

    @property
    def desk_port(self) -> int:
        """Where the control room connects: the centre's door for people."""
        return self.centre.port

    @property
    def each(self) -> tuple[Mosquitto, ...]:
        """One or two."""
        return (self.site,) if self.centre is self.site else (self.centre, self.site)

    def start(self) -> None:
        """The centre first: the bridge looks for it."""
        for broker in self.each:
            broker.start()

    def stop(self) -> None:
        """In good order."""
        for broker in reversed(self.each):
            broker.stop()

    def pids(self) -> tuple[int, ...]:
        """Of those that run."""
        return tuple(broker.process.pid for broker in self.each if broker.process is not None)


def one(founded: Founded) -> Brokers:
    """One for all, which devices and the control room reach at different doors."""
    broker, devices_port = _placed(founded, SITE_BROKER, "site")
    return Brokers(broker, broker, devices_port)


def two(founded: Founded) -> Brokers:
    """A site's broker for the devices, the centre's for the control room, and a bridge that the site's keeps up."""
    pki = founded.folder / "pki"
    centre, centre_port = _placed(founded, CENTRE, "centre")
    bridge = Bridge(
        site=SITE, centre=f"localhost:{centre_port}", centre_ca=pki / "ca.pem",
        bridge_certificate=pki / f"{SITE}.pem", bridge_key=pki / f"{SITE}.key",
    )  # fmt: skip
    site, devices_port = _placed(founded, SITE_BROKER, "site", bridge)
    return Brokers(site, centre, devices_port)


def _placed(founded: Founded, certificate: str, where: Where, bridge: Bridge | None = None) -> tuple[Mosquitto, int]:
    """A broker's folder with the deployed configuration and access list, and its door for devices."""
    pki = founded.folder / "pki"
    broker = Mosquitto(founded.folder / certificate, free_port())
    broker.folder.mkdir(parents=True, exist_ok=True)
    place = Place(
        access=broker.access, certificate=pki / f"{certificate}.pem", key=pki / f"{certificate}.key",
        devices_ca=pki / "ca.pem", people_ca=pki / "ca.pem", state=broker.folder, address="127.0.0.1",
        devices_port=free_port(),
        people_port=broker.port,  # opened last, so what start() waits for
        log=f"file {broker.log}",
        saved_every=SAVED_EVERY, user="root" if os.geteuid() == 0 else getpass.getuser(),
    )  # fmt: skip
    broker.access.write_text(access(where))
    broker.access.chmod(0o600)
    (broker.folder / "mosquitto.conf").write_text(configuration(place, bridge))
    return broker, place.devices_port
