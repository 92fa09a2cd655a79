"""Papers: the signed documents that leaves name by digest, kept beside the journal for whoever examines it.

Authorisations, trust roots, calibrations, ratifications, reviews, holds, reports of accuracy tests. None of them says
anything about a person who is not listed, or who a listed person is.
"""

from __future__ import annotations

from typing import Final

from edge.domain.authority import Digest, Signed
from edge.ports import Store, Transaction
from edge.wire.signed import canonical, digest, parse, payload_of

PREFIX: Final = "paper/"


def keep(transaction: Transaction, signed: Signed) -> Digest:
    """Keep a document, in the transaction that records it. Returns the digest of its payload, which its leaf names.

    Raises Undecodable where the payload is not base64url.
    """
    name = digest(payload_of(signed))
    transaction.put(PREFIX + name, canonical(signed))
    return name


def find(store: Store, name: Digest) -> Signed | None:
    """A document that was kept. Raises Undecodable where the store was changed."""
    stored = store.get(PREFIX + name)
    return None if stored is None else parse(stored, Signed)
