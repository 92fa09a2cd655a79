"""Stories in which everything is as it should be: what negative ones are changed from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from edge.domain.authorisation import (
    AccuracyReport,
    Category,
    CategoryCap,
    CategoryCount,
    ImageSource,
    Ratification,
    SourceCount,
    UseCase,
)
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import (
    AccuracyTested,
    Began,
    CaptureClosed,
    CaptureOpened,
    Ended,
    ListDestroyed,
    ListOpened,
    PresenceConfirmed,
    Ratified,
    Searched,
)
from edge.domain.leaves.device import Alive
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired, HitHeld, HitReviewed
from edge.domain.orders import Hold, Review, Verb, Verdict
from edge.wire.signed import Kind, sign
from tests.audit.cast import (
    CONFIGURATION,
    EQUALITY,
    LIST,
    PENDING,
    UNKNOWN,
    ZONE,
    at,
    authorisation,
    booted,
    calibration,
    person,
    trust_root,
)
from tests.audit.story import Story, name_of

DEPLOYMENT = "operation-1"
HIT = "1" * 64


def began(**fields: Any) -> Began:
    said: dict[str, Any] = {
        "authorisation": DEPLOYMENT, "digest": PENDING, "list_key": person("stranger").public, "threshold": UNKNOWN,
    }  # fmt: skip
    return Began(**{**said, **fields})


def alive(*, opens: int = 0, is_open: bool = False, condition: Condition | None = None, **fields: Any) -> Alive:
    condition = condition or (Condition.ACTIVE if is_open else Condition.IDLE)
    return Alive(condition=condition, camera_opens=opens, camera_open=is_open, **{"camera_powered": None, **fields})


def present(until: float, name: str = DEPLOYMENT) -> PresenceConfirmed:
    return PresenceConfirmed(authorisation=name, key=person("presence").id, until=at(until))


def committed(sequence: int, name: str = DEPLOYMENT) -> HitCommitted:
    return HitCommitted(authorisation=name, sequence=sequence, commitment=HIT)


def acknowledged(sequence: int) -> HitAcknowledged:
    return HitAcknowledged(sequence=sequence, key=person("recipient").id)


def review(
    story: Story, when: float, sequence: int, verdict: Verdict, signer: str = "reviewer", **heading: Any
) -> HitReviewed:
    """A signed review, and the leaf that says so."""
    body = Review(hit=f"hit-{sequence}", sequence=sequence, verdict=verdict, seconds=20)
    signed = story.order(Verb.REVIEW, body, signer, when, **heading)
    return HitReviewed(
        authorisation=DEPLOYMENT, sequence=sequence, verdict=verdict, key=person(signer).id, seconds=20,
        order=name_of(signed),
    )  # fmt: skip


def opened(entries: int = 300) -> ListOpened:
    return ListOpened(authorisation=DEPLOYMENT, digest=LIST, entries=entries)


def a_morning() -> Story:
    """One deployment of five minutes, one hit, confirmed."""
    story = Story(trust_root(), calibration(), authorisation())
    story.authorise(max_fpir=Decimal("0.0003"))
    story.add(0, booted())
    story.add(600, alive())
    story.add(1200, began())
    story.add(1205, opened())
    story.add(1220, present(1390))
    story.add(1220, CaptureOpened(authorisation=DEPLOYMENT))
    story.add(1280, Searched(authorisation=DEPLOYMENT, searches=40))
    story.add(1300, committed(1))
    story.add(1320, acknowledged(1))
    story.add(1350, present(1520))
    story.add(1440, review(story, 1440, 1, Verdict.CONFIRMED))
    story.add(1470, alive(opens=1, is_open=True))
    story.add(1500, CaptureClosed(authorisation=DEPLOYMENT, frames=2800, why="no-presence"))
    story.add(1505, Searched(authorisation=DEPLOYMENT, searches=30))
    story.add(1510, ListDestroyed(authorisation=DEPLOYMENT))
    story.add(1510, Ended(authorisation=DEPLOYMENT, why=EndReason.STOPPED))
    story.add(2340, alive(opens=1))
    story.cosigned = [(2, 900, "witness-1"), (len(story.lines), 2345, "witness-1")]
    return story


def an_urgent_morning() -> Story:
    """The same, signed by an urgent officer and ratified an hour later."""
    story = a_morning()
    story.authorise(urgent=True, not_after=at(1200 + 4 * 3600))
    story.signers = ("urgent-officer", "countersigning-officer")
    ratify(story, 2400)
    return story


def ratify(story: Story, when: float, *, yes: bool = True, signer: str = "authorising-officer") -> None:
    """The authorising officer's decision."""
    name = name_of(story.signed_authorisation)
    decision = Ratification(authorisation=DEPLOYMENT, digest=name, ratified=yes, decided=at(when))
    signed = story.paper(sign(decision, Kind.RATIFICATION, person(signer)))
    story.add(when, Ratified(authorisation=DEPLOYMENT, digest=name_of(signed), ratified=yes))


