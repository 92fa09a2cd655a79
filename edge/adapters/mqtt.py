"""MQTT 5 over mutual TLS. paho's thread only copies bytes into a bounded queue."""

from __future__ import annotations

import queue
import random
import re
import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.domain.errors import Misconfigured
from edge.domain.message import Incoming, Outgoing

QOS: Final = 1
INBOX: Final = 512
MAX_PACKET: Final = 512 * 1024
IN_FLIGHT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and with which certificate this end shows itself."""

    host: str
    port: int
    ca: Path
    certificate: Path
    key: Path
    keepalive: timedelta = timedelta(seconds=20)
    will_delay: timedelta = timedelta(seconds=20)


class MqttLink:
    """One connection, kept up by paho's own thread."""

    def __init__(
        self, broker: Broker, client_id: str, subscriptions: tuple[str, ...], will: tuple[str, bytes] | None = None
    ) -> None:
        """Prepare. ``will`` is a topic and payload, published retained when the connection is lost.

        Raises Misconfigured where certificate, key or authority cannot be used.
        """
        self._broker = broker
        self._subscriptions = subscriptions
        self._inbox: queue.Queue[Incoming] = queue.Queue(INBOX)
        self._connections = 0
        self.dropped = 0
        self._refusals: dict[str, int] = {}
        self.refused = ""
        """Why the broker last refused a connection, for the person who looks at health."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=mqtt.MQTTv5)
        client.tls_set_context(_mutual_tls(broker))
        # Jitter, so that a hundred devices do not come back in step after a broker's restart.
        client.reconnect_delay_set(min_delay=1, max_delay=random.randint(20, 40))  # noqa: S311
        client.max_inflight_messages_set(IN_FLIGHT)
        client.max_queued_messages_set(2 * IN_FLIGHT)
        if will is not None:
            properties = Properties(PacketTypes.WILLMESSAGE)
            properties.WillDelayInterval = int(broker.will_delay.total_seconds())
            properties.ContentType = "application/json"
            client.will_set(will[0], will[1], QOS, retain=True, properties=properties)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_socket_open = _undelayed
        self._client = client

    def connect(self) -> None:
        """Begin to connect, and keep reconnecting in the background."""
        properties = Properties(PacketTypes.CONNECT)
        properties.MaximumPacketSize = MAX_PACKET
        broker = self._broker
        keepalive = int(broker.keepalive.total_seconds())
        self._client.connect_async(broker.host, broker.port, keepalive, clean_start=True, properties=properties)
        self._client.loop_start()

    @property
    def connections(self) -> int:
        """How many times the connection has been made."""
        return self._connections

    @property
    def connected(self) -> bool:
        """Whether it stands now."""
        return self._client.is_connected()

    def counters(self) -> dict[str, int]:
        """What was dropped, and how often the broker refused a connection, by its reason."""
        return {"link-dropped": self.dropped, **self._refusals}

    def publish(self, message: Outgoing) -> bool:
        """Hand a message over. False where the connection is down or congested."""
        if not self._client.is_connected():
            return False
        properties = Properties(PacketTypes.PUBLISH)
        if message.expires is not None:
            properties.MessageExpiryInterval = max(1, int(message.expires.total_seconds()))
        if message.correlation is not None:
            properties.CorrelationData = message.correlation
        if message.respond_to is not None:
            properties.ResponseTopic = message.respond_to
        if message.content_type is not None:
            properties.ContentType = message.content_type
        handed = self._client.publish(message.topic, message.payload, QOS, message.retain, properties)
        return handed.rc == mqtt.MQTT_ERR_SUCCESS

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message, or None after the timeout."""
        try:
            return self._inbox.get(timeout=timeout.total_seconds()) if timeout else self._inbox.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Disconnect in good order: the will is not sent."""
        self._client.disconnect()
        self._client.loop_stop()

    # An exception that leaves a callback would kill paho's thread without a word: these only copy.

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        if code.is_failure:
            self.refused = str(code)
            name = f"link-connack-{_word(self.refused)}"
            self._refusals = {**self._refusals, name: self._refusals.get(name, 0) + 1}
            return
        self.refused = ""
        for topic in self._subscriptions:
            client.subscribe(topic, QOS)
        self._connections += 1

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        properties = message.properties
        incoming = Incoming(
            message.topic,
            bytes(message.payload),
            message.retain,
            getattr(properties, "ResponseTopic", None),
            getattr(properties, "CorrelationData", None),
        )
        try:
            self._inbox.put_nowait(incoming)
        except queue.Full:
            self.dropped += 1


def _undelayed(_client: mqtt.Client, _data: object, opened: object) -> None:
    """Send each packet at once: Nagle's algorithm would hold an answer back for the other end's TCP ACK, 40 ms."""
    assert isinstance(opened, socket.socket)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _word(said: str) -> str:
    """A reason code's name, as a counter's."""
    return re.sub("[^a-z]+", "-", said.lower()).strip("-")[:40]


def _mutual_tls(broker: Broker) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(broker.ca)
        context.load_cert_chain(broker.certificate, broker.key)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured(
            f"The broker's certificates {broker.ca}, {broker.certificate}, {broker.key} cannot be used: {error}.",
            "Name a PEM authority, certificate and matching key.",
        ) from error
    return context
