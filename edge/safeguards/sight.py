"""The sight's door: who cannot see does not search, says so, and does not count as deployed.

Judged once a second, on the zone alone: by itself (``steps.sight``) and against how this very view was when the
deployment began (``outlook``). A fault counts when it has lasted: clouds, headlights and buses pass, and a device that
has just opened its eyes needs a moment. Every one is said within a minute.

A picture with a known answer goes through the chain every minute (``daemon.known_answer``); a chain that answers it
wrongly is as good as blind.

Until all is well again no frame leaves this door, so that nobody is looked at, much less searched.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.authority import Identifier
from edge.domain.capture import Frame, Instant, Plane
from edge.domain.errors import Reason
from edge.safeguards.outlook import Outlook
from edge.steps import glance, sight
from edge.steps.glance import Shown
from edge.steps.outlook import Change
from edge.steps.sight import Fault, Seeing

EVERY: Final = timedelta(seconds=1)
LASTING: Final = timedelta(seconds=10)
"""A fault is one after so long."""
MOVED: Final = timedelta(seconds=15)
"""So is a move: nothing that passes makes a view fit elsewhere, but the device may sway."""
GLARE: Final = timedelta(seconds=25)
"""So is what headlights do, one pair after the other."""
STANDING: Final = timedelta(seconds=42)
"""So is what a bus does that stops there for half a minute."""
CLEAR: Final = timedelta(seconds=5)
"""It is over after so long."""
SAID: Final = {
    Fault.DARK: Reason.VIEW_DARK,
    Fault.GLARING: Reason.VIEW_GLARING,
    Fault.EMPTY: Reason.VIEW_EMPTY,
    Fault.BLURRED: Reason.VIEW_BLURRED,
    Change.DAZZLED: Reason.VIEW_GLARING,
    Change.DEFOCUSED: Reason.VIEW_BLURRED,
    Change.MOVED: Reason.VIEW_MOVED,
    Change.SPOTTED: Reason.VIEW_SPOTTED,
    Change.STRANGE: Reason.VIEW_STRANGE,
}
SLOW: Final = {
    Change.DAZZLED: GLARE,
    Change.DEFOCUSED: GLARE,
    Change.MOVED: MOVED,
    Change.SPOTTED: STANDING,
    Change.STRANGE: STANDING,
}
_SPANS: Final = (LASTING, MOVED, GLARE, STANDING)


class Sight:
    """One thread looks; ``lost`` and ``moved`` may be read by any, and any may say :meth:`answered`."""

    def __init__(self, settings: Seeing | None = None) -> None:
        self._settings = settings or Seeing()
        self._outlook = Outlook()
        self._hidden: Plane | None = None
        self._shown: Shown | None = None
        self._wrong = False
        self.lost: Reason | None = None
        """What is wrong with the view or the chain, if anything is."""
        self.moved: Instant | None = None
        """Since when it is known to look elsewhere, if it does."""
        self._judged: Instant | None = None
        self._view: Fault | Change | None = None
        self._since: dict[timedelta, Instant] = {}
        """Since when every frame has had a fault that counts after at most so long."""
        self._clear: Instant | None = None

    def watch_for(self, deployment: Identifier) -> None:
        """The capture device is about to be opened, for this one."""
        self._outlook.watch_for(deployment)

    def look(self, frame: Frame, hidden: Plane, now: Instant) -> bool:
        """Judge a frame, where it is time for one. True where what ``lost`` says has changed.

        ``hidden`` is (H, W) uint8 of the small stream: not 0 outside the zone. It must not be changed afterwards: hand
        another one in for another zone.
        """
        if self._judged is not None and now.since(self._judged) < EVERY:
            return False
        self._judged = now
        self._view = self._settled(self._found(frame.small.y, hidden), now)
        before, self.lost = self.lost, self._said()
        self.moved = None if self.lost is not Reason.VIEW_MOVED else self.moved or now
        return self.lost is not before

    def answered(self, right: bool) -> None:
        """Whether the chain gave the known answer."""
        self._wrong = not right

    def pause(self) -> None:
        """The capture device was shut: what it sees next is judged anew, against what it saw before."""
        self._judged = self._view = self._clear = None
        self._since.clear()
        self.lost = self.moved = None

    def _said(self) -> Reason | None:
        if self._view is not None:
            return SAID[self._view]
        return Reason.ANSWER_WRONG if self._wrong else None

    def _found(self, luma: Plane, hidden: Plane) -> Fault | Change | None:
        """What is wrong with one frame, if anything is."""
        if self._shown is None or hidden is not self._hidden:
            self._hidden, self._shown = hidden, glance.shown(hidden)
        seen = glance.of(luma, self._shown)
        fault = sight.fault(sight.measure(seen, self._settings), self._settings)
        # A covered lens tells nothing of where it looks, and must not be among the last looks when it is uncovered.
        return fault or self._outlook.look(seen, plain=self._view is None)

    def _settled(self, found: Fault | Change | None, now: Instant) -> Fault | Change | None:
        """What counts, after one more look."""
        if found is None:
            self._since.clear()
            self._clear = self._clear or now
            return self._view if now.since(self._clear) < CLEAR else None
        self._clear, lasting = None, SLOW[found] if isinstance(found, Change) else LASTING
        for span in _SPANS:
            if lasting > span:
                self._since.pop(span, None)
            else:
                self._since.setdefault(span, now)
        if self._view is Change.MOVED or (self._view is not None and lasting is LASTING):
            return self._view
        return found if now.since(self._since[lasting]) >= lasting else self._view
