"""A few hundred of the million messages, and whether the judge would notice anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.message import Incoming
from edge.domain.orders import Order, Status, Verb
from hardware_sim.site import Site
from tests.fuzz.inbound import process
from tests.fuzz.inbound.__main__ import last_half
from tests.fuzz.inbound.judge import Judge
from tests.fuzz.inbound.life import live
from tests.fuzz.inbound.messages import KINDS, Message


def test_a_device_lives_through_a_slice_of_the_messages_and_accounts_for_each(tmp_path: Path) -> None:
    verdicts = live(1, 0, 800, tmp_path)
    assert verdicts.faults == []
    assert verdicts.total == 800
    assert {kind for kind, _ in verdicts.ended} == set(KINDS)
    assert {end for _, end in verdicts.ended} >= {"executed", "refused", "counted"}
    assert len(verdicts.reasons) > 5


@pytest.mark.no_device  # what is sent goes to addresses that no contract knows
def test_a_real_process_behind_a_real_broker_lives_through_them_too() -> None:
    survived = process.run(400, 1)
    assert survived.faults == []
    assert survived.code == 0
    assert survived.accounted > 300


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.run(1)
    return site


def message(site: Site, payload: bytes = b"?") -> Message:
    return Message("random", Incoming(site.topics.order(Verb.STATUS), payload, False, f"{site.topics.replies}fuzz"))


def genuine(site: Site) -> Message:
    """A status order that was not delivered yet."""
    site.desk.send(Verb.STATUS, Status(), site.office.operator)
    incoming = site.device.link._inbox.pop()
    return Message("order anew", incoming)


def breaks(_order: Order, _now: Instant) -> dict[str, str | int]:
    raise KeyError("a fault")


def test_the_judge_notices_an_exception(site: Site) -> None:
    judge = Judge(site, "here")
    site.device.daemon.obey._verbs[Verb.STATUS] = breaks  # type: ignore[index]
    judge.send(genuine(site), 0)
    assert "KeyError" in judge.verdicts.faults[0]


def test_the_judge_notices_a_message_that_leaves_no_trace(site: Site) -> None:
    judge = Judge(site, "here")
    site.device.link.receive = lambda timeout: None  # type: ignore[method-assign]
    judge.send(message(site), 0)
    assert "left no trace" in judge.verdicts.faults[0]


def test_the_judge_notices_a_camera_that_is_open_without_a_permit(site: Site) -> None:
    judge = Judge(site, "here")
    judge.look(closed=(Condition.IDLE,))
    assert judge.verdicts.faults == []
    site.camera.open()
    judge.look(closed=(Condition.ACTIVE,))
    assert len(judge.verdicts.faults) == 3


def test_the_judge_notices_a_journal_that_does_not_verify_and_one_that_grows(site: Site) -> None:
    judge = Judge(site, "here")
    judge.batch(1.0)
    assert judge.verdicts.faults == []
    for number in range(3):
        judge.send(message(site, genuine(site).incoming.payload.replace(b"}", b" }", 1)), number)
    site.run(1)
    judge.batch(1.0)
    assert judge.verdicts.faults == []
    with site.device.store.transaction() as transaction:
        transaction.append(b"{}")
    judge.batch(1.0, clock=False)
    assert "does not verify" in judge.verdicts.faults[0]


def test_growth_is_what_the_second_half_of_the_lives_added() -> None:
    assert last_half([10, 50, 50, 50]) == 0
    assert last_half([10, 50, 50, 90]) == 40
    assert last_half([7]) == 0
