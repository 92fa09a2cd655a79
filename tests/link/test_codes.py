"""What the broker says no with is known by its name, and whether a device may do its work is known at once."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.adapters.mqtt import MqttLink
from edge.adapters.mqtt.account import NAMES
from edge.domain.link import Leave, Trouble
from edge.domain.message import Outgoing
from hardware_sim.broker import CONTROL_ROOM
from tests.link.bench import ALL, DEVICE, POST, Bench, bench_in, wait_until
from tests.link.scripted_broker import Answers, ScriptedBroker, served

pytestmark = pytest.mark.no_device

MakesLink = Callable[..., MqttLink]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as made:
        yield made


@pytest.fixture
def said(bench: Bench) -> Iterator[Answers]:
    """What a broker in mosquitto's place answers."""
    bench.mosquitto.stop()
    pki = bench.folder / "pki"
    context = served(pki / "broker.pem", pki / "broker.key", pki / "ca.pem")
    broker = ScriptedBroker(context, Answers())
    bench.mosquitto.port = broker.port
    yield broker.answers
    broker.close()


# Against mosquitto, with the access list that devices get.


def test_a_device_that_may_publish_hits_learns_so_before_it_is_asked_to_look(bench: Bench) -> None:
    device = bench.link(DEVICE, (POST.orders,), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.GRANTED and device.may_hear is Leave.GRANTED)
    assert device.counters()["link-hit-topic-refused"] == 0


