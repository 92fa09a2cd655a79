"""A real mosquitto with mutual TLS 1.3 and the access list that devices get, and links to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from edge.adapters.mqtt import Broker, MqttLink, Pace
from edge.control_room.certificates import BenchAuthority
from edge.domain.link import Leave
from edge.wire.topics import Topics
from hardware_sim.broker import CONTROL_ROOM, Mosquitto, free_port
from tests.link.relay import Relay

ALL = ("lamppost/v1/bench/#",)
POST = Topics("bench", "post-1")
DEVICE = "bench.post-1"
BRISK = Pace(
    first_retry=timedelta(milliseconds=50),
    longest_retry=timedelta(milliseconds=200),
    watched=timedelta(milliseconds=50),
    proved=timedelta(milliseconds=200),
)


def wait_until(condition: Callable[[], bool]) -> None:
    """A real broker takes real time; the bound is generous and the loop ends as soon as it can."""
    deadline = time.monotonic() + 15
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def certificate_of(bench: Bench, name: str) -> x509.Certificate:
    """What stands in somebody's file."""
    return x509.load_pem_x509_certificate((bench.folder / "pki" / f"{name}.pem").read_bytes())


class Bench:
    """A broker, certificates, and the links that were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pki = BenchAuthority(folder / "pki")
        server, key = self.pki.issue("broker", server=True)
        for name in (DEVICE, "bench.post-2", CONTROL_ROOM):
            self.pki.issue(name)
        self.mosquitto = Mosquitto(folder / "broker", free_port())
        posts = [Topics("bench", "post-1"), Topics("bench", "post-2")]
        self.mosquitto.configure(posts, self.pki.certificate, server, key, durable=False)
        self.mosquitto.start()
        self.links: list[MqttLink] = []
        self.relays: list[Relay] = []

    def link(
        self, name: str, topics: tuple[str, ...], will: tuple[str, bytes] | None = None, *,
        proves: str | None = None, port: int | None = None, pace: Pace = BRISK, will_delay: float = 0,
    ) -> MqttLink:  # fmt: skip
        """It is connected, and the broker has answered its subscriptions: what is sent now is sent to it too."""
        made = self.begin(name, topics, will, proves=proves, port=port, pace=pace, will_delay=will_delay)
        wait_until(lambda: made.connections > 0 and made.may_hear is not Leave.UNKNOWN)
        return made

    def begin(
        self, name: str, topics: tuple[str, ...] = (), will: tuple[str, bytes] | None = None, *,
        proves: str | None = None, port: int | None = None, pace: Pace = BRISK, will_delay: float = 0,
        keepalive: float = 20,
    ) -> MqttLink:  # fmt: skip
        """The same, without waiting until it is connected."""
        broker = self.broker(name, port=port, pace=pace, will_delay=will_delay, keepalive=keepalive)
        made = MqttLink(broker, f"{name}-{len(self.links)}", topics, will, proves)
        self.links.append(made)
        made.connect()
        return made

    def broker(
        self, name: str, *, port: int | None = None, pace: Pace = BRISK, will_delay: float = 0, keepalive: float = 20
    ) -> Broker:
        pki = self.folder / "pki"
        return Broker(
            host="localhost",
            port=port or self.mosquitto.port,
            ca=pki / "ca.pem",
            certificate=pki / f"{name}.pem",
            key=pki / f"{name}.key",
            will_delay=timedelta(seconds=will_delay),
            keepalive=timedelta(seconds=keepalive),
            pace=pace,
        )

    def relay(self) -> Relay:
        self.relays.append(Relay(self.mosquitto.port))
        return self.relays[-1]

    def close(self) -> None:
        for link in self.links:
            link.close()
        for relay in self.relays:
            relay.close()
        self.mosquitto.stop()


@contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    made = Bench(folder)
    try:
        yield made
    finally:
        made.close()
