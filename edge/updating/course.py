"""The course of an update. Pure: a state and what happened in, the next state out.

::

    still --begun--> installing --installed--> trying --confirmed--> still, with the new version
                         |                        |
                         +------- failing --------+--> going back --went_back--> still, with the old version

Each arrow is one durable write, made before the next thing is done to the machine. A start of the machine, or of this
program, that finds ``installing`` or ``trying`` finds an update that was cut off, and goes back.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cmp_to_key
from typing import Any, Final

from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.updating.refusals import No, Refusal

RECORDS: Final = 16
"""So many of the latest outcomes are kept for the instances to write into their journals."""
FAILURES: Final = 32

Compares = Callable[[str, str], int]
"""Of two Debian versions: below 0 where the first is the lower one, 0 where they are the same."""


class Stage(enum.Enum):
    """Where an update stands."""

    STILL = "still"
    INSTALLING = "installing"
    TRYING = "trying"
    GOING_BACK = "going-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One release's package."""

    version: str
    digest: str
    """SHA-256 of the file."""
    manifest: str = ""
    """SHA-256 of the release's manifest, as the release's signers named it; empty for one that a person brought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the instances write into their journals."""

    number: int
    at: datetime
    outcome: UpdateOutcome
    before: str
    after: str
    digest: str
    manifest: str
    why: UpdateFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that is remembered."""

    stage: Stage = Stage.STILL
    mark: str = ""
    """The highest version that was ever confirmed: none below it is installed again."""
    clock: datetime | None = None
    """The latest time at which an update was judged."""
    confirmed: Package | None = None
    """To go back to."""
    pending: Package | None = None
    why: UpdateFault | None = None
    """Why it is going back."""
    instances: tuple[str, ...] = ()
    """That ran when the update began."""
    failed: tuple[str, ...] = ()
    """Versions that were undone."""
    records: tuple[Record, ...] = ()
    count: int = 0
    """How many records there ever were."""


def refuses(
    state: State, offer: Package, installed: str, now: datetime, compares: Compares, *, again: bool
) -> Refusal | None:  # fmt: skip
    """Why this package may not take the installed one's place now."""
    if state.stage is not Stage.STILL:
        return Refusal(No.BUSY, state.stage.value)
    if state.clock is not None and now < state.clock:
        return Refusal(No.CLOCK_BACK, f"{now:%Y-%m-%d %H:%M}Z")
    highest = max(state.mark, installed, key=_by(compares)) if state.mark else installed
    if compares(offer.version, highest) < 0:
        return Refusal(No.VERSION_BACK, f"{offer.version} after {highest}")
    if compares(offer.version, installed) == 0:
        return Refusal(No.NOTHING_NEW, installed)
    if offer.version in state.failed and not again:
        return Refusal(No.FAILED_BEFORE, offer.version)
    if state.confirmed is None or compares(state.confirmed.version, installed) != 0:
        return Refusal(No.NOTHING_TO_GO_BACK_TO, installed)
    return None


def kept(state: State, package: Package, compares: Compares) -> State:
    """The installed version's package is here. Only where nothing is under way."""
    mark = package.version if not state.mark else max(state.mark, package.version, key=_by(compares))
    return replace(state, confirmed=package, mark=mark)


def begun(state: State, offer: Package, instances: tuple[str, ...], now: datetime) -> State:
    """It is about to be installed."""
    clock = now if state.clock is None else max(state.clock, now)
    return replace(state, stage=Stage.INSTALLING, pending=offer, instances=instances, clock=clock, why=None)


def installed(state: State) -> State:
    """Its files are in place; what they do is not known yet."""
    return replace(state, stage=Stage.TRYING)


def confirmed(state: State, now: datetime) -> State:
    """It is ready, its self-test passed and it stood: from now on it is what is gone back to."""
    new = state.pending
    assert new is not None
    failed = tuple(version for version in state.failed if version != new.version)
    done = replace(state, confirmed=new, mark=new.version, failed=failed)
    return _ended(done, _record(state, UpdateOutcome.CONFIRMED, now))


def failing(state: State, why: UpdateFault) -> State:
    """It will not do: go back."""
    return replace(state, stage=Stage.GOING_BACK, why=why)


def woken(state: State) -> State:
    """This program, or the machine, started: what was under way was cut off."""
    return failing(state, UpdateFault.CUT_OFF) if state.stage in (Stage.INSTALLING, Stage.TRYING) else state


def went_back(state: State, now: datetime) -> State:
    """The confirmed version is in place again."""
    new = state.pending
    assert new is not None
    failed = (*(version for version in state.failed if version != new.version), new.version)[-FAILURES:]
    return _ended(replace(state, failed=failed), _record(state, UpdateOutcome.ROLLED_BACK, now))


def _ended(state: State, record: Record) -> State:
    return replace(
        state, stage=Stage.STILL, pending=None, why=None, instances=(), records=(*state.records, record)[-RECORDS:],
        count=record.number,
    )  # fmt: skip


def _record(state: State, outcome: UpdateOutcome, now: datetime) -> Record:
    new, old = state.pending, state.confirmed
    assert new is not None
    assert old is not None
    return Record(
        number=state.count + 1, at=now, outcome=outcome, before=old.version, after=new.version, digest=new.digest,
        manifest=new.manifest, why=state.why,
    )  # fmt: skip


def _by(compares: Compares) -> Callable[[str], Any]:
    return cmp_to_key(compares)
