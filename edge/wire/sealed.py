"""Private things: content keys wrapped with HPKE (RFC 9180), contents under ChaCha20-Poly1305 (RFC 8439).

ChaCha20 rather than AES because small boards lack AES instructions. The suite is base mode, DHKEM(X25519,
HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. What a box belongs to is bound twice: as HPKE's ``info`` and as the
content cipher's associated data.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge.domain.authority import Digest, Identifier, Key, Name
from edge.domain.errors import Undecodable
from edge.domain.orders import WrappedKey
from edge.wire.signed import canonical, from_base64url, to_base64url

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
PADDED_TO: Final = 4096
"""Sealed contents are padded to a multiple of this, so that their length says little."""

_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBinding:
    """What a wrapped watchlist key is for: this device, this deployment, this list."""

    purpose: Literal["lamppost list key 1", "lamppost withdrawn entry 1"] = "lamppost list key 1"
    site: Name
    device: Name
    authorisation: Identifier
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class HitBinding:
    """What a sealed hit is."""

    purpose: str = "lamppost hit 1"
    site: Name
    device: Name
    authorisation: Identifier
    hit: Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewBinding:
    """What a sealed preview is."""

    purpose: Literal["lamppost preview 1"] = "lamppost preview 1"
    site: Name
    device: Name
    authorisation: Identifier
    preview: Identifier


Binding: TypeAlias = ListBinding | HitBinding | PreviewBinding


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A sealed content and its key, wrapped once for each who may open it."""

    nonce: str
    content: str
    keys: tuple[WrappedKey, ...]


def public_of(private: X25519PrivateKey) -> Key:
    """The public half, base64url."""
    return to_base64url(private.public_key().public_bytes_raw())


def wrap(secret: bytes, to: Key, binding: Binding) -> WrappedKey:
    """Seal a 32-byte secret to an X25519 key. Raises Undecodable where the key is none."""
    try:
        public = X25519PublicKey.from_public_bytes(from_base64url(to))
        sealed = _SUITE.encrypt(secret, public, canonical(binding))
    except ValueError as error:
        raise Undecodable("Not a usable X25519 public key.", "Make the key with this product's tools.") from error
    return WrappedKey(to=to, sealed=to_base64url(sealed))


def unwrap(private: X25519PrivateKey, wrapped: WrappedKey, binding: Binding) -> bytes:
    """The secret. Raises Undecodable where it was wrapped to another key, for another purpose, or changed."""
    try:
        secret = _SUITE.decrypt(from_base64url(wrapped.sealed), private, canonical(binding))
    except (InvalidTag, ValueError) as error:
        raise Undecodable("The wrapped key does not open.", "Wrap it to this very key, device and purpose.") from error
    if len(secret) != KEY_BYTES:
        raise Undecodable(f"The wrapped key has {len(secret)} bytes.", f"A content key has {KEY_BYTES}.")
    return secret


def seal(content: bytes, recipients: Sequence[Key], binding: HitBinding | PreviewBinding) -> Box:
    """Seal a content under a key of its own, wrapped to each recipient, padded."""
    secret, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
    framed = len(content).to_bytes(4, "big") + content
    framed += bytes(-len(framed) % PADDED_TO)
    sealed = ChaCha20Poly1305(secret).encrypt(nonce, framed, canonical(binding))
    keys = tuple(wrap(secret, recipient, binding) for recipient in recipients)
    return Box(nonce=to_base64url(nonce), content=to_base64url(sealed), keys=keys)


def unseal(box: Box, private: X25519PrivateKey, binding: HitBinding | PreviewBinding) -> bytes:
    """The content. Raises Undecodable where the box is not for this key, or was changed."""
    own = public_of(private)
    mine = next((key for key in box.keys if key.to == own), None)
    if mine is None:
        raise Undecodable("The box is not sealed to this key.", "Open it with a recipient key of its authorisation.")
    nonce = from_base64url(box.nonce)
    try:
        cipher = ChaCha20Poly1305(unwrap(private, mine, binding))
        framed = cipher.decrypt(nonce, from_base64url(box.content), canonical(binding))
    except (InvalidTag, ValueError) as error:
        raise Undecodable("The sealed content was changed.", "Ask the device to send it again.") from error
    length = int.from_bytes(framed[:4], "big")
    if length > len(framed) - 4:
        raise Undecodable("The sealed content is cut short.", "Ask the device to send it again.")
    return framed[4 : 4 + length]
