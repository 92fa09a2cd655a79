"""The journal's leaves as bytes.

The tree over them is :mod:`edge.wire.merkle`'s, its signed head :mod:`edge.wire.checkpoints`': RFC 9162 and C2SP, so
that witnesses and verifiers written by others can read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from edge.domain.authority import Identifier
from edge.domain.errors import Undecodable
from edge.domain.record import EVENTS, Leaf
from edge.wire.signed import canonical, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class _LeafDocument:
    at: datetime
    boot: Identifier
    kind: str
    event: msgspec.Raw


def encode_leaf(leaf: Leaf) -> bytes:
    """A leaf as canonical JSON."""
    return canonical({"at": leaf.at, "boot": leaf.boot, "kind": leaf.event.kind, "event": leaf.event})


def decode_leaf(raw: bytes) -> Leaf:
    """The leaf. Raises Undecodable for anything but the canonical form of a known kind."""
    document = _decoded(raw)
    event_type = EVENTS.get(document.kind)
    if event_type is None:
        raise Undecodable(f"A leaf of the unknown kind {document.kind!r}.", "Read it with a newer version.")
    leaf = Leaf(at=document.at, boot=document.boot, event=parse(bytes(document.event), event_type))
    if encode_leaf(leaf) != raw:
        raise Undecodable("The leaf is not in canonical form.", "The journal was written by something else.")
    return leaf


def _decoded(raw: bytes) -> _LeafDocument:
    try:
        return msgspec.json.decode(raw, type=_LeafDocument)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(f"Not a leaf: {error}.", "The journal was written by something else.") from error
