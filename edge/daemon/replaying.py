"""The order to send waiting hits again, and to say what became of those that wait no more."""

from __future__ import annotations

import contextlib

from edge.daemon.obey import Executes, Outcome
from edge.daemon.sending import Sending
from edge.domain.capture import Instant
from edge.domain.errors import Refusal, Undecodable, Unsafe
from edge.domain.orders import Order, Replay, Verb
from edge.safeguards.fates import Fates


class Replaying:
    """Runs on the main thread alone."""

    def __init__(self, fates: Fates, sending: Sending) -> None:
        self._fates = fates
        self._sending = sending

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {Verb.REPLAY: self.replay}

    def replay(self, order: Order, now: Instant) -> Outcome:
        """Have what waits sent at once, and answer by the journal. Nothing comes back that is gone."""
        body = order.body
        assert isinstance(body, Replay)
        sequences = range(body.first, body.last + 1)
        became = self._fates.of(sequences)
        if isinstance(became, Refusal):
            return became
        self._sending.again(sequences)
        return {"last": self._fates.last, **{fate.name.lower(): runs for fate, runs in became.items()}}

    def step(self, now: Instant) -> None:
        """Read on in the journal. Where it cannot be read, it says so itself."""
        with contextlib.suppress(Unsafe, Undecodable):
            self._fates.step()
