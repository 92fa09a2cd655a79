"""What an authorisation says, held against this device, the trust root and what was accepted before.

Its terms are held against this device in :mod:`edge.wire.terms`, where the control room asks too; what only this device
remembers is asked here.
"""

from __future__ import annotations

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Signed
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.ports import Store
from edge.safeguards.verify import CLOSED, DIGEST, SEQUENCE, Believed, Facts, Keys, authorising, fit
from edge.wire.signed import digest, parse, payload_of
from edge.wire.terms import faults


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
        or next((fault.refusal for fault in faults(document, keys, facts, now.wall)), None)
        or _is_not_an_old_one(believed, store)
        or believed
    )


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
