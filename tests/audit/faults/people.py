"""What can be wrong with signatures, roles, authorisations, and what other people signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from edge.audit.failures import Failure
from edge.domain.authority import PinnedKey, Role
from edge.domain.leaves.deployment import Ended, PresenceConfirmed
from edge.domain.leaves.device import Booted, TrustRotated
from edge.domain.leaves.hits import HitAcknowledged, HitReviewed
from edge.domain.orders import Verdict
from tests.audit.cast import PINNED, at, booted, person, trust_root
from tests.audit.faults import fault
from tests.audit.mornings import (
    a_morning_of_volunteers,
    a_morning_with_a_power_cut,
    alive,
    an_urgent_morning,
    began,
    held,
    ratify,
    review,
    tested,
)
from tests.audit.story import Story, name_of


def rotate(story: Story, when: float, *signers: str, **fields: object) -> None:
    """The next trust root was taken in."""
    following = replace(story.root, version=2, **fields)  # type: ignore[arg-type]
    signed = story.paper(story.sign_root(following, *signers))
    story.add(when, TrustRotated(version=2, digest=name_of(signed)))
    story.cosigned = story.cosigned[:1]


def without(*names: str) -> tuple[PinnedKey, ...]:
    return trust_root({name: role for name, role in PINNED.items() if name not in names}).keys


@fault(Failure.ROOT_NOT_SIGNED, Failure.ROOT_SKIPPED)
def root_that_replaced_its_custodians_alone(story: Story) -> None:
    """New custodians signed a trust root of their own making; none of the old ones agreed."""
    keys: dict[str, Role] = {name: role for name, role in PINNED.items() if role is not Role.CUSTODIAN}
    keys |= {"custodian-3": Role.CUSTODIAN, "custodian-4": Role.CUSTODIAN}
    rotate(story, 2300, "custodian-3", "custodian-4", keys=trust_root(keys).keys)


@fault(Failure.ROOT_NOT_SIGNED)
def root_signed_by_one(story: Story) -> None:
    """The first trust root was signed by one custodian, and its quorum is two."""
    story.root_signers = ("custodian-1",)


@fault(Failure.ROOT_SKIPPED)
def root_from_nowhere(story: Story) -> None:
    """The device took in a trust root that is not in the bundle."""
    story.add(2300, TrustRotated(version=2, digest="7" * 64))
    story.cosigned = story.cosigned[:1]


@fault(Failure.ROOT_WENT_BACK)
def root_went_back(story: Story) -> None:
    """After a trust root had been replaced, the device started with the one before."""
    rotate(story, 2300, "custodian-1", "custodian-2")
    story.add(2400, booted(), "boot-2")


@fault(Failure.ROOT_EXPIRED)
def root_expired(story: Story) -> None:
    """The trust root had expired when the deployment began."""
    story.rule(expires=at(1100))


@fault(Failure.DEVICE_KEY_UNKNOWN)
def device_with_a_key_of_its_own(story: Story) -> None:
    """The device started with a signing key that nobody pinned."""
    story.change(Booted, device_key=person("stranger").public)


@fault(Failure.NOT_SIGNED)
def authorised_by_one(story: Story) -> None:
    """One person alone authorised the deployment."""
    story.signers = ("authorising-officer",)


@fault(Failure.NOT_SIGNED)
def authorised_twice_by_one_role(story: Story) -> None:
    """An urgent officer signed in the countersigning officer's place."""
    story.signers = ("authorising-officer", "urgent-officer")


@fault(Failure.INDEPENDENT_MISSING)
def nobody_independent(story: Story) -> None:
    """The policy asks for an independent signature, and there is none."""
    story.policy(independent=True)


@fault(Failure.OTHER_DEVICE)
def authorised_elsewhere(story: Story) -> None:
    """The authorisation names another device."""
    story.authorise(device="post-2")


@fault(Failure.MISNAMED)
def under_another_name(story: Story) -> None:
    """The deployment bears another name than its authorisation."""
    story.authorise(id="operation-9")


@fault(Failure.REPLAYED, Failure.LIST_NOT_DESTROYED)
def resumed_after_a_stop(story: Story) -> None:
    """A deployment that had been stopped was begun once more under the same authorisation."""
    story.add(1600, began())
    story.add(1602, replace(story.lines[3].event))
    story.add(1605, replace(story.line(Ended).event))


@fault(Failure.WINDOW_TOO_LONG)
def thirteen_hours(story: Story) -> None:
    """The authorisation lasts for thirteen hours."""
    story.authorise(not_after=at(1200 + 13 * 3600))


@fault(Failure.WINDOW_TOO_LONG, start=an_urgent_morning)
def five_urgent_hours(story: Story) -> None:
    """An urgent authorisation lasts for five hours."""
    story.lines.pop()
    story.authorise(not_after=at(1200 + 5 * 3600))
    ratify(story, 2400)


@fault(Failure.TEST_MIXED)
def test_on_a_real_device(story: Story) -> None:
    """A test ran under a trust root that is not the simulator's."""
    story.authorise(test=True)


