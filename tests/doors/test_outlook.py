"""What the sight remembers of a view: when it is learnt, through what it lasts, and when a fault counts."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.domain.capture import Frame
from edge.domain.errors import Reason
from edge.safeguards.outlook import LEARNT, PATIENCE
from edge.safeguards.sight import CLEAR, EVERY, MOVED, STANDING, Sight
from hardware_sim.clock import SteppedClock
from hardware_sim.lens import Effect, Lens, drawn
from hardware_sim.scripted import _empty

SHOWN = np.zeros((360, 640), np.uint8)
SMEARED = timedelta(seconds=6)
"""Until more than half of the last looks show it."""
MINUTE = timedelta(minutes=1)


class Looking:
    def __init__(self, learnt: int = LEARNT) -> None:
        self.clock, self.sight = SteppedClock(), Sight()
        self.sight.watch_for("one")
        self.see(seconds=learnt)

    def see(self, lens: Lens = Lens.CLEAN, seconds: int = 1) -> list[Reason | None]:
        effect = drawn(lens, np.random.default_rng(1))
        return [self._look(effect) for _ in range(seconds)]

    def crowded(self, seconds: int, columns: int = 640) -> list[Reason | None]:
        """Stripes before the left ``columns``, for a second or two at a time and elsewhere each time."""
        return [self._look(Effect(Lens.CLEAN), stripes(columns, second)) for second in range(seconds)]

    def _look(self, effect: Effect, before: NDArray[np.bool_] | None = None) -> Reason | None:
        self.clock.advance(EVERY)
        picture = effect.over(_empty())
        if before is not None:
            picture.y[before] = np.where(np.indices(before.shape)[0][before] % 4, 100, 200)
        self.sight.look(Frame(1, self.clock.now(), picture, picture), SHOWN, self.clock.now())
        return self.sight.lost


def stripes(columns: int, second: int) -> NDArray[np.bool_]:
    shown = np.kron(np.random.default_rng(second).random((5, 8)) < 0.6, np.ones((72, 80))) > 0
    shown[:, columns:] = False
    return shown


def delay(said: list[Reason | None]) -> timedelta:
    return EVERY * next(index for index, one in enumerate(said) if one is not None)


@pytest.fixture(scope="module")
def turned() -> list[Reason | None]:
    return Looking().see(Lens.TURNED, 30)


def test_a_move_counts_after_its_span_and_not_before(turned: list[Reason | None]) -> None:
    assert MOVED <= delay(turned) <= MOVED + SMEARED
    assert turned[-1] is Reason.VIEW_MOVED


def test_before_a_view_is_learnt_nothing_is_said_of_a_move() -> None:
    assert set(Looking(LEARNT - 1).see(Lens.TURNED, 1)) == {None}
    assert Looking(0).see(Lens.TURNED, 60)[-1] is None


def test_a_covered_lens_is_not_what_is_learnt() -> None:
    looking = Looking(0)
    looking.see(Lens.CAP, LEARNT)
    looking.see(Lens.CLEAN, LEARNT + 10)
    assert looking.see(Lens.TURNED, 30)[-1] is Reason.VIEW_MOVED


def test_a_crowd_is_not_what_is_learnt() -> None:
    looking = Looking(0)
    assert set(looking.crowded(LEARNT) + looking.see(seconds=90)) == {None}
    assert looking.see(Lens.TURNED, 30)[-1] is Reason.VIEW_MOVED


def test_a_crowd_that_stays_is_not_waited_for_for_ever_and_what_is_steady_beside_it_is_learnt() -> None:
    for learnt in (PATIENCE - 1, PATIENCE):
        looking = Looking(0)
        looking.crowded(learnt, columns=400)
        assert looking.sight._outlook.learnt is (learnt == PATIENCE)
    assert set(looking.crowded(60, columns=400) + looking.see(seconds=60)) == {None}
    assert looking.see(Lens.GREASE, 60)[-1] is Reason.VIEW_BLURRED


def test_another_deployment_waits_anew() -> None:
    looking = Looking(0)
    looking.crowded(PATIENCE - 1)
    looking.sight.watch_for("another")
    looking.crowded(PATIENCE - 1)
    assert not looking.sight._outlook.learnt


def test_what_stands_there_for_half_a_minute_is_no_fault_and_what_stays_is_said_within_a_minute() -> None:
    looking = Looking()
    assert set(looking.see(Lens.AWAY, 30)) | set(looking.see(Lens.CLEAN, 20)) == {None}
    said = looking.see(Lens.AWAY, 60)
    assert STANDING <= delay(said) <= STANDING + SMEARED < MINUTE


def test_a_pause_forgets_what_is_wrong_and_not_how_it_was() -> None:
    looking = Looking()
    looking.see(Lens.TURNED, 30)
    looking.sight.pause()
    looking.sight.watch_for("one")
    assert (looking.sight.lost, looking.sight.moved) == (None, None)
    assert looking.see(Lens.TURNED, 30)[-1] is Reason.VIEW_MOVED


def test_another_deployment_learns_another_view() -> None:
    looking = Looking()
    looking.sight.pause()
    looking.sight.watch_for("another")
    assert set(looking.see(Lens.TURNED, LEARNT + 30)) == {None}


def test_since_when_it_is_moved_is_kept_until_it_is_put_back() -> None:
    looking = Looking()
    looking.see(Lens.TURNED, 30)
    since = looking.sight.moved
    assert since is not None
    looking.see(Lens.CAP, 20)
    looking.see(Lens.AWAY, 60)
    assert (looking.sight.lost, looking.sight.moved) == (Reason.VIEW_MOVED, since)
    looking.see(Lens.CLEAN, 6 + int(CLEAR / EVERY) + 6)
    assert (looking.sight.lost, looking.sight.moved) == (None, None)


def test_a_wrong_answer_is_said_at_the_next_look_and_a_fault_of_the_view_before_it() -> None:
    looking = Looking()
    looking.sight.answered(False)
    assert looking.see() == [Reason.ANSWER_WRONG]
    assert looking.see(Lens.CAP, 12)[-1] is Reason.VIEW_DARK
    looking.sight.answered(True)
    assert looking.see(Lens.CLEAN, 16)[-1] is None


def test_neither_looking_nor_learning_keeps_a_picture() -> None:
    looking = Looking()
    held = [one for one in vars(looking.sight._outlook).values() if isinstance(one, np.ndarray)]
    assert held == []
    kept: list[NDArray[np.float32]] = [look.across for look in looking.sight._outlook._last]
    assert all(one.base is None or one.base.size <= 4 * one.size for one in kept)
