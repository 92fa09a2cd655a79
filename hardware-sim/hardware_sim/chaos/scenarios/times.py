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

DARK: Final = timedelta(minutes=10)
NEAR: Final = timedelta(seconds=3)
"""Before and after the end of the lease no time is skipped."""
PART: Final = timedelta(seconds=60)
"""That is skipped at once, at most."""
NEW: Final = timedelta(seconds=10)
SMALL, LARGE = timedelta(seconds=1), timedelta(seconds=5)
"""Steps of the wall clock, within what is allowed and beyond it."""


def scenarios(*, wait: bool) -> Iterable[Scenario]:
    """``wait``: really wait, in place of skipping what is long."""
    how = "" if wait else ", long waits skipped"
    return [
        Scenario("ten-minutes", f"dark for 10 minutes{how}", partial(_ten_minutes, wait=wait)),
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
    # This street gives more hits than any: in three real minutes it may fill the outbox, and that shuts the camera too.
    looked = bool(frames) and (wait or max(frames) > lease - NEAR)
    outcome.must(looked, "the camera was shut long before the lease's end")
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
    parts = -(-span // PART)
    for _ in range(parts):
        bench.helm.skip(span / parts)
        bench.listen(0.4)


def _ms(span: timedelta) -> str:
    return f"{span / timedelta(milliseconds=1):+.0f} ms"
