"""Enrolment as documents: what a device asks, and whether it may believe the answer."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final, TypeVar

import msgspec

from edge.domain.authority import Digest, Key, Role, Signed, TrustRoot
from edge.domain.custody import NewEpoch
from edge.domain.errors import Refusal, Undecodable
from edge.domain.provisioning import (
    Answer,
    Enrolment,
    EnrolmentRequest,
    Head,
    Objected,
    Objection,
    Reprovisioning,
)
from edge.wire import certificates
from edge.wire.custodians import first, quorum
from edge.wire.signed import Kind, Signs, canonical, digest, holds, parse, payload_of, sign

MOST: Final = 1024 * 1024
"""Bytes of an answer that are read."""
_GROUPS: Final = 5
_LETTERS: Final = 4

T = TypeVar("T")


def fingerprint(found: Digest) -> str:
    """The first 100 bits of a digest, five groups of four letters and digits to be read aloud (RFC 4648, base32)."""
    text = base64.b32encode(bytes.fromhex(found)).decode().lower()
    return "-".join(text[start : start + _LETTERS] for start in range(0, _GROUPS * _LETTERS, _LETTERS))


def same_fingerprint(typed: str, found: Digest) -> bool:
    """Whether what a person typed is a digest's fingerprint, however they grouped it and whatever its case."""
    return "".join(c for c in typed.lower() if c.isalnum()) == fingerprint(found).replace("-", "")


def key_fingerprint(key: Key) -> str:
    """A public key's, to be read aloud."""
    return fingerprint(digest(key.encode()))


def ask(request: EnrolmentRequest, device: Signs) -> Signed:
    """A request, signed by the key that it names."""
    return sign(parse(canonical(request), EnrolmentRequest), Kind.ENROLMENT_REQUEST, device)


def asked(signed: Signed) -> EnrolmentRequest:
    """What a request says, where its own key signed it and its certificate request is sound.

    Raises Undecodable. Whose key that is, nobody knows before a fingerprint was compared.
    """
    request = parse(payload_of(signed), EnrolmentRequest)
    if not holds(signed, Kind.ENROLMENT_REQUEST, request.key):
        raise Undecodable("The request is not signed by the key that it names.", "Copy it again from the device.")
    certificates.requested(request)
    return request


def read_answer(raw: bytes) -> Answer:
    """An answer's file. Raises Objected."""
    if len(raw) > MOST:
        raise Objected(Objection.UNREADABLE, f"it has {len(raw)} bytes")
    try:
        return msgspec.json.decode(raw, type=Answer)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Objected(Objection.UNREADABLE, str(error)[:200]) from error


@dataclass(frozen=True, slots=True)
class Believed:
    """An answer that was checked."""

    enrolment: Enrolment
    root: TrustRoot
    trust_root: Digest


def believed(answer: Answer, asked_for: Signed, typed: str, now: datetime) -> Believed:
    """Check all that can be checked without keys or disk. ``typed`` is the trust root's fingerprint, as read out.

    The trust root is asked first: whoever signs anything else is known from it alone. Raises Objected.
    """
    request, root, trust_root = asked(asked_for), first(answer.trust_root), digest(_payload(answer.trust_root))
    if not same_fingerprint(typed, trust_root):
        raise Objected(Objection.OTHER_ROOT, f"this one's is {fingerprint(trust_root)}")
    if isinstance(root, Refusal):
        raise Objected(Objection.ROOT_NOT_BELIEVED, root.said)
    missing = quorum(answer.enrolment, Kind.ENROLMENT, root)
    if missing is not None:
        raise Objected(Objection.NOT_SIGNED, missing.said)
    enrolment = _parsed(answer.enrolment, Enrolment)
    _is_for(enrolment, request, digest(payload_of(asked_for)), trust_root)
    if not enrolment.issued <= now < enrolment.expires or now >= root.expires:
        raise Objected(
            Objection.OUT_OF_TIME,
            f"it is {now:%Y-%m-%d %H:%M}Z here, and it holds until {enrolment.expires:%Y-%m-%d %H:%M}Z",
        )
    if not any(pinned.role is Role.DEVICE and pinned.key == request.key for pinned in root.keys):
        raise Objected(Objection.ROOT_WITHOUT_DEVICE)
    _certified(enrolment, request, now)
    _reaches_its_broker(enrolment)
    _binds(answer.opening, request, root)
    return Believed(enrolment, root, trust_root)


