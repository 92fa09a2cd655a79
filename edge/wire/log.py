"""The journal's bytes: leaves, the Merkle tree over them, and its signed head.

Tree hashing follows RFC 9162, section 2.1; the head is a C2SP tlog-checkpoint in a C2SP signed-note, so that witnesses
and verifiers written by others can read it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from edge.domain.authority import Identifier, Key
from edge.domain.errors import Undecodable
from edge.domain.record import EVENTS, Checkpoint, Leaf
from edge.wire.signed import Signs, canonical, from_base64url, parse

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_ED25519_NOTE: Final = b"\x01"


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


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf: SHA-256 over 0x00 and its bytes."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over 0x01 and its children's hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a Merkle tree: all that is needed to append to it and to know its root."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()
    """Roots of the perfect subtrees, the largest (leftmost) first, one for each bit set in ``size``."""

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one leaf more."""
        peaks, bits = list(self.peaks), self.size
        node = leaf_hash(leaf)
        while bits & 1:
            node = node_hash(peaks.pop(), node)
            bits >>= 1
        return Frontier(self.size + 1, (*peaks, node))

    def root(self) -> bytes:
        """The Merkle tree hash."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node


def frontier_of(leaves: Iterable[bytes], start: Frontier | None = None) -> Frontier:
    """The frontier of all leaves in order."""
    frontier = start or Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The body of a tlog-checkpoint: origin, size and root, a line each."""
    root = base64.b64encode(bytes.fromhex(checkpoint.root)).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"


def note_key_id(name: str, key: Key) -> bytes:
    """The four-byte key id of an Ed25519 key in a signed note."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519_NOTE + from_base64url(key)).digest()[:4]


def verifier_line(name: str, key: Key) -> str:
    """The key in the form that note verifiers take: name, key id, algorithm and key."""
    encoded = base64.b64encode(_ED25519_NOTE + from_base64url(key)).decode()
    return f"{name}+{note_key_id(name, key).hex()}+{encoded}"


def signed_checkpoint(checkpoint: Checkpoint, signer: Signs) -> str:
    """A checkpoint with the log's own signature line."""
    text = checkpoint_text(checkpoint)
    signature = note_key_id(checkpoint.origin, signer.public) + signer.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def _decoded(raw: bytes) -> _LeafDocument:
    try:
        return msgspec.json.decode(raw, type=_LeafDocument)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable(f"Not a leaf: {error}.", "The journal was written by something else.") from error
