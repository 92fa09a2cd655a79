"""Verification: broker logins and topic rights are not authority; a signature by the right key is.

Nothing that a document says is looked at before its signatures are checked, except which keys it claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.domain.authorisation import (
    MAX_FPIR,
    MAX_LIST_AGE,
    MAX_WINDOW,
    ORDINARY_SIGNERS,
    Authorisation,
    Category,
    UseCase,
)
from edge.domain.authority import Digest, Key, KeyId, Name, Role, Signed, TrustRoot
from edge.domain.capture import Instant
from edge.domain.errors import Misconfigured, Reason, Refusal, Undecodable
from edge.domain.leaves.device import Booted
from edge.ports import Store, Transaction
from edge.steps.calibrate import Calibration
from edge.wire.signed import Kind, claimed_signers, digest, holds, key_id, parse, payload_of

_SEQUENCE: Final = "authorisation/accepted-sequence"
_DIGEST: Final = "authorisation/accepted-digest"
_CLOSED: Final = "authorisation/closed-sequence"
_SOON: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of this device, against which an authorisation is held."""

    site: Name
    device: Name
    simulated: bool
    detector: Digest
    embedder: Digest
    calibration: Digest
    zone: Digest
    configuration: Digest

    def booted(self, version: str, trust_root: Digest, device_key: Key) -> Booted:
        """The leaf of the start, which says all this."""
        return Booted(
            version=version,
            uncounted=0,
            detector=self.detector,
            embedder=self.embedder,
            calibration=self.calibration,
            zone=self.zone,
            configuration=self.configuration,
            trust_root=trust_root,
            device_key=device_key,
        )


@dataclass(frozen=True, slots=True)
class Believed:
    """An authorisation whose signatures and contents were verified."""

    authorisation: Authorisation
    digest: Digest
    """SHA-256 of the signed payload."""
    signed: Signed
    """As it came."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A calibration whose signature was verified. Thresholds come from nothing else."""

    calibration: Calibration
    digest: Digest
    """SHA-256 of the signed payload: what an authorisation names."""


class Keys:
    """The pinned keys. Each has one role."""

    def __init__(self, root: TrustRoot) -> None:
        self.test = root.test
        self._by_id: dict[KeyId, tuple[Key, Role]] = {}
        for pinned in root.keys:
            if key_id(pinned.key) in self._by_id:
                raise Misconfigured(
                    f"The trust root names the key {key_id(pinned.key)} twice.",
                    "Give every role a key of its own: nobody may hold two roles with one key.",
                )
            self._by_id[key_id(pinned.key)] = (pinned.key, pinned.role)

    def find(self, identifier: KeyId) -> tuple[Key, Role] | None:
        """A key and its role."""
        return self._by_id.get(identifier)


def authorisation(signed: Signed, keys: Keys, facts: Facts, store: Store, now: Instant) -> Believed | Refusal:
    """Verify an authorisation: two people of distinct authorising roles, and every field against this device."""
    refusal = _two_roles(signed, keys)
    if refusal is not None:
        return refusal
    try:
        payload = payload_of(signed)
        document = parse(payload, Authorisation)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    believed = Believed(document, digest(payload), signed)
    return (
        _is_for_this_device(document, keys, facts)
        or _names_pinned_keys(document, keys)
        or _is_current(document, now)
        or _is_within_policy(document)
        or _is_not_an_old_one(believed, store)
        or believed
    )


def evidence(signed: Signed, keys: Keys) -> Evidence | Refusal:
    """Verify a calibration: whoever measured the recognition chain stands by the table with a pinned key."""
    try:
        for identifier in claimed_signers(signed, Kind.CALIBRATION):
            found = keys.find(identifier)
            if found is None:
                return Refusal(Reason.UNKNOWN_KEY, identifier)
            if found[1] is not Role.EVALUATOR:
                return Refusal(Reason.WRONG_ROLE, found[1].value)
            if not holds(signed, Kind.CALIBRATION, found[0]):
                return Refusal(Reason.BAD_SIGNATURE, found[1].value)
            payload = payload_of(signed)
            return Evidence(parse(payload, Calibration), digest(payload))
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    return Refusal(Reason.NOT_SIGNED, f"missing: {Role.EVALUATOR.value}")


