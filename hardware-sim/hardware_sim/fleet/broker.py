"""The fleet's brokers: one mosquitto for all, or a site's with a bridge to the centre's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.wire.topics import ROOT
from hardware_sim.broker import Mosquitto, access_list, free_port
from hardware_sim.fleet.founding import CENTRE, SITE, SITE_BROKER, Founded, subjects

SAYS: Final = ("state", "health", "deployment", "hit", "checkpoint", "add-checkpoint/+", "public", "reply/#")
HEARS: Final = ("cmd/+", "blob/+/+", "cosignature/+")
"""Of a device, as the bridge carries them."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """Where devices connect, and where the control room does. May be the same."""

    site: Mosquitto
    centre: Mosquitto
    desk_port: int
    """Where the control room connects."""

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
    desk_port = free_port()
    broker = Mosquitto(founded.folder / SITE_BROKER, free_port())
    _configure(broker, founded, SITE_BROKER, desk_port)
    return Brokers(broker, broker, desk_port)


def two(founded: Founded) -> Brokers:
    """A site's broker for the devices, the centre's for the control room, and a bridge that the site's keeps up."""
    site = Mosquitto(founded.folder / SITE_BROKER, free_port())
    centre = Mosquitto(founded.folder / CENTRE, free_port())
    desk_port = free_port()
    _configure(centre, founded, CENTRE, desk_port)
    with (centre.folder / "acl").open("a") as access:
        access.write("".join(f"{line}\n" for line in ["", f"user {SITE}", *_bridge_may()]))
    _configure(site, founded, SITE_BROKER, free_port())
    with (site.folder / "mosquitto.conf").open("a") as configuration:
        configuration.write(_bridge(founded.folder / "pki", centre.port))
    return Brokers(site, centre, desk_port)


def _bridge_may() -> list[str]:
    """At the centre: to speak and hear for its own site alone."""
    base = f"{ROOT}/{SITE}/+"
    return [f"topic write {base}/{part}" for part in SAYS] + [f"topic read {base}/{part}" for part in HEARS]


def _bridge(pki: Path, port: int) -> str:
    """Each kind of topic travels one way only, so that nothing comes back."""
    base = f"{ROOT}/{SITE}/+"
    ways = [f"topic {base}/{part} out 1" for part in SAYS] + [f"topic {base}/{part} in 1" for part in HEARS]
    return (
        f"connection {SITE}\naddress localhost:{port}\nremote_clientid {SITE}\nlocal_clientid to-the-centre\n"
        f"bridge_cafile {pki / 'ca.pem'}\nbridge_certfile {pki / SITE}.pem\nbridge_keyfile {pki / SITE}.key\n"
        "bridge_tls_version tlsv1.3\nbridge_protocol_version mqttv50\ncleansession false\nnotifications false\n"
        "bridge_attempt_unsubscribe false\ntry_private true\nrestart_timeout 1 5\n" + "\n".join(ways) + "\n"
    )


def _configure(broker: Mosquitto, founded: Founded, certificate: str, desk_port: int) -> None:
    """What is saved on every change is the whole database: a fleet's hits are held by their devices instead."""
    folder = broker.folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "acl").write_text(access_list(subjects(founded)))
    (folder / "acl").chmod(0o600)
    tls = _tls(founded.folder / "pki", certificate)
    user = "user root\n" if os.geteuid() == 0 else ""
    # A device's client identifier is its certificate's name: nobody takes another's session over.
    (folder / "mosquitto.conf").write_text(
        f"{user}listener {broker.port} 127.0.0.1\n{tls}use_username_as_clientid true\n"
        f"listener {desk_port} 127.0.0.1\n{tls}"
        f"allow_anonymous false\nacl_file {folder / 'acl'}\n"
        f"persistence true\npersistence_location {folder}/\nautosave_interval 10\n"
        f"log_dest file {folder / 'mosquitto.log'}\nlog_type error\nlog_type warning\nlog_type notice\n"
        "max_packet_size 600000\nmax_queued_messages 1000\nset_tcp_nodelay true\n"
    )


def _tls(pki: Path, certificate: str) -> str:
    return (
        f"cafile {pki / 'ca.pem'}\ncertfile {pki / certificate}.pem\nkeyfile {pki / certificate}.key\n"
        "require_certificate true\nuse_identity_as_username true\ntls_version tlsv1.3\n"
    )