@fault(Failure.FPIR_TOO_HIGH)
def too_many_false_alerts_authorised(story: Story) -> None:
    """The authorisation asks for more false alerts than one in a thousand."""
    story.authorise(max_fpir=Decimal("0.002"))


@fault(Failure.KEY_NOT_PINNED)
def operator_from_nowhere(story: Story) -> None:
    """The authorisation names an operator whom the trust root does not."""
    story.authorise(operators=(person("stranger").id,))


@fault(Failure.BEGAN_OUTSIDE_WINDOW, Failure.CAPTURED_OUTSIDE_WINDOW)
def before_hours(story: Story) -> None:
    """The deployment began half an hour before its authorised hours."""
    story.authorise(not_before=at(3000))


@fault(Failure.WENT_ON_REVOKED)
def revoked_and_went_on(story: Story) -> None:
    """The countersigning officer was revoked in the middle of the deployment, and it went on."""
    rotate(story, 1300, "custodian-1", "custodian-2", keys=without("countersigning-officer"))


@fault(Failure.WENT_ON_REVOKED)
def evaluator_revoked_and_went_on(story: Story) -> None:
    """The evaluator of the calibration was revoked in the middle of the deployment, and it went on."""
    rotate(story, 1300, "custodian-1", "custodian-2", keys=without("evaluator"))


@fault(Failure.RATIFICATION_NOT_SIGNED, start=an_urgent_morning)
def ratified_by_the_urgent_officer(story: Story) -> None:
    """The urgent officer ratified what the urgent officer had signed."""
    story.lines.pop()
    story.papers.pop()
    ratify(story, 2400, signer="urgent-officer")


@fault(Failure.RATIFICATION_LATE, start=an_urgent_morning)
def never_ratified(story: Story) -> None:
    """Nobody decided on an urgent authorisation for a day, and it did not lapse when the device was up again."""
    story.lines.pop()
    story.add(1200 + 25 * 3600, booted(), "boot-2")
    story.add(1800 + 25 * 3600, alive())
    story.cosigned = story.cosigned[:1]


@fault(Failure.WENT_ON_UNRATIFIED, start=an_urgent_morning)
def refused_and_went_on(story: Story) -> None:
    """The authorising officer said no, and the camera stayed open."""
    story.lines.pop()
    story.papers.pop()
    ratify(story, 1400, yes=False)
    story.cosigned = story.cosigned[:1]


@fault(Failure.PRESENCE_BY_STRANGER)
def present_by_the_operator(story: Story) -> None:
    """The operator's key confirmed presence."""
    story.change(PresenceConfirmed, 1, key=person("operator").id)


@fault(Failure.LEASE_TOO_LONG)
def lease_of_an_hour(story: Story) -> None:
    """One confirmation of presence was taken for an hour."""
    story.change(PresenceConfirmed, 1, until=at(1350 + 3600))


@fault(Failure.REVIEW_NOT_SIGNED)
def reviewed_by_the_operator(story: Story) -> None:
    """The operator reviewed a hit."""
    story.papers.pop()
    story.drop(HitReviewed)
    story.add(1440, review(story, 1440, 1, Verdict.CONFIRMED, signer="operator"))


@fault(Failure.REVIEW_NOT_SIGNED)
def review_for_another_device(story: Story) -> None:
    """The review was signed for another device's hit."""
    story.papers.pop()
    story.drop(HitReviewed)
    story.add(1440, review(story, 1440, 1, Verdict.CONFIRMED, device="post-2"))


@fault(Failure.REVIEW_DIFFERS)
def verdict_turned_round(story: Story) -> None:
    """The reviewer signed that it was a false alert; the journal says that it was confirmed."""
    story.papers.pop()
    story.drop(HitReviewed)
    story.add(1440, review(story, 1440, 1, Verdict.FALSE))
    story.change(HitReviewed, verdict=Verdict.CONFIRMED)


@fault(Failure.REVIEWED_UNSEEN)
def reviewed_before_it_arrived(story: Story) -> None:
    """A hit was reviewed before anybody had taken it over."""
    story.move(HitAcknowledged, 1450)


@fault(Failure.HOLD_NOT_SIGNED)
def held_by_the_operator(story: Story) -> None:
    """The operator holds a hit as evidence."""
    held(story, 1600, "operator")
    story.cosigned = story.cosigned[:1]


@fault(Failure.ACCURACY_NOT_SIGNED, start=a_morning_of_volunteers)
def accuracy_reported_by_the_operator(story: Story) -> None:
    """The operator signed the report of an accuracy test."""
    tested(story, "operator", 1)


@fault(Failure.ACCURACY_NOT_BORNE_OUT, start=a_morning_of_volunteers)
def accuracy_better_than_the_journal(story: Story) -> None:
    """The evaluator reports two passages as found, and the journal has one hit."""
    tested(story, "evaluator", 2)


@fault(Failure.ACCURACY_OVERDUE)
def no_accuracy_test(story: Story) -> None:
    """The policy asks for an accuracy test within 90 days, and there was none."""
    story.policy(accuracy_test_within=timedelta(days=90))


@fault(Failure.PAPER_MISSING, start=a_morning_with_a_power_cut)
def review_without_its_paper(story: Story) -> None:
    """The journal names a review that is not there."""
    story.papers.pop()
