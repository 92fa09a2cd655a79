"""The presence door, asked directly: who signed, and whether their key is pinned, was somebody else's question."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from edge.domain.authorisation import Authorisation
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.orders import Heading, Order, Stop, Verb
from edge.domain.orders import Presence as Statement
from edge.measure.people import UNSIGNED
from edge.safeguards.presence import LEASE, NONCE_LIFE, Presence
from edge.wire.signed import from_base64url
from hardware_sim.clock import SteppedClock
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site

BOOT = "boot-1"


@pytest.fixture
def authorisation(site: Site) -> Authorisation:
    return site.authorisation(site.list_of(7))


@pytest.fixture
def officer(site: Site) -> MemoryKey:
    return site.office.presence


def signed_by(
    officer: MemoryKey, authorisation: Authorisation, nonce: str, now: Instant, says: dict[str, str] | None = None
) -> Order:
    statement = {"authorisation": authorisation.id, "boot": BOOT, "nonce": nonce}
    heading = Heading(
        id="order-1",
        verb=Verb.PRESENCE,
        site=authorisation.site,
        device=authorisation.device,
        epoch="epoch-1",
        issued=now.wall,
        expires=now.wall + timedelta(seconds=30),
        counter=1,
    )
    return Order(heading=heading, body=Statement(**(statement | (says or {}))), key=officer.public, signed=UNSIGNED)


def test_the_lease_counts_from_the_issue_of_the_nonce(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    clock.advance(timedelta(seconds=100))
    until = presence.confirm(signed_by(officer, authorisation, issued.nonce, clock.now()), authorisation, clock.now())
    assert until == issued.at.later(LEASE)
    assert presence.until() == until


@pytest.mark.parametrize(("age", "accepted"), [(119, True), (121, False)])
def test_a_nonce_lives_two_minutes(authorisation: Authorisation, officer: MemoryKey, age: int, accepted: bool) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    clock.advance(timedelta(seconds=age))
    said = presence.confirm(signed_by(officer, authorisation, issued.nonce, clock.now()), authorisation, clock.now())
    assert isinstance(said, Instant) is accepted
    if not accepted:
        assert isinstance(said, Refusal)
        assert said.reason is Reason.NONCE_UNKNOWN
        assert presence.until() is None


def test_a_nonce_is_good_once_and_voids_every_older_one(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    nonces = []
    for _ in range(3):
        nonces.append(presence.nonce(clock.now()).nonce)
        clock.advance(timedelta(seconds=21))
    assert len(set(nonces)) == 3

    def confirm(nonce: str) -> Instant | Refusal:
        return presence.confirm(signed_by(officer, authorisation, nonce, clock.now()), authorisation, clock.now())

    until = confirm(nonces[1])
    assert isinstance(until, Instant)
    for used in nonces[:2]:
        refused = confirm(used)
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.NONCE_UNKNOWN
    assert presence.until() == until
    assert isinstance(confirm(nonces[2]), Instant)


def test_an_older_nonce_never_shortens_the_lease(authorisation: Authorisation, officer: MemoryKey) -> None:
    """Two officers' statements may overtake each other."""
    clock, presence = SteppedClock(), Presence(BOOT)
    first = presence.nonce(clock.now())
    until = presence.confirm(signed_by(officer, authorisation, first.nonce, clock.now()), authorisation, clock.now())
    clock.advance(timedelta(seconds=30))
    assert isinstance(until, Instant)
    later = presence.nonce(clock.now())
    assert later.at.later(LEASE).boot > until.boot
    again = presence.confirm(signed_by(officer, authorisation, later.nonce, clock.now()), authorisation, clock.now())
    assert again == later.at.later(LEASE)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"authorisation": "test-another"}, Reason.OTHER_AUTHORISATION),
        ({"boot": "boot-0"}, Reason.NONCE_UNKNOWN),
        ({"nonce": "A" * 22}, Reason.NONCE_UNKNOWN),
    ],
)
def test_a_statement_is_for_this_authorisation_boot_and_nonce(
    authorisation: Authorisation, officer: MemoryKey, says: dict[str, str], reason: Reason
) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    statement = signed_by(officer, authorisation, issued.nonce, clock.now(), says)
    refused = presence.confirm(statement, authorisation, clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is reason
    assert presence.until() is None


def test_an_officer_whom_the_authorisation_does_not_name_confirms_nothing(authorisation: Authorisation) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    statement = signed_by(MemoryKey(), authorisation, issued.nonce, clock.now())
    refused = presence.confirm(statement, authorisation, clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.WRONG_ROLE
    assert presence.until() is None


def test_the_next_deployment_begins_without_presence(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    clock.advance(timedelta(seconds=25))
    kept = presence.nonce(clock.now())
    presence.confirm(signed_by(officer, authorisation, issued.nonce, clock.now()), authorisation, clock.now())
    presence.forget()
    assert presence.until() is None
    refused = presence.confirm(signed_by(officer, authorisation, kept.nonce, clock.now()), authorisation, clock.now())
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.NONCE_UNKNOWN


def confirmed(presence: Presence, order: Order, authorisation: Authorisation, now: Instant) -> Reason | None:
    said = presence.confirm(order, authorisation, now)
    return said.reason if isinstance(said, Refusal) else None


def test_a_nonce_is_sixteen_random_bytes_and_fresh_every_twenty_seconds() -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    first = presence.nonce(clock.now())
    assert len(from_base64url(first.nonce)) == 16
    clock.advance(timedelta(seconds=19.9))
    assert presence.nonce(clock.now()) is first
    clock.advance(timedelta(seconds=0.1))
    second = presence.nonce(clock.now())
    assert second.nonce != first.nonce
    assert second.at == clock.now()
    assert presence.nonce(clock.now()) is second
    assert Presence(BOOT).nonce(clock.now()).nonce != second.nonce


def test_the_last_three_nonces_are_accepted_and_no_fourth(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = []
    for _ in range(4):
        issued.append(presence.nonce(clock.now()))
        clock.advance(timedelta(seconds=20))
    orders = [signed_by(officer, authorisation, one.nonce, clock.now()) for one in issued]
    assert confirmed(presence, orders[0], authorisation, clock.now()) is Reason.NONCE_UNKNOWN
    for order in orders[1:]:
        assert confirmed(presence, order, authorisation, clock.now()) is None


def test_at_two_minutes_to_the_moment_a_nonce_is_still_good(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    clock.advance(NONCE_LIFE)
    order = signed_by(officer, authorisation, issued.nonce, clock.now())
    assert confirmed(presence, order, authorisation, clock.now()) is None
    late = Presence(BOOT)
    issued = late.nonce(clock.now())
    clock.advance(NONCE_LIFE + timedelta(microseconds=1))
    order = signed_by(officer, authorisation, issued.nonce, clock.now())
    assert confirmed(late, order, authorisation, clock.now()) is Reason.NONCE_UNKNOWN


def test_another_order_is_no_presence(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    order = signed_by(officer, authorisation, presence.nonce(clock.now()).nonce, clock.now())
    other = replace(order, body=Stop(authorisation=authorisation.id))
    assert confirmed(presence, other, authorisation, clock.now()) is Reason.MALFORMED
    assert confirmed(presence, order, authorisation, clock.now()) is None


def test_a_used_nonce_stays_used_also_where_it_was_too_old(authorisation: Authorisation, officer: MemoryKey) -> None:
    clock, presence = SteppedClock(), Presence(BOOT)
    issued = presence.nonce(clock.now())
    order = signed_by(officer, authorisation, issued.nonce, clock.now())
    late = clock.now().later(timedelta(seconds=121))
    assert confirmed(presence, order, authorisation, late) is Reason.NONCE_UNKNOWN
    assert confirmed(presence, order, authorisation, clock.now()) is Reason.NONCE_UNKNOWN
    assert presence.nonce(clock.now()).nonce != issued.nonce
