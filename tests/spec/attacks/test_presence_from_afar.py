"""An officer who is not there: statements kept, relayed late, or meant for something else.

One that is relayed within two minutes by an accomplice on scene cannot be told from a good one by software.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.control_room import deploy
from edge.control_room.desk import Refused
from edge.domain.condition import Condition
from edge.domain.orders import Presence, Verb
from edge.safeguards.presence import LEASE, NONCE_LIFE
from edge.wire.events import State
from hardware_sim.site import Site


def seen(site: Site) -> State:
    assert site.desk.seen.state is not None
    return site.desk.seen.state


def statement(site: Site, **fields: str) -> Presence:
    state = seen(site)
    assert state.authorisation is not None
    whole = {"authorisation": state.authorisation, "boot": state.boot, "nonce": state.nonce}
    return Presence(**(whole | fields))


@pytest.fixture
def left(watching: Site) -> Site:
    """Looking; the officer has just left."""
    watching.officer_on_scene = False
    return watching


def test_a_statement_that_is_relayed_late_is_worth_less_by_just_so_much(left: Site) -> None:
    signed_for = statement(left)
    issued = left.clock.now().boot
    # Nonces that nobody uses are renewed, and the last three are good.
    left.run(35)
    left.desk.order(Verb.PRESENCE, signed_for, left.office.presence)
    lease = left.device.daemon.report._presence.until()
    assert lease is not None
    assert lease.boot <= issued + LEASE
    assert lease.boot - left.clock.now().boot <= LEASE - timedelta(seconds=35)


@pytest.mark.parametrize("late", [80, int(NONCE_LIFE.total_seconds()) + 1, 600])
def test_one_that_is_too_late_is_worth_nothing(left: Site, late: int) -> None:
    kept = statement(left)
    left.run(late)
    with pytest.raises(Refused, match=r"nonce-unknown|no-authorisation"):
        left.desk.order(Verb.PRESENCE, kept, left.office.presence)


def test_one_that_was_signed_before_the_device_restarted_is_worth_nothing(left: Site) -> None:
    kept = statement(left)
    signed = left.office.signed(left.authorisation(left.list_of(7)))
    left.power_cut()
    left.run(1)
    deploy.start(left.desk, signed, left.office.operator)
    again = Presence(authorisation=seen(left).authorisation or "", boot=kept.boot, nonce=kept.nonce)
    with pytest.raises(Refused, match="nonce-unknown"):
        left.desk.order(Verb.PRESENCE, again, left.office.presence)
    assert left.condition is Condition.WAITING


def test_a_whole_evening_of_statements_cannot_be_signed_in_advance(left: Site) -> None:
    """Nonces are made one by one: on none but the latest three can anybody be present."""
    kept = []
    for _ in range(20):
        kept.append(statement(left))
        left.run(3)
    good = 0
    for one in kept:
        try:
            left.desk.order(Verb.PRESENCE, one, left.office.presence)
            good += 1
        except Refused:
            continue
    assert good <= 3
    left.run(LEASE.total_seconds() + 1)
    assert left.condition is Condition.PAUSED


def test_it_is_worth_nothing_for_another_authorisation(left: Site) -> None:
    with pytest.raises(Refused, match="other-authorisation"):
        left.desk.order(Verb.PRESENCE, statement(left, authorisation="test-9"), left.office.presence)
