"""A leaf on time, whatever the device does: what an auditor counts to know that nothing is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import Unsafe
from edge.domain.leaves.device import Alive
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal

IDLE: Final = timedelta(minutes=15)
DEPLOYED: Final = timedelta(minutes=5)


class Heartbeat:
    """Runs on the writer's thread, which waits for no camera and no model."""

    def __init__(self, gate: Gate, journal: Journal, pulse: Pulse) -> None:
        self._gate = gate
        self._journal = journal
        self._pulse = pulse
        self._last: Instant | None = None
        self._said: tuple[bool, int] | None = None

    def step(self, now: Instant) -> None:
        """Record a leaf where one is due; where it cannot be, the journal keeps the reason.

        The start is a leaf of its own. Where power or lamp can be switched, every opening and closing is followed by
        a leaf that says how they are.
        """
        if self._last is None:
            self._last = now
        gate = self._gate
        every = IDLE if gate.believed is None else DEPLOYED
        seen = (gate.frames.is_open, gate.frames.counts.opens)
        changed = gate.shutter.switched and self._said is not None and seen != self._said
        self._said = self._said or seen
        if not changed and now.since(self._last) < every:
            return
        self._said = seen
        self._last = now
        condition = gate.condition(now)
        try:
            self._journal.record(self._alive(condition, *seen), now)
        except Unsafe:
            self._pulse.count("heartbeats-missed")

    def _alive(self, condition: Condition, camera_open: bool, opens: int) -> Alive:
        return Alive(
            condition=condition,
            camera_opens=opens,
            camera_open=camera_open,
            camera_powered=self._gate.shutter.powered(),
            lamp_lit=self._gate.shutter.lit(),
        )
