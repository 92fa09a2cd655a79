"""The fleet's brokers: one mosquitto for all, or a site's with a bridge to the centre's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hardware_sim.broker import Mosquitto, access_list, free_port
from hardware_sim.fleet.founding import SITE_BROKER, Founded, subjects


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
