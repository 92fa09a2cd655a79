"""The bounds of every pause and every end, in the real process with its own threads, measured by its own journal.

Long waits are skipped by putting both clocks forward, as if the machine had slept; the last second and a half before
each deadline, and everything after it, runs at its own speed.
"""

from __future__ import annotations

import signal
from datetime import datetime, timedelta

import pytest

from edge.control_room import deploy
from edge.daemon.heartbeat import IDLE
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import CaptureClosed, Ended, ListDestroyed
from edge.domain.leaves.device import Alive
from edge.safeguards.deployment import PAUSE_LIMIT
from hardware_sim.office import changed
from tests.bench.test_real_process import Run, a_list, authorise, authorised, calibration, run

__all__ = ["calibration", "run"]

SECOND = timedelta(seconds=1)
SHORTLY = timedelta(seconds=1.5)


@pytest.fixture
def looking(run: Run) -> Run:
    """Deployed, an officer on scene, and looking."""
    sealed = a_list()
    run.start()
    run.deploy(sealed, authorise(run, sealed))
    run.until(run.is_(Condition.ACTIVE))
    return run


def at(run: Run, kind: type[object]) -> datetime:
    """When the one leaf of a kind was written."""
    (leaf,) = [leaf for leaf in run.leaves() if isinstance(leaf.event, kind)]
    return leaf.at


def all_of_it(run: Run) -> list[datetime]:
    """When the camera was shut, the list destroyed and the end recorded."""
    assert run.terminate() == 0
    return [at(run, kind) for kind in (CaptureClosed, ListDestroyed, Ended)]


def test_from_a_stop_order_to_wiped_is_at_most_a_second(looking: Run) -> None:
    sent = stop(looking)
    looking.until(looking.is_(Condition.IDLE))
    assert all(sent <= when <= sent + SECOND for when in all_of_it(looking))


def test_from_the_end_of_the_window_to_wiped_is_at_most_a_second(run: Run) -> None:
    sealed = a_list()
    run.start()
    ends = run.now().replace(microsecond=0) + timedelta(seconds=5)
    run.deploy(sealed, run.bench.sign(changed(authorised(run, sealed), not_after=ends)))
    run.until(run.is_(Condition.ACTIVE))
    run.until(run.is_(Condition.IDLE))
    assert all(ends <= when <= ends + SECOND for when in all_of_it(run))


def test_from_a_wake_after_the_window_to_wiped_is_at_most_a_second(looking: Run) -> None:
    looking.leap(timedelta(hours=13))
    woke = looking.now()
    looking.until(looking.is_(Condition.IDLE))
    assert all(when <= woke + SECOND for when in all_of_it(looking))


def test_lost_presence_shuts_the_camera_and_after_ten_minutes_destroys_the_list(looking: Run) -> None:
    state = looking.desk.seen.state
    assert state is not None
    assert state.presence_until is not None
    lease = state.presence_until
    looking.leap(lease - looking.now() - SHORTLY)
    # After a sleep the last frame is old for a moment, which is a pause as well: wait for this one.
    looking.until(lambda: looking.desk.seen.state is not None and looking.desk.seen.state.reasons == ("no-presence",))
    looking.listen(1)
    looking.leap(lease + PAUSE_LIMIT - looking.now() - SHORTLY)
    looking.until(looking.is_(Condition.IDLE))
    shut, destroyed, ended = all_of_it(looking)
    assert lease <= shut <= lease + SECOND
    assert lease + PAUSE_LIMIT <= destroyed <= ended <= lease + PAUSE_LIMIT + SECOND


def stop(run: Run) -> datetime:
    """Send the order; returns when."""
    state = run.desk.seen.state
    assert state is not None
    assert state.authorisation is not None
    sent = run.now()
    deploy.stop(run.desk, state.authorisation, run.bench.signer(Role.OPERATOR))
    return sent


def test_models_that_hang_keep_neither_the_camera_open_nor_the_list(looking: Run) -> None:
    hangs = looking.bench.folder / "detector-hangs"
    hangs.touch()
    looking.listen(0.5)
    sent = stop(looking)
    looking.until(looking.is_(Condition.IDLE))
    hangs.unlink()
    assert all(when <= sent + SECOND for when in all_of_it(looking))


def test_a_camera_that_does_not_let_go_ends_the_process_and_the_next_one_says_so(looking: Run) -> None:
    hangs = looking.bench.folder / "camera-hangs"
    hangs.touch()
    looking.listen(0.5)
    sent = stop(looking)
    assert looking.process is not None
    assert looking.process.wait(10) == -signal.SIGKILL
    assert looking.now() - sent <= 2 * SECOND
    looking.process = None
    # The list was destroyed at once; the camera died with the process, and the new one finds its closing missing.
    assert at(looking, ListDestroyed) <= sent + SECOND
    hangs.unlink()
    looking.start()
    assert looking.terminate() == 0
    kinds = [event.kind for event in looking.events()]
    assert kinds.count("booted") == 2
    assert kinds.count("capture-opened") == kinds.count("capture-closed") + 1


def test_heartbeats_come_in_time(run: Run) -> None:
    run.start()
    run.listen(0.5)
    run.leap(IDLE - SECOND)
    run.listen(3)
    assert run.terminate() == 0
    booted = run.leaves()[0].at
    assert timedelta(0) <= at(run, Alive) - booted - IDLE <= SECOND
