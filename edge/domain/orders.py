"""What the control room may ask of a device. The set is closed: nothing here searches without an authorisation,
enrols from live video, loosens a threshold or switches the journal off.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count, Digest, Identifier, Key, Name, Role, Signed
from edge.domain.jobs import Answer as Answer
from edge.domain.jobs import Reply as Reply
from edge.domain.requests import Export as Export
from edge.domain.requests import SelfTest as SelfTest
from edge.domain.requests import Support as Support
from edge.domain.transfers import CHUNK_BYTES as CHUNK_BYTES
from edge.domain.transfers import MAX_BLOB_BYTES, Announce

MAX_ORDER_LIFE: Final = timedelta(seconds=60)
MAX_REPLAY: Final = 1000
REVIEW_WITHIN: Final = timedelta(minutes=15)
"""Of a recipient's signed acknowledgement. After that a hit counts as a false alert."""
MAX_SEQUENCE: Final = 2**53 - 1

Nonce = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z", description="16 random bytes, base64url.")]


class Verb(enum.Enum):
    """The orders there are."""

    START = "start"
    LOAD = "load"
    STOP = "stop"
    PRESENCE = "presence"
    ACK = "ack"
    STATUS = "status"
    TRUST = "trust"
    RATIFY = "ratify"
    REVIEW = "review"
    HOLD = "hold"
    WITHDRAW_ENTRY = "withdraw-entry"
    ACCURACY = "accuracy"
    RESET_CLOCK = "reset-clock"
    REPLAY = "replay"
    ANNOUNCE = "announce"
    SELF_TEST = "self-test"
    SUPPORT = "support"
    EXPORT = "export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Begin a deployment. The device answers with its one-time list key; the camera stays shut."""

    authorisation: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A 32-byte content key, sealed with HPKE (RFC 9180) to one X25519 key: encapsulation and ciphertext."""

    to: Key
    sealed: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{64,160}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open the watchlist, whose ciphertext was announced and came in chunks."""

    authorisation: Identifier
    digest: Digest
    size: Annotated[int, Meta(ge=1, le=MAX_BLOB_BYTES)]
    key: WrappedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """End the deployment for good. Obeyed from one key, whatever its age, counter or retain flag."""

    authorisation: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """An officer is on scene: signs one nonce from the device's state."""

    authorisation: Identifier
    boot: Identifier
    nonce: Nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """A recipient has opened and taken over a hit."""

    hit: Identifier
    sequence: Count
    digest: Digest
    """SHA-256 of the hit's signed payload, so that only one who has it can acknowledge it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Say how you are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Believe these keys from now on: the next trust root, signed by the custodians of this one and of its own."""

    root: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratify:
    """The authorising officer's decision on an urgent authorisation."""

    ratification: Signed


