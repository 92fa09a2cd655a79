"""What custodians decide, two of them at least, and what no order alone can do: see ``edge.domain.custody``."""

from __future__ import annotations

from edge.domain.authority import KeyId, Role, Signed, TrustRoot
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.wire.signed import Kind, claimed_signers, holds, key_id


def agreed(signed: Signed, kind: Kind, root: TrustRoot) -> Refusal | None:
    """Whether as many distinct custodians of the trust root signed a document as its quorum asks for."""
    custodians = {key_id(pinned.key): pinned.key for pinned in root.keys if pinned.role is Role.CUSTODIAN}
    agreeing: set[KeyId] = set()
    try:
        for identifier in claimed_signers(signed, kind):
            key = custodians.get(identifier)
            if key is None:
                return Refusal(Reason.WRONG_ROLE, f"{identifier} is no custodian's key")
            if identifier in agreeing:
                return Refusal(Reason.SAME_ROLE_TWICE, identifier)
            if not holds(signed, kind, key):
                return Refusal(Reason.BAD_SIGNATURE, identifier)
            agreeing.add(identifier)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    if len(agreeing) < root.quorum:
        return Refusal(Reason.NOT_SIGNED, f"{len(agreeing)} of {root.quorum} custodians signed")
    return None
