"""What can be wrong with hits, their reviews, the breaker and retention."""

from __future__ import annotations

from edge.audit.failures import Failure
from edge.domain.leaves.deployment import Flooded, Searched, SightChanged, Suspended
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitExpired, HitReviewed, HitUnreviewed
from edge.domain.orders import Verdict
from tests.audit.cast import person
from tests.audit.faults import fault
from tests.audit.mornings import DEPLOYMENT, a_morning, acknowledged, alive, committed, review
from tests.audit.story import Story


def a_morning_of_false_alerts() -> Story:
    """Two hits in seventy searches, both of them false: the breaker has to open at the second."""
    story = a_morning()
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(1310, committed(2))
    story.add(1325, acknowledged(2))
    story.add(1430, review(story, 1430, 1, Verdict.FALSE))
    story.add(1440, review(story, 1440, 2, Verdict.FALSE))
    story.cosigned = story.cosigned[:1]
    return story


@fault(Failure.HIT_SEQUENCE)
def hit_left_out(story: Story) -> None:
    """The hit with the number 1 is missing."""
    for kind in (HitCommitted, HitAcknowledged):
        story.change(kind, sequence=2)
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(1440, review(story, 1440, 2, Verdict.CONFIRMED))


@fault(Failure.HIT_BLIND)
def hit_without_a_camera(story: Story) -> None:
    """A hit was committed after the camera had been shut."""
    for kind, when in ((HitCommitted, 1501), (HitAcknowledged, 1502), (HitReviewed, 1503)):
        story.move(kind, when)


@fault(Failure.MORE_HITS)
def more_hits_than_searches(story: Story) -> None:
    """Nobody was searched for, and there was a hit."""
    story.drop(Searched, 1)
    story.drop(Searched, 0)
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_UNKNOWN)
def expired_out_of_nothing(story: Story) -> None:
    """A hit expired that was never committed."""
    story.add(2000, HitExpired(sequence=5))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_SETTLED_TWICE)
def acknowledged_and_expired(story: Story) -> None:
    """A hit was taken over by a recipient, and expired nevertheless."""
    story.add(1900, HitExpired(sequence=1))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_SETTLED_TWICE)
def acknowledged_twice(story: Story) -> None:
    """A hit was taken over twice."""
    story.add(1330, acknowledged(1))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_SETTLED_TWICE)
def reviewed_until_it_fits(story: Story) -> None:
    """A hit was reviewed a second time, with another verdict."""
    story.add(1490, review(story, 1490, 1, Verdict.INCONCLUSIVE))
    story.cosigned = story.cosigned[:1]


@fault(Failure.ACKNOWLEDGED_BY_STRANGER)
def taken_over_by_a_stranger(story: Story) -> None:
    """A hit was taken over by somebody to whom it was not sealed."""
    story.change(HitAcknowledged, key=person("operator").id)


@fault(Failure.LEFT_UNREVIEWED)
def nobody_reviewed(story: Story) -> None:
    """Nobody reviewed a hit, and that is not recorded."""
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(3000, alive(opens=1))
    story.cosigned = story.cosigned[:1]


@fault(Failure.UNREVIEWED_TOO_SOON)
def called_unreviewed_at_once(story: Story) -> None:
    """A hit was called unreviewed two minutes after it had been taken over."""
    story.drop(HitReviewed)
    story.papers.pop()
    story.add(1440, HitUnreviewed(authorisation=DEPLOYMENT, sequence=1))


@fault(Failure.NOT_SUSPENDED, start=a_morning_of_false_alerts)
def false_alerts_and_no_end(story: Story) -> None:
    """Two of seventy were false alerts, at an authorised 3 in 10,000, and the deployment went on for a minute."""


@fault(Failure.NOT_SUSPENDED)
def flooded_and_no_end(story: Story) -> None:
    """Thirty hits came within three minutes, and the deployment went on."""
    for number in range(2, 31):
        story.add(1300 + number * 4, committed(number))
        story.add(1900 + number * 4, HitExpired(sequence=number))
    story.cosigned = story.cosigned[:1]


@fault(Failure.SUSPENDED_WRONGLY)
def flooded_by_nobody(story: Story) -> None:
    """The deployment is said to have been flooded, and there was one hit."""
    story.add(1505, Flooded(authorisation=DEPLOYMENT, hits=40, suspected=0))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_BLIND)
def hit_in_the_dark(story: Story) -> None:
    """A hit was committed while the camera was open and could not see."""
    story.add(1240, SightChanged(authorisation=DEPLOYMENT, why="view-dark"))
    story.add(1400, SightChanged(authorisation=DEPLOYMENT, why=""))
    story.cosigned = story.cosigned[:1]


@fault(Failure.SUSPENDED_WRONGLY)
def suspended_for_nothing(story: Story) -> None:
    """The breaker opened, and there was no false alert."""
    story.add(1505, Suspended(authorisation=DEPLOYMENT, searches=70, false=2))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_KEPT)
def hit_kept(story: Story) -> None:
    """Nobody took a hit over, and it stayed on the device for an hour."""
    story.drop(HitReviewed)
    story.papers.pop()
    story.drop(HitAcknowledged)
    for when in (3200, 4000):
        story.add(when, alive(opens=1))
    story.add(4900, HitExpired(sequence=1))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_KEPT)
def hit_vanished(story: Story) -> None:
    """A hit was committed, and never again spoken of: neither taken over nor expired."""
    story.drop(HitReviewed)
    story.papers.pop()
    story.drop(HitAcknowledged)
    for when in (3200, 4000):
        story.add(when, alive(opens=1))
    story.cosigned = story.cosigned[:1]


@fault(Failure.HIT_EXPIRED_EARLY)
def hit_dropped(story: Story) -> None:
    """A hit was dropped a minute after it had been committed."""
    story.drop(HitReviewed)
    story.papers.pop()
    story.drop(HitAcknowledged)
    story.add(1360, HitExpired(sequence=1))
    story.cosigned = story.cosigned[:1]
