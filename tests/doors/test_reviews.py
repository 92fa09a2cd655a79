"""What becomes of a hit, decided at its door: who may say it, once, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from edge.domain.authorisation import UseCase
from edge.domain.condition import Condition
from edge.domain.errors import Reason, Refusal, SealBroken
from edge.domain.leaves.hits import HitHeld, HitReviewed, HitUnreviewed
from edge.domain.orders import Hold, Order, Review, Verb, Verdict
from edge.safeguards import papers
from edge.safeguards.reviews import MAX_HOLD, REVIEW_WITHIN, Reviews
from edge.wire.events import order_document, read_order
from edge.wire.signed import digest, key_id, payload_of
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site
from tests.spec.test_orders_are_believed_by_signature_once import heading

SECOND = timedelta(seconds=1)


@pytest.fixture
def site_with_a_hit(site: Site) -> Site:
    """One hit of an ordinary deployment, signed for by its recipient just now."""
    site.run(1)
    site.deploy(7, use_case=UseCase.CRIME_HOTSPOT)
    site.confirm_presence()
    site.run(1)
    site.walk(7)
    site.run(6)
    assert len(site.hits) == 1
    return site


def door(site: Site) -> Reviews:
    return site.device.daemon.tell._retention._reviews


def order_of(site: Site, body: Review | Hold, key: MemoryKey) -> Order:
    verb = Verb.REVIEW if isinstance(body, Review) else Verb.HOLD
    return read_order(order_document(heading(site, verb=verb), body, key), key.public)


def verdict_on(site: Site, **fields: object) -> Review:
    whole: dict[str, object] = {
        "hit": site.hits[0].sealed.id, "sequence": 1, "verdict": Verdict.CONFIRMED, "seconds": 30,
    }  # fmt: skip
    return Review(**(whole | fields))  # type: ignore[arg-type]


def reason_of(said: object) -> Reason | None:
    return said.reason if isinstance(said, Refusal) else None


def decide(site: Site, key: MemoryKey | None = None, **fields: object) -> Reason | None:
    order = order_of(site, verdict_on(site, **fields), key or site.office.reviewer)
    return reason_of(door(site).review(order, site.clock.now()))


def kinds_of(site: Site) -> list[str]:
    return [event.kind for event in site.journal()]


def test_a_verdict_is_recorded_with_its_paper(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    order = order_of(site, verdict_on(site), site.office.reviewer)
    assert door(site).review(order, site.clock.now()) is None
    (leaf,) = [event for event in site.journal() if isinstance(event, HitReviewed)]
    assert leaf == HitReviewed(
        authorisation="test-1", sequence=1, verdict=Verdict.CONFIRMED, key=key_id(site.office.reviewer.public),
        seconds=30, order=digest(payload_of(order.signed)),
    )  # fmt: skip
    assert papers.find(site.device.store, leaf.order) == order.signed


def test_a_hit_is_decided_once(site_with_a_hit: Site) -> None:
    assert decide(site_with_a_hit) is None
    assert decide(site_with_a_hit, verdict=Verdict.FALSE) is Reason.ALREADY_DECIDED
    assert kinds_of(site_with_a_hit).count("hit-reviewed") == 1


@pytest.mark.parametrize("fields", [{"sequence": 2}, {"sequence": 0}, {"hit": "another"}])
def test_a_hit_that_never_was_is_not_decided(site_with_a_hit: Site, fields: dict[str, Any]) -> None:
    assert decide(site_with_a_hit, **fields) is Reason.UNKNOWN_HIT
    assert "hit-reviewed" not in kinds_of(site_with_a_hit)


def test_only_a_reviewer_whom_the_authorisation_names_decides(site_with_a_hit: Site) -> None:
    assert decide(site_with_a_hit, MemoryKey()) is Reason.WRONG_ROLE
    assert decide(site_with_a_hit) is None


def test_another_order_is_no_verdict(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    order = order_of(site, verdict_on(site), site.office.reviewer)
    hold = Hold(hit="x", sequence=1, until=site.clock.now().wall + SECOND, reference="case")
    assert reason_of(door(site).review(replace(order, body=hold), site.clock.now())) is Reason.MALFORMED
    assert reason_of(door(site).hold(order, site.clock.now())) is Reason.MALFORMED


def test_a_hit_that_nobody_signed_for_cannot_be_decided(site: Site) -> None:
    site.run(1)
    site.deploy(7, use_case=UseCase.CRIME_HOTSPOT)
    site.confirm_presence()
    site.run(1)
    site.device.link.eats_publishes = True
    site.walk(7)
    site.run(6)
    (row,) = site.device.store.outbox(9)
    body = Review(hit=row.hit, sequence=1, verdict=Verdict.FALSE, seconds=1)
    order = order_of(site, body, site.office.reviewer)
    assert reason_of(door(site).review(order, site.clock.now())) is Reason.UNKNOWN_HIT


def sweep(site: Site, span: timedelta) -> list[str]:
    before = len(site.journal())
    site.clock.advance(span)
    door(site).sweep(site.clock.now())
    return [event.kind for event in site.journal()[before:] if isinstance(event, HitUnreviewed)]


def test_fifteen_minutes_after_it_was_signed_for_an_undecided_hit_is_overdue_once(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    acknowledged = site.desk.seen.acknowledged[site.hits[0].sealed.id]
    left = REVIEW_WITHIN - site.clock.now().since(acknowledged)
    assert sweep(site, left - SECOND) == []
    assert sweep(site, 2 * SECOND) == ["hit-unreviewed"]
    assert sweep(site, 2 * SECOND) == []


@pytest.mark.parametrize("clock", ["wall", "boot"])
def test_either_clock_makes_it_overdue(site_with_a_hit: Site, clock: str) -> None:
    site = site_with_a_hit
    now = site.clock.now()
    later = replace(now, **{clock: getattr(now, clock) + REVIEW_WITHIN})
    door(site).sweep(replace(later, boot=later.boot + SECOND))
    assert kinds_of(site).count("hit-unreviewed") == 1


def test_a_decided_hit_is_never_overdue(site_with_a_hit: Site) -> None:
    assert decide(site_with_a_hit, verdict=Verdict.INCONCLUSIVE) is None
    assert sweep(site_with_a_hit, REVIEW_WITHIN + SECOND) == []


def test_a_verdict_that_comes_just_before_the_sweep_writes_counts(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    late = site.clock.now().later(REVIEW_WITHIN)
    (seen,) = door(site)._all(late)
    assert decide(site) is None
    site.device.daemon.tell._journal.record_in(lambda transaction: door(site)._overdue(transaction, seen, late), late)
    assert "hit-unreviewed" not in kinds_of(site)
    forgotten = replace(seen, sequence=9)
    site.device.daemon.tell._journal.record_in(
        lambda transaction: door(site)._overdue(transaction, forgotten, late), late
    )
    assert "hit-unreviewed" not in kinds_of(site)


def test_a_late_verdict_is_taken_too(site_with_a_hit: Site) -> None:
    assert sweep(site_with_a_hit, REVIEW_WITHIN + SECOND) == ["hit-unreviewed"]
    assert decide(site_with_a_hit) is None
    assert decide(site_with_a_hit) is Reason.ALREADY_DECIDED


def test_the_sweep_looks_once_a_second_at_most(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    due = site.desk.seen.acknowledged[site.hits[0].sealed.id].later(REVIEW_WITHIN)
    for span in (-0.5, 0.25):
        door(site).sweep(due.later(SECOND * span))
    assert "hit-unreviewed" not in kinds_of(site)
    door(site).sweep(due.later(SECOND * 0.5))
    assert "hit-unreviewed" in kinds_of(site)


def test_in_an_accuracy_test_nobody_acts_on_hits_and_none_is_overdue(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    assert sweep(watching, REVIEW_WITHIN + SECOND) == []
    assert decide(watching, verdict=Verdict.FALSE) is None


def test_when_its_retention_is_over_nothing_is_known_of_a_hit(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    site.clock.advance(timedelta(hours=23, minutes=59))
    assert decide(site) is None
    site.clock.advance(2 * timedelta(minutes=1))
    door(site).sweep(site.clock.now())
    with site.device.store.transaction() as transaction:
        assert transaction.names("hits/told/") == []
    assert decide(site) is Reason.UNKNOWN_HIT


def held(site: Site, span: timedelta, **fields: object) -> Reason | None:
    now = site.clock.now()
    body = Hold(hit=site.hits[0].sealed.id, sequence=1, until=now.wall + span, reference="case-1")
    order = order_of(site, replace(body, **fields), site.office.officer)  # type: ignore[arg-type]
    said = door(site).hold(order, now)
    return reason_of(said)


def test_a_hold_is_recorded_with_its_paper(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    assert held(site, timedelta(days=90)) is None
    (leaf,) = [event for event in site.journal() if isinstance(event, HitHeld)]
    assert (leaf.sequence, leaf.key) == (1, key_id(site.office.officer.public))
    assert leaf.until == site.clock.now().wall + timedelta(days=90)
    assert papers.find(site.device.store, leaf.order) is not None


@pytest.mark.parametrize(
    ("span", "fields", "reason"),
    [
        (timedelta(0), {}, Reason.EXPIRED),
        (SECOND, {}, None),
        (MAX_HOLD, {}, None),
        (MAX_HOLD + SECOND, {}, Reason.LIVES_TOO_LONG),
        (SECOND, {"hit": "another"}, Reason.UNKNOWN_HIT),
        (SECOND, {"sequence": 2}, Reason.UNKNOWN_HIT),
    ],
)
def test_a_hold_names_one_hit_and_ends(
    site_with_a_hit: Site, span: timedelta, fields: dict[str, object], reason: Reason | None
) -> None:
    assert held(site_with_a_hit, span, **fields) is reason
    assert ("hit-held" in kinds_of(site_with_a_hit)) is (reason is None)


def test_a_hold_can_be_prolonged_and_not_shortened(site_with_a_hit: Site) -> None:
    assert held(site_with_a_hit, timedelta(days=9)) is None
    assert held(site_with_a_hit, timedelta(days=9)) is Reason.ALREADY_DECIDED
    assert held(site_with_a_hit, timedelta(days=8)) is Reason.ALREADY_DECIDED
    assert held(site_with_a_hit, timedelta(days=10)) is None


def test_a_held_hit_is_remembered_until_the_hold_ends(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    assert held(site, timedelta(days=9)) is None
    site.clock.advance(timedelta(days=8))
    door(site).sweep(site.clock.now())
    assert held(site, timedelta(days=2)) is None
    site.clock.advance(timedelta(days=2))
    assert held(site, timedelta(days=9)) is Reason.UNKNOWN_HIT


def test_a_hit_whose_retention_is_over_cannot_be_held_though_no_sweep_has_run(site_with_a_hit: Site) -> None:
    site_with_a_hit.clock.advance(timedelta(hours=24))
    assert held(site_with_a_hit, timedelta(days=9)) is Reason.UNKNOWN_HIT


def test_what_is_remembered_of_hits_and_was_changed_is_a_broken_seal(site_with_a_hit: Site) -> None:
    site = site_with_a_hit
    with site.device.store.transaction() as transaction:
        (name,) = transaction.names("hits/told/")
        transaction.put(name, b"{}")
    site.run(1.2)
    assert site.condition is Condition.UNSAFE
    with pytest.raises(SealBroken):
        held(site, SECOND)
