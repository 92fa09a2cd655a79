"""What journal and store are told when a deployment begins, opens its list, ends, or turns out to have been cut off."""

from __future__ import annotations

from decimal import Decimal

from edge.domain.authority import Key
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Began, Ended, ListDestroyed, ListOpened
from edge.ports import Store, Transaction
from edge.safeguards import papers
from edge.safeguards.deployment import MARKER, WITHDRAWN, Deployment
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Believed, remember_accepted, remember_closed


def began(journal: Journal, believed: Believed, list_key: Key, threshold: Decimal, now: Instant) -> None:
    """An authorisation is about to come in force. Raises Unsafe where that cannot be recorded."""
    authorisation = believed.authorisation

    def remember(transaction: Transaction) -> None:
        transaction.put(MARKER, authorisation.id.encode())
        papers.keep(transaction, believed.signed)
        remember_accepted(transaction, believed)

    event = Began(authorisation=authorisation.id, digest=believed.digest, list_key=list_key, threshold=threshold)
    journal.record(event, now, remember)


def list_opened(journal: Journal, deployment: Deployment, now: Instant) -> None:
    """The authorised list is open. Raises Unsafe where that cannot be recorded."""
    listed = deployment.believed.authorisation.watchlist
    journal.record(ListOpened(authorisation=deployment.id, digest=listed.digest, entries=listed.entries), now)


def ended(journal: Journal, deployment: Deployment, why: EndReason, now: Instant) -> None:
    """Everything was destroyed already. Raises Unsafe where that cannot be recorded."""
    authorisation = deployment.believed.authorisation

    def forget(transaction: Transaction) -> None:
        transaction.delete(MARKER)
        if why not in (EndReason.RESTART, EndReason.SHUTDOWN):
            remember_closed(transaction, authorisation)
            for name in transaction.names(WITHDRAWN):
                transaction.delete(name)

    journal.write_count(authorisation.id, now, last=True)
    if deployment.list_opened is not None:
        journal.record(ListDestroyed(authorisation=authorisation.id), now)
    journal.record(Ended(authorisation=authorisation.id, why=why), now, forget)


def cut_off(journal: Journal, store: Store, now: Instant) -> None:
    """Record the end of a deployment that an unclean end of the process cut off: its list key died with it."""
    marker = store.get(MARKER)
    if marker is not None:
        event = Ended(authorisation=marker.decode(), why=EndReason.RESTART)
        journal.record(event, now, lambda transaction: transaction.delete(MARKER))
