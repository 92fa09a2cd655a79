"""No hit after the camera's closing: a hit that waits for the writer meanwhile is withheld, whatever shut the camera.

The writer is let in at the very moment at which the closing has been committed, which threads meet once in a long time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edge.domain.capture import Frame
from edge.domain.comparison import Permit
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.deployment import CaptureClosed
from edge.domain.record import Event
from edge.safeguards.frames import FROZEN
from edge.safeguards.presence import LEASE
from hardware_sim.site import Site
from tests.doors.test_hits import hits_of, sealed

NOW = timedelta(0)
TICK = timedelta(milliseconds=100)


class Writer:
    """Commits a hit as soon as a closing is in the journal; it looked at the clock before it had its turn."""

    def __init__(self, site: Site) -> None:
        self._site, self._waiting, self.looked = site, sealed(site), site.clock.now()
        self.told: list[bool] = []
        self.meanwhile: Callable[[], None] = lambda: None
        site.device.daemon.gate._journal.follow(self._take)

    def _take(self, event: Event) -> None:
        if isinstance(event, CaptureClosed):
            self.meanwhile()
            self.told.append(hits_of(self._site).commit(self._waiting, self.looked))


def _poll(site: Site, span: timedelta = TICK) -> Frame | None:
    site.clock.advance(span)
    return site.device.daemon.gate.frames.poll(NOW)


def _unplugged(site: Site, writer: Writer) -> None:
    site.camera.unplugged = True
    _poll(site)


def _frozen(site: Site, writer: Writer) -> None:
    site.camera.frozen = True
    _poll(site, FROZEN + TICK)


def _stopped(site: Site, writer: Writer) -> None:
    """The capture thread is the first that learns of the end: the deployment is in force until main ends it."""
    with site.device.daemon.gate.camera():
        pass


def _lease_over(site: Site, writer: Writer) -> None:
    """The writer read the clock before the lease was over, and then waited for the disk."""
    _poll(site, LEASE)


def _clock_doubted(site: Site, writer: Writer) -> None:
    """For so short a time that nobody but the capture thread notices."""

    def trust() -> None:
        site.clock.trusted = True

    site.clock.trusted, writer.meanwhile = False, trust
    _poll(site)


@pytest.mark.parametrize("shut", [_unplugged, _frozen, _stopped, _lease_over, _clock_doubted])
def test_a_hit_that_waits_while_the_camera_is_shut_is_withheld(
    shut: Callable[[Site, Writer], None], watching: Site
) -> None:
    writer = Writer(watching)
    shut(watching, writer)
    assert writer.told == [False]
    assert not watching.camera.is_open
    assert [event.kind for event in watching.journal()][-2:] == ["capture-closed", "hit-withheld"]


def test_a_hit_that_the_writer_came_to_before_the_closing_is_told(watching: Site) -> None:
    waiting = sealed(watching)
    assert hits_of(watching).commit(waiting, watching.clock.now())
    watching.device.daemon.gate.frames.shut(watching.clock.now(), (Reason.PERMIT_LAPSED,))
    assert [event.kind for event in watching.journal()][-2:] == ["hit-committed", "capture-closed"]


def test_only_the_permit_that_a_camera_was_open_for_is_void_when_it_is_shut(watching: Site) -> None:
    """Else the next permit, which may have been given already, would be void too, and the camera shut for ever."""
    gate, now = watching.device.daemon.gate, watching.clock.now()
    gate.lapse(now)
    following = gate.permit(now)
    assert isinstance(following, Permit)
    gate.frames.shut(now, (Reason.PERMIT_LAPSED,))
    assert gate.holds(following, now)
    assert isinstance(_poll(watching), Frame)
    assert gate.holds(following, watching.clock.now())


def test_when_the_camera_is_shut_what_is_in_flight_is_forgotten_once_and_the_next_permit_searches_nothing(
    watching: Site,
) -> None:
    forgotten: list[Permit | Refusal] = []
    gate, now = watching.device.daemon.gate, watching.clock.now()
    gate.on_lapse(lambda _: forgotten.append(gate.permit_to_search(now)))
    gate.frames.shut(now, (Reason.PERMIT_LAPSED,))
    gate.frames.shut(now, (Reason.PERMIT_LAPSED,))
    assert forgotten == [Refusal(Reason.CAPTURE_STALE)]
