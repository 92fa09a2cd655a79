"""A broker as deployed: the very files, with two authorities; and clients that tell what it says to them."""

from __future__ import annotations

import getpass
import os
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from deploy.broker import Bridge, Place, Where, access, configuration
from edge.control_room.certificates import BenchAuthority
from hardware_sim.broker import Mosquitto, free_port

PATIENCE = 15.0


class Client:
    """One connection with one certificate."""

    def __init__(
        self, port: int, ca: Path, certificate: Path, name: str, *, session: int = 0, clean: bool = True
    ) -> None:
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self.codes: dict[int, int] = {}
        self._acknowledged = threading.Condition()
        self._up = threading.Event()
        self.lost = threading.Event()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        self.client.tls_set(str(ca), str(certificate), str(certificate.with_suffix(".key")))
        self._answered = threading.Event()
        self.client.on_connect = lambda *_: self._answer(self._up)
        self.client.on_disconnect = lambda *_: self._answer(self.lost)
        self.client.on_message = lambda _client, _data, message: self.heard.put(message)
        self.client.on_publish = lambda _client, _data, mid, code, _said: self._coded(mid, code.value)
        self.client.on_subscribe = lambda _client, _data, mid, codes, _said: self._coded(mid, codes[0].value)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session
        self.client.connect("localhost", port, 20, clean_start=clean, properties=properties)
        self.client.loop_start()
        # A certificate that is refused is refused after the handshake (RFC 8446, section 4.4.2.4): by hanging up.
        assert self._answered.wait(PATIENCE)
        assert self._up.is_set()

    def publish(
        self, topic: str, payload: bytes = b"x", *, retain: bool = False, said: dict[str, object] | None = None
    ) -> int:
        """Publish, and return the broker's reason code."""
        properties = Properties(PacketTypes.PUBLISH)
        for name, value in (said or {}).items():
            setattr(properties, name, value)
        return self._code(self.client.publish(topic, payload, 1, retain, properties).mid)

    def subscribe(self, topic: str) -> int:
        """Subscribe, and return the broker's reason code."""
        _, mid = self.client.subscribe(topic, 1)
        assert mid is not None
        return self._code(mid)

    def next(self, timeout: float = PATIENCE) -> mqtt.MQTTMessage | None:
        try:
            return self.heard.get(timeout=timeout)
        except queue.Empty:
            return None

    def whole(self) -> tuple[bytes, str, bytes]:
        """The next message's payload, response topic and correlation data. Its expiry is still running."""
        message = self.next()
        assert message is not None
        said = message.properties
        assert 0 < getattr(said, "MessageExpiryInterval", 0) <= 60
        return bytes(message.payload), getattr(said, "ResponseTopic", ""), getattr(said, "CorrelationData", b"")

    def drain(self, quiet: float = 0.3) -> list[str]:
        """The topics of what came, until nothing comes any more."""
        topics = []
        while (message := self.next(quiet)) is not None:
            topics.append(message.topic)
        return topics

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _coded(self, mid: int, code: int) -> None:
        with self._acknowledged:
            self.codes[mid] = code
            self._acknowledged.notify_all()

    def _answer(self, which: threading.Event) -> None:
        which.set()
        self._answered.set()

    def _code(self, mid: int) -> int:
        with self._acknowledged:
            assert self._acknowledged.wait_for(lambda: mid in self.codes, PATIENCE)
            return self.codes[mid]


class Deployed:
    """A broker of one place, its authorities and its clients."""

    def __init__(self, folder: Path, where: Where = "site", bridge: Bridge | None = None) -> None:
        self.devices, self.people = BenchAuthority(folder / "devices"), BenchAuthority(folder / "people")
        certificate, key = self.devices.issue("broker", server=True)
        self.ca = self.devices.certificate
        self.mosquitto = Mosquitto(folder, free_port())
        (folder / "state").mkdir()
        self.place = Place(
            access=folder / "access", certificate=certificate, key=key, devices_ca=self.devices.certificate,
            people_ca=self.people.certificate, state=folder / "state", address="127.0.0.1",
            devices_port=free_port(), people_port=self.mosquitto.port,  # opened last, so what start() waits for
            log=f"file {folder / 'mosquitto.log'}",
            user="root" if os.geteuid() == 0 else getpass.getuser(),
        )  # fmt: skip
        self.place.access.write_text(access(where))
        self.place.access.chmod(0o600)
        (folder / "mosquitto.conf").write_text(configuration(self.place, bridge))
        self.clients: list[Client] = []

    def device(self, name: str, identity: str | None = None, **session: bool | int) -> Client:
        return self._client(self.devices, self.place.devices_port, name, identity, **session)

    def person(self, name: str, identity: str | None = None, **session: bool | int) -> Client:
        return self._client(self.people, self.place.people_port, name, identity, **session)

    def _client(
        self, authority: BenchAuthority, port: int, name: str, identity: str | None, **session: bool | int
    ) -> Client:
        certificate = authority.certificate.parent / f"{name.replace('/', '.')}.pem"
        if not certificate.exists():
            authority.issue(name)
        made = Client(port, self.ca, certificate, identity or f"{name}-{len(self.clients)}", **session)  # type: ignore[arg-type]
        self.clients.append(made)
        return made

    def saved(self) -> bytes:
        """What the broker has on disk."""
        path = self.place.state / "lamppost.db"
        return path.read_bytes() if path.exists() else b""

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.mosquitto.stop()


@contextmanager
def running(folder: Path, where: Where = "site", bridge: Bridge | None = None) -> Iterator[Deployed]:
    made = Deployed(folder, where, bridge)
    try:
        made.mosquitto.start()
        yield made
    finally:
        made.close()
