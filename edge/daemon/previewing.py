"""Previews on their way out: sent once where there is a connection, or not at all."""

from __future__ import annotations

from edge.daemon.pulse import Pulse
from edge.domain.capture import Frame
from edge.domain.message import Outgoing
from edge.ports import Clock, Link
from edge.safeguards.preview import LIFE, Previews
from edge.wire.events import CONTENT_TYPE


class Previewing:
    """Runs on the recognise thread, after a frame has been through the path."""

    def __init__(self, previews: Previews, link: Link, topic: str, clock: Clock, pulse: Pulse) -> None:
        self._previews = previews
        self._link = link
        self._topic = topic
        self._clock = clock
        self._pulse = pulse

    def see(self, frame: Frame) -> None:
        """Send a preview of it, where one is due."""
        if not self._link.connected:
            return
        message = self._previews.of(frame, self._clock.now())
        if message is None:
            return
        if self._link.publish(Outgoing(self._topic, message, expires=LIFE, content_type=CONTENT_TYPE)):
            self._pulse.count("previews")
