"""What a device sends because an order asked for it: signed parcels, each of a few named pieces.

A piece of the evidence has the name under which the device's store keeps it; leaves go by their number. So whoever
collects the pieces has a copy of that part of the store which may leave the device, and nothing besides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count, Digest, Identifier, Name, Signed
from edge.domain.condition import Condition
from edge.domain.errors import Undecodable
from edge.domain.orders import Verb
from edge.domain.remark import Said
from edge.wire.events import verb_of
from edge.wire.health import Health
from edge.wire.signed import Kind, claimed_signers, from_base64url, to_base64url

LEAF: Final = "leaf/"
HEAD: Final = "journal/signed-head"
"""Where a store keeps the last head that the device signed, as it signed it."""
COSIGNED: Final = "cosigned/"
PAPER: Final = "paper/"
SUPPORT: Final = "support"
PIECE_BYTES: Final = 48 * 1024
"""So much goes into one parcel, unless a single piece is larger."""

PieceName = Annotated[str, Meta(pattern=r"^[a-z-]{1,16}(/[a-z0-9./-]{1,120})?\Z")]

_PAPERS: Final = frozenset(
    {
        Kind.AUTHORISATION,
        Kind.TRUST_ROOT,
        Kind.CALIBRATION,
        Kind.RATIFICATION,
        Kind.ACCURACY_REPORT,
        Kind.NEW_EPOCH,
        Kind.NEW_CLOCK,
    }
)
_ORDERS: Final = frozenset({Verb.REVIEW, Verb.HOLD})
"""Orders that leaves name. A verdict and the reference of a case, on a hit that goes by its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of the device's, by their name."""

    name: PieceName
    content: str
    """Base64url."""

    @property
    def raw(self) -> bytes:
        """The bytes. Raises Undecodable."""
        return from_base64url(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Some of what an order asked for."""

    site: Name
    device: Name
    order: Identifier
    index: Count
    parcels: Count
    """How many there are for this order."""
    pieces: Annotated[tuple[Piece, ...], Meta(max_length=4096)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """That there was a leaf of a kind."""

    at: datetime
    kind: Annotated[str, Meta(pattern=r"^[a-z-]{1,32}\Z")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What helps whoever mends a device. No field of it can hold anything about anybody: words from closed lists,
    whole numbers, digests, instants and the device's own names.
    """

    site: Name
    device: Name
    epoch: Identifier
    boot: Identifier
    at: datetime
    version: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.+-]{1,32}\Z")]
    condition: Condition
    reasons: tuple[Annotated[str, Meta(pattern=r"^[a-z-]{1,32}\Z")], ...]
    health: Health | None
    """As it was composed last, with everything that is counted and measured; None where the device has just started.
    Its counters are those of the last ten seconds' mark: they tell no finer than that when somebody went by."""
    remarks: Annotated[tuple[Said, ...], Meta(max_length=64)]
    """The latest in the device's log, over restarts: closed words, types of errors, places in the code."""
    detector: Digest
    embedder: Digest
    calibration: Digest
    zone: Digest
    configuration: Digest
    trust_root: Digest
    leaves: Count
    recent: tuple[Recent, ...]
    """The latest leaves, by their kinds alone."""


def piece(name: str, raw: bytes) -> Piece:
    """Some bytes under a name."""
    return Piece(name=name, content=to_base64url(raw))


def leaf_name(index: int) -> str:
    """Under which a leaf goes: numbers sort as they count."""
    return f"{LEAF}{index:012d}"


def packed(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """The pieces by parcels."""
    held: list[Piece] = []
    size = 0
    for one in pieces:
        if held and size + len(one.content) > PIECE_BYTES * 4 // 3:
            yield tuple(held)
            held, size = [], 0
        held.append(one)
        size += len(one.content)
    yield tuple(held)


def kind_of(signed: Signed) -> Kind | None:
    """What a document says that it is; None where its headers say nothing known, or not the same."""
    for kind in Kind:
        try:
            claimed_signers(signed, kind)
        except Undecodable:
            continue
        return kind
    return None


def is_evidence(signed: Signed) -> bool:
    """Whether a document is of a kind that can tell of nobody on a list or in the street."""
    kind = kind_of(signed)
    if kind is not Kind.ORDER:
        return kind in _PAPERS
    try:
        return verb_of(signed) in _ORDERS
    except Undecodable:
        return False