def test_a_device_that_may_not_publish_hits_learns_so_by_the_broker_s_reason_code(bench: Bench) -> None:
    device = bench.link("bench.post-2", (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.REFUSED)
    counters = device.counters()
    assert counters["link-puback-not-authorized"] >= 1
    assert counters["link-hit-topic-refused"] == 1
    assert device.connected


def test_the_question_is_empty_is_not_retained_and_reaches_nobody_who_comes_later(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, ALL)
    device = bench.link(DEVICE, (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.GRANTED)
    came = control.receive(timeout=bench.broker(DEVICE).keepalive)
    assert came is not None
    assert (came.topic, came.payload, came.retained) == (POST.hit, b"", False)
    device.close()
    while control.receive(bench.broker(DEVICE).pace.proved) is not None:
        pass
    late = bench.link(CONTROL_ROOM, ALL)
    assert late.receive(bench.broker(DEVICE).pace.proved) is None


def test_an_access_list_that_changes_is_noticed_both_ways(bench: Bench) -> None:
    device = bench.link(DEVICE, (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.GRANTED)
    allowed = bench.mosquitto.access.read_text()
    bench.mosquitto.access.write_text("")
    bench.mosquitto.reload()
    wait_until(lambda: device.may_publish is Leave.REFUSED)
    bench.mosquitto.access.write_text(allowed)
    bench.mosquitto.reload()
    wait_until(lambda: device.may_publish is Leave.GRANTED)


def test_the_last_word_stands_while_the_connection_is_lost(bench: Bench) -> None:
    device = bench.link(DEVICE, (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.GRANTED)
    bench.mosquitto.kill()
    wait_until(lambda: not device.connected)
    assert device.may_publish is Leave.GRANTED


def test_before_the_broker_has_said_anything_nothing_is_known(bench: Bench) -> None:
    bench.mosquitto.stop()
    device = bench.begin(DEVICE, (POST.orders,), proves=POST.hit)
    wait_until(lambda: device.trouble is Trouble.UNREACHABLE)
    assert (device.may_publish, device.may_hear) == (Leave.UNKNOWN, Leave.UNKNOWN)


# Against a broker that says what it is told to.


@pytest.mark.parametrize(
    ("code", "name"),
    [(0x87, "not-authorized"), (0x88, "server-unavailable"), (0x89, "server-busy"), (0x97, "quota-exceeded")],
)
def test_a_refused_connection_is_counted_by_its_reason_and_tried_again(
    bench: Bench, said: Answers, code: int, name: str
) -> None:
    said.connack = bytes([0, code, 0])
    device = bench.begin(DEVICE)
    wait_until(lambda: device.counters().get(f"link-connack-{name}", 0) >= 2)
    assert device.trouble is Trouble.REFUSED
    said.connack = b"\x00\x00\x00"
    wait_until(lambda: device.connected)


@pytest.mark.parametrize("code", [0x80, 0x87, 0x8F])
def test_a_refused_subscription_is_known(bench: Bench, said: Answers, code: int) -> None:
    said.suback = code
    device = bench.link(DEVICE, (POST.orders,))
    wait_until(lambda: device.may_hear is Leave.REFUSED)
    assert device.counters()["link-order-topics-refused"] == 1


def test_a_full_broker_is_counted_and_is_no_refusal(bench: Bench, said: Answers) -> None:
    device = bench.link(DEVICE, (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.GRANTED)
    said.puback = 0x97
    wait_until(lambda: device.counters().get("link-puback-quota-exceeded", 0) >= 1)
    assert device.may_publish is Leave.GRANTED


def test_a_broker_that_hangs_up_on_the_question_has_answered_it(bench: Bench, said: Answers) -> None:
    said.hangs_up_on_publish = 0x87
    device = bench.link(DEVICE, (), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.REFUSED)
    assert device.counters()["link-disconnect-not-authorized"] >= 1


@pytest.mark.parametrize(
    ("code", "name"), [(0x8B, "server-shutting-down"), (0x8E, "session-taken-over"), (0x98, "administrative-action")]
)
def test_a_connection_that_the_broker_ends_is_counted_by_its_reason(
    bench: Bench, said: Answers, code: int, name: str
) -> None:
    said.after_connack = bytes([0xE0, 2, code, 0])
    device = bench.begin(DEVICE)
    wait_until(lambda: device.counters().get(f"link-disconnect-{name}", 0) >= 1)
    wait_until(lambda: device.counters().get("link-ended-ended", 0) >= 1)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\xff" * 64,
        b"\x40\x02\x00\x01" * 50,  # acknowledgements of what was never sent
        b"\x90\x05\x00\x09\x00\x7f\x00",  # a reason code that does not exist
        b"\x30\x05\x00\xffabc",  # a topic longer than its packet
        b"\x20\x03\x00\x00\x00" * 3,  # several times accepted
        b"\x30\xff\xff\xff\x7f" + b"x" * 100_000,  # 256 MiB to come
        b"\x30\xff\xff\xff\xff\xff\x7f",  # a length longer than lengths are
    ],
)  # fmt: skip
def test_whatever_the_broker_sends_the_link_outlives_it(bench: Bench, said: Answers, rubbish: bytes) -> None:
    said.after_connack = rubbish
    device = bench.begin(DEVICE, (POST.orders,), proves=POST.hit)
    wait_until(lambda: len(said.connects) >= 1)
    wait_until(lambda: device.counters().get("link-connections", 0) + len(said.connects) >= 2)
    said.after_connack = b""
    asked = 0

    def answers() -> bool:
        """Once on each connection: the last one with rubbish may end with what was handed over for it."""
        nonlocal asked
        stands = device.connections
        if stands != asked and device.publish(Outgoing(POST.health, b"x")):
            asked = stands
        return POST.health in said.published

    wait_until(answers)


def test_a_packet_larger_than_was_asked_for_is_not_waited_for(bench: Bench, said: Answers) -> None:
    said.after_connack = b"\x30\xff\xff\xff\x7f" + bytes(100_000)
    device = bench.begin(DEVICE)
    wait_until(lambda: device.counters().get("link-ended-oversized", 0) >= 1)


def test_a_broker_that_takes_only_small_packets_is_not_sent_larger_ones(bench: Bench, said: Answers) -> None:
    said.connack = b"\x00\x00\x05\x27" + struct.pack(">I", 2000)
    device = bench.link(DEVICE, ())
    assert device.publish(Outgoing(POST.hit, bytes(3000)))
    assert device.publish(Outgoing(POST.health, b"x"))
    wait_until(lambda: POST.health in said.published)
    assert POST.hit not in said.published


def test_the_broker_s_receive_maximum_is_kept(bench: Bench, said: Answers) -> None:
    said.connack = b"\x00\x00\x03\x21" + struct.pack(">H", 2)
    said.puback = None
    device = bench.link(DEVICE, ())
    for _ in range(10):
        assert device.publish(Outgoing(POST.hit, b"x"))
    wait_until(lambda: len(said.published) >= 2)
    assert device.receive(bench.broker(DEVICE).pace.proved) is None
    assert len(said.published) == 2


def test_it_says_what_it_takes_and_for_how_long_the_session_is_kept(bench: Bench, said: Answers) -> None:
    bench.link(DEVICE, ())
    (connect,) = said.connects
    assert connect[:7] == b"\x00\x04MQTT\x05"
    clean_start, keepalive = connect[7] & 2, connect[8:10]
    assert (clean_start, keepalive) == (2, b"\x00\x14")
    properties = connect[11 : 11 + connect[10]]
    assert b"\x11" + struct.pack(">I", 60) in properties  # session expiry
    assert b"\x21" + struct.pack(">H", 32) in properties  # receive maximum
    assert b"\x27" + struct.pack(">I", 512 * 1024) in properties  # maximum packet size


def test_every_counter_has_a_name_from_the_closed_set(bench: Bench) -> None:
    device = bench.link("bench.post-2", (POST.orders,), proves=POST.hit)
    wait_until(lambda: device.may_publish is Leave.REFUSED)
    bench.mosquitto.kill()
    wait_until(lambda: not device.connected)
    assert device.counters().keys() <= NAMES
