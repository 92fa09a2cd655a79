"""What a worker and the enrolment say to each other, as bytes that are checked: a worker has decoded strangers' files.

4 bytes    length of what follows, big-endian
a picture  1 byte, b"R" for a reference or b"A" for anybody; then the file
an answer  MessagePack of one of the types here
"""

from __future__ import annotations

import socket
import struct
from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta

from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import THUMBPRINT, Shot, Wanted
from edge.domain.authority import Digest
from edge.domain.errors import Undecodable

LARGEST_ANSWER: Final = 16 * 1024
_HEAD: Final = struct.Struct(">I")
_UNIT: Final = 1.001


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The models are loaded."""

    detector: Digest
    embedder: Digest


class Unable(msgspec.Struct, frozen=True, tag="unable"):
    """They cannot be."""

    what: str
    remedy: str


class Refused(msgspec.Struct, frozen=True, tag="rejected"):
    """A picture gives nothing."""

    outcome: Outcome
    why: Annotated[str, Meta(max_length=300)]


class Taken(msgspec.Struct, frozen=True, tag="shot"):
    """A picture gives this."""

    quality: Annotated[float, Meta(ge=0, le=1)]
    features: Annotated[bytes, Meta(min_length=64, max_length=4096)]
    """float32, little-endian."""
    thumbprint: Annotated[bytes, Meta(min_length=2 * THUMBPRINT, max_length=2 * THUMBPRINT)]
    """float16, little-endian."""


Answer: TypeAlias = Ready | Unable | Refused | Taken


def encoded(look: Shot | Rejected) -> bytes:
    """A look as bytes."""
    if isinstance(look, Rejected):
        return msgspec.msgpack.encode(Refused(look.outcome, look.why[:300]))
    features, thumbprint = look.features.astype("<f4").tobytes(), look.thumbprint.astype("<f2").tobytes()
    return msgspec.msgpack.encode(Taken(look.quality, features, thumbprint))


def read(raw: bytes) -> Answer:
    """An answer. Raises Undecodable where the bytes are none."""
    try:
        found: Answer = msgspec.msgpack.decode(raw, type=Answer)
    except (msgspec.MsgspecError, ValueError, RecursionError, UnicodeError) as error:
        raise Undecodable(f"That is no answer of a worker: {error}.", "Run the enrolment again.") from error
    return found


def look_of(answer: Answer) -> Shot | Rejected:
    """What an answer says of a picture. Raises Undecodable where it says nothing, or what cannot be."""
    if isinstance(answer, Refused):
        return Rejected(answer.outcome, answer.why)
    if not isinstance(answer, Taken) or len(answer.features) % 64:
        raise Undecodable("That is no answer about a picture.", "Run the enrolment again.")
    features = np.frombuffer(answer.features, "<f4")
    thumbprint = np.frombuffer(answer.thumbprint, "<f2").astype(np.float32)
    # No number of a unit row lies beyond 1: asked first, for squares of others may be too large to be added up.
    sane = bool((np.abs(features) <= _UNIT).all() and np.isfinite(thumbprint).all())
    if not (sane and abs(float(features @ features) - 1) < 1e-3):
        raise Undecodable("That is no answer about a picture.", "Run the enrolment again.")
    return Shot(answer.quality, features, thumbprint)


def as_bytes(wanted: Wanted) -> tuple[bytes, bytes]:
    """A picture for a worker: what comes before its bytes, and they themselves, which are not copied."""
    return _HEAD.pack(len(wanted.raw) + 1) + (b"A" if wanted.anybody else b"R"), wanted.raw


def wanted_of(raw: bytes) -> Wanted:
    """The picture."""
    return Wanted(raw[1:], anybody=raw[:1] == b"A")


def send(to: socket.socket, raw: bytes) -> None:
    """Send it all."""
    to.sendall(_HEAD.pack(len(raw)) + raw)


def receive(of: socket.socket, largest: int) -> bytes | None:
    """What was sent; None where the other end is gone. Raises Undecodable where it is longer than it may be."""
    head = _exactly(of, _HEAD.size)
    if head is None:
        return None
    (length,) = _HEAD.unpack(head)
    if length > largest:
        raise Undecodable(f"The other end wants to send {length:,} bytes.", f"At most {largest:,} are taken.")
    return _exactly(of, length)


def _exactly(of: socket.socket, length: int) -> bytes | None:
    room = bytearray(length)
    view, done = memoryview(room), 0
    while done < length:
        got = of.recv_into(view[done:])
        if not got:
            return None
        done += got
    return bytes(room)
