"""Time: a blackout that outlasts the officer's lease, and a clock that steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from edge.adapters.keys import FileSigner
from edge.control_room import deploy
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.custody import NewClock
from edge.wire.signed import Kind, sign
from hardware_sim.bench import DEVICE, EPOCH, SITE
from hardware_sim.chaos import evidence, weather
from hardware_sim.chaos.outcome import Outcome
from hardware_sim.chaos.rig import Rig, authorise
from hardware_sim.chaos.scenarios.paths import RETURN
from hardware_sim.chaos.scenarios.staging import Scenario
from hardware_sim.chaos.street import BUSY, CROWDED

DARK: Final = timedelta(minutes=10)
NEAR: Final = timedelta(seconds=3)
"""Before and after the end of the lease no time is skipped."""
PART: Final = timedelta(seconds=3)
"""That is skipped at once, at most: a heartbeat may be five seconds late, and no more."""
PATIENCE: Final = 60.0
"""Seconds in which so many hits come that no more may wait: twice what a free machine takes."""
NEW: Final = timedelta(seconds=10)
SMALL, LARGE = timedelta(seconds=1), timedelta(seconds=5)
"""Steps of the wall clock, within what is allowed and beyond it."""


def scenarios(*, wait: bool) -> Iterable[Scenario]:
    """``wait``: really wait, in place of skipping what is long."""
    how = "" if wait else ", long waits skipped"
    return [
        Scenario(
            "ten-minutes", f"dark for 10 minutes{how}, a hit every 4 s", partial(_ten_minutes, wait=wait), pace=CROWDED
        ),
        Scenario("outbox-full", "dark while more hits come than may wait", _too_many, pace=BUSY),
        Scenario("clock-step", "wall clock steps 1 s, then 5 s, then back; two custodians reset it", _steps),
    ]


def _ten_minutes(bench: Rig, outcome: Outcome, seed: int, *, wait: bool) -> None:
    """Capture pauses at the end of the lease, by the device's own clock, and goes on when an officer signs again."""
    clock = bench.console.clock
    state = bench.console.desk.seen.state
    assert state is not None
    assert state.presence_until is not None
    lease, began = state.presence_until, clock.now()
    bench.proxy.set(weather.BLACKOUT)
    bench.listen(5)
    _pass(bench, lease - NEAR - clock.now().wall, wait=wait)
    bench.listen((lease + NEAR - clock.now().wall).total_seconds())
    marks = evidence.marks(bench.marks.read_text())
    shut = [mark.at for mark in marks if mark.what == "camera-close"]
    frames = [mark.at for mark in marks if mark.what == "frame"]
    outcome.must(bool(shut) and shut[-1] <= lease + timedelta(seconds=1), "the camera was open after the lease's end")
    outcome.must(bool(frames) and max(frames) > lease - NEAR, "the camera was shut long before the lease's end")
    if shut and frames:
        late = (shut[-1] - lease) / timedelta(milliseconds=1)
        outcome.notes.append(f"camera shut {late:+.0f} ms after the lease's end, last frame {_ms(max(frames) - lease)}")
    _pass(bench, DARK - clock.now().since(began), wait=wait)
    bench.proxy.set(weather.CLEAR)
    # What the device said when it paused waits in its connection, and comes before what it says now.
    bench.until(lambda: bench.is_(Condition.PAUSED)() and _is_new(bench), "word that it is paused", RETURN)
    bench.present()
    bench.until(bench.is_(Condition.ACTIVE), "looking again after an officer signed")
    bench.hits(3, RETURN)


def _too_many(bench: Rig, outcome: Outcome, seed: int) -> None:
    """The device stops looking while nobody takes its hits over, and looks again by itself when they have been."""
    clock, state = bench.console.clock, bench.console.desk.seen.state
    assert state is not None
    assert state.presence_until is not None
    bench.proxy.set(weather.BLACKOUT)
    opened = _marked(bench, "camera-close")
    bench.until(lambda: _marked(bench, "camera-close") > opened, "camera that is shut for want of room", PATIENCE)
    outcome.must(clock.now().wall < state.presence_until, "the lease's end shut the camera, not want of room")
    before = _marked(bench, "frame")
    bench.listen(NEAR.total_seconds())
    outcome.must(_marked(bench, "frame") == before, "a device whose outbox is full went on looking")
    committed = _marked(bench, "committed") - bench.taken()
    outcome.notes.append(f"camera shut with {committed} hits that nobody had taken over")
    bench.proxy.set(weather.CLEAR)
    bench.until(lambda: _marked(bench, "frame") > before, "looking again without anybody's word", RETURN)
    bench.hits(3, RETURN)


def _marked(bench: Rig, what: str) -> int:
    """How often the device has left this mark."""
    return sum(mark.what == what for mark in evidence.marks(bench.marks.read_text()))


def _steps(bench: Rig, outcome: Outcome, seed: int) -> None:
    bench.helm.step(SMALL)
    bench.hits(3)
    outcome.must(bench.is_(Condition.ACTIVE)(), "a step of a second ended the deployment")
    bench.helm.step(LARGE)
    bench.until(bench.is_(Condition.IDLE), "end of the deployment at a step of 5 s")
    bench.helm.step(-SMALL - LARGE)
    bench.until(bench.is_(Condition.UNSAFE), "word that a clock which was put back is not trusted")
    now = bench.console.clock.now().wall
    decision = NewClock(site=SITE, device=DEVICE, epoch=EPOCH, to=now, decided=now)
    custodians = (bench.bench.signer(Role.CUSTODIAN), FileSigner(bench.bench.folder / "keys" / "custodian-2.pem"))
    deploy.reset_clock(
        bench.console.desk, sign(decision, Kind.NEW_CLOCK, *custodians), bench.bench.signer(Role.OPERATOR)
    )
    bench.until(bench.is_(Condition.IDLE), "clock that is trusted again")
    bench.signed = authorise(bench.bench, bench.sealed, sequence=2)
    bench.deploy()
    bench.hits(3)


def _is_new(bench: Rig) -> bool:
    state = bench.console.desk.seen.state
    return state is not None and bench.console.clock.now().wall - state.at < NEW


def _pass(bench: Rig, span: timedelta, *, wait: bool) -> None:
    """Let so much time go by: really, or at once."""
    if span <= timedelta(0):
        return
    if wait:
        bench.listen(span.total_seconds())
        return
    # In parts, so that what is due every so many minutes is done on the way.
    clock = bench.console.clock
    over = clock.now().boot + span
    while (left := over - clock.now().boot) > timedelta(0):
        bench.helm.skip(min(PART, left))
        bench.listen(0.25)


def _ms(span: timedelta) -> str:
    return f"{span / timedelta(milliseconds=1):+.0f} ms"
