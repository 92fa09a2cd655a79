"""Verification: broker logins and topic rights are not authority; a signature by the right key is.

Nothing that a document says is looked at before its signatures are checked, except which keys it claims. Who signed is
asked in :mod:`edge.wire.signers`; whether what they signed holds for this device, in ``authorised``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Digest, KeyId, Role, Signed
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.facts import Facts as Facts
from edge.ports import Transaction
from edge.safeguards import urgent
from edge.steps.calibrate import Calibration
from edge.wire.signed import Kind, digest, parse, payload_of
from edge.wire.signers import Keys as Keys
from edge.wire.signers import authorising as authorising
from edge.wire.signers import fit as fit
from edge.wire.signers import one_signed as one_signed
from edge.wire.signers import who_signed as who_signed

SEQUENCE: Final = "authorisation/accepted-sequence"
DIGEST: Final = "authorisation/accepted-digest"
CLOSED: Final = "authorisation/closed-sequence"


@dataclass(frozen=True, slots=True)
class Believed:
    """An authorisation whose signatures and contents were verified."""

    authorisation: Authorisation
    digest: Digest
    """SHA-256 of the signed payload."""
    signed: Signed
    """As it came."""
    signers: tuple[tuple[Role, KeyId], ...] = ()
    """Who signed it, each in a role of their own."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A calibration whose signature was verified. Thresholds come from nothing else."""

    calibration: Calibration
    digest: Digest
    """SHA-256 of the signed payload: what an authorisation names."""
    signed: Signed
    """As it came."""
    signer: KeyId
    """The evaluator's key."""


def evidence(signed: Signed, keys: Keys) -> Evidence | Refusal:
    """Verify a calibration: whoever measured the recognition chain stands by the table with a pinned key."""
    signer = one_signed(signed, Kind.CALIBRATION, keys, Role.EVALUATOR)
    if isinstance(signer, Refusal):
        return signer
    try:
        payload = payload_of(signed)
        return Evidence(parse(payload, Calibration), digest(payload), signed, signer)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)


def remember_accepted(transaction: Transaction, believed: Believed) -> None:
    """From now on, no older authorisation is accepted, nor another one of the same sequence."""
    transaction.put(SEQUENCE, str(believed.authorisation.sequence).encode())
    transaction.put(DIGEST, believed.digest.encode())
    urgent.remember(transaction, believed.authorisation, believed.digest)


def remember_closed(transaction: Transaction, document: Authorisation) -> None:
    """From now on, this authorisation is not accepted again."""
    transaction.put(CLOSED, str(document.sequence).encode())
