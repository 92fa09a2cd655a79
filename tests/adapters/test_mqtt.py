"""The MQTT adapter against a real mosquitto with mutual TLS 1.3 and the access list that devices get."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.mqtt import Broker, MqttLink
from edge.control_room.certificates import BenchAuthority
from edge.domain.errors import Misconfigured
from edge.domain.message import Outgoing
from edge.ports import Link
from edge.wire.topics import Topics
from hardware_sim.broker import CONTROL_ROOM, Mosquitto, free_port
from hardware_sim.wire import MemoryBroker
from tests.contracts.link import LinkContract

pytestmark = pytest.mark.no_device
ALL = ("lamppost/v1/bench/#",)
POST = Topics("bench", "post-1")


def wait_until(condition: Callable[[], bool]) -> None:
    """A real broker takes real time; the bound is generous and the loop ends as soon as it can."""
    deadline = time.monotonic() + 15
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


class Bench:
    """A broker, certificates, and the links that were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        pki = BenchAuthority(folder / "pki")
        server, key = pki.issue("broker", server=True)
        for name in ("bench.post-1", "bench.post-2", CONTROL_ROOM):
            pki.issue(name)
        self.mosquitto = Mosquitto(folder / "broker", free_port())
        posts = [Topics("bench", "post-1"), Topics("bench", "post-2")]
        self.mosquitto.configure(posts, pki.certificate, server, key, durable=False)
        self.mosquitto.start()
        self.links: list[MqttLink] = []

    def link(self, name: str, topics: tuple[str, ...], will: tuple[str, bytes] | None = None) -> MqttLink:
        made = MqttLink(self.broker(name), f"{name}-{len(self.links)}", topics, will)
        self.links.append(made)
        made.connect()
        wait_until(lambda: made.connections > 0)
        return made

    def broker(self, name: str) -> Broker:
        pki = self.folder / "pki"
        return Broker(
            host="localhost",
            port=self.mosquitto.port,
            ca=pki / "ca.pem",
            certificate=pki / f"{name}.pem",
            key=pki / f"{name}.key",
            will_delay=timedelta(0),
        )

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.mosquitto.stop()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


class TestMosquitto(LinkContract):
    @pytest.fixture
    def pair(self, bench: Bench) -> tuple[Link, Link]:
        hearer = bench.link(CONTROL_ROOM, ALL)
        return bench.link("bench.post-1", ()), hearer

    @pytest.fixture
    def newcomer(self, bench: Bench) -> Callable[[], Link]:
        return lambda: bench.link(CONTROL_ROOM, ALL)


class TestMemory(LinkContract):
    @pytest.fixture
    def broker(self) -> MemoryBroker:
        return MemoryBroker()

    @pytest.fixture
    def pair(self, broker: MemoryBroker) -> tuple[Link, Link]:
        links = broker.link(()), broker.link(ALL)
        for link in links:
            link.connect()
        return links

    @pytest.fixture
    def newcomer(self, broker: MemoryBroker) -> Callable[[], Link]:
        def late() -> Link:
            link = broker.link(ALL)
            link.connect()
            return link

        return late


def heard(link: Link) -> list[str]:
    topics = []
    while (message := link.receive(timedelta(milliseconds=400))) is not None:
        topics.append(message.topic)
    return topics


def test_a_device_writes_only_what_is_its_own_to_write(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, ALL)
    device = bench.link("bench.post-1", ())
    for part in ("state", "health", "deployment", "hit", "checkpoint", "reply/x", "cmd/stop", "blob/0/0", "else"):
        device.publish(Outgoing(f"{POST.base}/{part}", b"x"))
    device.publish(Outgoing("lamppost/v1/bench/post-2/hit", b"x"))
    device.publish(Outgoing(f"{POST.base}/state", b"last"))
    allowed = {f"{POST.base}/{part}" for part in ("state", "health", "deployment", "hit", "checkpoint", "reply/x")}
    assert set(heard(control)) == allowed


def test_a_device_hears_only_its_own_orders(bench: Bench) -> None:
    device = bench.link("bench.post-1", ("lamppost/v1/#",))
    control = bench.link(CONTROL_ROOM, ())
    for post in ("post-2", "post-1"):
        control.publish(Outgoing(f"lamppost/v1/bench/{post}/cmd/stop", b"x"))
        control.publish(Outgoing(f"lamppost/v1/bench/{post}/hit", b"x"))
    assert heard(device) == [f"{POST.base}/cmd/stop"]


def test_the_will_is_published_when_the_connection_is_lost_and_not_when_it_is_closed(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, (POST.state,))
    lost = bench.link("bench.post-1", (), will=(POST.state, b'{"state":"lost"}'))
    closed = bench.link("bench.post-1", (), will=(POST.state, b"never"))
    closed.close()
    raw = lost._client.socket()
    assert isinstance(raw, ssl.SSLSocket)
    raw.shutdown(socket.SHUT_RDWR)
    message = control.receive(timedelta(seconds=10))
    assert message is not None
    assert message.payload == b'{"state":"lost"}'


def test_it_comes_back_after_the_broker_does(bench: Bench) -> None:
    device = bench.link("bench.post-1", (POST.orders,))
    bench.mosquitto.kill()
    wait_until(lambda: not device.connected)
    assert not device.publish(Outgoing(POST.hit, b"x"))
    bench.mosquitto.start()
    wait_until(lambda: device.connections == 2)
    control = bench.link(CONTROL_ROOM, ())
    control.publish(Outgoing(f"{POST.base}/cmd/stop", b"again"))
    message = device.receive(timedelta(seconds=5))
    assert message is not None
    assert message.payload == b"again"


def test_without_a_certificate_there_is_no_connection(bench: Bench) -> None:
    context = ssl.create_default_context(cafile=str(bench.folder / "pki" / "ca.pem"))
    with (
        pytest.raises((ssl.SSLError, OSError)),
        socket.create_connection(("localhost", bench.mosquitto.port)) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        secured.sendall(b"\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc")
        assert secured.recv(10) == b""
        raise ssl.SSLError("closed by the broker")


def test_a_stranger_for_a_broker_is_not_spoken_to(bench: Bench, tmp_path: Path) -> None:
    other = BenchAuthority(tmp_path / "other")
    own = bench.broker(CONTROL_ROOM)
    link = MqttLink(
        Broker(host="localhost", port=own.port, ca=other.certificate, certificate=own.certificate, key=own.key),
        "stranger",
        (),
    )
    link.connect()
    assert link.receive(timedelta(seconds=1)) is None
    assert link.connections == 0
    link.close()


def test_certificates_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    missing = Broker(host="x", port=1, ca=tmp_path / "a", certificate=tmp_path / "b", key=tmp_path / "c")
    with pytest.raises(Misconfigured, match="cannot be used"):
        MqttLink(missing, "x", ())


def test_a_full_inbox_drops_and_counts_and_the_network_thread_lives_on(bench: Bench) -> None:
    from edge.adapters.mqtt import INBOX

    device = bench.link("bench.post-1", (POST.orders,))
    control = bench.link(CONTROL_ROOM, ())
    sent = 0
    while sent < INBOX + 50:
        sent += control.publish(Outgoing(f"{POST.base}/cmd/stop", b"x"))
    wait_until(lambda: device.dropped >= 50)
    while device.receive(timedelta(0)) is not None:
        pass
    control.publish(Outgoing(f"{POST.base}/cmd/stop", b"after"))
    message = device.receive(timedelta(seconds=5))
    assert message is not None
    assert message.payload == b"after"
