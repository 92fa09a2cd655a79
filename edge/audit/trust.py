"""Whom to believe: the chain of trust roots, from the one that an outsider brought to the newest in the bundle.

A root is believed where the custodians' quorum of the root before it and its own have signed it, and it is the next
version. The first one is believed because somebody outside vouches for its digest, and for no other reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from edge.audit.bundle import is_datable
from edge.audit.failures import Failure, Finding
from edge.domain.authority import Digest, Key, KeyId, Role, Signed, TrustRoot
from edge.domain.errors import Undecodable
from edge.wire.parcels import kind_of as kind_of
from edge.wire.signed import Kind, claimed_signers, holds, key_id, parse, payload_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Root:
    """A trust root that is believed."""

    document: TrustRoot
    digest: Digest
    keys: Mapping[KeyId, tuple[Key, Role]]

    def role(self, identifier: KeyId) -> Role | None:
        """The one role of a key, where it is named."""
        found = self.keys.get(identifier)
        return None if found is None else found[1]


@dataclass(slots=True)
class Chain:
    """The roots that are believed, the first one first."""

    roots: list[Root] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(self, digest: Digest) -> Root | None:
        """A root that is believed, by the digest of its payload."""
        return next((root for root in self.roots if root.digest == digest), None)

    def position(self, digest: Digest) -> int | None:
        """Its place in the chain."""
        return next((place for place, root in enumerate(self.roots) if root.digest == digest), None)


def believe(papers: Mapping[Digest, Signed], brought: Digest | None) -> Chain:
    """Follow the chain from the root that was brought as far as the bundle's papers lead."""
    chain = Chain()
    documents = dict(_roots(papers))
    if brought is None:
        chain.findings.append(Finding(Failure.ROOT_NOT_BROUGHT, f"the bundle itself has {len(documents)}"))
        return chain
    if brought not in documents:
        chain.findings.append(Finding(Failure.ROOT_OTHER, f"{brought} is not among the bundle's {len(documents)}"))
        return chain
    _follow(chain, papers, documents, brought)
    return chain


def _follow(
    chain: Chain, papers: Mapping[Digest, Signed], documents: Mapping[Digest, TrustRoot], brought: Digest
) -> None:
    name: Digest | None = brought
    before: Root | None = None
    while name is not None:
        document = documents[name]
        signers = signed_by(papers[name], Kind.TRUST_ROOT, pinned(document))
        agreed = _agrees(document, signers)
        if before is not None:
            signers_before = signed_by(papers[name], Kind.TRUST_ROOT, before.keys)
            agreed = agreed and _agrees(before.document, signers_before) and document.test is before.document.test
        if not agreed:
            chain.findings.append(Finding(Failure.ROOT_NOT_SIGNED, f"version {document.version}, {name}"))
            return
        before = Root(document, name, pinned(document))
        chain.roots.append(before)
        version = document.version + 1
        followers = [digest for digest, root in documents.items() if root.version == version]
        # Two that were signed for one version: the one that is signed right is followed.
        name = next((one for one in followers if _follows(papers[one], before)), next(iter(followers), None))


def _follows(signed: Signed, before: Root) -> bool:
    return _agrees(before.document, signed_by(signed, Kind.TRUST_ROOT, before.keys))


def _agrees(root: TrustRoot, signers: Mapping[KeyId, Role]) -> bool:
    return sum(role is Role.CUSTODIAN for role in signers.values()) >= root.quorum


def pinned(root: TrustRoot) -> dict[KeyId, tuple[Key, Role]]:
    """The keys of a root, by their ids."""
    return {key_id(one.key): (one.key, one.role) for one in root.keys}


def signed_by(signed: Signed, kind: Kind, keys: Mapping[KeyId, tuple[Key, Role]]) -> dict[KeyId, Role]:
    """Those of these keys whose valid signature a document bears as this kind, and their roles."""
    try:
        claimed = claimed_signers(signed, kind)
        return {one: keys[one][1] for one in claimed if one in keys and holds(signed, kind, keys[one][0])}
    except Undecodable:
        return {}


def content(signed: Signed, noun: type[T]) -> T | None:
    """What a document says, where it is one of these and its times can be reckoned with."""
    try:
        found = parse(payload_of(signed), noun)
    except Undecodable:
        return None
    return found if is_datable(found) else None


def custodians_agree(signed: Signed, kind: Kind, root: Root) -> bool:
    """Whether the quorum of a root's custodians signed a document."""
    return _agrees(root.document, signed_by(signed, kind, root.keys))


def _roots(papers: Mapping[Digest, Signed]) -> Iterable[tuple[Digest, TrustRoot]]:
    for name, signed in papers.items():
        if kind_of(signed) is Kind.TRUST_ROOT and (root := content(signed, TrustRoot)) is not None:
            yield name, root


def keys_in_role(roots: Sequence[Root], role: Role) -> list[Key]:
    """Every key that any of these roots names for a role."""
    return sorted({key for root in roots for key, held in root.keys.values() if held is role})
