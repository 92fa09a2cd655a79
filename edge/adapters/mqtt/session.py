"""One connection, from its first byte to its last. All of it runs on the link's thread."""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from edge.adapters.mqtt import causes
from edge.adapters.mqtt.account import Account
from edge.adapters.mqtt.broker import IN_FLIGHT, IN_FLIGHT_BYTES, INBOX, MAX_PACKET, QOS, Broker
from edge.adapters.mqtt.certificates import Certificates
from edge.domain.link import Leave, Trouble
from edge.domain.message import Incoming, Outgoing

TURN: Final = 1.0
"""Seconds, at most, between two looks at the clock where nothing happens."""
PAUSED: Final = 0.02
"""The same while nothing is read, because nobody takes what came."""
ROOM: Final = 2 * IN_FLIGHT
"""One turn takes in no more messages than this."""
HEADER: Final = 512
"""More than topic and properties of a message ever take, in bytes."""
LEAVING: Final = 2.0
"""Seconds in which what is on its way may be acknowledged before a connection is ended in good order."""
PROBE_LIFE: Final = 1
PLAIN: Final = "text/plain;charset=utf-8"
NOT_AUTHORISED: Final = 0x87


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """This end of the wire: who it is, what it hears, what it must be able to say."""

    client_id: str
    subscriptions: tuple[str, ...]
    will: tuple[str, bytes] | None
    proves: str | None


