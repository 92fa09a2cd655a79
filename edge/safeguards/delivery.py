"""Nobody is looked at for hits that nobody may receive, or where no order, ``stop`` above all, could be heard.

At every connect the broker is asked whether this device may publish on its hit topic, and grants or refuses its
subscriptions. Until it has said yes once, the camera stays shut; from a no on, too. A connection that is merely lost
changes nothing: hits wait in the outbox, and presence ends by itself.

The broker is not trusted. It can say no to everything and so keep the camera shut, as it can by falling silent; a yes
of its opens nothing that anything else keeps shut. Nor does a yes prove much: a broker may take a hit and drop it,
which is why hits wait for a recipient's signature; and some (mosquitto with an access list file) grant every
subscription and then deliver nothing.
"""

from __future__ import annotations

from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.link import Leave
from edge.ports import Link
from edge.safeguards.verify import Believed


class Deliverable:
    """A demand on the connection. Answers from memory."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def refuses(self, _believed: Believed, _now: Instant) -> Refusal | None:
        """A no of the broker's. Whoever asked at once after the start may ask before it has said anything."""
        reason = self._refused()
        return None if reason is None else Refusal(reason)

    def missing(self, _believed: Believed, _now: Instant) -> Reason | None:
        """A no, or no word so far."""
        if self._link.may_publish is Leave.UNKNOWN or self._link.may_hear is Leave.UNKNOWN:
            return self._refused() or Reason.HIT_TOPIC_UNPROVEN
        return self._refused()

    def over(self, _believed: Believed, _now: Instant) -> EndReason | None:
        """Never: an access list may be mended."""
        return None

    def _refused(self) -> Reason | None:
        if self._link.may_publish is Leave.REFUSED:
            return Reason.HIT_TOPIC_REFUSED
        return Reason.ORDER_TOPICS_REFUSED if self._link.may_hear is Leave.REFUSED else None
