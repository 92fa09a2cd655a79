"""What an authorisation says, held against this device, the trust root and what was accepted before.

Every field is either held against something here, or against the sealed list and the calibration in ``gallery``, or
names those who may act and is asked whenever they do; the references are for people to follow.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.authorisation import MAX_LIST_AGE, Authorisation
from edge.domain.authority import Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.rules import breaks
from edge.ports import Store
from edge.safeguards.verify import CLOSED, DIGEST, SEQUENCE, Believed, Facts, Keys, authorising, fit
from edge.wire.sealed import HitBinding, seal
from edge.wire.signed import digest, from_base64url, key_id, parse, payload_of

_SOON: Final = timedelta(seconds=5)


def authorisation(signed: Signed, keys: Keys, facts: Facts, store: Store, now: Instant) -> Believed | Refusal:
    """Verify an authorisation: first who signed it, then every field."""
    signers = authorising(signed, keys)
    if isinstance(signers, Refusal):
        return signers
    try:
        payload = payload_of(signed)
        document = parse(payload, Authorisation)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    believed = Believed(document, digest(payload), signed, tuple(signers.items()))
    return (
        fit(document, signers, keys)
        or _is_for_this_device(document, keys, facts)
        or _names_pinned_keys(document, keys)
        or _can_be_sealed_to(document, keys)
        or _is_current(document, keys, now)
        or breaks(document)
        or _is_not_an_old_one(believed, store)
        or believed
    )


def _is_for_this_device(document: Authorisation, keys: Keys, facts: Facts) -> Refusal | None:
    if (document.site, document.device) != (facts.site, facts.device):
        return Refusal(Reason.WRONG_DEVICE, f"it names {document.site}/{document.device}")
    # Test keys, test documents and simulated cameras go together or not at all.
    if document.test and not (keys.test and facts.simulated):
        return Refusal(Reason.TEST_ONLY)
    if not document.test and (keys.test or facts.simulated):
        return Refusal(Reason.NOT_A_TEST)
    if (document.models.detector, document.models.embedder) != (facts.detector, facts.embedder):
        return Refusal(Reason.WRONG_MODEL)
    if document.zone != facts.zone:
        return Refusal(Reason.WRONG_ZONE)
    if document.configuration != facts.configuration:
        return Refusal(Reason.WRONG_CONFIGURATION)
    if document.calibration != facts.calibration:
        return Refusal(Reason.WRONG_CALIBRATION)
    return None


def _names_pinned_keys(document: Authorisation, keys: Keys) -> Refusal | None:
    for identifier, role in [
        *((one, Role.OPERATOR) for one in document.operators),
        *((one, Role.PRESENCE) for one in document.presence),
        *((one, Role.REVIEWER) for one in document.reviewers),
    ]:
        found = keys.role(identifier)
        if found is None:
            return Refusal(Reason.UNKNOWN_KEY, identifier)
        if found is not role:
            return Refusal(Reason.WRONG_ROLE, f"{identifier} is not a key for {role.value}")
    return None


def _can_be_sealed_to(document: Authorisation, keys: Keys) -> Refusal | None:
    """Recipients' keys are made for one deployment: they are pinned nowhere, and hits can be sealed to them."""
    try:
        for recipient in document.recipients:
            if keys.role(key_id(recipient.sign)) is not None:
                return Refusal(Reason.WRONG_ROLE, "a recipient's key is pinned for something else")
            from_base64url(recipient.sign)
        trial = HitBinding(site=document.site, device=document.device, authorisation=document.id, hit="trial")
        seal(b"", [recipient.seal for recipient in document.recipients], trial)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, f"a recipient's key: {error.what}")
    return None


def _is_current(document: Authorisation, keys: Keys, now: Instant) -> Refusal | None:
    if keys.expired(now.wall):
        return Refusal(Reason.TRUST_ROOT_EXPIRED, f"at {keys.root.expires:%Y-%m-%d %H:%M}Z")
    if now.wall >= document.not_after:
        return Refusal(Reason.EXPIRED, f"its window closed at {document.not_after:%Y-%m-%d %H:%M}Z")
    if now.wall < document.not_before:
        return Refusal(Reason.NOT_YET_VALID, f"its window opens at {document.not_before:%Y-%m-%d %H:%M}Z")
    # Twenty-four hours before the start that is asked for now, not before the first that was possible.
    built = document.watchlist.built
    if built > now.wall + _SOON or now.wall - built > MAX_LIST_AGE:
        return Refusal(Reason.LIST_STALE, f"it was built at {built:%Y-%m-%d %H:%M}Z")
    return None


def _is_not_an_old_one(believed: Believed, store: Store) -> Refusal | None:
    sequence = believed.authorisation.sequence
    if sequence <= int(store.get(CLOSED) or b"0"):
        return Refusal(Reason.REPLAYED, "this authorisation, or a later one, has ended")
    accepted = int(store.get(SEQUENCE) or b"0")
    if sequence < accepted:
        return Refusal(Reason.REPLAYED, "a later authorisation was accepted")
    if sequence == accepted and believed.digest.encode() != store.get(DIGEST):
        return Refusal(Reason.ID_REUSED, "another authorisation of the same sequence was accepted")
    return None
