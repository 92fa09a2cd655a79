"""Every message that crosses the broker, as a table: where, from whom, what, retained or not, and for how long.

Numbers are the product's own, imported from where they act.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.audit.serve import ANSWER_LIFE
from edge.daemon.parcelling import EXPIRES as PARCEL_LIFE
from edge.daemon.report import HEALTH, PUBLIC
from edge.domain.authorisation import MAX_UNDELIVERED
from edge.domain.orders import BODIES, CHUNK_BYTES, MAX_ORDER_LIFE, ROLES, Verb
from edge.safeguards.preview import LIFE as PREVIEW_LIFE
from edge.wire.checkpoints import CONTENT_TYPE as NOTE
from edge.wire.events import CONTENT_TYPE as EVENT
from edge.wire.signed import Kind, canonical

CHUNK_LIFE: Final = timedelta(minutes=5)

_ORIGIN = r"[^\s+]+\n"
_SIZE = r"(0|[1-9][0-9]{0,15})\n"
_HASH = r"[A-Za-z0-9+/]{43}=\n"
_LINES = r"(\u2014 [^\s+]+ [A-Za-z0-9+/]+={0,2}\n)+"
_HEAD = rf"{_ORIGIN}{_SIZE}{_HASH}\n{_LINES}"


class Party(enum.Enum):
    """Who speaks."""

    DEVICE = "device"
    CONTROL_ROOM = "control-room"
    WITNESS = "witness"
    BROKER = "broker"
    """In the device's name, when its connection is lost."""


@dataclass(frozen=True, slots=True)
class Text:
    """A signed note, or what is made of notes."""

    pattern: str
    content_type: str = NOTE


@dataclass(frozen=True, slots=True)
class Octets:
    """Bytes that are judged by their digest alone."""

    most: int
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same few bytes of JSON, signed by nobody."""

    value: dict[str, str]
    content_type: str = "application/json"

    @property
    def raw(self) -> bytes:
        """As it is sent."""
        return canonical(self.value)


@dataclass(frozen=True, slots=True)
class Document:
    """A signed document in a CloudEvent; an order's depends on its verb."""

    kind: Kind
    verb: Verb | None = None
    content_type: str = EVENT