class Verdict(enum.Enum):
    """What a person found out about a hit."""

    CONFIRMED = "confirmed"
    FALSE = "false"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A reviewer's decision on a hit. The order's own signature is the reviewer's."""

    hit: Identifier
    sequence: Count
    verdict: Verdict
    seconds: Annotated[int, Meta(ge=0, le=86400)]
    """How long the reviewer looked at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hit is evidence: its recipient may re-wrap its key, past its retention."""

    hit: Identifier
    sequence: Count
    until: datetime
    reference: Identifier
    """Of the case, opaque."""

    def __post_init__(self) -> None:
        if self.until.tzinfo is None:
            raise ValueError("instants need a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEntry:
    """Stop alerts for a person who was found or wrongly listed. The threshold never falls for it.

    Which entry it is stays between the two ends: it is sealed to the deployment's one-time list key.
    """

    authorisation: Identifier
    entry: WrappedKey
    """SHA-256 of the entry's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """What an accuracy test with volunteers found, signed by an evaluator."""

    report: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetClock:
    """Two custodians say that the device's highest time is wrong."""

    reset: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Send the hits of these numbers that still wait at once, and say what became of the others. A recipient for whom a
    hit waits may ask too.

    Numbers are the provisioning epoch's, both ends included, at most 1,000 of them. Who asks learns numbers, and gets
    what was sealed to the recipients before.
    """

    first: Annotated[int, Meta(ge=1, le=MAX_SEQUENCE)]
    last: Annotated[int, Meta(ge=1, le=MAX_SEQUENCE)]

    def __post_init__(self) -> None:
        if not 0 <= self.last - self.first < MAX_REPLAY:
            raise ValueError(f"a replay goes from a number to a later one, over at most {MAX_REPLAY}")


Body = (
    Start
    | Load
    | Stop
    | Presence
    | Ack
    | Status
    | Trust
    | Ratify
    | Review
    | Hold
    | WithdrawEntry
    | Accuracy
    | ResetClock
    | Replay
    | Announce
    | SelfTest
    | Support
    | Export
)

BODIES: Final[dict[Verb, type[Body]]] = {
    Verb.START: Start,
    Verb.LOAD: Load,
    Verb.STOP: Stop,
    Verb.PRESENCE: Presence,
    Verb.ACK: Ack,
    Verb.STATUS: Status,
    Verb.TRUST: Trust,
    Verb.RATIFY: Ratify,
    Verb.REVIEW: Review,
    Verb.HOLD: Hold,
    Verb.WITHDRAW_ENTRY: WithdrawEntry,
    Verb.ACCURACY: Accuracy,
    Verb.RESET_CLOCK: ResetClock,
    Verb.REPLAY: Replay,
    Verb.ANNOUNCE: Announce,
    Verb.SELF_TEST: SelfTest,
    Verb.SUPPORT: Support,
    Verb.EXPORT: Export,
}

ROLES: Final[dict[Verb, frozenset[Role]]] = {
    Verb.START: frozenset({Role.OPERATOR}),
    Verb.LOAD: frozenset({Role.OPERATOR}),
    Verb.STOP: frozenset({Role.OPERATOR, Role.PRESENCE, Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER}),
    Verb.PRESENCE: frozenset({Role.PRESENCE}),
    Verb.STATUS: frozenset({Role.OPERATOR, Role.PRESENCE}),
    Verb.TRUST: frozenset({Role.OPERATOR, Role.CUSTODIAN}),
    Verb.RATIFY: frozenset({Role.OPERATOR, Role.AUTHORISING_OFFICER}),
    Verb.REVIEW: frozenset({Role.REVIEWER}),
    Verb.HOLD: frozenset({Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER}),
    Verb.WITHDRAW_ENTRY: frozenset({Role.OPERATOR, Role.AUTHORISING_OFFICER, Role.COUNTERSIGNING_OFFICER}),
    Verb.ACCURACY: frozenset({Role.OPERATOR, Role.EVALUATOR}),
    Verb.RESET_CLOCK: frozenset({Role.OPERATOR, Role.CUSTODIAN}),
    Verb.REPLAY: frozenset({Role.OPERATOR}),
    Verb.ANNOUNCE: frozenset({Role.OPERATOR, Role.EVALUATOR, Role.CUSTODIAN}),
    Verb.SELF_TEST: frozenset({Role.OPERATOR}),
    Verb.SUPPORT: frozenset({Role.OPERATOR}),
    Verb.EXPORT: frozenset({Role.OPERATOR, Role.CUSTODIAN}),
}
"""Who may give which order. Acknowledgements come from the recipients that the hit was sealed to; they may ask for a
replay too, as long as a hit waits for them. Who may announce what stands in :data:`edge.domain.transfers.SENDERS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What every order carries."""

    id: Identifier
    verb: Verb
    site: Name
    device: Name
    epoch: Identifier
    """The device's provisioning epoch: counters start anew with it."""
    issued: datetime
    expires: datetime
    counter: Count
    """Rises with every order of a key."""

    def __post_init__(self) -> None:
        if self.issued.tzinfo is None or self.expires.tzinfo is None:
            raise ValueError("instants need a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One signed order, believed."""

    heading: Heading
    body: Body
    key: Key
    """The key that signed it."""
    signed: Signed
    """As it came."""
