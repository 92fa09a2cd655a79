"""Who signed what: pinned keys, each with one role, and whether those that a document needs have signed it.

The device's doors ask here whatever they are given, and the control room before anybody signs: both run this code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from edge.domain.authorisation import ORDINARY_SIGNERS, URGENT_SIGNERS, Authorisation
from edge.domain.authority import Key, KeyId, Role, Signed, TrustRoot
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.wire.signed import Kind, claimed_signers, holds, key_id

MAY_SIGN: Final = ORDINARY_SIGNERS | URGENT_SIGNERS | {Role.INDEPENDENT}
"""The roles that may sign an authorisation at all."""


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


def authorising(signed: Signed, keys: Keys) -> dict[Role, KeyId] | Refusal:
    """Who signed an authorisation, before it is read: two people of distinct authorising roles at least."""
    signers = who_signed(signed, Kind.AUTHORISATION, keys, MAY_SIGN)
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


def _by_id(root: TrustRoot) -> dict[KeyId, tuple[Key, Role]]:
    return {key_id(pinned.key): (pinned.key, pinned.role) for pinned in root.keys}