@dataclass(frozen=True, slots=True)
class Life:
    """The message expiry interval. No ``most``: the message never expires."""

    least: timedelta | None = None
    most: timedelta | None = None

    @classmethod
    def exactly(cls, span: timedelta) -> Life:
        """Always the same."""
        return cls(span, span)

    @classmethod
    def up_to(cls, span: timedelta) -> Life:
        """A second or more."""
        return cls(timedelta(seconds=1), span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One kind of message on one channel."""

    name: str
    part: str
    """Of the topic, below site and device. Parameters in braces."""
    sender: Party
    carries: Text | Octets | Fixed | Document
    says: str
    retained: bool = False
    life: Life = Life()
    asks: bool = False
    """Comes with response topic and correlation data, and is answered."""
    answers: bool = False
    """Goes to the response topic, with the correlation data of what it answers."""


def _ordered(verb: Verb) -> Message:
    roles = sorted(role.value for role in ROLES.get(verb, ()))
    by = f"a key with the role {', '.join(roles)}" if roles else "a recipient of the hit that it is about"
    return Message(
        name=f"{_camel(verb.value)}Order",
        part=f"cmd/{verb.value}",
        sender=Party.CONTROL_ROOM,
        carries=Document(Kind.ORDER, verb),
        says=f"{_first_line(BODIES[verb])} Signed by {by}.",
        life=Life.up_to(MAX_ORDER_LIFE),
        asks=True,
    )


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _first_line(noun: type) -> str:
    return (noun.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")


SAID: Final = (
    Message(
        name="State",
        part="state",
        sender=Party.DEVICE,
        carries=Document(Kind.STATE),
        says="What the device does, why it does not look, and the nonce that an officer on scene signs. On every "
        "change and connect.",
        retained=True,
    ),
    Message(
        name="Lost",
        part="state",
        sender=Party.BROKER,
        carries=Fixed({"state": "lost"}),
        says="The device's will: its connection was lost, and nothing else. It takes the place of the retained state "
        "until the device is back. Nobody signed it, so it proves nothing.",
        retained=True,
    ),
    Message(
        name="Health",
        part="health",
        sender=Party.DEVICE,
        carries=Document(Kind.HEALTH),
        says=f"How the device is, every {HEALTH.total_seconds():.0f} seconds, and within a second or so of a change "
        "that a person must act on. Counters and latencies are those of every tenth second and no oftener. Gone "
        "from the broker when three of them did not come.",
        retained=True,
        life=Life.exactly(3 * HEALTH),
    ),
    Message(
        name="Deployment",
        part="deployment",
        sender=Party.DEVICE,
        carries=Document(Kind.DEPLOYMENT),
        says="What was begun last in this life of the device, and the one-time key that its watchlist has to be "
        "wrapped to. Whether it is still in force is the state's to say.",
        retained=True,
    ),
    Message(
        name="Public",
        part="public",
        sender=Party.DEVICE,
        carries=Document(Kind.PUBLIC),
        says="What anybody may know.",
        retained=True,
        life=Life.exactly(3 * PUBLIC),
    ),
    Message(
        name="Hit",
        part="hit",
        sender=Party.DEVICE,
        carries=Document(Kind.HIT),
        says="A possible match, not an identification, sealed to the deployment's recipients (HPKE, RFC 9180; the "
        "schema HitContent is what they read). Sent again until one of them has signed for it, never after it expires.",
        life=Life.up_to(MAX_UNDELIVERED),
    ),
    Message(
        name="HitQuestion",
        part="hit",
        sender=Party.DEVICE,
        carries=Text("^$"),
        says="No hit, and empty: at every connect and once a minute the device asks the broker with it, whose PUBACK "
        "answers, whether it would take a hit. Ignore it.",
        life=Life.exactly(timedelta(seconds=1)),
    ),
    Message(
        name="Preview",
        part="preview",
        sender=Party.DEVICE,
        carries=Document(Kind.PREVIEW),
        says="A mosaic of the view, 16 x 9 cells of eight levels, in which nobody can be told; sealed to the "
        "deployment's recipients (the schema PreviewContent is what they read). Only where the authorisation allows "
        "it, while the camera is open, and never sooner than ten seconds after the last. Sent once.",
        life=Life.exactly(PREVIEW_LIFE),
    ),
    Message(
        name="Checkpoint",
        part="checkpoint",
        sender=Party.DEVICE,
        carries=Text(f"^{_HEAD}$"),
        says="The head of the device's journal: a C2SP tlog-checkpoint, signed by the device.",
        retained=True,
    ),
    Message(
        name="AddCheckpoint",
        part="add-checkpoint/{witness}",
        sender=Party.DEVICE,
        carries=Text(rf"^old {_SIZE}({_HASH})*\n{_HEAD}$"),
        says="The body of C2SP tlog-witness add-checkpoint: asks a witness to cosign the head.",
        retained=True,
    ),
    Message(
        name="Cosignature",
        part="cosignature/{witness}",
        sender=Party.WITNESS,
        carries=Text(rf"^(200\n{_LINES}|409\n{_SIZE}|(400|403|404|422|503)\n)$"),
        says="A witness's answer: the status of C2SP tlog-witness on a line of its own, then the body that HTTP would "
        "carry.",
        life=Life.exactly(ANSWER_LIFE),
    ),
    Message(
        name="Chunk",
        part="blob/{blob}/{index}",
        sender=Party.CONTROL_ROOM,
        carries=Octets(CHUNK_BYTES),
        says="A chunk of what an announce order said would come. Kept where it is byte for byte what that order names, "
        "and counted otherwise; the answers to the order say which are missing.",
        life=Life.exactly(CHUNK_LIFE),
    ),
    *map(_ordered, Verb),
    Message(
        name="Parcel",
        part="parcel/{order}/{index}",
        sender=Party.DEVICE,
        carries=Document(Kind.PARCEL),
        says="Some of what an export or support order asked for. The order's last answer says how many there are.",
        life=Life.exactly(PARCEL_LIFE),
    ),
    Message(
        name="Reply",
        part="reply/{asker}",
        sender=Party.DEVICE,
        carries=Document(Kind.REPLY),
        says="What became of an order. A refusal has a reason and a remedy.",
        answers=True,
    ),
)
"""All of them."""

PARAMETERS: Final = {
    "site": "The site's name: lower-case letters, digits and hyphens.",
    "device": "The device's name, in the same letters.",
    "witness": "The witness's key id in signed notes: eight hexadecimal digits.",
    "blob": "SHA-256 of the whole file, lower-case hexadecimal.",
    "index": "Which chunk or parcel, from 0; each chunk has as many bytes as are allowed, but the last.",
    "order": "The id of the order that asked for it.",
    "asker": "As the asker chose: at most 64 letters, digits, full stops, hyphens and underscores.",
}
