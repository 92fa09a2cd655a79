"""Urgent authorisations that this device has accepted, remembered until the authorising officer has decided on them.

A record is written in the very transaction that puts an urgent authorisation in force, and outlives every restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from edge.domain.authorisation import RATIFY_WITHIN, Authorisation
from edge.domain.authority import Digest, Identifier
from edge.domain.errors import SealBroken, Undecodable
from edge.ports import Store, Transaction
from edge.wire.signed import canonical, parse

PREFIX: Final = "urgent/"
_REMEDY: Final = "Keep the disk for examination; two people must open a new provisioning epoch."


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """One of them."""

    authorisation: Identifier
    digest: Digest
    """SHA-256 of its signed payload."""
    until: datetime
    """By then it must have been decided on."""
    ratified: bool | None = None
    """The decision; None: there is none yet."""
    decision: Digest | None = None
    """SHA-256 of the ratification's signed payload."""
    lapsed: bool = False
    """Whether it stood undecided past its time."""

    @property
    def forfeit(self) -> bool:
        """Whether what came of it must be destroyed: the officer said no, or nothing in time."""
        return self.lapsed or self.ratified is False


def remember(transaction: Transaction, document: Authorisation, digest: Digest) -> None:
    """An authorisation begins. Where it is urgent, a decision is owed; one that was begun before changes nothing."""
    if document.urgent and transaction.get(PREFIX + digest) is None:
        until = document.not_before + RATIFY_WITHIN
        write(transaction, Urgent(authorisation=document.id, digest=digest, until=until))


def write(transaction: Transaction, record: Urgent) -> None:
    """Keep a record."""
    transaction.put(PREFIX + record.digest, canonical(record))


def records(store: Store) -> dict[Digest, Urgent]:
    """All of them, by the digest of the authorisation. Raises Unsafe."""
    with store.transaction() as transaction:
        found = [transaction.get(name) for name in transaction.names(PREFIX)]
    try:
        return {record.digest: record for record in (parse(raw, Urgent) for raw in found if raw is not None)}
    except Undecodable as error:
        raise SealBroken(f"What is owed on urgent authorisations cannot be read: {error.what}", _REMEDY) from error