def remember_accepted(transaction: Transaction, believed: Believed) -> None:
    """From now on, no older authorisation is accepted, nor another one of the same sequence."""
    transaction.put(_SEQUENCE, str(believed.authorisation.sequence).encode())
    transaction.put(_DIGEST, believed.digest.encode())


def remember_closed(transaction: Transaction, document: Authorisation) -> None:
    """From now on, this authorisation is not accepted again."""
    transaction.put(_CLOSED, str(document.sequence).encode())


def _two_roles(signed: Signed, keys: Keys) -> Refusal | None:
    try:
        claimed = claimed_signers(signed, Kind.AUTHORISATION)
        roles: set[Role] = set()
        for identifier in claimed:
            found = keys.find(identifier)
            if found is None:
                return Refusal(Reason.UNKNOWN_KEY, identifier)
            key, role = found
            if role not in ORDINARY_SIGNERS:
                return Refusal(Reason.WRONG_ROLE, role.value)
            if role in roles:
                return Refusal(Reason.SAME_ROLE_TWICE, role.value)
            if not holds(signed, Kind.AUTHORISATION, key):
                return Refusal(Reason.BAD_SIGNATURE, role.value)
            roles.add(role)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    missing = ORDINARY_SIGNERS - roles
    if missing:
        return Refusal(Reason.NOT_SIGNED, "missing: " + ", ".join(sorted(role.value for role in missing)))
    return None


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
        found = keys.find(identifier)
        if found is None:
            return Refusal(Reason.UNKNOWN_KEY, identifier)
        if found[1] is not role:
            return Refusal(Reason.WRONG_ROLE, f"{identifier} is not a key for {role.value}")
    return None


def _is_current(document: Authorisation, now: Instant) -> Refusal | None:
    if now.wall >= document.not_after:
        return Refusal(Reason.EXPIRED, f"its window closed at {document.not_after:%Y-%m-%d %H:%M}Z")
    if now.wall < document.not_before:
        return Refusal(Reason.NOT_YET_VALID, f"its window opens at {document.not_before:%Y-%m-%d %H:%M}Z")
    if document.not_after - document.not_before > MAX_WINDOW:
        return Refusal(Reason.LIVES_TOO_LONG, "a window is at most 12 hours")
    built = document.watchlist.built
    if built > now.wall + _SOON or document.not_before - built > MAX_LIST_AGE:
        return Refusal(Reason.LIST_STALE)
    return None


def _is_within_policy(document: Authorisation) -> Refusal | None:
    if document.test:
        return None
    if document.max_fpir > MAX_FPIR:
        return Refusal(Reason.MAX_FPIR_TOO_HIGH, f"{document.max_fpir}")
    kinds = {count.category for count in document.watchlist.categories}
    if Category.SYNTHETIC in kinds:
        return Refusal(Reason.TEST_ONLY, "synthetic entries")
    # Volunteers are found for the sake of measuring, and for nothing else.
    if (Category.VOLUNTEER in kinds) != (document.use_case is UseCase.ACCURACY_TEST) or (
        document.use_case is UseCase.ACCURACY_TEST and kinds != {Category.VOLUNTEER}
    ):
        return Refusal(Reason.WRONG_LIST, "volunteers belong in an accuracy test, alone")
    return None


def _is_not_an_old_one(believed: Believed, store: Store) -> Refusal | None:
    sequence = believed.authorisation.sequence
    if sequence <= int(store.get(_CLOSED) or b"0"):
        return Refusal(Reason.REPLAYED, "this authorisation, or a later one, has ended")
    accepted = int(store.get(_SEQUENCE) or b"0")
    if sequence < accepted:
        return Refusal(Reason.REPLAYED, "a later authorisation was accepted")
    if sequence == accepted and believed.digest.encode() != store.get(_DIGEST):
        return Refusal(Reason.ID_REUSED, "another authorisation of the same sequence was accepted")
    return None
