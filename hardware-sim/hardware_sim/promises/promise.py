"""What every promise is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from edge.control_room.desk import Opened
from edge.domain.message import Outgoing
from hardware_sim.timeline.record import Recorded
from hardware_sim.timeline.story import Story

Broken = Iterator[str]


class Promise:
    """Holds one run against one promise. Each method yields a sentence for every breach; most promises need one."""

    name: ClassVar[str] = ""
    says: ClassVar[str] = ""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.stand = story.stand

    @property
    def now(self) -> timedelta:
        """By the scenario's time."""
        return self.stand.clock.elapsed

    @property
    def camera_is_open(self) -> bool:
        """Whether somebody may be looked at."""
        return not self.stand.off and self.stand.camera.is_open

    @property
    def recording(self) -> bool:
        """Whether the device is on and says that it can record."""
        return not self.stand.off and self.stand.device.daemon.gate._journal.unsafe is None

    def turn(self) -> Broken:
        """After every turn of the device."""
        return iter(())

    def leaf(self, recorded: Recorded) -> Broken:
        """For every leaf, once it is committed."""
        return iter(())

    def message(self, message: Outgoing) -> Broken:
        """For everything that the device, or anybody, sends."""
        return iter(())

    def opened(self, hit: Opened) -> Broken:
        """For every hit that the control room has opened."""
        return iter(())

    def end(self) -> Broken:
        """When the run is over, with the device still there."""
        return iter(())
