"""From verified documents to what the page shows of them. Pure. No score but its band, and nobody who is not listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from edge.control_room.console.deciding import Said, Second, Standing, may, outcome, shown
from edge.control_room.console.place import Place, Post
from edge.control_room.desk import Seen
from edge.control_room.show import CUES, LATE
from edge.domain.authority import Identifier, KeyId
from edge.domain.condition import Condition
from edge.domain.errors import REMEDIES, Reason
from edge.domain.health import ADVICE
from edge.domain.orders import REVIEW_WITHIN
from edge.wire.events import Deployment, HitContent, SealedHit, State

GOOD_HEIGHT: Final = 80
FAIR_HEIGHT: Final = 50
"""Pixels of the main stream: a face of less is poorly resolved."""
SHORT: Final = 8
"""Characters by which a key is told from another on the page."""

WORDS: Final = {
    Condition.IDLE: "idle",
    Condition.WAITING: "waiting",
    Condition.ACTIVE: "looking",
    Condition.DEGRADED: "degraded",
    Condition.PAUSED: "paused",
    Condition.UNSAFE: "unsafe",
    Condition.STOPPED: "switched off",
}


@dataclass(frozen=True, slots=True)
class Doing:
    """What this console is doing with a device, and what came of it last."""

    now: str = ""
    trouble: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What is known of one hit, opened or not."""

    device: str
    sealed: SealedHit
    content: HitContent | None
    """None while it is sealed to this console: nothing inside has been looked at."""
    came: datetime | None
    """When it came over the wire to this console; None where it lay in the folder."""
    said: tuple[Said, ...] = ()
    told: bool = False
    reference: bool = False
    """Whether there is a picture to compare it with."""
    trouble: str = ""
    """Why the device has not taken the verdict in."""


def place(found: Place) -> dict[str, Any]:
    """The plan, which does not change."""
    return {
        "name": found.name,
        "size": list(found.size),
        "blocks": [{"outline": [list(point) for point in one.outline], "name": one.name} for one in found.blocks],
        "second": found.second.value,
    }


def device(post: Post, seen: Seen, doing: Doing, *, connected: bool) -> dict[str, Any]:
    """One device, as it said last."""
    state, health = seen.state, seen.health
    said = _in_force(state, seen.deployment)
    listed = state is not None and said is not None and Reason.LIST_NOT_OPEN.value not in state.reasons
    may_start = post.authorisation is not None and post.watchlist is not None
    return {
        "id": post.name,
        "label": post.label,
        "at": list(post.at),
        "facing": post.facing,
        "reach": post.reach,
        "connected": connected,
        "lost": seen.lost,
        "condition": None if state is None else state.condition.value,
        "words": "not heard of" if state is None else WORDS[state.condition],
        "heard": _iso(None if state is None else state.at),
        "version": "" if state is None else state.version,
        "reasons": [] if state is None else [{"code": one, "remedy": _remedy(one)} for one in state.reasons],
        "authorisation": None if state is None else state.authorisation,
        "not_after": _iso(None if state is None else state.not_after),
        "not_before": _iso(None if said is None else said.not_before),
        "presence_until": _iso(None if state is None else state.presence_until),
        "entries": None if said is None else said.list_entries,
        "list_open": listed,
        "concerns": [] if health is None else [{"code": c.value, "remedy": ADVICE[c]} for c in health.concerns],
        "outbox": 0 if health is None else health.outbox.hits,
        "celsius": None if health is None else health.machine.celsius,
        "missing": list(seen.gaps.missing),
        "doing": doing.now,
        "trouble": {"what": doing.trouble, "remedy": doing.remedy} if doing.trouble else None,
        "may_start": may_start and (state is None or state.authorisation is None),
        "may_load": may_start and said is not None and not listed,
        "may_stop": state is not None and state.authorisation is not None,
    }


def hit(one: Arrived, me: KeyId, second: Second, *, closed: bool) -> dict[str, Any]:
    """One hit, as this reviewer may see it. ``closed``: its pictures are sealed again, and opening takes a reason."""
    sealed, stands = one.sealed, outcome(one.said, second)
    made = {
        "id": sealed.id,
        "device": one.device,
        "authorisation": sealed.authorisation,
        "sequence": sealed.sequence,
        "committed": _iso(sealed.committed),
        "destroy_by": _iso(sealed.destroy_by),
        "review_by": _iso(None if one.came is None else one.came + REVIEW_WITHIN),
        "standing": stands.standing.value,
        "verdict": None if stands.verdict is None else stands.verdict.value,
        "settled_by": None if stands.by is None else stands.by[:SHORT],
        "mine": may(me, one.said, second),
        "opinions": [_opinion(said, me) for said in shown(me, one.said, second)],
        "given": sum(said.by == me for said in one.said) > 0,
        "told": one.told,
        "trouble": one.trouble,
        "closed": closed or one.content is None,
        "arrived": one.came is not None,
        "reference": one.reference,
    }
    return made | (_inside(one.content, one.came) if one.content is not None else {})


def waiting(standing: str) -> bool:
    """Whether somebody has to decide yet."""
    return standing != Standing.SETTLED.value


def _inside(content: HitContent, came: datetime | None) -> dict[str, Any]:
    _, top, _, bottom = content.box
    late = timedelta(0) if came is None else came - content.captured
    return {
        "captured": _iso(content.captured),
        "late": int(late.total_seconds()) if late > LATE else 0,
        "entry": content.entry,
        "category": content.category.value,
        "band": content.band.value,
        "samples": content.samples,
        "seen_ms": content.seen_for_ms,
        "face": bottom - top,
        "quality": _quality(bottom - top),
        "cues": [CUES[cue] for cue in content.presentation],
        "statement": content.statement,
    }


def _quality(height: int) -> str:
    return "good" if height >= GOOD_HEIGHT else "fair" if height >= FAIR_HEIGHT else "poor"


def _opinion(said: Said, me: KeyId) -> dict[str, Any]:
    return {
        "by": said.by[:SHORT],
        "mine": said.by == me,
        "verdict": said.verdict.value,
        "seconds": said.seconds,
        "settles": said.settles,
    }


def _in_force(state: State | None, said: Deployment | None) -> Deployment | None:
    """What the device says of the deployment that its state names."""
    if state is None or said is None or state.authorisation != said.authorisation or state.boot != said.boot:
        return None
    return said


def _remedy(code: Identifier) -> str:
    try:
        return REMEDIES[Reason(code)]
    except ValueError:
        return "See the runbook for this device."


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def newest_first(found: Sequence[Arrived]) -> list[Arrived]:
    """As a person reads them."""
    return sorted(found, key=lambda one: one.sealed.committed, reverse=True)
