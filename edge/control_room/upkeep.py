"""A deployment that outlives its device's restarts: the control room begins it again where its authorisation stands.

A restart destroys the one-time list key, and with it every copy of the list. So nothing comes back by itself: this end
notices the new life of the device, asks for the same authorisation again, sends what is missing of the sealed list
(what lies on the device's disk is not sent again), and wraps the list's key to the new one-time key. Whether the
authorisation still stands is the device's to say: one that was stopped, has ended or was overtaken is refused, and then
this gives up. Presence is never confirmed here: that takes the officer on scene.
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Final

from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Refused
from edge.domain.authority import Signed
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost, Reason
from edge.wire.events import Deployment
from edge.wire.signed import Signs

FIRST_WAIT: Final = timedelta(seconds=2)
LONGEST_WAIT: Final = timedelta(minutes=1)


PASSING: Final = frozenset(
    reason.value
    for reason in (
        Reason.BUSY,
        Reason.CLOCK_UNTRUSTED,
        Reason.NO_AUTHORISATION,
        Reason.NOT_COSIGNED,
        Reason.OTHER_AUTHORISATION,
        Reason.UNSAFE,
    )
)
"""What may be otherwise soon: a device that has just started has no time yet, or has restarted once more."""


class Standing(enum.Enum):
    """How a deployment is, from here."""

    IN_FORCE = "in force"
    AWAY = "the device is away"
    BEGUN_AGAIN = "begun again after a restart"
    OVER = "over"


class Upkeep:
    """Call :meth:`step` whenever the desk has taken something in. Nothing happens behind it."""

    def __init__(self, desk: Desk, signed: Signed, sealed: SealedList, operator: Signs) -> None:
        self._desk = desk
        self._signed = signed
        self._document = deploy.authorisation_of(signed)
        self._sealed = sealed
        self._operator = operator
        self._boot = ""
        self._wait = FIRST_WAIT
        self._next: Instant | None = None
        self.why = ""
        """Why it is over."""
        self.restarts = 0

    def begin(self) -> None:
        """Begin it, and load its list. Raises Refused, BrokerLost; a stale list is refused here already."""
        deploy.fresh(self._sealed.file, self._desk.now().wall)
        said = self._begun() or deploy.start(self._desk, self._signed, self._operator)
        deploy.load(self._desk, said, self._sealed, self._desk.topics, self._operator)
        self._boot = said.boot

    def step(self) -> Standing:
        """Notice a restart, and begin again; with longer and longer waits where the device cannot be reached."""
        state, now = self._desk.seen.state, self._desk.now()
        if self.why:
            return Standing.OVER
        if now.wall >= self._document.not_after:
            return self._over("its window has closed")
        if state is None or self._desk.seen.lost or state.condition is Condition.STOPPED:
            return Standing.AWAY
        if state.boot == self._boot:
            if state.authorisation != self._document.id:
                return self._over("the device says that it has ended")
            return Standing.IN_FORCE
        if self._next is not None and not now.reached(self._next):
            return Standing.AWAY
        return self._again(now)

    def _again(self, now: Instant) -> Standing:
        try:
            self.begin()
        except (BrokerLost, Refused) as error:
            if isinstance(error, Refused) and error.reason not in PASSING:
                return self._over(str(error))
            self._next, self._wait = now.later(self._wait), min(2 * self._wait, LONGEST_WAIT)
            return Standing.AWAY
        self._next, self._wait = None, FIRST_WAIT
        self.restarts += 1
        return Standing.BEGUN_AGAIN

    def _begun(self) -> Deployment | None:
        """What the device says of it, where it was begun in this life and only its list did not get through."""
        state, said = self._desk.seen.state, self._desk.seen.deployment
        if state is None or said is None or state.boot != said.boot or state.authorisation != said.authorisation:
            return None
        return said if said.authorisation == self._document.id else None

    def _over(self, why: str) -> Standing:
        self.why = why
        return Standing.OVER
