"""Every message that crosses a broker in a test is held against the contract: who listens, and who is exempt.

In memory, the simulator's broker tells of whatever its parties send; what a test forges (`MemoryBroker.forge`) is a
stranger's and keeps to nothing. A real mosquitto has a client of its own listening to all topics, which sees what was
really on the wire, from whatever process it came.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.domain.message import Outgoing
from hardware_sim.broker import CONTROL_ROOM, Mosquitto
from hardware_sim.wire import MemoryBroker
from tests.asyncapi.published import Contract, Seen

HOSTILE = "hostile"
"""Marks a test that sends a real device rubbish: what a device *hears* may be anything; what it says may not."""
NO_DEVICE = "no_device"
"""Marks a test of the connection alone: any bytes stand for messages, and no device speaks in it."""
EVERYTHING = "lamppost/#"
MOST = 10
PATIENCE = 10.0


@dataclass(slots=True)
class Cost:
    """What it has cost so far to hold every message against the contract."""

    messages: int = 0
    seconds: float = 0.0
    """Of a processor's time."""


COST = Cost()


class Judge:
    """Collects what breaks the contract."""

    def __init__(self, contract: Contract, *, hostile: bool = False) -> None:
        self._contract = contract
        self._hostile = hostile
        self._ears: list[Ear] = []
        self.breaches: list[str] = []
        self.held = 0
        """How many messages were held against the contract."""

    def hold(self, seen: Seen) -> None:
        """Hold a message against the contract."""
        if self._hostile and self._contract.hears(seen.topic):
            return
        began = time.thread_time()
        self.held += 1
        self.breaches += [f"{seen.topic}: {breach}" for breach in self._contract.breaches(seen)]
        COST.messages += 1
        COST.seconds += time.thread_time() - began

    def sent(self, message: Outgoing) -> None:
        """The simulator's broker took a message from one of its parties."""
        expires = None if message.expires is None else max(1, int(message.expires.total_seconds()))
        self.hold(
            Seen(
                topic=message.topic,
                payload=message.payload,
                retain=message.retain,
                expires=expires,
                content_type=message.content_type,
                correlation=message.correlation,
                respond_to=message.respond_to,
            )
        )

    def started(self, broker: Mosquitto) -> None:
        """A real broker has started."""
        self._ears.append(Ear(broker, self))

    def close(self) -> None:
        """Wait for what is on its way, and listen no more."""
        for ear in self._ears:
            ear.close()

    def __str__(self) -> str:
        more = f"\n... and {len(self.breaches) - MOST} more" if len(self.breaches) > MOST else ""
        return (
            "These messages break the contract (lamppost schema asyncapi):\n"
            + "\n".join(breach[:600] for breach in self.breaches[:MOST])
            + more
            + "\nWhere the contract changed: python -m tests.vectors.generate. Where a test speaks as a stranger: "
            f"forge it (MemoryBroker.forge), or mark the test {HOSTILE!r}."
        )


class Ear:
    """A client of a real broker that hears everything, with the control room's certificate."""

    def __init__(self, broker: Mosquitto, judge: Judge) -> None:
        configured = (broker.folder / "mosquitto.conf").read_text()
        found = re.search(r"^cafile (.+)$", configured, re.MULTILINE)
        assert found is not None
        ca = Path(found[1])
        own = ca.with_name(f"{CONTROL_ROOM}.pem")
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(own, own.with_suffix(".key"))
        self._judge = judge
        self._broker = broker
        self._acknowledged = threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"ear-{id(self)}", protocol=mqtt.MQTTv5)
        client.tls_set_context(context)
        client.on_connect = lambda *_: self._subscribe()
        client.on_message = lambda _client, _data, message: self._hear(message)
        client.on_subscribe = client.on_unsubscribe = lambda *_: self._acknowledged.set()
        self._client = client
        client.connect("localhost", broker.port)
        client.loop_start()
        assert self._acknowledged.wait(PATIENCE), "the broker does not let the contract's ear listen"

    def _subscribe(self) -> None:
        self._client.subscribe(EVERYTHING, options=SubscribeOptions(qos=2, retainAsPublished=True))

    def _hear(self, message: mqtt.MQTTMessage) -> None:
        properties = message.properties
        self._judge.hold(
            Seen(
                topic=message.topic,
                payload=bytes(message.payload),
                retain=message.retain,
                qos=message.qos,
                expires=getattr(properties, "MessageExpiryInterval", None),
                content_type=getattr(properties, "ContentType", None),
                correlation=getattr(properties, "CorrelationData", None),
                respond_to=getattr(properties, "ResponseTopic", None),
                late=True,
            )
        )

    def close(self) -> None:
        """A broker answers in order: once it answers this, everything that came before was heard."""
        running = self._broker.process is not None and self._broker.process.poll() is None
        if running and self._client.is_connected():
            self._acknowledged.clear()
            self._client.unsubscribe("lamppost/nothing")
            self._acknowledged.wait(PATIENCE)
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def listening(judge: Judge) -> Iterator[Judge]:
    """Every broker that is used meanwhile is listened to."""
    MemoryBroker.listeners.append(judge.sent)
    Mosquitto.listeners.append(judge.started)
    try:
        yield judge
    finally:
        MemoryBroker.listeners.remove(judge.sent)
        Mosquitto.listeners.remove(judge.started)
        judge.close()
