"""Which hits should have come here and have not. Numbers have no gaps, so that a hole in them proves something.

A device's signed health says the highest number that it gave and the lowest that still waits. A number below that one
which never came will not come by itself: another recipient took it over, or it expired. The journal says which; an
order to replay asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.domain.authority import Identifier


class Gaps:
    """One device's numbers, from the first that this desk can know of."""

    def __init__(self) -> None:
        self._epoch: Identifier | None = None
        self._begin: int | None = None
        self._come: set[int] = set()
        self._last = 0
        self._told = 0
        self._first_waiting = 0

    def came(self, epoch: Identifier, sequence: int) -> None:
        """A hit came, for the first time or again. Numbers begin anew with every provisioning epoch."""
        if self._epoch not in (None, epoch):
            self._anew()
        self._epoch = epoch
        self._come.add(sequence)
        self._last = max(self._last, sequence)
        self._begin = sequence if self._begin is None else min(self._begin, sequence)

    def told(self, gauges: Mapping[str, int]) -> None:
        """The device's health says how far it has come."""
        last, first_waiting = gauges.get("hits-last"), gauges.get("hits-first-waiting")
        if last is None or first_waiting is None:
            return
        if last < self._told:
            self._anew()
        self._told, self._first_waiting = last, first_waiting
        self._last = max(self._last, last)
        oldest = first_waiting or last + 1
        self._begin = oldest if self._begin is None else min(self._begin, oldest)

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers that did not come, and wait no more."""
        return tuple(number for number in self._absent() if number <= self._told and not self._waits(number))

    @property
    def awaited(self) -> tuple[int, ...]:
        """Numbers that did not come, and may still."""
        return tuple(number for number in self._absent() if number > self._told or self._waits(number))

    def _absent(self) -> list[int]:
        begin = self._last + 1 if self._begin is None else self._begin
        return [number for number in range(begin, self._last + 1) if number not in self._come]

    def _waits(self, number: int) -> bool:
        return 0 < self._first_waiting <= number

    def _anew(self) -> None:
        self._epoch, self._begin, self._last, self._told, self._first_waiting = None, None, 0, 0, 0
        self._come.clear()
