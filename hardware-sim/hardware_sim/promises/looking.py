"""When anybody is looked at, and what is said of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.condition import Condition
from edge.domain.message import Outgoing
from edge.wire.events import disclose
from edge.wire.public import Public
from edge.wire.signed import Kind, parse, payload_of
from hardware_sim.lens import Lens
from hardware_sim.promises.promise import Broken, Promise
from hardware_sim.timeline.story import Story

SECOND: Final = timedelta(seconds=1)
NOTICED: Final = 5 * SECOND
"""A disk that is gone or full shuts the camera within so long."""
SAID: Final = timedelta(seconds=60)
"""A view that cannot be relied on is said within so long."""
OBVIOUS: Final = frozenset({Lens.CAP, Lens.PAINT, Lens.LAMP, Lens.AWAY})
STALE: Final = 12 * SECOND
"""A camera that delivers nothing is no active one after so long."""
LEAST_ROOM: Final = 32 * 1024 * 1024


class NobodyUnauthorised(Promise):
    """Held against the harness's own account of signatures, windows and leases."""

    name = "nobody-is-looked-at-without-authority"
    says = "The camera is open only in the window of an authorisation, with its list loaded and an officer on scene."

    def turn(self) -> Broken:
        """The camera is shut where nobody may be looked at."""
        if self.camera_is_open:
            why = self.stand.truth.may_look(self.stand.clock)
            if why:
                yield f"the camera is open, and {why}"


class NobodyUnrecorded(Promise):
    """A disk that does not take what happens stops it."""

    name = "nobody-is-looked-at-unrecorded"
    says = "A disk that is read-only or full shuts the camera within five seconds."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._since: timedelta | None = None

    def turn(self) -> Broken:
        """Counted from when the disk went bad."""
        card = self.stand.card
        if not (card.read_only or card.left < LEAST_ROOM):
            self._since = None
            return
        self._since = self.now if self._since is None else self._since
        if self.camera_is_open and self.now - self._since > NOTICED:
            yield "the camera is open, and the disk has taken nothing for a while"


class LampAndPower(Promise):
    """Where there are switches."""

    name = "the-lamp-burns-while-it-looks"
    says = "The camera is open only with its power and the public lamp on; both go off with it, unless one sticks."

    def turn(self) -> Broken:
        """Both ways round."""
        is_open = self.camera_is_open
        for name, switch in (("lamp", self.stand.lamp), ("power", self.stand.power)):
            if switch is None or switch.sticks or self.stand.off:
                continue
            if is_open and not switch.is_on():
                yield f"the camera is open, and its {name} is off"
            dark = not is_open and not self.stand.device.daemon.gate.frames.is_open
            if dark and switch.is_on() and not (self.stand.power is not None and self.stand.power.sticks):
                yield f"the camera is shut, and its {name} is on"


class StateIsTrue(Promise):
    """What the control room and the public are told."""

    name = "what-it-says-is-so"
    says = "Who says that it looks has its camera open; within five seconds of looking, the public is told."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._since: timedelta | None = None

    def message(self, message: Outgoing) -> Broken:
        """Remember the public record."""
        if message.topic == self.stand.topics.public and message.payload:
            self.stand.public = parse(payload_of(disclose(message.payload, Kind.PUBLIC)), Public)
        return iter(())

    def turn(self) -> Broken:
        """The state against the camera, the public record against the state."""
        stand = self.stand
        if stand.off:
            self._since = None
            return
        active = stand.device.daemon.gate.condition(stand.clock.now()) is Condition.ACTIVE
        if active and not self.camera_is_open:
            yield "it says that it is active, and its camera is shut"
        if not active or not stand.device.link.connected or stand.device.link.eats_publishes:
            self._since = None
            return
        self._since = self.now if self._since is None else self._since
        told = stand.public is not None and stand.public.looking
        if self.now - self._since > 5 * SECOND and not told:
            yield "it has been looking for a while, and the public is told that nobody is looked at"


class WhatCannotSeeSaysSo(Promise):
    """A covered lens, and a camera that stands still."""

    name = "what-cannot-see-says-so"
    says = "A covered or turned lens is said within a minute, a frozen camera within twelve seconds; neither is active."

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self._blind: timedelta | None = None
        self._frozen: timedelta | None = None

    def turn(self) -> Broken:
        """Counted from when it could not see."""
        stand, sensor = self.stand, self.stand.sensor
        active = not stand.off and stand.device.daemon.gate.condition(stand.clock.now()) is Condition.ACTIVE
        blind = sensor.lens in OBVIOUS and self.camera_is_open
        self._blind = (self._blind or self.now) if blind else None
        self._frozen = (self._frozen or self.now) if sensor.frozen or sensor.unplugged else None
        if self._blind is not None and self.now - self._blind > SAID and active:
            yield f"it says that it is active, and its lens has been covered ({sensor.lens.value}) for a minute"
        if self._frozen is not None and self.now - self._frozen > STALE and active:
            yield "it says that it is active, and no frame has come for a while"
