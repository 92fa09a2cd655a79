"""The link comes back by itself, never in step with others, and knows when nobody is there."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.mqtt.backoff import SHORTEST, Backoff
from edge.adapters.mqtt.link import STUCK, MqttLink
from edge.domain.link import Trouble
from edge.domain.message import Outgoing
from hardware_sim.broker import CONTROL_ROOM
from tests.link.bench import ALL, BRISK, DEVICE, POST, Bench, bench_in, wait_until
from tests.link.scripted_broker import Answers, ScriptedBroker, served

pytestmark = pytest.mark.no_device

SECOND = timedelta(seconds=1)
LOST = b'{"state":"lost"}'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with bench_in(tmp_path) as made:
        yield made


def backoff(draw: float) -> Backoff:
    return Backoff(SECOND, 30 * SECOND, 30 * SECOND, lambda: draw)


def test_the_longest_wait_doubles_up_to_a_cap() -> None:
    unlucky = backoff(1.0)
    waits = [unlucky.failed(timedelta(0)) / SECOND for _ in range(8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_jitter_is_full() -> None:
    halfway, lucky = backoff(0.5), backoff(0.0)
    assert [halfway.failed(timedelta(0)) / SECOND for _ in range(3)] == [0.5, 1, 2]
    assert {lucky.failed(timedelta(0)) for _ in range(9)} == {SHORTEST}


def test_two_devices_do_not_wait_alike() -> None:
    pair = [Backoff(SECOND, 30 * SECOND, 30 * SECOND) for _ in range(2)]
    waits = [[one.failed(timedelta(0)) for _ in range(6)] for one in pair]
    assert waits[0] != waits[1]


def test_only_a_connection_that_stood_for_a_while_begins_again() -> None:
    unlucky = backoff(1.0)
    for _ in range(4):
        unlucky.failed(timedelta(0))
    assert unlucky.failed(29 * SECOND) == 16 * SECOND
    assert unlucky.failed(30 * SECOND) == SECOND
    assert unlucky.failed(timedelta(0)) == 2 * SECOND


def test_a_year_of_failures_is_survived() -> None:
    unlucky = backoff(1.0)
    for _ in range(5000):
        last = unlucky.failed(timedelta(0))
    assert last == 30 * SECOND


def test_the_will_is_published_when_the_connection_is_lost_and_not_when_it_is_closed(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, (POST.state,))
    relay = bench.relay()
    bench.link(DEVICE, (), will=(POST.state, LOST), port=relay.port)
    closed = bench.link(DEVICE, (), will=(POST.state, b"never"))
    closed.close()
    relay.shut.set()
    relay.cut()
    message = control.receive(timedelta(seconds=10))
    assert message is not None
    assert message.payload == LOST


def test_a_short_gap_is_not_reported_as_a_loss(bench: Bench) -> None:
    """The will has a delay, and a connection that resumes its session within it takes the will back."""
    control = bench.link(CONTROL_ROOM, (POST.state,))
    relay = bench.relay()
    device = bench.link(DEVICE, (), will=(POST.state, LOST), port=relay.port, will_delay=2)
    relay.cut()
    wait_until(lambda: device.connections == 2)
    assert control.receive(timedelta(seconds=4)) is None


def given(bench: Bench, order: Outgoing) -> None:
    """The broker has it, for everybody who asked for orders: whoever gave it asked too, and hears it."""
    control = bench.link(CONTROL_ROOM, ALL)
    assert control.publish(order)
    heard = control.receive(timedelta(seconds=15))
    assert heard is not None
    assert heard.payload == order.payload
    control.close()


def test_an_order_that_is_sent_into_a_gap_arrives_after_it(bench: Bench) -> None:
    relay = bench.relay()
    device = bench.link(DEVICE, (POST.orders,), port=relay.port)
    relay.shut.set()
    relay.cut()
    wait_until(lambda: not device.connected)
    given(bench, Outgoing(f"{POST.base}/cmd/stop", b"stop", expires=timedelta(seconds=60)))
    relay.shut.clear()
    wait_until(lambda: device.connections == 2)
    message = device.receive(timedelta(seconds=10))
    assert message is not None
    assert message.payload == b"stop"
    assert device.counters()["link-resumed"] == 1


def test_what_was_asked_of_an_earlier_life_is_not_delivered_to_the_next(bench: Bench) -> None:
    relay = bench.relay()
    first = bench.link(DEVICE, (POST.orders,), port=relay.port)
    relay.shut.set()
    relay.cut()
    wait_until(lambda: not first.connected)
    given(bench, Outgoing(f"{POST.base}/cmd/stop", b"old"))
    bench.links.clear()
    second = bench.link(DEVICE, (POST.orders,))  # of the same client id
    assert second.receive(timedelta(seconds=1)) is None
    first.close()


def test_it_comes_back_after_the_broker_does(bench: Bench) -> None:
    device = bench.link(DEVICE, (POST.orders,))
    bench.mosquitto.kill()
    wait_until(lambda: not device.connected)
    assert not device.publish(Outgoing(POST.hit, b"x"))
    bench.mosquitto.start()
    wait_until(lambda: device.counters()["link-suback-granted-qos-1"] == 2)
    control = bench.link(CONTROL_ROOM, ())
    control.publish(Outgoing(f"{POST.base}/cmd/stop", b"again"))
    message = device.receive(timedelta(seconds=5))
    assert message is not None
    assert message.payload == b"again"


def test_what_a_lost_connection_had_not_said_is_not_said_later(bench: Bench) -> None:
    control = bench.link(CONTROL_ROOM, (POST.hit,))
    relay = bench.relay()
    device = bench.link(DEVICE, (), port=relay.port)
    relay.stalled.set()
    for number in itertools.count():
        if not device.publish(Outgoing(POST.hit, str(number).encode() * 1000)):
            break
    relay.cut()
    wait_until(lambda: not device.connected)
    relay.stalled.clear()
    wait_until(lambda: device.connections == 2)
    assert device.publish(Outgoing(POST.hit, b"new"))
    message = control.receive(timedelta(seconds=5))
    while message is not None and message.payload != b"new":
        assert message.payload[:1] == b"0" or len(message.payload) <= 2000  # what had been sent may have arrived
        message = control.receive(timedelta(seconds=5))
    assert message is not None
    counters = device.counters()
    assert counters["link-unsent"] + counters["link-unacknowledged"] >= number


def test_a_broker_that_is_silent_is_left(bench: Bench) -> None:
    """It stands, it takes bytes, and nothing is acknowledged."""
    relay = bench.relay()
    pace = replace(BRISK, acknowledging=timedelta(seconds=1), connecting=timedelta(seconds=1))
    device = bench.link(DEVICE, (), port=relay.port, pace=pace)
    relay.stalled.set()
    assert device.publish(Outgoing(POST.hit, b"x"))
    wait_until(lambda: device.trouble is Trouble.SILENT)
    wait_until(lambda: relay.attempts >= 3)
    relay.stalled.clear()
    wait_until(lambda: device.connected)


def test_an_idle_connection_that_nobody_answers_is_left_within_twice_the_keepalive(bench: Bench) -> None:
    relay = bench.relay()
    device = bench.begin(DEVICE, port=relay.port, keepalive=2)
    wait_until(lambda: device.connections == 1)
    relay.stalled.set()
    wait_until(lambda: not device.connected)  # well within the wait's 15 s


def test_a_broker_that_accepts_and_says_nothing_is_left(bench: Bench) -> None:
    pki = bench.folder / "pki"
    answers = Answers(connack=None)
    broker = ScriptedBroker(served(pki / "broker.pem", pki / "broker.key", pki / "ca.pem"), answers)
    pace = replace(BRISK, connecting=timedelta(seconds=1))
    device = bench.begin(DEVICE, port=broker.port, pace=pace)
    wait_until(lambda: len(answers.connects) >= 2)
    assert device.counters()["link-ended-silent"] >= 1
    broker.close()


def test_a_handshake_that_never_ends_is_left(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        pace = replace(BRISK, connecting=timedelta(milliseconds=300))
        device = bench.begin(DEVICE, port=mute.getsockname()[1], pace=pace)
        wait_until(lambda: device.counters().get("link-ended-timed-out", 0) >= 2)


def test_a_name_that_is_not_found_is_named(bench: Bench) -> None:
    from edge.adapters.mqtt import MqttLink

    nowhere = replace(bench.broker(DEVICE), host="broker.invalid")
    device = MqttLink(nowhere, DEVICE, ())
    bench.links.append(device)
    device.connect()
    wait_until(lambda: device.trouble is Trouble.NAME_UNKNOWN)


def test_the_kernel_is_told_to_notice_a_half_open_connection(bench: Bench) -> None:
    from edge.adapters.mqtt.session import Session

    seen: dict[int, int] = {}

    class Watched(ssl.SSLSocket):
        def setsockopt(self, level: int, option: int, value: object) -> None:  # type: ignore[override]
            assert isinstance(value, int)
            super().setsockopt(level, option, value)
            seen[option] = self.getsockopt(level, option)

    with socket.socket() as raw:
        watched = Watched.__new__(Watched)
        socket.socket.__init__(watched, raw.family, raw.type, raw.proto, raw.detach())
        session = Session.__new__(Session)
        session._broker = bench.broker(DEVICE)
        session._on_socket_open(None, None, watched)  # type: ignore[arg-type]
        socket.socket.close(watched)
    assert seen[socket.SO_KEEPALIVE] == 1
    assert seen[socket.TCP_NODELAY] == 1
    assert (seen[socket.TCP_KEEPIDLE], seen[socket.TCP_KEEPINTVL], seen[socket.TCP_KEEPCNT]) == (10, 5, 4)
    assert seen[socket.TCP_USER_TIMEOUT] == 20_000


class Dead(MqttLink):
    """Its thread ends, as it would on an error that nobody foresaw."""

    def _keep(self) -> None:
        return


class Hung(MqttLink):
    """Its thread stands still."""

    standing = threading.Event()

    def _keep(self) -> None:
        self._came_round -= STUCK
        self.standing.wait(60)


def test_a_link_says_that_its_thread_is_gone_or_hangs(bench: Bench) -> None:
    """Connected or not is no matter: there is always something that it comes round for."""
    away = bench.begin(DEVICE, port=1)
    wait_until(lambda: away.trouble is not None)
    assert away.alive
    assert bench.link(DEVICE, ()).alive
    dead, hung = Dead(bench.broker(DEVICE), "x", ()), Hung(bench.broker(DEVICE), "y", ())
    assert (dead.alive, hung.alive) == (True, True)  # not begun yet
    for link in (dead, hung):
        link.connect()
    wait_until(lambda: not dead.alive and not hung.alive)
    hung.standing.set()
