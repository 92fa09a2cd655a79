"""Signing: one signature after the other, and none that a device would refuse.

Every signature is made first and then read back as the device reads it, against the keys that it pins: whoever has no
key there, or one of a role that may not sign this, or of a role that has signed already, is told so with the device's
own reason. What is still missing is no fault before the last has signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.control_room.authority.site import FactsFile
from edge.domain.authorisation import Authorisation
from edge.domain.authority import KeyId, Role, Signed
from edge.domain.errors import LamppostError, Misconfigured, Reason, Refusal, Undecodable
from edge.wire.signed import Kind, Signs, add_signature, canonical, claimed_signers, key_id, parse, payload_of, sign
from edge.wire.signers import MAY_SIGN, Keys, authorising, fit, who_signed
from edge.wire.terms import faults


class WouldBeRefused(LamppostError):
    """A device would refuse it, so nothing was signed."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"A device would refuse this authorisation: {refusal.said}.", refusal.remedy)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """An authorisation, as it is at a moment."""

    document: Authorisation
    signers: tuple[tuple[Role, KeyId], ...]
    """Whose signatures hold."""
    refusals: tuple[Refusal, ...]
    """Why a device would not accept it now; none where it would."""


def first_signature(document: Authorisation, keys: Keys, signer: Signs, now: datetime) -> Signed:
    """Sign as the first person. Raises WouldBeRefused."""
    _may_be_signed(document, keys, None, now)
    signed = sign(document, Kind.AUTHORISATION, signer)
    _would_be_believed(signed, document, keys)
    return signed


def countersignature(
    signed: Signed, keys: Keys, signer: Signs, now: datetime, facts: FactsFile | None = None
) -> tuple[Signed, Authorisation]:  # fmt: skip
    """Sign as the second person, or as a third. Returns what was signed too.

    Without ``facts`` its device's own part is left to the device. Raises WouldBeRefused, Misconfigured.
    """
    document = read(signed)
    if key_id(signer.public) in _claimed(signed):
        raise Misconfigured("This key has signed it before.", "Have another person sign, with a key of their own role.")
    _may_be_signed(document, keys, facts, now)
    more = add_signature(signed, Kind.AUTHORISATION, signer)
    _would_be_believed(more, document, keys)
    return more, document


def standing(signed: Signed, keys: Keys, facts: FactsFile | None, now: datetime) -> Standing:
    """Everything that a device would say to it now, but for what only the device remembers. Raises Misconfigured."""
    document = read(signed)
    said, found = who_signed(signed, Kind.AUTHORISATION, keys, MAY_SIGN), authorising(signed, keys)
    refusals = [found] if isinstance(found, Refusal) else [no for no in (fit(document, found, keys),) if no is not None]
    refusals += [fault.refusal for fault in faults(document, keys, _facts(document, facts).facts(
        simulated=document.test), now)]  # fmt: skip
    return Standing(document, () if isinstance(said, Refusal) else tuple(said.items()), tuple(refusals))


def missing(signed: Signed, document: Authorisation, keys: Keys) -> tuple[Role, ...]:
    """The roles that have yet to sign."""
    said = who_signed(signed, Kind.AUTHORISATION, keys, MAY_SIGN)
    wanted = document.signers | ({Role.INDEPENDENT} if keys.root.policy.independent else set())
    have = set() if isinstance(said, Refusal) else set(said)
    return tuple(sorted(wanted - have, key=lambda role: role.value))


def read(signed: Signed) -> Authorisation:
    """What an authorisation says, unverified. Raises Misconfigured."""
    try:
        return parse(payload_of(signed), Authorisation)
    except Undecodable as error:
        raise WouldBeRefused(Refusal(Reason.MALFORMED, error.what.rstrip("."))) from error


def _claimed(signed: Signed) -> list[KeyId]:
    try:
        return list(claimed_signers(signed, Kind.AUTHORISATION))
    except Undecodable as error:
        raise WouldBeRefused(Refusal(Reason.MALFORMED, error.what.rstrip("."))) from error


def _may_be_signed(document: Authorisation, keys: Keys, facts: FactsFile | None, now: datetime) -> None:
    """As the device would be asked at the earliest: its window may open later than it is signed."""
    try:
        parse(canonical(document), Authorisation)
    except Undecodable as error:
        raise WouldBeRefused(Refusal(Reason.MALFORMED, error.what.rstrip("."))) from error
    held = _facts(document, facts).facts(simulated=document.test)
    found = next(faults(document, keys, held, max(now, document.not_before)), None)
    if found is not None:
        raise WouldBeRefused(found.refusal)


def _would_be_believed(signed: Signed, document: Authorisation, keys: Keys) -> None:
    signers = who_signed(signed, Kind.AUTHORISATION, keys, MAY_SIGN)
    found = signers if isinstance(signers, Refusal) else fit(document, signers, keys)
    if found is not None and found.reason is not Reason.NOT_SIGNED:
        raise WouldBeRefused(found)


def _facts(document: Authorisation, facts: FactsFile | None) -> FactsFile:
    if facts is not None:
        return facts
    return FactsFile(
        site=document.site, device=document.device, zone=document.zone, configuration=document.configuration,
        detector=document.models.detector, embedder=document.models.embedder, calibration=document.calibration,
    )  # fmt: skip
