"""What a person at a terminal sees: one line for each thing that happened, readable without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from edge.control_room.desk import STEP, Desk, Opened
from edge.control_room.upkeep import Standing, Upkeep
from edge.domain.comparison import PresentationCue
from edge.domain.errors import BrokerLost
from edge.wire.events import Deployment, HitContent, State

LATE: Final = timedelta(seconds=10)
"""A person walks on fifteen metres meanwhile: whoever is sent after a later hit has to be told."""
OnHit = Callable[[Opened], None]

CUES: Final = {
    PresentationCue.FLAT_MOTION: "it moves like something flat",
    PresentationCue.STILL: "it does not move at all",
    PresentationCue.RASTER: "it has the pattern of a screen or a print",
    PresentationCue.FRAMED: "straight edges move along with it",
}


def silent(_: Opened) -> None:
    """Show nothing."""


def state_line(state: State) -> str:
    """A state, in one line."""
    parts = [f"{state.at:%H:%M:%S}Z", f"{state.site}/{state.device}", state.condition.value.upper()]
    if state.reasons:
        parts.append("because: " + ", ".join(state.reasons))
    if state.authorisation is not None:
        parts.append(f"authorisation {state.authorisation} for {_left(state.at, state.not_after)}")
        parts.append(f"presence for {_left(state.at, state.presence_until)}")
    return "  ".join(parts)


def hit_line(opened: Opened) -> str:
    """A hit that has just come, in one line. It says what it is not."""
    return content_line(opened.sealed.sequence, opened.content, late(opened.lateness))


def late(by: timedelta) -> str:
    """What is said of a hit that took so long; nothing where it was in time."""
    return f" LATE by {by.total_seconds():.0f} s" if by > LATE else ""


def content_line(sequence: int, content: HitContent, late_by: str = "") -> str:
    """What is inside a hit, in one line."""
    return (
        f"{content.captured:%H:%M:%S}Z  HIT{late_by} #{sequence}  entry {content.entry}"
        f"  ({content.category.value})  score {content.band.value}  from {content.samples} samples"
        f"  -  {content.statement}{suspicion(content.presentation)}"
    )


def suspicion(cues: Sequence[PresentationCue]) -> str:
    """What a reviewer is told of the cues; nothing where there are none, which would only be taken for a clearance."""
    if not cues:
        return ""
    return f"  -  presentation suspected, look whether it is a picture held up: {', '.join(CUES[cue] for cue in cues)}"


def idle(desk: Desk, span: timedelta) -> None:
    """Keep taking messages in for a while."""
    try:
        desk.until(lambda: False, span, "nothing")
    except BrokerLost:
        return


def nothing() -> None:
    """Do nothing."""


def follow(desk: Desk, each: Callable[[], None] = nothing) -> Iterator[Deployment]:
    """Print every change of state, for ever. Yields every deployment that is announced. ``each`` is called often."""
    said, announced = "", ""
    missed: tuple[int, ...] = ()
    while True:
        desk.step(STEP)
        each()
        if desk.seen.gaps.missing != missed:
            missed = desk.seen.gaps.missing
            if missed:
                print(missing_line(missed), flush=True)
        state, deployment = desk.seen.state, desk.seen.deployment
        if deployment is not None and deployment.authorisation != announced:
            announced = deployment.authorisation
            yield deployment
        if desk.seen.lost:
            line = "the device's connection was lost"
        else:
            line = "" if state is None else f"{state.condition.value} {state.reasons} {state.authorisation}"
        if line != said:
            said = line
            print(line if desk.seen.lost or state is None else state_line(state), flush=True)


def missing_line(missed: Sequence[int]) -> str:
    """Hits that did not come here, in one line."""
    numbers = ", ".join(str(number) for number in missed[:10]) + (", ..." if len(missed) > 10 else "")
    return (
        f"{len(missed)} hits did not come here: {numbers}; what became of them says "
        f"lamppost resend --first {missed[0]} --last {missed[-1]}"
    )


def stay(desk: Desk, kept: Upkeep, name: str) -> None:
    """Look after a deployment until it is over, and print every change of how it stands."""
    said = Standing.IN_FORCE
    while said is not Standing.OVER:
        desk.step(STEP)
        found = kept.step()
        if found is not said:
            said = found
            line = f"{name}: {found.value}" + (f": {kept.why}" if kept.why else "")
            print(line, flush=True)


def _left(now: datetime, until: datetime | None) -> str:
    if until is None or until <= now:
        return "0 s"
    seconds = int((until - now).total_seconds())
    return (
        f"{seconds // 3600} h {seconds % 3600 // 60} min"
        if seconds >= 3600
        else f"{seconds // 60} min {seconds % 60} s"
    )
