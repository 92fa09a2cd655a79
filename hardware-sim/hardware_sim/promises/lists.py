"""The watchlist in the device: opened for one deployment, and gone with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

import numpy as np

from edge.domain.condition import Condition
from edge.domain.leaves.deployment import Began, ListOpened
from hardware_sim.made_up import CALIBRATION
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.machine import Machine
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story

PAUSE: Final = timedelta(minutes=10)
SLACK: Final = timedelta(seconds=12)
"""Half a minute is nothing here: a turn, and what it takes to notice that nobody is looked at."""


class ListsAreDestroyed(Promise):
    """By what is in the locked buffers."""

    name = "the-list-is-destroyed-with-its-deployment"
    says = "With no deployment in force, every locked buffer is zero, and neither list nor list key is held."

    def turn(self) -> Broken:
        """Buffers that were wiped are not looked at again."""
        if self.stand.off:
            return
        device = self.stand.device
        gallery = device.daemon.watch._gallery
        if device.daemon.gate.believed is not None:
            return
        if any(np.frombuffer(memory.view, np.uint8).any() for memory in device.host.buffers):
            yield "no deployment is in force, and references are in memory"
        device.host.buffers.clear()
        if gallery._prepared is not None or gallery._open is not None:
            yield "no deployment is in force, and the gallery holds a list or its key"


class PausesAreBounded(Promise):
    """Whatever the reason is for which nobody is looked at."""

    name = "a-pause-ends-within-ten-minutes"
    says = "A list is held for no more than ten minutes while nobody is looked at."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._since: timedelta | None = None

    def turn(self) -> Broken:
        """From the last moment at which somebody was looked at."""
        stand = self.stand
        if stand.off:
            self._since = None
            return
        daemon, now = stand.device.daemon, stand.clock.now()
        held = daemon.watch._gallery._open is not None
        if not held or daemon.gate.condition(now) is Condition.ACTIVE:
            self._since = None
            return
        self._since = self.now if self._since is None else self._since
        if self.now - self._since > PAUSE + SLACK:
            span = (self.now - self._since).total_seconds()
            yield f"nobody has been looked at for {span:.0f} s, and the list is held"


class KeysAreScrubbed(Promise):
    """A list's content key, and what is derived from it."""

    name = "keys-are-scrubbed"
    says = "The list's content key is overwritten as soon as the list is open."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._opened: dict[int, int] = {}

    def leaf(self, recorded: Recorded) -> Broken:
        """Two keys for every list that was opened in this life."""
        if isinstance(recorded.leaf.event, ListOpened):
            self._opened[recorded.life] = self._opened.get(recorded.life, 0) + 1
            host = self.stand.device.host
            if isinstance(host, Machine) and host.scrubbed < 2 * self._opened[recorded.life]:
                yield "a list is open, and its content key was not overwritten"


class ThresholdFollows(Promise):
    """Computed here from the evidence, by the rule that the page for auditors names."""

    name = "the-threshold-follows-from-the-evidence"
    says = "The threshold is the lowest score whose upper bound keeps the authorised FPIR for the whole list."

    def leaf(self, recorded: Recorded) -> Broken:
        """The one that the journal names."""
        event = recorded.leaf.event
        if not isinstance(event, Began):
            return
        documents = {one.document.id: one.document for one in self.story.deployments}
        document = documents.get(event.authorisation)
        if document is None:
            yield "a deployment began that nobody here has asked for"
            return
        rate = document.max_fpir / Decimal(document.watchlist.entries) / CALIBRATION.searches_per_passage
        scores = [point.score for point in CALIBRATION.points if point.fmr <= rate]
        if not scores or abs(event.threshold - scores[0]) > Decimal("0.0001"):
            yield f"the threshold is {event.threshold}, and the evidence gives {scores[0] if scores else 'none'}"
