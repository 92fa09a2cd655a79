"""The first starts with something new: a version of the program, or models that were sent. Tested before READY is said.

What fails is undone: the program by the updater, which is told; models by this device itself, at the next start, which
the failure of this one brings about.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from edge.daemon.self_test import FAILED, SelfTest
from edge.domain.capture import Instant
from edge.domain.errors import LamppostError
from edge.replacing import Trial


class Undone(LamppostError):
    """Something new does not work here. The next start does without it."""


class Trying:
    """Runs once, on the main thread, before the daemon is ready."""

    def __init__(self, tested: SelfTest, trials: Sequence[Trial | None]) -> None:
        self._tested = tested
        self._trials = trials

    def begin(self, now: Instant) -> None:
        """Test everything, once, where something is on trial. Raises Undone."""

        @cache
        def failures() -> tuple[str, ...]:
            return tuple(name for name, said in self._tested.facts(now).items() if said == FAILED)

        verdicts = [one.tried(failures) for one in self._trials if one is not None]  # each is told
        if not all(verdicts):
            raise Undone("The models that were sent fail the self-test.", "Build, sign and send them again.")
