"""Presence: an officer on scene signs a fresh nonce, again and again.

The lease counts from the moment the nonce was issued, never from the receipt, on the clock that cannot step; so a
signature that was delayed on its way is worth less, and a recorded one nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Identifier, KeyId
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.orders import Nonce, Order
from edge.domain.orders import Presence as Statement
from edge.wire.signed import key_id, to_base64url

LEASE: Final = timedelta(seconds=180)
NONCE_LIFE: Final = timedelta(seconds=120)
RENEWED: Final = timedelta(seconds=20)
"""How often a fresh nonce is issued."""
ACCEPTED: Final = 3
"""How many of the latest nonces are accepted."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A nonce and when it was issued."""

    nonce: Nonce
    at: Instant


class Presence:
    """The nonces and the lease."""

    def __init__(self, boot: Identifier) -> None:
        self._boot = boot
        self._lock = threading.Lock()
        self._issued: list[Issued] = []
        self._until: Instant | None = None
        self._by: KeyId | None = None

    def nonce(self, now: Instant) -> Issued:
        """The nonce to publish, renewed when it is no longer fresh."""
        with self._lock:
            if not self._issued or now.since(self._issued[-1].at) >= RENEWED:
                self._issued.append(Issued(to_base64url(os.urandom(16)), now))
                del self._issued[:-ACCEPTED]
            return self._issued[-1]

    def confirm(self, order: Order, authorisation: Authorisation, now: Instant) -> Instant | Refusal:
        """Accept a presence statement. Returns the end of the lease.

        The caller has verified the signature and that the key has the presence role; here it is checked that this
        authorisation names the key, and that the nonce is one of ours, of this boot, fresh and unused.
        """
        statement = order.body
        if not isinstance(statement, Statement):
            return Refusal(Reason.MALFORMED)
        if statement.authorisation != authorisation.id:
            return Refusal(Reason.OTHER_AUTHORISATION)
        if key_id(order.key) not in authorisation.presence:
            return Refusal(Reason.WRONG_ROLE, "the authorisation does not name this key for presence")
        with self._lock:
            index = next((i for i, issued in enumerate(self._issued) if issued.nonce == statement.nonce), None)
            if index is None or statement.boot != self._boot:
                return Refusal(Reason.NONCE_UNKNOWN)
            issued = self._issued[index]
            # Using a nonce voids it and every older one.
            del self._issued[: index + 1]
            if now.since(issued.at) > NONCE_LIFE:
                return Refusal(Reason.NONCE_UNKNOWN, "the nonce is too old")
            until = issued.at.later(LEASE)
            if self._until is None or until.boot > self._until.boot:
                self._until, self._by = until, key_id(order.key)
            return self._until

    def until(self) -> Instant | None:
        """The end of the lease, or None where presence was never confirmed."""
        with self._lock:
            return self._until

    def revoke(self, still: Callable[[KeyId], bool]) -> None:
        """Void the lease where the key that confirmed it is not ``still`` believed."""
        with self._lock:
            if self._by is not None and not still(self._by):
                self._until = self._by = None

    def forget(self) -> None:
        """Void the lease and every nonce: the next deployment begins without presence."""
        with self._lock:
            self._until = self._by = None
            self._issued.clear()
