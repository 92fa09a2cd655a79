"""The sight's door: who cannot see does not search, says so, and does not count as deployed.

Judged once a second, on the zone alone, from four numbers. A fault counts when it has lasted: clouds and headlights
pass, and a device that has just opened its eyes needs a moment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.capture import Frame, Instant, Plane
from edge.domain.errors import Reason
from edge.steps import sight
from edge.steps.sight import Fault, Seeing

EVERY: Final = timedelta(seconds=1)
LASTING: Final = timedelta(seconds=10)
"""A fault is one after so long."""
CLEAR: Final = timedelta(seconds=5)
"""It is over after so long."""
SAID: Final = {
    Fault.DARK: Reason.VIEW_DARK,
    Fault.GLARING: Reason.VIEW_GLARING,
    Fault.EMPTY: Reason.VIEW_EMPTY,
    Fault.BLURRED: Reason.VIEW_BLURRED,
}


class Sight:
    """One thread looks; ``lost`` may be read by any."""

    def __init__(self, settings: Seeing | None = None) -> None:
        self._settings = settings or Seeing()
        self._judged: Instant | None = None
        self._since: Instant | None = None
        """Since when frames have said otherwise than ``lost`` does."""
        self.lost: Reason | None = None
        """What is wrong with the view, if anything is."""

    def look(self, frame: Frame, hidden: Plane, now: Instant) -> bool:
        """Judge a frame, where it is time for one. True where what ``lost`` says has changed.

        ``hidden`` is (H, W) uint8 of the small stream: not 0 outside the zone.
        """
        if self._judged is not None and now.since(self._judged) < EVERY:
            return False
        self._judged = now
        fault = sight.fault(sight.measure(frame.small.y, hidden, self._settings), self._settings)
        found = None if fault is None else SAID[fault]
        if (found is None) is (self.lost is None):
            self._since = None
            return False
        self._since = self._since or now
        if now.since(self._since) < (CLEAR if found is None else LASTING):
            return False
        self._since, self.lost = None, found
        return True

    def forget(self) -> None:
        """The capture device was shut: what it sees next is judged anew."""
        self._judged = self._since = self.lost = None
