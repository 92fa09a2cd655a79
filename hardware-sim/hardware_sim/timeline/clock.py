"""A scenario's own time, which no fault of the device's clock touches."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge.domain.capture import Instant
from hardware_sim.clock import SteppedClock


class ScenarioClock(SteppedClock):
    """The device's two clocks, and the one by which the timeline is written."""

    def __init__(self) -> None:
        super().__init__()
        self.elapsed = timedelta(0)
        """Since the scenario began."""
        self.battery: datetime | None = None
        """Without a battery: what the wall clock says after a boot, until the network tells it better."""
        self._true = self._now.wall

    @property
    def seconds(self) -> float:
        """Since the scenario began."""
        return self.elapsed.total_seconds()

    @property
    def true(self) -> datetime:
        """What a good clock would say."""
        return self._true + self.elapsed

    def advance(self, span: timedelta) -> None:
        """Let time pass, on all of them."""
        super().advance(span)
        self.elapsed += span

    def reboot(self) -> None:
        """The boot clock starts anew; the wall clock goes on where there is a battery."""
        super().reboot()
        if self.battery is not None:
            self._now = Instant(self.battery, self._now.boot)
            self.trusted = False

    def disciplined(self) -> None:
        """Time has come over the network, and is right."""
        self._now = Instant(self.true, self._now.boot)
        self.trusted = True
