"""Trust roots, and what custodians sign: several at least, each with a key of their own.

A trust root is replaced as The Update Framework replaces its root (TUF specification 1.0.33, section 5.3): the next
version, no other, signed by the quorum of the present custodians *and* by its own. So custodians who are replaced
agree to it, and those who replace them show that they hold their keys. Two things are stricter: an expired root is
not taken in, not even on the way to a later one, and a signature by anybody else spoils the document.

python-tuf itself is not used here; the program's own updates use it (:mod:`edge.updating`). What it adds to these
rules is the distribution of files by four roles over HTTP, with metadata and signatures of a form of its own; here one
document comes by a signed order, in the one form of signature that everything else that is believed has, and its keys
carry roles that TUF has no word for.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from edge.domain.authority import Key, KeyId, Role, Signed, TrustRoot
from edge.domain.errors import Reason, Refusal, Undecodable
from edge.wire.signed import Kind, claimed_signers, holds, key_id, parse, payload_of


def first(signed: Signed) -> TrustRoot | Refusal:
    """A trust root that its own custodians signed: what a device is provisioned with."""
    root = _read(signed)
    return root if isinstance(root, Refusal) else quorum(signed, Kind.TRUST_ROOT, root) or root


def following(signed: Signed, present: TrustRoot, now: datetime | None) -> TrustRoot | Refusal:
    """The trust root that follows the present one. ``now`` is None where it was taken in before."""
    # Its own custodians are known from inside it only, so those of the present one are asked first.
    refusal = quorum(signed, Kind.TRUST_ROOT, present, None)
    if refusal is not None:
        return refusal
    root = _read(signed)
    if isinstance(root, Refusal):
        return root
    return quorum(signed, Kind.TRUST_ROOT, root, custodians(present)) or _succeeds(root, present, now) or root


def custodians(root: TrustRoot) -> dict[KeyId, Key]:
    """The custodians' keys."""
    return {key_id(pinned.key): pinned.key for pinned in root.keys if pinned.role is Role.CUSTODIAN}


def quorum(signed: Signed, kind: Kind, root: TrustRoot, others: Collection[KeyId] | None = ()) -> Refusal | None:
    """Whether as many distinct custodians of a trust root signed a document as its quorum asks for.

    Besides them only these ``others`` may have; None: anybody. Whoever signs twice spoils it, as a stranger does:
    people are counted, and nobody looks as if there were more of them.
    """
    pinned = custodians(root)
    agreed: set[KeyId] = set()
    try:
        for identifier in claimed_signers(signed, kind):
            key = pinned.get(identifier)
            if key is None:
                if others is not None and identifier not in others:
                    return Refusal(Reason.UNKNOWN_KEY, f"{identifier} is no custodian")
                continue
            if identifier in agreed:
                return Refusal(Reason.SAME_ROLE_TWICE, identifier)
            if not holds(signed, kind, key):
                return Refusal(Reason.BAD_SIGNATURE, identifier)
            agreed.add(identifier)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)
    if len(agreed) < root.quorum:
        return Refusal(Reason.NOT_SIGNED, f"{len(agreed)} of {root.quorum} custodians of version {root.version}")
    return None


def _read(signed: Signed) -> TrustRoot | Refusal:
    try:
        return parse(payload_of(signed), TrustRoot)
    except Undecodable as error:
        return Refusal(Reason.MALFORMED, error.what)


def _succeeds(root: TrustRoot, present: TrustRoot, now: datetime | None) -> Refusal | None:
    if root.version != present.version + 1:
        return Refusal(Reason.TRUST_ROOT_OLD, f"version {root.version} does not follow version {present.version}")
    if root.test is not present.test:
        return Refusal(Reason.TEST_ONLY if root.test else Reason.NOT_A_TEST, "a trust root stays what it is")
    if now is not None and now >= root.expires:
        return Refusal(Reason.TRUST_ROOT_EXPIRED, f"at {root.expires:%Y-%m-%d %H:%M}Z")
    return None