class Session:
    """``open`` it, then ``turn`` until that returns what ended it. ``on_up`` is called when the broker has accepted."""

    def __init__(
        self, broker: Broker, certificates: Certificates, end: End, account: Account,
        inbox: queue.Queue[Incoming], outgoing: queue.Queue[Outgoing], wake: socket.socket,
        on_up: Callable[[], None], *, clean: bool,
    ) -> None:  # fmt: skip
        self._broker = broker
        self._end = end
        self._account = account
        self._inbox = inbox
        self._outgoing = outgoing
        self._wake = wake
        self._on_up = on_up
        self._clean = clean
        self._in_flight: dict[int, tuple[float, int, str]] = {}
        self._limits = IN_FLIGHT, MAX_PACKET
        self._cause: Trouble | None = None
        self._proved_at: float | None = None
        self._left_at: float | None = None
        self._paused = False
        self._began = time.monotonic()
        self.up_since: float | None = None
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=end.client_id, protocol=mqtt.MQTTv5)
        client.tls_set_context(certificates.context)
        client.connect_timeout = broker.pace.connecting.total_seconds()
        client.max_inflight_messages_set(0)  # counted here, by number and bytes
        if end.will is not None:
            properties = Properties(PacketTypes.WILLMESSAGE)
            properties.WillDelayInterval = int(broker.will_delay.total_seconds())
            properties.ContentType = "application/json"
            client.will_set(end.will[0], end.will[1], QOS, retain=True, properties=properties)
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        self._client = client

    def open(self) -> None:
        """Network, TLS, and the request to be let in. Raises OSError, ValueError."""
        properties = Properties(PacketTypes.CONNECT)
        properties.MaximumPacketSize = MAX_PACKET
        properties.ReceiveMaximum = IN_FLIGHT
        properties.SessionExpiryInterval = int(self._broker.session.total_seconds())
        broker, keepalive = self._broker, int(self._broker.keepalive.total_seconds())
        self._client.connect(broker.host, broker.port, keepalive, clean_start=self._clean, properties=properties)
        self._began = time.monotonic()

    def turn(self, *, leave: bool) -> Trouble | None:
        """Wait for something to happen, and see to it. Returns what ended the connection, if anything did.

        ``leave``: send what waits, and when all of it is acknowledged end the connection; see :attr:`left`.
        """
        raw = self._client.socket()
        if not isinstance(raw, ssl.SSLSocket):
            return self._cause or Trouble.CUT
        now = time.monotonic()
        late = self._late(now)
        if late is not None:
            return late
        self._send(now)
        if leave:
            self._left_at = self._left_at or now
            if self.left:
                return None
        paused = self._inbox.qsize() > INBOX - ROOM
        self._account.count("link-reading-paused", int(paused and not self._paused))
        self._paused = paused
        if self._client.socket() is not None:
            self._wait(raw)
        return None

    @property
    def left(self) -> bool:
        """Whether everything is said, or time is up for it: :meth:`close` may follow."""
        if self._left_at is None or self.up_since is None:
            return self._left_at is not None
        done = self._outgoing.empty() and not self._in_flight and not self._client.want_write()
        return done or time.monotonic() - self._left_at > LEAVING

    def close(self, *, forget: bool) -> None:
        """End in good order, so that no will is sent. ``forget``: the broker need not keep the session."""
        properties = Properties(PacketTypes.DISCONNECT)
        if forget:
            properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)
        for _ in range(100):
            if self._client.socket() is not None and self._client.want_write():
                self._client.loop_write()
        self.drop()

    def drop(self) -> None:
        """Let go of the socket, and count what is left unsaid."""
        raw = self._client.socket()
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.close()
        self._account.count("link-unacknowledged", len(self._in_flight))

    def _late(self, now: float) -> Trouble | None:
        """Whether the broker has failed to answer in time, or is sending what is too large to be wanted."""
        if self._client._in_packet["remaining_length"] > MAX_PACKET:
            return Trouble.OVERSIZED
        pace = self._broker.pace
        if self.up_since is None:
            return Trouble.SILENT if now - self._began > pace.connecting.total_seconds() else None
        oldest = next(iter(self._in_flight.values()), None)
        if oldest is not None and now - oldest[0] > pace.acknowledging.total_seconds():
            return Trouble.SILENT
        proves = self._end.proves
        if proves and (self._proved_at is None or now - self._proved_at >= pace.proved.total_seconds()):
            self._proved_at = now
            # Nothing, kept by nobody, gone in a second: it only makes the broker say whether it would take a hit.
            self._publish(Outgoing(proves, b"", content_type=PLAIN), now, expires=PROBE_LIFE)
        return None

    def _send(self, now: float) -> None:
        while self.up_since is not None and len(self._in_flight) < self._limits[0]:
            if sum(size for _, size, _ in self._in_flight.values()) >= IN_FLIGHT_BYTES:
                return
            try:
                message = self._outgoing.get_nowait()
            except queue.Empty:
                return
            expires = None if message.expires is None else max(1, int(message.expires.total_seconds()))
            self._publish(message, now, expires)

    def _publish(self, message: Outgoing, now: float, expires: int | None) -> None:
        properties = Properties(PacketTypes.PUBLISH)
        if expires is not None:
            properties.MessageExpiryInterval = expires
        if message.correlation is not None:
            properties.CorrelationData = message.correlation
        if message.respond_to is not None:
            properties.ResponseTopic = message.respond_to
        if message.content_type is not None:
            properties.ContentType = message.content_type
        size = len(message.payload) + HEADER
        if size > self._limits[1]:
            self._account.count("link-unsendable")
            return
        try:
            handed = self._client.publish(message.topic, message.payload, QOS, message.retain, properties)
        except ValueError:  # no topic at all
            self._account.count("link-unsendable")
            return
        self._in_flight[handed.mid] = now, size, message.topic

    def _wait(self, raw: ssl.SSLSocket) -> None:
        paused = self._paused
        pending = not paused and raw.pending() > 0
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        wanted = (0 if paused else select.POLLIN) | (select.POLLOUT if self._client.want_write() else 0)
        poller.register(raw, wanted)
        turn = min(TURN, self._broker.pace.watched.total_seconds())
        timeout = 0.0 if pending else PAUSED if paused else turn
        ready = dict(poller.poll(timeout * 1000))
        if self._wake.fileno() in ready:
            with contextlib.suppress(BlockingIOError):
                self._wake.recv(4096)
        events = ready.get(raw.fileno(), 0)
        if not paused and (pending or events & ~select.POLLOUT):
            self._client.loop_read()
        if self._client.socket() is not None and events & select.POLLOUT:
            self._client.loop_write()
        if self._client.socket() is not None:
            self._client.loop_misc()

    def _on_socket_open(self, _client: mqtt.Client, _data: object, raw: mqtt.SocketLike) -> None:
        """Bound the time in which a half-open connection is known: see the package's docstring."""
        assert isinstance(raw, ssl.SSLSocket)
        keepalive = int(self._broker.keepalive.total_seconds())
        for level, option, value in (
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, max(1, keepalive // 2)),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, max(1, keepalive // 4)),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, keepalive * 1000),
        ):
            raw.setsockopt(level, option, value)

    def _on_connect(
        self, client: mqtt.Client, _data: object, flags: mqtt.ConnectFlags, code: ReasonCode, said: Properties | None
    ) -> None:
        self._account.said("connack", code)
        if code.is_failure:
            self._cause = Trouble.REFUSED
            return
        self._limits = (
            min(IN_FLIGHT, getattr(said, "ReceiveMaximum", IN_FLIGHT)),
            min(MAX_PACKET, getattr(said, "MaximumPacketSize", MAX_PACKET)),
        )
        if self._end.subscriptions:
            client.subscribe([(topic, SubscribeOptions(qos=QOS)) for topic in self._end.subscriptions])
        elif self._account.may_hear is Leave.UNKNOWN:
            self._account.may_hear = Leave.GRANTED  # nothing was asked for
        self._account.count("link-connections")
        if flags.session_present:
            self._account.count("link-resumed")
        self.up_since = time.monotonic()
        self._on_up()

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _said: Properties | None
    ) -> None:
        self._account.subscribed(codes)

    def _on_publish(
        self, _client: mqtt.Client, _data: object, mid: int, code: ReasonCode, _said: Properties | None
    ) -> None:
        sent = self._in_flight.pop(mid, None)
        self._account.said("puback", code)
        if sent is not None and sent[2] == self._end.proves:
            self._account.proved(code)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        properties = message.properties
        self._inbox.put_nowait(
            Incoming(
                message.topic,
                bytes(message.payload),
                message.retain,
                getattr(properties, "ResponseTopic", None),
                getattr(properties, "CorrelationData", None),
            )
        )

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, flags: mqtt.DisconnectFlags, code: ReasonCode, _said: object
    ) -> None:
        if not flags.is_disconnect_packet_from_server:
            return
        self._account.said("disconnect", code)
        self._cause = self._cause or Trouble.ENDED
        # Some brokers answer a forbidden message by hanging up.
        if code.value == NOT_AUTHORISED and any(sent[2] == self._end.proves for sent in self._in_flight.values()):
            self._account.proved(code)

    def _on_log(self, _client: mqtt.Client, _data: object, level: int, line: str) -> None:
        if level == mqtt.MQTT_LOG_ERR:
            self._cause = causes.of_log(line) or self._cause
