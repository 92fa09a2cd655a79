"""The link: a thread that keeps a connection, and two bounded queues between it and everybody else."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from edge.adapters.mqtt import causes
from edge.adapters.mqtt.account import Account
from edge.adapters.mqtt.backoff import Backoff
from edge.adapters.mqtt.broker import INBOX, OUTGOING, Broker
from edge.adapters.mqtt.certificates import Certificates
from edge.adapters.mqtt.session import End, Session
from edge.domain.link import Leave, Trouble
from edge.domain.message import Incoming, Outgoing

_PERHAPS_OURS: Final = frozenset({Trouble.CERTIFICATE_REFUSED, Trouble.TLS_FAILED, Trouble.CUT})
"""Brokers differ in what they say to a certificate that is out of its time."""
STUCK: Final = 120.0
"""Seconds: more than a name's resolution, a connection and a handshake that all run into their limits."""


class MqttLink:
    """One end of the wire. Every method may be called from any thread."""

    def __init__(
        self, broker: Broker, client_id: str, subscriptions: tuple[str, ...], will: tuple[str, bytes] | None = None,
        proves: str | None = None,
    ) -> None:  # fmt: skip
        """Prepare. ``will`` is a topic and payload, published retained when the connection is lost; ``proves`` a topic
        that this end must be able to publish on: the broker is asked at every connection, and now and then.

        Raises Misconfigured where certificate, key or authority cannot be used.
        """
        self._broker = broker
        self._end = End(client_id=client_id, subscriptions=subscriptions, will=will, proves=proves)
        self._certificates = Certificates(broker)
        self._account = Account()
        self._backoff = Backoff(broker.pace.first_retry, broker.pace.longest_retry, broker.pace.stable)
        self._inbox: queue.Queue[Incoming] = queue.Queue(INBOX)
        self._outgoing: queue.Queue[Outgoing] = queue.Queue(OUTGOING)
        self._door = threading.Lock()
        self._up = False
        self._connections = 0
        self._closing = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._looked_at = 0.0
        self._came_round = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name="link", daemon=True)
        self.trouble: Trouble | None = None
        """Why there is no connection, or why the last one ended."""

    def connect(self) -> None:
        """Begin to connect, and keep reconnecting in the background."""
        self._came_round = time.monotonic()
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many times the connection has been made."""
        return self._connections

    @property
    def connected(self) -> bool:
        """Whether it stands now."""
        return self._up

    @property
    def alive(self) -> bool:
        """Whether the link's thread runs and has come round of late. A resolver or a handshake may take its time."""
        ended = self._closing.is_set() or self._thread.ident is None
        return ended or (self._thread.is_alive() and time.monotonic() - self._came_round < STUCK)

    @property
    def may_publish(self) -> Leave:
        """Whether the broker takes what must be published."""
        return self._account.may_publish

    @property
    def may_hear(self) -> Leave:
        """Whether the broker has granted every subscription."""
        return self._account.may_hear

    @property
    def certificate_ends(self) -> datetime:
        """When the certificate in use ends, whatever stands in the files."""
        return self._certificates.ends

    def counters(self) -> dict[str, int]:
        """For health: names from ``account.NAMES``."""
        return {
            **self._account.counters(),
            **self._certificates.counters(),
            "link-up": int(self._up),
            "link-publishing": self._outgoing.qsize(),
        }

    def publish(self, message: Outgoing) -> bool:
        """Hand a message over. False where the connection is down or congested."""
        with self._door:
            if not self._up or self._closing.is_set():
                return False
            try:
                self._outgoing.put_nowait(message)
            except queue.Full:
                return False
        self._wake()
        return True

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message, or None after the timeout."""
        try:
            return self._inbox.get(timeout=timeout.total_seconds()) if timeout else self._inbox.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Say what was handed over, and disconnect in good order: the will is not sent."""
        self._closing.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(5)
        self._up = False
        if not self._thread.is_alive():
            self._woken.close()
            self._waker.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: woken already; closed: nobody to wake
            self._waker.send(b"\0")

    def _keep(self) -> None:
        clean = True
        while not self._closing.is_set():
            self._came_round = time.monotonic()
            self._renewed()
            session = Session(
                self._broker, self._certificates, self._end, self._account, self._inbox, self._outgoing, self._woken,
                self._came_up, clean=clean,
            )  # fmt: skip
            trouble = self._live(session)
            self._went_down()
            clean = clean and session.up_since is None
            stood = 0.0 if session.up_since is None else time.monotonic() - session.up_since
            if trouble is None:
                continue
            if trouble in _PERHAPS_OURS:
                trouble = self._certificates.lapsed(datetime.now(UTC)) or trouble
            self.trouble = trouble
            self._account.count(f"link-ended-{trouble.value}")
            self._rest(self._backoff.failed(timedelta(seconds=stood)))

    def _live(self, session: Session) -> Trouble | None:
        """A connection's whole life. None where it was ended in good order."""
        leave = rotating = False
        try:
            session.open()
            while True:
                self._came_round = time.monotonic()
                trouble = session.turn(leave=leave)
                if trouble is not None:
                    session.drop()
                    return trouble
                if leave and session.left:
                    break
                rotating = rotating or self._renewed()
                leave = rotating or self._closing.is_set()
            session.close(forget=self._closing.is_set())
        # The broker is not trusted: whatever its bytes make of paho ends this connection, and must not end the thread.
        except Exception as error:  # noqa: BLE001
            session.drop()
            return causes.of_error(error)
        self._account.count("link-rotations", int(rotating))
        return None

    def _renewed(self) -> bool:
        """Whether new certificates are there. Looks no more often than it must."""
        now = time.monotonic()
        if now - self._looked_at < self._broker.pace.watched.total_seconds():
            return False
        self._looked_at = now
        return self._certificates.renewed()

    def _rest(self, span: timedelta) -> None:
        """Wait, unless the link is closed or new certificates come, which may be what was missing."""
        until = time.monotonic() + span.total_seconds()
        while (left := until - time.monotonic()) > 0:
            self._came_round = time.monotonic()
            if self._closing.wait(min(left, self._broker.pace.watched.total_seconds())) or self._renewed():
                return

    def _came_up(self) -> None:
        self._connections += 1
        self._up = True
        self.trouble = None

    def _went_down(self) -> None:
        """What was handed over for this connection is not said on the next: it would come late and out of turn."""
        with self._door:
            self._up = False
            unsent = 0
            while not self._outgoing.empty():
                self._outgoing.get_nowait()
                unsent += 1
        self._account.count("link-unsent", unsent)
