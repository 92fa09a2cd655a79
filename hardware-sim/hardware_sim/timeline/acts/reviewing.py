"""What becomes of hits: verdicts, holds, withdrawals, and what an accuracy test found."""

from __future__ import annotations

from datetime import timedelta

from edge.control_room import decisions
from edge.control_room.desk import Opened
from edge.domain.authorisation import AccuracyReport
from edge.domain.errors import Misconfigured
from edge.domain.orders import Accuracy, Ack, Verb, Verdict
from edge.wire.signed import Kind, canonical, digest, sign
from hardware_sim.timeline.acting import act
from hardware_sim.timeline.story import Story


@act("review")
def review(story: Story, hit: int, verdict: str = "confirmed", by: str = "reviewer", seconds: int = 20) -> None:
    """A reviewer decides on the hit of that number."""
    stand = story.stand
    name = _hit(story, hit).sealed.id
    decisions.review(stand.desk, name, hit, Verdict(verdict), seconds, stand.office.key(by))
    stand.reviewed.add(name)


@act("review-all")
def review_all(story: Story, verdict: str = "confirmed") -> None:
    """A reviewer decides on every hit that has come and that nobody has decided on."""
    stand = story.stand
    for one in sorted(stand.hits, key=lambda hit: hit.sealed.sequence):
        if one.sealed.id not in stand.reviewed:
            stand.reviewed.add(one.sealed.id)
            decisions.review(
                stand.desk, one.sealed.id, one.sealed.sequence, Verdict(verdict), 20, stand.office.reviewer
            )


@act("hold")
def hold(story: Story, hit: int, days: float = 90.0, by: str = "officer") -> None:
    """An officer keeps a hit as evidence."""
    stand = story.stand
    until = stand.clock.now().wall + timedelta(days=days)
    decisions.hold(stand.desk, _hit(story, hit).sealed.id, hit, until, "case-1", stand.office.key(by))


@act("acknowledge")
def acknowledge(story: Story, hit: int) -> None:
    """The recipient signs once more for the hit of that number."""
    stand = story.stand
    one = _hit(story, hit)
    ack = Ack(hit=one.sealed.id, sequence=one.sealed.sequence, digest=one.digest)
    stand.desk.send(Verb.ACK, ack, stand.office.reader.signer)
    story.settle()


@act("withdraw")
def withdraw(story: Story, person: int, by: str = "operator") -> None:
    """Somebody is taken off the list that is loaded."""
    stand = story.stand
    said = stand.desk.seen.deployment
    assert said is not None
    decisions.withdraw(stand.desk, said, f"v-{person:04d}", stand.office.key(by))
    stand.truth.withdrawn.add(person)
    stand.truth.withdrawn_at = stand.clock.elapsed


@act("report-accuracy")
def report_accuracy(story: Story, passages: int, found: int, false: int = 0, by: str = "evaluator") -> None:
    """The evaluator reports what the latest deployment, an accuracy test, has found."""
    stand, document = story.stand, story.latest.document
    report = AccuracyReport(
        authorisation=document.id,
        digest=digest(canonical(document)),
        site=document.site,
        device=document.device,
        zone=document.zone,
        configuration=document.configuration,
        models=document.models,
        calibration=document.calibration,
        volunteers=len(story.latest.people),
        passages=passages,
        found=found,
        false=false,
        tested=stand.clock.now().wall,
    )
    signed = sign(report, Kind.ACCURACY_REPORT, stand.office.key(by))
    stand.desk.order(Verb.ACCURACY, Accuracy(report=signed), stand.office.operator)


def _hit(story: Story, number: int) -> Opened:
    found = next((hit for hit in story.stand.hits if hit.sealed.sequence == number), None)
    if found is None:
        raise Misconfigured(f"No hit {number} has come.", "Let it come before somebody decides on it.")
    return found