def a_morning_with_a_power_cut() -> Story:
    """The device loses power while it looks, comes back, and goes on under the same authorisation."""
    story = a_morning()
    kept = [line for line in story.lines if line.at <= 1470]
    story.lines = kept
    story.cosigned = [(2, 900, "witness-1"), (len(kept), 1475, "witness-1")]
    story.add(1600, booted(uncounted=256), "boot-2")
    story.add(1600, Ended(authorisation=DEPLOYMENT, why=EndReason.RESTART))
    story.add(1620, began())
    story.add(1625, opened())
    story.add(1640, present(1800))
    story.add(1640, CaptureOpened(authorisation=DEPLOYMENT))
    story.add(1690, committed(2))
    story.add(1700, CaptureClosed(authorisation=DEPLOYMENT, frames=500, why="permit-lapsed"))
    story.add(1700, Searched(authorisation=DEPLOYMENT, searches=12))
    story.add(1700, ListDestroyed(authorisation=DEPLOYMENT))
    story.add(1700, Ended(authorisation=DEPLOYMENT, why=EndReason.WINDOW_CLOSED))
    story.add(2292, HitExpired(sequence=2))
    return story


def a_morning_of_volunteers() -> Story:
    """An accuracy test."""
    story = a_morning()
    story.authorise(use_case=UseCase.ACCURACY_TEST)
    story.list_(
        categories=(CategoryCount(category=Category.VOLUNTEER, entries=300),),
        caps=(CategoryCap(category=Category.VOLUNTEER, most=400),),
        sources=(SourceCount(source=ImageSource.VOLUNTEER, entries=300),),
    )
    return story


def tested(story: Story, signer: str, found: int) -> None:
    """The report of the story's accuracy test was taken in."""
    document = story.authorisation
    report = AccuracyReport(
        authorisation=DEPLOYMENT, digest=name_of(story.signed_authorisation), site="high-street", device="post-1",
        zone=ZONE, configuration=CONFIGURATION, models=document.models,
        calibration=name_of(story.signed_calibration), volunteers=300, passages=20, found=found, false=0,
        tested=at(1500),
    )  # fmt: skip
    signed = story.paper(sign(report, Kind.ACCURACY_REPORT, person(signer)))
    event = AccuracyTested(authorisation=DEPLOYMENT, digest=name_of(signed), passages=20, found=found, tested=at(1500))
    story.add(2300, event)
    story.cosigned = story.cosigned[:1]


def held(story: Story, when: float, signer: str = "authorising-officer") -> None:
    """The first hit is held as evidence."""
    body = Hold(hit="hit-1", sequence=1, until=at(90000), reference="case-1")
    signed = story.order(Verb.HOLD, body, signer, when)
    story.add(when, HitHeld(sequence=1, key=person(signer).id, until=at(90000), order=name_of(signed)))


def a_morning_of_decisions() -> Story:
    """An urgent accuracy test: ratified, reported on, and its hit held as evidence."""
    story = a_morning_of_volunteers()
    story.authorise(urgent=True, not_after=at(1200 + 4 * 3600))
    story.signers = ("urgent-officer", "countersigning-officer")
    held(story, 1600)
    tested(story, "evaluator", 1)
    ratify(story, 2400)
    story.brought_assessments = [EQUALITY, b"Another publication.\n"]
    return story
