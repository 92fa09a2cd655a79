"""Verification: broker logins and topic rights are not authority; a signature by the right key is.

Nothing that a document says is looked at before its signatures are checked, except which keys it claims. Who signed is
asked here; whether what they signed holds for this device, in ``authorised``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authorisation import ORDINARY_SIGNERS, URGENT_SIGNERS, Authorisation
from edge.domain.authority import Digest, Key, KeyId, Name, Role, Signed, TrustRoot
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.domain.leaves.device import Booted
from edge.ports import Transaction
from edge.safeguards import urgent
from edge.steps.calibrate import Calibration
from edge.wire.signed import Kind, claimed_signers, digest, holds, key_id, parse, payload_of

SEQUENCE: Final = "authorisation/accepted-sequence"
DIGEST: Final = "authorisation/accepted-digest"
CLOSED: Final = "authorisation/closed-sequence"
_MAY_SIGN: Final = ORDINARY_SIGNERS | URGENT_SIGNERS | {Role.INDEPENDENT}


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


class Keys:
    """The pinned keys, each with one role. Every door holds this one object; a newer trust root changes them in place.

    Any thread may ask while the main thread replaces: all that is known of a root is put there in one assignment.
    """

    def __init__(self, root: TrustRoot) -> None:
        self._pinned = (root, _by_id(root))

    @property
    def root(self) -> TrustRoot:
        """The trust root in force."""
        return self._pinned[0]

    @property
    def test(self) -> bool:
        """Whether it is the simulator's own."""
        return self.root.test

    def find(self, identifier: KeyId) -> tuple[Key, Role] | None:
        """A key and its role."""
        return self._pinned[1].get(identifier)

    def role(self, identifier: KeyId) -> Role | None:
        """The role of a key, or None where it is not, or no longer, believed."""
        found = self.find(identifier)
        return None if found is None else found[1]

    def expired(self, wall: datetime) -> bool:
        """Whether the trust root's time is over."""
        return wall >= self.root.expires

    def replace(self, root: TrustRoot) -> None:
        """Believe these keys from now on, and none besides."""
        self._pinned = (root, _by_id(root))


def who_signed(signed: Signed, kind: Kind, keys: Keys, may: frozenset[Role]) -> dict[Role, KeyId] | Refusal:
    """Every signer by role, all of them pinned, no role twice, every signature valid."""
    signers: dict[Role, KeyId] = {}
    try:
        for identifier in claimed_signers(signed, kind):
            found = keys.find(identifier)
            if found is None:
                return Refusal(Reason.UNKNOWN_KEY, identifier)
            key, role = found
            if role not in may:
                return Refusal(Reason.WRONG_ROLE, role.value)
            if role in signers:
                return Refusal(Reason.SAME_ROLE_TWICE, role.value)
            if not holds(signed, kind, key):
                return Refusal(Reason.BAD_SIGNATURE, role.value)
            signers[role] = identifier
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    return signers


def one_signed(signed: Signed, kind: Kind, keys: Keys, role: Role) -> KeyId | Refusal:
    """The one key of this role that signed a document, alone."""
    signers = who_signed(signed, kind, keys, frozenset({role}))
    if isinstance(signers, Refusal):
        return signers
    return signers[role] if signers else Refusal(Reason.NOT_SIGNED, f"missing: {role.value}")


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


def authorising(signed: Signed, keys: Keys) -> dict[Role, KeyId] | Refusal:
    """Who signed an authorisation, before it is read: two people of distinct authorising roles at least."""
    signers = who_signed(signed, Kind.AUTHORISATION, keys, _MAY_SIGN)
    if isinstance(signers, Refusal):
        return signers
    if not (signers.keys() >= ORDINARY_SIGNERS or signers.keys() >= URGENT_SIGNERS):
        missing = ORDINARY_SIGNERS - signers.keys()
        return Refusal(Reason.NOT_SIGNED, "missing: " + ", ".join(sorted(role.value for role in missing)))
    return signers


def fit(document: Authorisation, signers: Mapping[Role, KeyId], keys: Keys) -> Refusal | None:
    """Whether the roles that signed are those that this authorisation and the policy ask for, and none besides."""
    wrong = signers.keys() - document.signers - {Role.INDEPENDENT}
    if wrong:
        what = "an urgent" if document.urgent else "an ordinary"
        return Refusal(Reason.WRONG_ROLE, f"{what} authorisation signed by: {', '.join(one.value for one in wrong)}")
    wanted = document.signers | ({Role.INDEPENDENT} if keys.root.policy.independent else set())
    missing = wanted - signers.keys()
    if missing:
        return Refusal(Reason.NOT_SIGNED, "missing: " + ", ".join(sorted(role.value for role in missing)))
    return None


def remember_accepted(transaction: Transaction, believed: Believed) -> None:
    """From now on, no older authorisation is accepted, nor another one of the same sequence."""
    transaction.put(SEQUENCE, str(believed.authorisation.sequence).encode())
    transaction.put(DIGEST, believed.digest.encode())
    urgent.remember(transaction, believed.authorisation, believed.digest)


def remember_closed(transaction: Transaction, document: Authorisation) -> None:
    """From now on, this authorisation is not accepted again."""
    transaction.put(CLOSED, str(document.sequence).encode())


def _by_id(root: TrustRoot) -> dict[KeyId, tuple[Key, Role]]:
    return {key_id(pinned.key): (pinned.key, pinned.role) for pinned in root.keys}
