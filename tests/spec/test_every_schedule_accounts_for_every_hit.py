"""Whatever comes and goes, in whatever order: every hit is acknowledged or expired, once, and none comes twice."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.control_room import decisions
from edge.control_room.desk import Opened
from edge.daemon.supervise import NOW
from edge.domain.authorisation import Retention
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired
from hardware_sim.site import Site
from tests.doors.test_outbox import tell

USEFUL = timedelta(minutes=1)


class Schedule(RuleBasedStateMachine):
    """A device, a bad link, a control room, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lamppost-"))
        self.site = Site(self.folder)
        self.shown: list[str] = []
        self.site.desk._on_hit = self._show

    def _show(self, opened: Opened) -> None:
        self.shown.append(opened.sealed.id)

    @initialize()
    def begins(self) -> None:
        self.site.run(1)
        self._deploy()

    def _deploy(self) -> None:
        self._heal()
        self.site.run(0.2)
        if self.site.device.daemon.gate.believed is None:
            self.site.deploy(7, retention=Retention(hit=timedelta(hours=2), undelivered=USEFUL))
        self.site.confirm_presence()
        self.site.run(0.5)

    def _heal(self) -> None:
        if self.site.device.link.eats_publishes:
            self.site.device.link.cut()  # what it said is lost until it says all anew, on its next connection
        self.site.device.link.eats_publishes = self.site.desk_link.eats_publishes = False
        for link in (self.site.device.link, self.site.desk_link):
            if not link.connected:
                link.connect()

    @rule(many=st.integers(1, 20))
    def hits_are_found(self, many: int) -> None:
        if not self.site.device.daemon.gate.reasons(self.site.clock.now()):
            tell(self.site, many)
            self.site.device.daemon.tell.step(NOW)  # a writer that never gets a turn is unsafe, and another promise

    @rule()
    def the_device_loses_its_connection(self) -> None:
        self.site.device.link.cut()

    @rule()
    def the_desk_loses_its_connection(self) -> None:
        self.site.desk_link.cut()

    @rule()
    def what_the_device_says_gets_lost(self) -> None:
        self.site.device.link.eats_publishes = True

    @rule()
    def acknowledgements_get_lost(self) -> None:
        self.site.desk_link.eats_publishes = True

    @rule()
    def connections_come_back(self) -> None:
        self._heal()

    @rule(seconds=st.sampled_from([0.1, 0.3, 2, 6]))
    def time_passes(self, seconds: float) -> None:
        self.site.run(seconds)

    @rule(span=st.sampled_from([USEFUL - timedelta(seconds=3), USEFUL]))
    def time_is_slept_through(self, span: timedelta) -> None:
        self.site.clock.advance(span)
        self.site.run(0.1)

    @rule()
    def the_device_loses_power(self) -> None:
        self.site.power_cut()
        self.site.run(0.3)

    @rule()
    def somebody_sees_to_it(self) -> None:
        self._deploy()

    @rule(first=st.integers(1, 60), more=st.integers(0, 30))
    def hits_are_asked_for(self, first: int, more: int) -> None:
        self._heal()
        self.site.run(0.1)
        decisions.replay(self.site.desk, first, first + more, self.site.office.operator)

    def _ends(self) -> tuple[list[int], list[int], list[int]]:
        events = self.site.journal()
        committed = [event.sequence for event in events if isinstance(event, HitCommitted)]
        acknowledged = [event.sequence for event in events if isinstance(event, HitAcknowledged)]
        return committed, acknowledged, [event.sequence for event in events if isinstance(event, HitExpired)]

    @invariant()
    def every_number_is_accounted_for(self) -> None:
        committed, acknowledged, expired = self._ends()
        assert committed == list(range(1, len(committed) + 1))
        settled = acknowledged + expired
        assert len(settled) == len(set(settled))
        waiting = [one.sequence for one in self.site.device.store.waits()]
        assert sorted(settled + waiting) == committed

    @invariant()
    def nothing_is_shown_twice_or_out_of_nowhere(self) -> None:
        assert len(self.shown) == len(set(self.shown))
        assert {hit.sealed.sequence for hit in self.site.hits} <= set(self._ends()[0])
        assert set(self._ends()[1]) <= {hit.sealed.sequence for hit in self.site.hits}

    def teardown(self) -> None:
        self._deploy()
        self.site.run(70)
        committed, acknowledged, expired = self._ends()
        assert sorted(acknowledged + expired) == committed
        assert self.site.device.store.waits() == []
        shown = {hit.sealed.sequence for hit in self.site.hits}
        # A gap that the desk reports is a hit that expired unseen, and every such hit is one.
        assert set(self.site.desk.seen.gaps.missing) == set(expired) - shown
        self.site.device.store.close()
        shutil.rmtree(self.folder)


Schedule.TestCase.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
test_every_schedule_accounts_for_every_hit = Schedule.TestCase
