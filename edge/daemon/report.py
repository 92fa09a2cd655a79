"""What the device says of itself: state, deployment, health. Signed, retained, renewed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from edge.daemon import status
from edge.daemon.bulletin import Bulletin
from edge.daemon.health import COUNTED, Observer
from edge.domain.authority import Identifier, Key, Name
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.message import Outgoing
from edge.ports import Link, Signer
from edge.safeguards.gate import Gate
from edge.safeguards.presence import NONCE_LIFE, RENEWED, Presence
from edge.wire.events import CONTENT_TYPE, Deployment, State, enclose
from edge.wire.health import Health
from edge.wire.public import Public
from edge.wire.signed import Kind, sign
from edge.wire.topics import Topics

HEALTH: Final = COUNTED
PUBLIC: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this device is."""

    site: Name
    device: Name
    epoch: Identifier
    boot: Identifier
    version: str

    @property
    def topics(self) -> Topics:
        """Where it speaks and listens."""
        return Topics(self.site, self.device)


class Report:
    """Publishes on every connect and change, and often enough to be believed."""

    def __init__(
        self, identity: Identity, gate: Gate, presence: Presence, link: Link, signer: Signer,
        observer: Observer,
    ) -> None:  # fmt: skip
        self._identity = identity
        self._gate = gate
        self._presence = presence
        self._link = link
        self._signer = signer
        self.observer = observer
        self._unsaid: Health | None = None
        self._sequence = 0
        self._connections = 0
        self._said: State | None = None
        self._said_at: dict[str, Instant] = {}
        self._deployment: Deployment | None = None
        self._public: Public | None = None
        self.bulletin: Bulletin | None = None
        """What the public is told. A yardstick has none."""

    @property
    def boot(self) -> Identifier:
        """This life of the device."""
        return self._identity.boot

    def in_force(self, deployment: Deployment) -> None:
        """A deployment began: say what is in force from now on."""
        self._deployment = deployment
        self._said_at.pop("deployment", None)

    def step(self, now: Instant) -> None:
        """Say what is new or due."""
        self._unsaid = self.observer.step(now) or self._unsaid
        if not self._link.connected:
            return
        if self._link.connections != self._connections:
            self._connections = self._link.connections
            self._said = self._public = None
            self._unsaid = self.observer.latest
            self._said_at.clear()
        topics = self._identity.topics
        state = self.state(now)
        if self._said is None or replace(state, at=self._said.at, sequence=self._said.sequence) != self._said:
            self._publish_state(topics.state, state, now)
        if self._deployment is not None and self._due("deployment", None, now):
            self._publish(topics.deployment, self._deployment, Kind.DEPLOYMENT, now)
        if self._unsaid is not None and self._publish(
            topics.health, self._unsaid, Kind.HEALTH, now, expires=3 * HEALTH
        ):
            self._unsaid = None
        if self.bulletin is not None:
            self._publish_public(self.bulletin.record(now), now)

    def farewell(self, now: Instant) -> None:
        """The daemon ends in good order."""
        self._publish_state(self._identity.topics.state, replace(self.state(now), condition=Condition.STOPPED), now)

    def state(self, now: Instant) -> State:
        """The state at this instant, with the nonce to sign for presence."""
        identity, nonce = self._identity, self._presence.nonce(now)
        believed, lease = self._gate.believed, self._presence.until()
        condition, reasons = self.observer.condition(now)
        return State(
            site=identity.site,
            device=identity.device,
            epoch=identity.epoch,
            boot=identity.boot,
            sequence=self._sequence + 1,
            at=now.wall,
            condition=condition,
            reasons=tuple(reason.value for reason in reasons),
            nonce=nonce.nonce,
            nonce_until=nonce.at.wall + min(NONCE_LIFE, RENEWED * 3),
            authorisation=None if believed is None else believed.authorisation.id,
            not_after=None if believed is None else believed.authorisation.not_after,
            presence_until=None if believed is None or lease is None else lease.wall,
            version=identity.version,
        )

    def status(self, now: Instant) -> str:
        """The same for the service manager: one line, for a person."""
        believed, (condition, reasons) = self._gate.believed, self.observer.condition(now)
        return status.line(
            condition,
            reasons,
            None if believed is None else believed.authorisation.not_after,
            self._presence.until(),
            connected=self._link.connected,
        )

    def counters(self) -> dict[str, int]:
        """Everything that is counted and measured, for whoever asks."""
        return self.observer.counters()

    def list_key(self) -> Key | None:
        """The one-time list key that was last published."""
        return None if self._deployment is None else self._deployment.list_key

    def _publish_state(self, topic: str, state: State, now: Instant) -> None:
        if self._publish(topic, state, Kind.STATE, now):
            self._sequence = state.sequence
            self._said = state

    def _publish_public(self, record: Public, now: Instant) -> None:
        """When it says something new, and often enough that one which is there is true."""
        same = self._public is not None and replace(record, at=self._public.at) == self._public
        if self._due("public", PUBLIC if same else timedelta(0), now) and self._publish(
            self._identity.topics.public, record, Kind.PUBLIC, now, expires=3 * PUBLIC
        ):
            self._public = record

    def _publish(self, topic: str, noun: object, kind: Kind, now: Instant, expires: timedelta | None = None) -> bool:
        identity = self._identity
        source = f"/{identity.topics.base}"
        identifier = f"{identity.boot}-{self._connections}-{kind.value}-{int(now.boot / timedelta(milliseconds=1))}"
        message = enclose(sign(noun, kind, self._signer), kind, id=identifier, source=source, time=now.wall)
        return self._link.publish(Outgoing(topic, message, retain=True, expires=expires, content_type=CONTENT_TYPE))

    def _due(self, what: str, every: timedelta | None, now: Instant) -> bool:
        last = self._said_at.get(what)
        if last is not None and (every is None or now.since(last) < every):
            return False
        self._said_at[what] = now
        return True
