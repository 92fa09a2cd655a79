"""(2, continued) Time, lives and heartbeats: that the device's own account of itself has no holes.

A clock that nobody has set yet may be slow at a start; so times are held against each other where the device must have
trusted its clock, and a gap right after a start is an outage like the one before it, listed and not failed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from edge.audit.case import Case
from edge.audit.checks.capture import end
from edge.audit.failures import Failure, Finding
from edge.audit.history import Capture, Life
from edge.audit.limits import ALIVE_DEPLOYED, ALIVE_IDLE, AT_ONCE, CLOCK_STEP, SHUT
from edge.domain.condition import Condition
from edge.domain.leaves.deployment import Began, CaptureOpened, ListOpened, PresenceConfirmed
from edge.domain.leaves.device import Booted, ClockReset, EpochOpened
from edge.domain.leaves.hits import HitCommitted

SUBJECT = "Time and heartbeats"
LATE: Final = ALIVE_IDLE + AT_ONCE
_TRUSTED: Final = (Began, ListOpened, PresenceConfirmed, CaptureOpened, HitCommitted)
"""Happen only while the clock is trusted."""
_LOOKING: Final = {Condition.ACTIVE, Condition.WAITING, Condition.DEGRADED}


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which nothing was heard of the device."""

    begins: datetime
    ends: datetime


def check(case: Case) -> Iterator[Finding]:
    """Time, lives, heartbeats."""
    yield from _time(case)
    yield from _lives(case)
    for life in case.history.lives:
        for before, after in _silences(life):
            if before - life.booted.at > LATE:
                yield Finding(Failure.HEARTBEAT_MISSING, f"{after - before} from {before:%Y-%m-%d %H:%M:%S} on")
        yield from _silent_at_work(case, life)
        yield from _contradictions(case, life)


def outages(case: Case) -> list[Outage]:
    """Between two lives, and right after a start."""
    found = []
    for before, after in pairwise(case.history.lives):
        if after.booted.at > before.last:
            found.append(Outage(before.last, after.booted.at))
    for life in case.history.lives:
        found += [Outage(*silence) for silence in _silences(life) if silence[0] - life.booted.at <= LATE]
    return sorted(found, key=lambda one: one.begins)


def _silences(life: Life) -> Iterator[tuple[datetime, datetime]]:
    """Every life says that it is alive soon after its start, and from then on again and again."""
    beats = [life.booted.at, *(mark.at for mark in life.alive), life.last]
    return ((before, after) for before, after in pairwise(beats) if after - before > LATE)


def _silent_at_work(case: Case, life: Life) -> Iterator[Finding]:
    beats = sorted(mark.at for mark in life.alive)
    for deployment in case.history.deployments:
        if deployment.began.boot != life.booted.boot:
            continue
        begins, ends = deployment.began.at, end(case, deployment) or life.last
        within = beats[bisect_right(beats, begins) : bisect_left(beats, ends)]
        times = [begins, *within, ends]
        for before, after in pairwise(times):
            if after - before > ALIVE_DEPLOYED + AT_ONCE:
                yield Finding(Failure.HEARTBEAT_MISSING, f"{after - before} of {deployment.id}", deployment.began.index)


def _time(case: Case) -> Iterator[Finding]:
    latest: datetime | None = None
    for entry in case.bundle.entries:
        leaf = entry.leaf
        if isinstance(leaf.event, ClockReset):
            latest = min(leaf.at, leaf.event.to)
        behind = timedelta(0) if latest is None else latest - leaf.at
        if isinstance(leaf.event, _TRUSTED) and behind > CLOCK_STEP:
            yield Finding(
                Failure.TIME_BACKWARDS, f"{leaf.event.kind} {behind} before what was written earlier", entry.index
            )
        latest = leaf.at if latest is None else max(latest, leaf.at)


def _lives(case: Case) -> Iterator[Finding]:
    boots: list[str] = []
    for entry in case.bundle.entries:
        boot, event = entry.leaf.boot, entry.leaf.event
        if boots and boot == boots[-1]:
            continue
        if boot in boots:
            yield Finding(Failure.BOOT_CAME_BACK, boot, entry.index)
        elif not isinstance(event, Booted | EpochOpened):
            yield Finding(Failure.BOOT_NOT_RECORDED, boot, entry.index)
        boots.append(boot)


def _contradictions(case: Case, life: Life) -> Iterator[Finding]:
    here = (one for deployment in case.history.deployments for one in deployment.captures)
    captures = sorted((one for one in here if one.opened.boot == life.booted.boot), key=lambda one: one.opened.index)
    places = [capture.opened.index for capture in captures]
    for mark in life.alive:
        said, opened = mark.event, bisect_left(places, mark.index)
        # The last that was opened before, and the next: no other can be near.
        around = captures[max(0, opened - 1) : opened + 1]
        near = any(abs(mark.at - edge) <= SHUT for one in around for edge in (one.opened.at, one.until))
        is_open = any(_is_open(capture, mark.index) for capture in around)
        if said.camera_opens != opened and not (near and abs(said.camera_opens - opened) <= 1):
            detail = f"it was opened {said.camera_opens} times, not {opened}"
            yield Finding(Failure.HEARTBEAT_CONTRADICTS, detail, mark.index)
        elif near:
            continue
        elif said.camera_open is not is_open:
            yield Finding(Failure.HEARTBEAT_CONTRADICTS, "open" if said.camera_open else "shut", mark.index)
        elif said.camera_powered is not None and said.camera_powered is not is_open:
            yield Finding(
                Failure.POWER_WRONG, "shut, with power" if said.camera_powered else "open, without", mark.index
            )
        elif is_open and said.lamp_lit is False:
            yield Finding(Failure.LAMP_DARK, mark.event.condition.value, mark.index)
        elif is_open and said.condition not in _LOOKING:
            yield Finding(Failure.CAPTURED_UNWELL, said.condition.value, mark.index)


def _is_open(capture: Capture, index: int) -> bool:
    return capture.opened.index < index and (capture.closed is None or index < capture.closed.index)
