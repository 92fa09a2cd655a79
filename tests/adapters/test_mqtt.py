"""The MQTT adapter against a real mosquitto with mutual TLS 1.3 and the access list that devices get."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.mqtt import INBOX, Broker, MqttLink
from edge.domain.errors import Misconfigured
from edge.domain.message import Outgoing
from edge.ports import Link
from hardware_sim.broker import CONTROL_ROOM
from hardware_sim.wire import MemoryBroker, MemoryLink
from tests.contracts.link import LinkContract
from tests.link.bench import ALL, DEVICE, POST, Bench, bench_in, certificate_of, wait_until

pytestmark = pytest.mark.no_device


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as made:
        yield made


class TestMosquitto(LinkContract):
    @pytest.fixture
    def pair(self, bench: Bench) -> tuple[Link, Link]:
        hearer = bench.link(CONTROL_ROOM, ALL)
        return bench.link("bench.post-1", ()), hearer

    @pytest.fixture
    def ends(self, bench: Bench) -> datetime:
        return certificate_of(bench, "bench.post-1").not_valid_after_utc

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
    def ends(self, pair: tuple[Link, Link]) -> datetime:
        speaker, ends = pair[0], datetime(2026, 7, 1, tzinfo=UTC)
        assert isinstance(speaker, MemoryLink)
        assert speaker.certificate_ends is None
        speaker.certificate_ends = ends
        return ends

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


def test_certificates_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    missing = Broker(host="x", port=1, ca=tmp_path / "a", certificate=tmp_path / "b", key=tmp_path / "c")
    with pytest.raises(Misconfigured, match="cannot be used"):
        MqttLink(missing, "x", ())


def test_where_nobody_receives_the_broker_has_to_wait_and_nothing_is_dropped(bench: Bench) -> None:
    device = bench.link(DEVICE, (POST.orders,))
    control = bench.link(CONTROL_ROOM, ())
    payloads = [str(number).encode() for number in range(INBOX + 200)]
    for payload in payloads:
        wait_until(lambda payload=payload: control.publish(Outgoing(f"{POST.base}/cmd/stop", payload)))  # type: ignore[misc]
    wait_until(lambda: device.counters().get("link-reading-paused", 0) > 0)
    came = [device.receive(timedelta(seconds=5)) for _ in payloads]
    assert [message.payload for message in came if message is not None] == payloads


def test_it_takes_no_more_than_its_queue_holds(bench: Bench) -> None:
    relay = bench.relay()
    device = bench.link(DEVICE, (), port=relay.port)
    relay.stalled.set()
    taken = 0
    while device.publish(Outgoing(POST.hit, b"x" * 10_000)):
        taken += 1
        assert taken < 1000
    assert device.connected


def test_what_cannot_be_sent_at_all_is_counted_and_harms_nothing(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, ALL)
    device = bench.link(DEVICE, ())
    for message in (
        Outgoing(f"{POST.base}/reply/+", b"x"),
        Outgoing(POST.hit, bytes(600_000)),
        Outgoing(POST.hit, b"after"),
    ):
        assert device.publish(message)
    came = control.receive(timedelta(seconds=5))
    assert came is not None
    assert came.payload == b"after"
    assert device.counters()["link-unsendable"] == 2


def test_what_was_handed_over_is_said_before_it_closes(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, ALL)
    device = bench.link(DEVICE, ())
    for number in range(40):
        assert device.publish(Outgoing(POST.hit, str(number).encode()))
    device.close()
    assert len(heard(control)) == 40


def test_a_link_that_never_connected_closes(bench: Bench) -> None:
    MqttLink(bench.broker(DEVICE), "x", ()).close()
