"""Day and night: a profile for each, and the infrared filter out of the way when it is dark."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.adapters.camera.source import Profile
from edge.domain.capture import Instant
from edge.domain.errors import SwitchStuck
from edge.ports import Switch

LASTING: Final = timedelta(seconds=30)
"""Headlights pass, and somebody walks by in a white coat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuskSettings:
    """When night begins and ends, in the camera's own estimate of lux."""

    night: Profile
    below: float
    """Darker than that, it is night."""
    above: float
    """Brighter than that, it is day. Without the filter infrared light counts too: leave room between the two."""


class Dusk:
    """Says which profile holds. One thread asks."""

    def __init__(self, day: Profile, settings: DuskSettings | None = None, ir_cut: Switch | None = None) -> None:
        """Without settings it is always day. ``ir_cut`` is on while the filter is before the sensor."""
        self._day = day
        self._settings = settings
        self._ir_cut = ir_cut
        self._since: Instant | None = None
        self.is_night = False
        self.changes = 0
        self.stuck = 0
        """How often the filter did not obey. Looking goes on: what comes of it shows in the picture."""

    @property
    def profile(self) -> Profile:
        """The one that holds."""
        return self._settings.night if self._settings is not None and self.is_night else self._day

    def settle(self) -> None:
        """Put the filter where it belongs: when the camera is opened."""
        self._since = None
        if self._ir_cut is None:
            return
        try:
            self._ir_cut.turn(on=not self.is_night)
        except SwitchStuck:
            self.stuck += 1

    def changed(self, lux: float | None, now: Instant) -> bool:
        """Whether another profile holds from now on."""
        if self._settings is None or lux is None:
            return False
        turning = lux > self._settings.above if self.is_night else lux < self._settings.below
        if not turning:
            self._since = None
            return False
        self._since = self._since or now
        if now.since(self._since) < LASTING:
            return False
        self.is_night = not self.is_night
        self.changes += 1
        self.settle()
        return True
