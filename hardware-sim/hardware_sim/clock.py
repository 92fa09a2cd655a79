"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edge.domain.capture import Instant

BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


class SteppedClock:
    """Both clocks of a simulated device."""

    def __init__(self, wall: datetime = BEGIN, boot: timedelta = timedelta(minutes=5)) -> None:
        self._now = Instant(wall, boot)
        self.trusted = True

    def now(self) -> Instant:
        """This instant."""
        return self._now

    def synchronised(self) -> bool:
        """As the scenario says."""
        return self.trusted

    def advance(self, span: timedelta) -> None:
        """Let time pass on both clocks."""
        self._now = self._now.later(span)

    def step_wall(self, span: timedelta) -> None:
        """Set the wall clock forward or back, as a bad time source would."""
        self._now = Instant(self._now.wall + span, self._now.boot)

    def reboot(self) -> None:
        """The boot clock starts anew; the wall clock goes on."""
        self._now = Instant(self._now.wall, timedelta(seconds=1))
