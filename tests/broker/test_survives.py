"""What the broker has acknowledged and saved it delivers, even where it was killed in between.

mosquitto acknowledges a moment before it saves, and saves no session that began with a clean start: see the README
beside its files.
"""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

from edge.domain.orders import Verb
from edge.wire.topics import Topics
from tests.broker.deployed import running
from tests.link.bench import wait_until

pytestmark = pytest.mark.no_device

A = Topics("camden", "post-1")
QUEUED = 200


def test_hits_for_a_console_that_is_away_survive_kill_9(tmp_path: Path) -> None:
    with running(tmp_path / "broker") as broker:
        console = broker.person("control-room", "console", session=3600, clean=False)
        console.subscribe(A.hit)
        console.close()
        device = broker.device("camden/post-1")
        for number in range(QUEUED):
            assert device.publish(A.hit, str(number).encode()) < 0x80
        assert device.publish(A.state, b"the last one", retain=True) < 0x80
        wait_until(lambda: b"the last one" in broker.saved())
        broker.mosquitto.kill()
        broker.mosquitto.start()
        console = broker.person("control-room", "console", session=3600, clean=False)
        came = list(takewhile(lambda message: message is not None, (console.next() for _ in range(QUEUED))))
        assert [message.payload for message in came if message is not None] == [
            str(number).encode() for number in range(QUEUED)
        ]
        console.subscribe(A.state)
        kept = console.next()
        assert kept is not None
        assert (kept.payload, kept.retain) == (b"the last one", True)


def test_orders_for_a_device_that_is_away_survive_kill_9_with_all_that_belongs_to_them(tmp_path: Path) -> None:
    with running(tmp_path / "broker") as broker:
        device = broker.device("camden/post-1", session=60, clean=False)
        device.subscribe(A.orders)
        device.close()
        control = broker.person("control-room")
        reply = f"{A.replies}control-room"
        said: dict[str, object] = {"ResponseTopic": reply, "CorrelationData": b"\0id", "MessageExpiryInterval": 60}
        code = control.publish(A.order(Verb.STOP), b"a signed stop", said=said)
        assert code < 0x80
        wait_until(lambda: b"a signed stop" in broker.saved())
        broker.mosquitto.kill()
        broker.mosquitto.start()
        device = broker.device("camden/post-1", session=60, clean=False)
        assert device.whole() == (b"a signed stop", reply, b"\0id")
