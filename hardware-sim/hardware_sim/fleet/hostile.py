"""A device of the fleet that was taken over: it has a good certificate, and tries everything that a broker may allow.

It speaks to the broker past the product, as an attacker would. What it achieves is judged from outside: by what it
hears, by what arrives under other devices' topics, and by whether anybody loses a connection or hears a forgery.
"""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from edge.adapters.mqtt import Broker
from edge.domain.errors import BrokerLost
from edge.domain.orders import Verb
from edge.wire.topics import ROOT, Topics
from hardware_sim.fleet.founding import HOSTILE, SITE, common_name

MARK: Final = b'{"hostile":true}'
SOON: Final = 3.0
KEEPALIVE: Final = 20


@dataclass(slots=True)
class Attempts:
    """What was tried, and what came of it."""

    subscriptions: int = 0
    granted: list[str] = field(default_factory=list)
    """Filters that the broker said yes to. Mosquitto grants what it then never delivers, so this is no verdict."""
    publishes: int = 0
    accepted: list[str] = field(default_factory=list)
    """Topics of others that the broker took a message on without saying no."""
    heard: list[str] = field(default_factory=list)
    """Topics of others from which something came. There must be none."""
    impersonations: int = 0
    """Connections under another's client identifier."""


def filters(victim: Topics) -> list[str]:
    """Everything that might give somebody else's messages."""
    everything = ["#", "+/#", f"{ROOT}/#", f"{ROOT}/+/+/#", f"{ROOT}/{SITE}/+/hit", f"{victim.base}/#"]
    own = [victim.state, victim.health, victim.hit, victim.deployment, victim.public, victim.checkpoint]
    odd = [f"{victim.replies}+", *victim.heard, f"{ROOT}/{SITE}/{HOSTILE}/../{victim.device}/hit", "$SYS/#"]
    return [*everything, *own, *odd, *(f"$share/hostile/{one}" for one in (everything[2], victim.hit, victim.orders))]


def topics(victim: Topics) -> list[str]:
    """Everything under another's name that something might be written to."""
    said = [victim.state, victim.health, victim.hit, victim.deployment, victim.public, victim.checkpoint]
    heard = [*(victim.order(verb) for verb in Verb), victim.chunk("0" * 64, 0), victim.cosignature("00000000")]
    return [*said, *heard, f"{victim.replies}room", f"{victim.base}/cmd/stop/", f"{victim.base}//hit", victim.base]


class Hostile:
    """One connection that stays, and listens for whatever comes."""

    def __init__(self, broker: Broker) -> None:
        """Connect. Raises BrokerLost where even that is refused: then nothing was tried."""
        self._broker = broker
        self.attempts = Attempts()
        self._own = Topics(SITE, HOSTILE)
        self._answers: dict[int, bool] = {}
        self._answered = threading.Condition()
        self._client = self._connected(common_name(HOSTILE), fresh=True)
        if not self._client.is_connected():
            raise BrokerLost("The hostile device could not connect.", "See the broker's log.")

    def listen(self, victim: Topics) -> None:
        """Ask for everything of another's."""
        for one in filters(victim):
            self.attempts.subscriptions += 1
            _, mid = self._client.subscribe(one, 1)
            if mid is not None and self._said_yes(mid):
                self.attempts.granted.append(one)

    def forge(self, victim: Topics) -> None:
        """Write to everything of another's, retained and not."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = f"{self._own.replies}x"
        for topic in topics(victim):
            for retain in (False, True):
                self.attempts.publishes += 1
                sent = self._client.publish(topic, MARK, 1, retain, properties)
                if self._said_yes(sent.mid):
                    self.attempts.accepted.append(topic)

    def take_over(self, victim: Topics) -> None:
        """Come with the certificate that it has and another's client identifier, and ask for that one's session."""
        client = self._connected(common_name(victim.device), fresh=False)
        self.attempts.impersonations += 1
        client.disconnect()
        client.loop_stop()

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, identifier: str, *, fresh: bool) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=identifier, protocol=mqtt.MQTTv5)
        client.tls_set_context(_context(self._broker))
        come = threading.Event()
        client.on_connect = lambda *_: come.set()
        client.on_message = self._on_message
        client.on_subscribe = lambda _c, _d, mid, codes, _p: self._answer(mid, not codes[0].is_failure)
        client.on_publish = lambda _c, _d, mid, code, _p: self._answer(mid, not code.is_failure)
        client.connect_async(self._broker.host, self._broker.port, KEEPALIVE, clean_start=fresh)
        client.loop_start()
        come.wait(SOON)
        return client

    # These run on paho's thread.

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if not message.topic.startswith(f"{self._own.base}/"):
            self.attempts.heard.append(message.topic)

    def _answer(self, mid: int, yes: bool) -> None:
        with self._answered:
            self._answers[mid] = yes
            self._answered.notify_all()

    def _said_yes(self, mid: int) -> bool:
        with self._answered:
            self._answered.wait_for(lambda: mid in self._answers, SOON)
            return self._answers.pop(mid, False)


def _context(broker: Broker) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(broker.ca))
    context.load_cert_chain(broker.certificate, broker.key)
    return context
