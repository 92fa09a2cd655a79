"""The link that works once, and the session that it gives.

Secrets are kept as digests, and compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.domain.capture import Instant

BYTES: Final = 32
GOOD_FOR: Final = timedelta(minutes=10)
"""A link that nobody has opened by then is void."""


@dataclass(slots=True)
class Passes:
    """At most one link and one session at a time: a new one ends the one before. Any thread may call it."""

    _link: bytes = b""
    _made: Instant | None = None
    _session: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def link(self, now: Instant) -> str:
        """A new link's secret."""
        secret = secrets.token_urlsafe(BYTES)
        with self._lock:
            self._link, self._made = _digest(secret), now
        return secret

    def redeem(self, secret: str, now: Instant) -> str | None:
        """The new session's secret for a link's, once. None where it is no link's, was used, or is too old."""
        with self._lock:
            fresh = self._made is not None and now.since(self._made) < GOOD_FOR
            if not (hmac.compare_digest(self._link, _digest(secret)) and fresh):
                return None
            self._link, self._made = b"", None
            session = secrets.token_urlsafe(BYTES)
            self._session = _digest(session)
            return session

    def holds(self, secret: str) -> bool:
        """Whether this is the session's secret."""
        with self._lock:
            return hmac.compare_digest(self._session, _digest(secret))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
