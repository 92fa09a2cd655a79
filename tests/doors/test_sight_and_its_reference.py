"""The sight, asked directly: how long a view has to differ from its own reference, and what outlives a pause."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from edge.domain.capture import Frame, Instant, Picture, Plane
from edge.domain.errors import Reason
from edge.safeguards.outlook import LAST, LEARNT, LEAST, Outlook
from edge.safeguards.sight import CLEAR, EVERY, GLARE, LASTING, MOVED, STANDING, Sight
from edge.steps import glance
from edge.steps.outlook import Change
from hardware_sim.clock import SteppedClock
from hardware_sim.lens import Effect, Lens
from tests.steps.test_outlook import SHOWN, street, through

MOST = LAST // 2
"""Looks, besides the first, until what is shown from now on is what the last looks have in common."""
DARK = np.full((360, 640), 16, np.uint8)
STREET = street()
HALF = np.full((180, 320), 128, np.uint8)
VIEWS = {lens: through(lens) for lens in (Lens.SUN, Lens.DROPS, Lens.TURNED, Lens.AWAY)} | {
    Lens.DEFOCUS: Effect(Lens.DEFOCUS, blur=1.4).over(Picture(STREET, HALF, HALF)).y
}
"""So little out of focus that only the reference tells; what is more so needs none."""
SPAN = timedelta(minutes=1)


class Looking:
    """A sight that is shown one picture a second, in the deployment ``a``."""

    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.sight = Sight()
        self.sight.watch_for("a")
        self.see(STREET, (LEARNT + LAST) * EVERY)
        assert self.sight.lost is None

    def see(self, luma: Plane, span: timedelta = EVERY) -> list[Reason | None]:
        """What was said anew, while one picture was shown for so long."""
        said: list[Reason | None] = []
        for _ in range(span // EVERY):
            self.clock.advance(EVERY)
            picture = Picture(luma, HALF, HALF)
            if self.sight.look(Frame(1, self.now, picture, picture), SHOWN, self.now):
                said.append(self.sight.lost)
        return said

    @property
    def now(self) -> Instant:
        return self.clock.now()


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest.mark.parametrize(
    ("lens", "span", "reason"),
    [
        (Lens.SUN, GLARE, Reason.VIEW_GLARING),
        (Lens.DEFOCUS, GLARE, Reason.VIEW_BLURRED),
        (Lens.DROPS, STANDING, Reason.VIEW_SPOTTED),
        (Lens.TURNED, MOVED, Reason.VIEW_MOVED),
        (Lens.AWAY, STANDING, Reason.VIEW_STRANGE),
    ],
)
def test_each_change_is_said_when_it_has_lasted_and_within_a_minute(
    looking: Looking, lens: Lens, span: timedelta, reason: Reason
) -> None:
    assert MOST * EVERY + span + EVERY < timedelta(minutes=1)
    assert looking.see(VIEWS[lens], MOST * EVERY + span) == []
    assert looking.see(VIEWS[lens]) == [reason]
    assert looking.see(VIEWS[lens], SPAN) == []
    assert looking.see(STREET, MOST * EVERY + CLEAR) == []
    assert looking.see(STREET) == [None]


def test_a_view_that_is_far_out_of_focus_is_said_without_waiting_for_the_reference(looking: Looking) -> None:
    assert looking.see(through(Lens.DEFOCUS), LASTING) == []
    assert looking.see(through(Lens.DEFOCUS)) == [Reason.VIEW_BLURRED]


def test_a_change_that_passes_is_none(looking: Looking) -> None:
    for lens, span in ((Lens.SUN, GLARE), (Lens.DROPS, STANDING), (Lens.TURNED, MOVED)):
        assert looking.see(VIEWS[lens], span) == []
        assert looking.see(STREET, LAST * EVERY) == []


def test_another_fault_does_not_take_the_place_of_one_at_once_but_a_change_that_lasts_does(looking: Looking) -> None:
    assert looking.see(DARK, LASTING + EVERY) == [Reason.VIEW_DARK]
    assert looking.see(np.full((360, 640), 235, np.uint8), SPAN) == []
    assert looking.see(VIEWS[Lens.AWAY], SPAN) == [Reason.VIEW_STRANGE]
    assert looking.see(DARK, SPAN) == []


@pytest.mark.parametrize("span", [LASTING + EVERY, SPAN])
def test_a_lens_that_is_uncovered_has_neither_moved_nor_seen_anything_strange(
    looking: Looking, span: timedelta
) -> None:
    assert looking.see(DARK, span) == [Reason.VIEW_DARK]
    assert looking.see(STREET, CLEAR) == []
    assert looking.see(STREET, SPAN) == [None]


def test_a_camera_that_was_moved_while_it_was_covered_does_not_look_in_between(looking: Looking) -> None:
    assert looking.see(DARK, SPAN) == [Reason.VIEW_DARK]
    assert looking.see(VIEWS[Lens.TURNED], SPAN) == [Reason.VIEW_MOVED]


def test_faults_that_take_turns_count_as_long_as_the_slowest_of_them_would(looking: Looking) -> None:
    said: list[Reason | None] = []
    for _ in range(20):
        said += looking.see(VIEWS[Lens.SUN], 2 * EVERY)
        said += looking.see(DARK, EVERY)
        if said:
            break
    assert said
    assert said[0] in (Reason.VIEW_GLARING, Reason.VIEW_DARK)
    assert looking.sight.moved is None


def test_a_wrong_answer_blinds_it_at_the_next_look_and_a_right_one_opens_its_eyes(looking: Looking) -> None:
    looking.sight.answered(right=False)
    assert looking.sight.lost is None
    assert looking.see(STREET) == [Reason.ANSWER_WRONG]
    assert looking.see(STREET, SPAN) == []
    looking.sight.answered(right=True)
    assert looking.sight.lost is Reason.ANSWER_WRONG
    assert looking.see(STREET) == [None]


def test_a_chain_that_answered_wrongly_is_not_trusted_after_a_pause_either(looking: Looking) -> None:
    looking.sight.answered(right=False)
    looking.see(STREET)
    looking.sight.pause()
    assert looking.sight.lost is None
    assert looking.see(STREET) == [Reason.ANSWER_WRONG]


def test_a_clear_view_before_a_pause_shortens_no_fault_after_it(looking: Looking) -> None:
    looking.see(DARK, LASTING + EVERY)
    looking.see(STREET, CLEAR)
    looking.sight.pause()
    assert looking.see(DARK, LASTING) == []
    assert looking.see(DARK) == [Reason.VIEW_DARK]
    assert looking.see(STREET, CLEAR) == []
    assert looking.see(STREET) == [None]


class TestOutlook:
    """What the sight knows of a view."""

    def look(self, outlook: Outlook, luma: Plane, times: int = 1, *, plain: bool = True) -> list[Change | None]:
        return [outlook.look(glance.of(luma, glance.shown(SHOWN)), plain=plain) for _ in range(times)]

    @pytest.fixture
    def outlook(self) -> Outlook:
        outlook = Outlook()
        outlook.watch_for("a")
        return outlook

    def test_it_learns_from_twenty_plain_looks_and_no_others(self, outlook: Outlook) -> None:
        self.look(outlook, VIEWS[Lens.TURNED], LEARNT, plain=False)
        self.look(outlook, STREET, LEARNT - 1)
        assert not outlook.learnt
        self.look(outlook, STREET)
        assert outlook.learnt
        assert self.look(outlook, VIEWS[Lens.TURNED], LEAST) == [None] * (LEAST - 1) + [Change.MOVED]

    def test_a_pause_of_its_deployment_forgets_neither_what_was_learnt_nor_what_is_being_learnt(
        self, outlook: Outlook
    ) -> None:
        self.look(outlook, STREET, LEARNT - 1)
        outlook.watch_for("a")
        self.look(outlook, STREET)
        assert outlook.learnt
        self.look(outlook, STREET, LAST)
        outlook.watch_for("a")
        assert outlook.learnt
        assert self.look(outlook, VIEWS[Lens.TURNED], LEAST) == [None] * (LEAST - 1) + [Change.MOVED]

    def test_another_deployment_forgets_both(self, outlook: Outlook) -> None:
        self.look(outlook, STREET, LEARNT - 1)
        outlook.watch_for("b")
        self.look(outlook, STREET, LEARNT - 1)
        assert not outlook.learnt
        self.look(outlook, STREET)
        assert outlook.learnt
        outlook.watch_for("a")
        assert not outlook.learnt

    def test_whoever_stands_there_for_less_than_half_of_the_last_looks_is_not_seen(self, outlook: Outlook) -> None:
        self.look(outlook, STREET, LEARNT + LAST)
        assert self.look(outlook, VIEWS[Lens.TURNED], MOST) == [None] * MOST
        assert self.look(outlook, VIEWS[Lens.TURNED]) == [Change.MOVED]

    @pytest.mark.parametrize(("plain", "change"), [(True, None), (False, Change.DAZZLED)])
    def test_the_usual_follows_the_day_while_nothing_is_wrong(
        self, outlook: Outlook, *, plain: bool, change: Change | None
    ) -> None:
        self.look(outlook, STREET, LEARNT + LAST)
        brighter = self.lit(0.1)
        assert set(self.look(outlook, brighter, 300, plain=plain)) == {None}
        assert self.look(outlook, self.lit(0.28), LAST)[-1] is change

    @staticmethod
    def lit(share: float) -> Plane:
        """The street, of whose picture so much is washed out."""
        luma: Plane = STREET.copy()
        luma[: round(360 * share)] = 235
        return luma
