"""Ports too: what may replace parts of this program. Models and calibration come by orders, the rest from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from edge.domain.authority import Digest
from edge.domain.updates import UpdateRecord


class Trial(Protocol):
    """Something new, where this start is one of the first with it."""

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        """Where it is, ask which parts of the self-test fail. False: the next start does without it."""


class Installed(Trial, Protocol):
    """What was sent and taken in, for the next start. Kept whole and durably; False is said where the disk will not."""

    def listed(self) -> frozenset[Digest]:
        """SHA-256 of every model file that the release, or the list that was sent, names."""

    def identities(self) -> frozenset[Digest]:
        """What signed documents call those models."""

    def put_calibration(self, document: bytes) -> bool:
        """Keep a signed calibration in place of the one before, which stays beside it."""

    def put_list(self, models: bytes) -> bool:
        """Keep a list of models likewise."""

    def put_model(self, digest: Digest, file: bytes) -> bool:
        """Keep a model file."""


class Updates(Trial, Protocol):
    """The program that updates this one: another process, with which files and a lock are shared."""

    def records(self) -> Sequence[UpdateRecord]:
        """What became of the latest updates, the oldest first."""

    def held(self, *, off: bool) -> bool:
        """Hold updates off, or let them come. False where one is under way."""
