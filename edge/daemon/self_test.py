"""The self-test: each part is tried with something made up, and says whether it works. The camera stays shut.

Models are tried with a drawn picture whose features were computed when the models were built: what comes out has to
point the same way, within what int8 arithmetic differs by between processors. Nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import numpy as np

from edge.daemon import known_answer
from edge.daemon.known_answer import DRAWN, KNOWN_DETECTORS, drawn_face
from edge.daemon.obey import Executes, Outcome
from edge.domain.capture import Frame, Instant
from edge.domain.errors import LamppostError, Reason, Refusal, Unsafe
from edge.domain.jobs import Facts
from edge.domain.orders import Order, Verb
from edge.ports import Clock, Detector, Extractor, Host, Link, Store
from edge.safeguards.disk import TO_BEGIN
from edge.safeguards.gate import Gate

SETTLED: Final = timedelta(seconds=5)
"""After an end, so that nobody is still at work with the models."""
LEAST_COSINE: Final = 0.99
"""Between what the drawn picture gives and what it gave where the models were built. Different models gave 0.1 and
less."""
LEAST_DAYS: Final = 7
"""That the certificate for the broker has still to last."""
MEMORY: Final = 4096
OK: Final = "ok"
FAILED: Final = "failed"
UNKNOWN: Final = "no-known-answer"
"""It works, and nobody has said what it should give: models that were sent, or a simulator's."""

LEAST_SCORE: Final = 0.8
MOST_OFF: Final = 0.1


class SelfTest:
    """Runs on the main thread alone."""

    def __init__(
        self, *, gate: Gate, detector: Detector, extractor: Extractor, host: Host, store: Store, link: Link,
        clock: Clock, width: int, height: int,
    ) -> None:  # fmt: skip
        """``width`` and ``height`` are those of the camera's main stream."""
        self._gate = gate
        self._detector = detector
        self._extractor = extractor
        self._host = host
        self._store = store
        self._link = link
        self._clock = clock
        self._size = width, height
        self._ended: Instant | None = None
        gate.on_end(self._has_ended)

    def verbs(self) -> dict[Verb, Executes]:
        """The order that is executed here."""
        return {Verb.SELF_TEST: self.test}

    def test(self, _: Order, now: Instant) -> Outcome:
        """Try everything. Refused while a deployment is in force, and just after one."""
        if self._gate.believed is not None:
            return Refusal(Reason.IN_DEPLOYMENT)
        if self._gate.frames.is_open or (self._ended is not None and now.since(self._ended) < SETTLED):
            return Refusal(Reason.BUSY)
        return self.facts(now)

    def facts(self, now: Instant) -> Facts:
        """Try everything. Only where nobody is at work with the models."""
        free = self._free()
        facts: Facts = {
            "detector": _tried(self._detects),
            "embedder": _tried(self._embeds),
            "journal": _tried(self._keeps),
            "memory": _tried(self._locks),
            "clock": OK if self._clock.synchronised() else FAILED,
            "disk": OK if free >= TO_BEGIN else FAILED,
            "disk-free-mb": free // (1024 * 1024),
            "camera": "not-tried",
            "outbox": len(self._store.waits()),
        }
        ends = self._link.certificate_ends
        if ends is not None:
            days = (ends - now.wall) // timedelta(days=1)
            facts |= {"certificate": OK if days >= LEAST_DAYS else FAILED, "certificate-days": days}
        return {**facts, "failed": sum(value == FAILED for value in facts.values())}

    def _free(self) -> int:
        """Bytes left on the disk, looked at anew; none where it does not answer."""
        try:
            return self._store.survey()
        except Unsafe:
            return 0

    def _has_ended(self) -> None:
        self._ended = self._clock.now()

    def _detects(self) -> str:
        """Nobody is found on an empty wall; on a close-up, the drawn face is found where it was drawn."""
        now, known = self._clock.now(), self._detector.identity in KNOWN_DETECTORS
        wall, (drawn, wanted) = known_answer.wall(*self._size), known_answer.drawn(*self._size)
        try:
            seen = self._detector.detect(Frame(1, now, wall, wall))
            found = self._detector.refine(Frame(2, now, drawn, drawn), wanted)
        finally:
            self._detector.forget()
        if not known:
            return FAILED if seen else UNKNOWN
        if seen or found is None or found.score < LEAST_SCORE:
            return FAILED
        off = float(np.abs(found.landmarks - wanted.landmarks).max())
        return OK if off <= MOST_OFF * DRAWN else FAILED

    def _embeds(self) -> str:
        try:
            row = self._extractor.extract([drawn_face()])[0]
            again = self._extractor.extract([drawn_face()])[0]
        finally:
            self._extractor.forget()
        length = float(np.linalg.norm(row))
        if row.shape != again.shape or not np.isfinite(row).all() or abs(length - 1) > 1e-3 or (row != again).any():
            return FAILED
        wanted = known_answer.known(self._extractor.identity)
        if wanted is None:
            return UNKNOWN
        if wanted.shape != row.shape:
            return FAILED
        return OK if float(row @ wanted) >= LEAST_COSINE else FAILED

    def _keeps(self) -> str:
        with self._store.transaction() as transaction:
            transaction.put("self-test", b"")
            transaction.delete("self-test")
        return OK

    def _locks(self) -> str:
        self._host.locked(MEMORY).wipe()
        return OK


def _tried(part: Callable[[], str]) -> str:
    """What a part says; an error that it names itself is a failure, and any other is a fault of ours."""
    try:
        return part()
    except LamppostError:
        return FAILED
