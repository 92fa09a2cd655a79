"""What orders about trust do: the next trust root, a decision on an urgent authorisation, an accuracy test's report.

Each was verified as an order before it came here; the document that it carries is verified at its own door.
"""

from __future__ import annotations

import contextlib

from edge.daemon.obey import Executes, Outcome
from edge.domain.authority import KeyId, Role, Signed
from edge.domain.capture import Instant
from edge.domain.errors import Refusal, Unsafe
from edge.domain.jobs import Facts
from edge.domain.orders import Accuracy, Order, Ratify, Trust, Verb
from edge.safeguards import trust
from edge.safeguards.accuracy import AccuracyTests
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.safeguards.presence import Presence
from edge.safeguards.ratification import Ratifications


class Custody:
    """Runs on the main thread alone."""

    def __init__(
        self, *, trusted: trust.Trust, ratifications: Ratifications, tests: AccuracyTests, gate: Gate,
        presence: Presence, journal: Journal,
    ) -> None:  # fmt: skip
        self._trusted = trusted
        self._ratifications = ratifications
        self._tests = tests
        self._gate = gate
        self._presence = presence
        self._journal = journal

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {Verb.TRUST: self.trust, Verb.RATIFY: self.ratify, Verb.ACCURACY: self.accuracy}

    def trust(self, order: Order, now: Instant) -> Outcome:
        """Believe the keys of the next trust root."""
        assert isinstance(order.body, Trust)
        return self.rotate(order.body.root, now)

    def rotate(self, root: Signed, now: Instant) -> Refusal | Facts:
        """Believe the next trust root, however it came, and act on what it revokes before anything else happens."""
        refusal = self._trusted.rotate(root, self._journal, now)
        if refusal is not None:
            return refusal
        self._presence.revoke(self._may_confirm)
        self._gate.tick(now)
        return {"version": self._trusted.root.version}

    def ratify(self, order: Order, now: Instant) -> Outcome:
        """Record the authorising officer's decision; a no ends the deployment."""
        assert isinstance(order.body, Ratify)
        refusal = self._ratifications.decide(order.body.ratification, now)
        self._gate.tick(now)
        return refusal or {}

    def accuracy(self, order: Order, now: Instant) -> Outcome:
        """Record an accuracy test."""
        assert isinstance(order.body, Accuracy)
        return self._tests.take(order.body.report, now) or {}

    def step(self, now: Instant) -> None:
        """What is due without an order."""
        with contextlib.suppress(Unsafe):  # the journal keeps the reason
            self._ratifications.step(now)

    def counters(self) -> dict[str, int]:
        """For the device's health: which trust root is in force, and what the authorising officer has yet to decide."""
        return {
            "trust-root-version": self._trusted.root.version,
            "urgent-undecided": self._ratifications.undecided,
        }

    def _may_confirm(self, key: KeyId) -> bool:
        return self._trusted.keys.role(key) is Role.PRESENCE
