"""What a device asks: keys of its own, made here and sealed, and a request that its new key signs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.adapters.provisioned import KEYS, Provisioned
from edge.domain.authority import Identifier, Key, Name, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.provisioning import EnrolmentRequest, Head, Objected, Objection, Sealing
from edge.wire import certificates, enrolment
from edge.wire.signed import canonical, parse, to_base64url

REQUEST = "request.json"
CERTIFICATE_REQUEST = "device.csr"


class Seals(Protocol):
    """Whatever keeps a secret for this machine alone."""

    def kind(self) -> Sealing:
        """What there is here."""
        ...

    def seal(self, name: str, secret: bytes, kind: Sealing) -> bytes:
        """Seal it under a name. Raises Misconfigured."""
        ...

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Open it again. Raises Misconfigured."""
        ...


@dataclass(frozen=True, slots=True)
class Made:
    """Keys in memory, for as long as a request is signed with them."""

    signing: Ed25519PrivateKey
    connection: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> Key:
        """The device's public key."""
        return to_base64url(self.signing.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032)."""
        return self.signing.sign(message)


def ask(
    disk: Provisioned, seals: Seals, *, site: Name, device: Name, epoch: Identifier, now: datetime,
    again: bool = False,
) -> Signed:  # fmt: skip
    """Make keys, and the request that is to be carried to the custodians; or find the one that was made before.

    Raises Misconfigured where the device is provisioned, or has asked for something else.
    """
    if disk.in_force() is not None:
        raise Misconfigured(
            f"{disk.places.instance} is provisioned, in the epoch {disk.in_force()}.",
            "To do it anew, bring the decision of two custodians: --anew.",
        )
    before = asked_for(disk)
    if before is not None and not again:
        found = enrolment.asked(before)
        if (found.site, found.device) != (site, device):
            raise Misconfigured(
                f"It has asked to be {found.site}/{found.device}.", "Bring the answer to that, or ask --again."
            )
        return before
    if disk.ended() and before is not None:
        kept = enrolment.asked(before)
        if (kept.site, kept.device) != (site, device):
            raise Misconfigured(f"It is to be {kept.site}/{kept.device}.", "Name that: the custodians decided so.")
        signed, files = request(seals, site=site, device=device, epoch=kept.epoch, previous=kept.previous, now=now)
        files = {**_kept(disk), **files}
    else:
        signed, files = request(seals, site=site, device=device, epoch=epoch, previous=None, now=now)
        kept = enrolment.asked(signed)
    disk.expect(disk.put(kept.epoch, files))
    disk.sweep()
    return signed


def request(
    seals: Seals, *, site: Name, device: Name, epoch: Identifier, previous: Head | None, now: datetime
) -> tuple[Signed, dict[str, bytes]]:  # fmt: skip
    """New keys, and a request: signed, and as the files that it is kept in. Raises Misconfigured."""
    made, kind = Made(Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())), seals.kind()
    document = EnrolmentRequest(
        site=site,
        device=device,
        epoch=epoch,
        nonce=to_base64url(os.urandom(32)),
        key=made.public,
        certificate_request=certificates.request(made.connection, site, device),
        sealing=kind,
        previous=previous,
        made=now,
    )
    try:
        signed = enrolment.ask(document, made)
    except Undecodable as error:
        raise Misconfigured(f"A device cannot be called that: {error.what}", error.remedy) from error
    files = {REQUEST: canonical(signed), CERTIFICATE_REQUEST: certificates.as_pem(document)}
    as_made = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secrets = (made.signing.private_bytes(*as_made), made.connection.private_bytes(*as_made))
    files |= {name: seals.seal(name, secret, kind) for name, secret in zip(KEYS, secrets, strict=True)}
    return signed, files


def asked_for(disk: Provisioned) -> Signed | None:
    """The request that is not answered yet. Raises Misconfigured where it cannot be read."""
    raw = disk.read(REQUEST, coming=True)
    try:
        return None if raw is None else parse(raw, Signed)
    except Undecodable as error:
        raise Misconfigured(f"The request on this disk is damaged: {error.what}", "Ask --again.") from error


def opened(seals: Seals, sealed: Mapping[str, bytes], document: EnrolmentRequest) -> None:
    """See that the sealed keys can be opened here, and are those that a request names. Raises Objected."""
    try:
        signing, connection = (load_pem_private_key(seals.unseal(name, sealed[name]), None) for name in KEYS)
    except (Misconfigured, KeyError, ValueError, TypeError) as error:
        raise Objected(Objection.KEYS_LOST, str(error)[:120]) from error
    if not isinstance(signing, Ed25519PrivateKey) or not isinstance(connection, ec.EllipticCurvePrivateKey):
        raise Objected(Objection.KEYS_LOST, "they are of another kind")
    made = Made(signing, connection)
    asked = certificates.key_of(certificates.requested(document))
    if made.public != document.key or certificates.public_bytes(connection.public_key()) != asked:
        raise Objected(Objection.OTHER_KEY, "the sealed keys are not those of the request")


def _kept(disk: Provisioned) -> dict[str, bytes]:
    """What the wiped epoch left for the next, which a further request must not lose."""
    found = {name: disk.read(name, coming=True) for name in (CARRIED, SITE)}
    return {name: raw for name, raw in found.items() if raw is not None}


CARRIED = "carried.json"
"""Values of the journal that ended, which the next must not forget."""
SITE = "site.toml"
"""Of the settings: what the place decides, and not the provisioning."""


def carried(raw: bytes | None) -> dict[str, bytes]:
    """The values of :data:`CARRIED`. Raises Misconfigured."""
    try:
        return {} if raw is None else msgspec.json.decode(raw, type=dict[str, bytes])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"What the last epoch left is damaged: {error}.", "Mend the disk.") from error
