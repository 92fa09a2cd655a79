"""A leaf on time, whatever the device does: what an auditor counts to know that nothing is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.daemon.pulse import Pulse
from edge.domain.capture import Instant
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
        self._was_on = False

    def step(self, now: Instant) -> None:
        """Record a leaf where one is due; where it cannot be, the journal keeps the reason.

        The start is a leaf of its own. Where power or lamp can be switched, every opening and closing is followed by
        a leaf that says how they are.
        """
        self._last = self._last or now
        gate, shutter = self._gate, self._gate.shutter
        on, every = shutter.on, IDLE if gate.believed is None else DEPLOYED
        turned = shutter.switched and on is not self._was_on
        if not turned and now.since(self._last) < every:
            return
        self._last, self._was_on = now, on
        alive = Alive(
            condition=gate.condition(now),
            camera_opens=gate.frames.counts.opens,
            camera_open=gate.frames.is_open,
            camera_powered=shutter.powered(),
            lamp_lit=shutter.lit(),
        )
        try:
            self._journal.record(alive, now)
        except Unsafe:
            self._pulse.count("heartbeats-missed")