def ordered(signed: Signed, root: TrustRoot) -> Reprovisioning:
    """A decision to provision anew, by the custodians of the trust root in force. Raises Objected."""
    missing = quorum(signed, Kind.REPROVISIONING, root)
    if missing is not None:
        raise Objected(Objection.NOT_SIGNED, missing.said)
    return _parsed(signed, Reprovisioning)


def _is_for(enrolment: Enrolment, request: EnrolmentRequest, name: Digest, trust_root: Digest) -> None:
    theirs, ours = ((one.site, one.device, one.epoch) for one in (enrolment, request))
    if theirs != ours:
        raise Objected(Objection.OTHER_DEVICE, f"{'/'.join(theirs)}, and this is {'/'.join(ours)}")
    if enrolment.key != request.key:
        raise Objected(Objection.OTHER_KEY)
    if enrolment.request != name:
        raise Objected(Objection.OTHER_REQUEST)
    if enrolment.trust_root != trust_root:
        raise Objected(Objection.OTHER_ROOT, "the custodians signed for another one")


def _certified(enrolment: Enrolment, request: EnrolmentRequest, now: datetime) -> None:
    try:
        shown, ours = certificates.read(enrolment.certificate), certificates.requested(request)
        certificates.read(enrolment.broker.ca)
    except Undecodable as error:
        raise Objected(Objection.CERTIFICATE_UNUSABLE, error.what) from error
    if certificates.key_of(shown) != certificates.key_of(ours):
        raise Objected(Objection.CERTIFICATE_OF_ANOTHER_KEY)
    wanted, found = certificates.common_name(request.site, request.device), certificates.name_of(shown)
    if found != wanted:
        raise Objected(Objection.CERTIFICATE_OF_ANOTHER_NAME, f"{found}, not {wanted}")
    wrong = certificates.unfit(shown, now)
    if wrong:
        raise Objected(Objection.CERTIFICATE_UNUSABLE, wrong)


def _reaches_its_broker(enrolment: Enrolment) -> None:
    try:
        address = ip_address(enrolment.broker.host)
    except ValueError:
        return  # a name, whose address nobody knows here
    if not any(address in ip_network(network) for network in enrolment.networks):
        raise Objected(Objection.BROKER_SHUT_OUT, enrolment.broker.host)


def _binds(opening: Signed | None, request: EnrolmentRequest, root: TrustRoot) -> None:
    """The decision on the new epoch binds the head that the request names; without one there is none."""
    if request.previous is None and opening is None:
        return
    if request.previous is None or opening is None:
        raise Objected(
            Objection.JOURNAL_NOT_BOUND, "no journal ended here" if opening else "there is no decision on it"
        )
    missing = quorum(opening, Kind.NEW_EPOCH, root)
    if missing is not None:
        raise Objected(Objection.JOURNAL_NOT_BOUND, missing.said)
    found = _parsed(opening, NewEpoch)
    head = Head(origin=found.previous_origin, size=found.previous_size, root=found.previous_root)
    if (found.site, found.device, found.epoch) != (
        request.site,
        request.device,
        request.epoch,
    ) or head != request.previous:
        raise Objected(Objection.JOURNAL_NOT_BOUND, "the decision names another journal or epoch")


def _payload(signed: Signed) -> bytes:
    try:
        return payload_of(signed)
    except Undecodable as error:
        raise Objected(Objection.UNREADABLE, error.what) from error


def _parsed(signed: Signed, kind: type[T]) -> T:
    try:
        return parse(payload_of(signed), kind)
    except Undecodable as error:
        raise Objected(Objection.UNREADABLE, error.what) from error
