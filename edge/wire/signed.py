"""Signed documents: JWS in general JSON serialisation (RFC 7515), Ed25519 (RFC 8037, named as RFC 9864 wants it).

A deliberately small part of the standard: one algorithm, three header fields (``alg``, ``kid``, ``typ``), no
unprotected header, no embedded keys, no certificates. ``typ`` keeps a signature on one kind of document from passing
for another.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.domain.authority import Digest, Key, KeyId, Signature, Signed
from edge.domain.errors import Undecodable

MAX_DOCUMENT_BYTES = 256 * 1024

T = TypeVar("T")


class Kind(enum.Enum):
    """What a signed document is: the ``typ`` of its protected header."""

    AUTHORISATION = "lamppost-authorisation"
    ORDER = "lamppost-order"
    REPLY = "lamppost-reply"
    STATE = "lamppost-state"
    HEALTH = "lamppost-health"
    DEPLOYMENT = "lamppost-deployment"
    HIT = "lamppost-hit"
    PREVIEW = "lamppost-preview"
    VIEW = "lamppost-view"
    OPINION = "lamppost-opinion"
    CHECKPOINT = "lamppost-checkpoint"
    CALIBRATION = "lamppost-calibration"
    TRUST_ROOT = "lamppost-trust-root"
    RATIFICATION = "lamppost-ratification"
    ACCURACY_REPORT = "lamppost-accuracy-report"
    NEW_EPOCH = "lamppost-new-epoch"
    NEW_CLOCK = "lamppost-new-clock"
    PUBLIC = "lamppost-public"
    MODELS = "lamppost-models"
    PARCEL = "lamppost-parcel"
    ENROLMENT_REQUEST = "lamppost-enrolment-request"
    ENROLMENT = "lamppost-enrolment"
    REPROVISIONING = "lamppost-reprovisioning"
    EXPORT = "lamppost-export"


class Signs(Protocol):
    """Whatever can sign: a key in a file, a credential, a token."""

    @property
    def public(self) -> Key:
        """The public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature (RFC 8032)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    alg: str
    kid: KeyId
    typ: str


def to_base64url(raw: bytes) -> str:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes. Raises Undecodable for anything but the one spelling of them."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise Undecodable("Not base64url.", "Encode without padding, as RFC 7515 does.") from error
    if to_base64url(raw) != text:
        raise Undecodable("Not the canonical base64url of its bytes.", "Encode without padding, as RFC 7515 does.")
    return raw


def canonical(noun: object) -> bytes:
    """The one JSON spelling of a noun."""
    return msgspec.json.encode(noun, order="sorted")


def parse(payload: bytes, kind: type[T]) -> T:
    """Decode a canonical document. Raises Undecodable naming what is wrong and where."""
    if len(payload) > MAX_DOCUMENT_BYTES:
        raise Undecodable(f"The document has {len(payload)} bytes.", f"At most {MAX_DOCUMENT_BYTES} are read.")
    try:
        noun = msgspec.json.decode(payload, type=kind)
        same = canonical(noun) == payload
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, UnicodeError) as error:
        raise Undecodable(f"Not a valid document: {error}.", "Write it from the published schema.") from error
    if not same:
        raise Undecodable(
            "The document is not in canonical form, or has fields that this version does not know.",
            "Write it with sorted keys, no white space, every field, and none besides.",
        )
    return noun


def key_id(key: Key) -> KeyId:
    """JWK thumbprint of an Ed25519 public key (RFC 7638, RFC 8037 appendix A.3)."""
    jwk = b'{"crv":"Ed25519","kty":"OKP","x":"' + key.encode() + b'"}'
    return to_base64url(hashlib.sha256(jwk).digest())


def digest(raw: bytes | memoryview) -> Digest:
    """SHA-256, lower-case hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def payload_of(signed: Signed) -> bytes:
    """The payload, whether or not a signature on it holds. Raises Undecodable."""
    return from_base64url(signed.payload)


def sign(noun: object, kind: Kind, *signers: Signs) -> Signed:
    """Sign a noun's canonical form with every signer."""
    payload = to_base64url(canonical(noun))
    return Signed(payload=payload, signatures=tuple(_signature(payload, kind, signer) for signer in signers))


def add_signature(signed: Signed, kind: Kind, signer: Signs) -> Signed:
    """The same document with one signature more, over the very same payload."""
    return Signed(payload=signed.payload, signatures=(*signed.signatures, _signature(signed.payload, kind, signer)))


def claimed_signers(signed: Signed, kind: Kind) -> Sequence[KeyId]:
    """The key ids that the signatures name, unverified, in their order.

    Raises Undecodable where a header is not exactly ``alg``, ``kid`` and ``typ`` with the values expected.
    """
    return [_header(signature, kind).kid for signature in signed.signatures]


def holds(signed: Signed, kind: Kind, key: Key) -> bool:
    """Whether the document bears a valid signature by ``key``. Raises Undecodable as :func:`claimed_signers`."""
    wanted = key_id(key)
    for signature in signed.signatures:
        if _header(signature, kind).kid != wanted:
            continue
        try:
            public = Ed25519PublicKey.from_public_bytes(from_base64url(key))
            message = f"{signature.protected}.{signed.payload}".encode("ascii", "replace")
            public.verify(from_base64url(signature.signature), message)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _signature(payload: str, kind: Kind, signer: Signs) -> Signature:
    protected = to_base64url(canonical(_Header(alg="Ed25519", kid=key_id(signer.public), typ=kind.value)))
    return Signature(protected=protected, signature=to_base64url(signer.sign(f"{protected}.{payload}".encode())))


def _header(signature: Signature, kind: Kind) -> _Header:
    header = parse(from_base64url(signature.protected), _Header)
    if header.alg != "Ed25519" or header.typ != kind.value:
        raise Undecodable(
            f"Signed as {header.typ!r} with {header.alg!r}.", f"A {kind.value} signed with Ed25519 is expected here."
        )
    return header
