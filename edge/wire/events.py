"""What devices say: CloudEvents 1.0 in structured JSON, whose ``data`` is a JWS.

The outer attributes route; only what stands inside the signature is believed, and the two must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from edge.domain.authorisation import Category
from edge.domain.authority import Count, Digest, Identifier, Key, Name, Signed
from edge.domain.comparison import PresentationCue, ScoreBand
from edge.domain.condition import Condition
from edge.domain.errors import Undecodable
from edge.domain.orders import BODIES, Body, Heading, Nonce, Order, Verb
from edge.wire.sealed import Box
from edge.wire.signed import Kind, Signs, canonical, parse, payload_of, sign

CONTENT_TYPE: Final = "application/cloudevents+json"
"""The MQTT 5 content type of the structured mode (CloudEvents MQTT protocol binding 1.0.2, section 3.2)."""
STATEMENT: Final = "possible match, not an identification"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Published on every change and connect, and often enough that a fresh nonce is always at hand."""

    site: Name
    device: Name
    epoch: Identifier
    boot: Identifier
    sequence: Count
    at: datetime
    condition: Condition
    reasons: tuple[str, ...]
    nonce: Nonce
    nonce_until: datetime
    authorisation: Identifier | None
    not_after: datetime | None
    presence_until: datetime | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is in force, for everyone to see."""

    site: Name
    device: Name
    boot: Identifier
    at: datetime
    authorisation: Identifier
    authorisation_digest: Digest
    list_key: Key
    list_digest: Digest
    list_entries: Count
    detector: Digest
    embedder: Digest
    calibration: Digest
    zone: Digest
    """Of the canonical form of :class:`edge.domain.zone.Zone`: what may be looked at."""
    configuration: Digest
    """Of what else decides how the device looks."""
    max_fpir: Decimal
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHit:
    """A hit as it crosses the broker."""

    id: Identifier
    site: Name
    device: Name
    epoch: Identifier
    boot: Identifier
    authorisation: Identifier
    sequence: Count
    committed: datetime
    expires: datetime
    """Not signed for by then, it is no alert any more."""
    destroy_by: datetime
    """Nobody may be able to read it afterwards, unless a signed order holds it as evidence."""
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class HitContent:
    """What a recipient reads inside."""

    statement: str
    """Always: possible match, not an identification."""
    hit: Identifier
    entry: Identifier
    category: Category
    band: ScoreBand
    captured: datetime
    searched: datetime
    samples: Count
    seen_for_ms: Count
    box: tuple[int, int, int, int]
    """Left, top, right, bottom, pixels of the main stream."""
    face: str
    """JPEG, base64url."""
    presentation: tuple[PresentationCue, ...]
    """Cues that a picture was shown instead of a face, for the reviewer to judge. None of them proves nothing."""
    salt: str
    """Opens the journal's commitment: SHA-256 over this salt (raw) and this content with an empty salt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPreview:
    """A preview as it crosses the broker. Nothing of it is kept."""

    id: Identifier
    site: Name
    device: Name
    boot: Identifier
    authorisation: Identifier
    number: Count
    """From 1, in this life of the device."""
    made: datetime
    expires: datetime
    """It is not shown afterwards."""
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewContent:
    """What a recipient reads inside."""

    preview: Identifier
    captured: datetime
    columns: Count
    rows: Count
    levels: Annotated[str, Meta(pattern=r"^[0-7]{1,256}\Z")]
    """A digit from 0, black, to 7, white, for each cell, row by row from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """The envelope (CloudEvents 1.0.2, JSON format). Extension attributes are allowed and ignored."""

    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    data: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class _OrderDocument:
    heading: Heading
    body: msgspec.Raw


def type_of(kind: Kind) -> str:
    """The CloudEvents type of a kind of document."""
    return f"io.{kind.value.replace('-', '.', 1)}.v1"


def enclose(signed: Signed, kind: Kind, *, id: str, source: str, time: datetime) -> bytes:
    """A signed document in its envelope."""
    return canonical(
        CloudEvent(
            specversion="1.0",
            id=id,
            source=source,
            type=type_of(kind),
            time=time,
            datacontenttype="application/jose+json",
            data=signed,
        )
    )


def disclose(message: bytes, kind: Kind) -> Signed:
    """The signed document of an envelope, not yet believed. Raises Undecodable."""
    try:
        event = msgspec.json.decode(message, type=CloudEvent)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(f"Not a CloudEvent: {error}.", "Send structured CloudEvents 1.0 JSON.") from error
    if event.specversion != "1.0" or event.type != type_of(kind):
        raise Undecodable(
            f"A CloudEvent {event.specversion} of type {event.type!r}.", f"Type {type_of(kind)} is expected here."
        )
    return event.data


def order_document(heading: Heading, body: Body, signer: Signs) -> Signed:
    """Sign an order."""
    return sign({"heading": heading, "body": body}, Kind.ORDER, signer)


def read_order(signed: Signed, key: Key) -> Order:
    """An order, whose signature by ``key`` the caller has checked. Raises Undecodable."""
    payload = payload_of(signed)
    heading = heading_of(payload)
    body = parse(bytes(_document(payload).body), BODIES[heading.verb])
    if canonical({"heading": heading, "body": body}) != payload:
        raise Undecodable("The order is not in canonical form.", "Write it with sorted keys and no white space.")
    return Order(heading=heading, body=body, key=key, signed=signed)


def heading_of(payload: bytes) -> Heading:
    """An order's heading, before its body is looked at. Raises Undecodable."""
    return _document(payload).heading


def verb_of(signed: Signed) -> Verb:
    """What a signed order asks for, unverified. Raises Undecodable."""
    return heading_of(payload_of(signed)).verb


def read(signed: Signed, kind: type[T]) -> T:
    """A document, whose signature the caller has checked. Raises Undecodable."""
    return parse(payload_of(signed), kind)


def _document(payload: bytes) -> _OrderDocument:
    try:
        return msgspec.json.decode(payload, type=_OrderDocument)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(f"Not an order: {error}.", "Write it from the published schema.") from error
