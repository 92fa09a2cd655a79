"""What urgent authorisations and accuracy tests leave in the store, at the doors that read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.authorisation import AccuracyReport, Category, ImageSource, Ratification, UseCase
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import JournalUnwritable, Reason, Refusal, SealBroken
from edge.domain.leaves.deployment import RatificationLapsed
from edge.domain.leaves.hits import HitExpired
from edge.domain.record import Deadline, Event, OutboxRow
from edge.safeguards import papers, ratification, urgent
from edge.safeguards.accuracy import AccuracyTests, Latest
from edge.safeguards.journal import Journal
from edge.safeguards.ratification import Ratifications
from edge.safeguards.urgent import Urgent
from edge.safeguards.verify import Believed, Keys
from edge.wire.signed import Kind, canonical, key_id, sign
from hardware_sim.office import Office
from tests.vectors import people
from tests.vectors.people import DOCUMENT, FACTS, signed
from tests.vectors.rules import listing

NOW = Instant(people.NOW, timedelta(hours=1))
URGENT = replace(DOCUMENT, urgent=True)
TEST = listing({Category.VOLUNTEER: 12}, {ImageSource.VOLUNTEER: 12}, use_case=UseCase.ACCURACY_TEST)
NAME = "7" * 64
DEMANDED = timedelta(days=90)


def believed(document: object = URGENT, name: str = NAME) -> Believed:
    return Believed(document, name, signed(DOCUMENT))  # type: ignore[arg-type]


@dataclass
class Desk:
    """A store and a journal of a device that does nothing else."""

    store: SqliteStore
    journal: Journal
    office: Office

    def leaves(self) -> list[Event]:
        return [leaf.event for leaf in self.journal.leaves()]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office, store = Office(), SqliteStore(tmp_path / "journal.sqlite")
    journal = Journal(store, office.device_key, origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    journal.open(NOW, FACTS.booted("test", "0" * 64, office.device_key.public))
    yield Desk(store, journal, office)
    store.close()


def ratifications(desk: Desk) -> Ratifications:
    return Ratifications(Keys(desk.office.trust_root()), desk.store, desk.journal)


def owe(desk: Desk, name: str, **fields: object) -> Urgent:
    record = Urgent(authorisation="u-1", digest=name, until=NOW.wall + timedelta(hours=24))
    record = replace(record, **fields)  # type: ignore[arg-type]
    with desk.store.transaction() as transaction:
        urgent.write(transaction, record)
    return record


@pytest.mark.parametrize(
    ("fields", "same", "refused"),
    [
        ({}, True, False),
        ({}, False, True),
        ({"ratified": True}, True, False),
        ({"ratified": True}, False, False),
        ({"ratified": False}, True, True),
        ({"ratified": False}, False, False),
        ({"lapsed": True}, True, True),
        ({"lapsed": True}, False, True),
        ({"lapsed": True, "ratified": True}, False, False),
        ({"lapsed": True, "ratified": True}, True, True),
    ],
)
def test_an_urgent_authorisation_begins_only_where_every_other_was_decided_on_and_it_was_not_refused(
    desk: Desk, fields: dict[str, object], same: bool, refused: bool
) -> None:
    owe(desk, NAME if same else "8" * 64, **fields)
    door = ratifications(desk)
    answer = door.refuses(believed(), NOW)
    assert (answer is not None) is refused
    if answer is not None:
        assert answer.reason is Reason.UNRATIFIED
    ended = same and refused
    assert door.missing(believed(), NOW) is (Reason.UNRATIFIED if ended else None)
    assert door.over(believed(), NOW) is (EndReason.NOT_RATIFIED if ended else None)


def test_an_ordinary_authorisation_is_asked_nothing(desk: Desk) -> None:
    owe(desk, "8" * 64)
    assert ratifications(desk).refuses(believed(DOCUMENT), NOW) is None


def test_what_is_remembered_once_is_not_begun_anew(desk: Desk) -> None:
    """A restart does not buy another day, and does not forget a decision."""
    store = desk.store
    with store.transaction() as transaction:
        urgent.remember(transaction, URGENT, NAME)
        urgent.remember(transaction, DOCUMENT, "8" * 64)
    (record,) = urgent.records(store).values()
    assert record == Urgent(authorisation=URGENT.id, digest=NAME, until=URGENT.not_before + timedelta(hours=24))
    decided = replace(record, ratified=False)
    with store.transaction() as transaction:
        urgent.write(transaction, decided)
        urgent.remember(transaction, URGENT, NAME)
    assert urgent.records(store) == {NAME: decided}


def test_a_store_that_was_changed_is_unsafe_and_nothing_urgent_begins(desk: Desk) -> None:
    with desk.store.transaction() as transaction:
        transaction.put("urgent/" + NAME, b"{}")
    with pytest.raises(SealBroken):
        urgent.records(desk.store)
    answer = ratifications(desk).refuses(believed(), NOW)
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.UNSAFE


def test_a_lapse_comes_by_whichever_clock_is_ahead(desk: Desk) -> None:
    owe(desk, NAME)
    door = ratifications(desk)
    door.step(NOW)
    held_back = Instant(NOW.wall, NOW.boot + timedelta(hours=24) - timedelta(seconds=1))
    door.step(held_back)
    assert not _lapses(desk)
    door.step(Instant(NOW.wall, NOW.boot + timedelta(hours=24)))
    assert _lapses(desk) == 1
    door.step(Instant(NOW.wall + timedelta(hours=30), NOW.boot + timedelta(hours=30)))
    assert _lapses(desk) == 1


def test_what_was_decided_does_not_lapse(desk: Desk) -> None:
    owe(desk, NAME, ratified=True)
    door = ratifications(desk)
    door.step(NOW)
    door.step(NOW.later(timedelta(hours=25)))
    assert not _lapses(desk)


def test_what_began_meanwhile_is_noticed_within_a_minute(desk: Desk) -> None:
    door = ratifications(desk)
    door.step(NOW)
    owe(desk, NAME, until=NOW.wall)
    door.step(NOW.later(timedelta(seconds=59)))
    assert not _lapses(desk)
    door.step(NOW.later(timedelta(seconds=60)))
    assert _lapses(desk) == 1


def _lapses(desk: Desk) -> int:
    return sum(isinstance(event, RatificationLapsed) for event in desk.leaves())


@pytest.mark.parametrize(("ahead", "taken"), [(5, True), (5.001, False)])
def test_the_officers_clock_may_run_ahead_by_five_seconds(desk: Desk, ahead: float, taken: bool) -> None:
    owe(desk, NAME)
    decided = NOW.wall + timedelta(seconds=ahead)
    decision = Ratification(authorisation="u-1", digest=NAME, ratified=True, decided=decided)
    answer = ratifications(desk).decide(sign(decision, Kind.RATIFICATION, desk.office.officer), NOW)
    assert (answer is None) is taken
    if answer is not None:
        assert answer.reason is Reason.NOT_YET_VALID


def test_health_says_how_many_wait_for_a_decision(desk: Desk) -> None:
    owe(desk, NAME, ratified=True)
    owe(desk, "8" * 64, authorisation="u-2", ratified=False)
    for number in range(3):
        owe(desk, str(number) * 64, authorisation=f"w-{number}")
    door = ratifications(desk)
    door.recall(NOW)
    assert door.undecided == 3


def test_a_hit_that_its_recipient_takes_over_meanwhile_is_not_said_to_have_been_destroyed(desk: Desk) -> None:
    row = OutboxRow(1, "hit-1", b"", "0" * 64, (), Deadline.after(NOW, timedelta(minutes=1), "boot-1"))
    with desk.store.transaction() as transaction:
        transaction.enqueue(row)
        assert ratification._gone(transaction, row) == HitExpired(sequence=1)
        assert ratification._gone(transaction, row) is None


# Accuracy tests.


@pytest.mark.parametrize(
    ("tested", "at", "taken"),
    [
        (TEST.not_before, NOW.wall, True),
        (TEST.not_before - timedelta(seconds=1), NOW.wall, False),
        (TEST.not_after, TEST.not_after, True),
        (TEST.not_after + timedelta(seconds=1), TEST.not_after + timedelta(hours=1), False),
        (NOW.wall + timedelta(seconds=5), NOW.wall, True),
        (NOW.wall + timedelta(seconds=6), NOW.wall, False),
    ],
)
def test_a_report_is_of_the_window_to_its_very_edges(desk: Desk, tested: datetime, at: datetime, taken: bool) -> None:
    paper = signed(TEST)
    with desk.store.transaction() as transaction:
        name = papers.keep(transaction, paper)
    report = AccuracyReport(
        authorisation=TEST.id, digest=name, site=FACTS.site, device=FACTS.device, zone=FACTS.zone,
        configuration=FACTS.configuration, models=TEST.models, calibration=FACTS.calibration, volunteers=12,
        passages=1, found=0, false=0, tested=tested,
    )  # fmt: skip
    answer = door_of(desk).take(sign(report, Kind.ACCURACY_REPORT, desk.office.evaluator), replace(NOW, wall=at))
    assert (answer is None) is taken
    if answer is not None:
        assert answer.reason is Reason.EXPIRED


def door_of(desk: Desk, within: timedelta | None = DEMANDED) -> AccuracyTests:
    root = desk.office.trust_root()
    keys = Keys(replace(root, policy=replace(root.policy, accuracy_test_within=within)))
    return AccuracyTests(keys, FACTS, desk.store, desk.journal)


def test_a_test_with_another_chain_or_zone_does_not_count(desk: Desk) -> None:
    door = door_of(desk)
    chain = (FACTS.site, FACTS.device, FACTS.zone, FACTS.configuration, FACTS.detector, FACTS.embedder)
    signer = key_id(desk.office.evaluator.public)
    found = Latest(tested=NOW.wall, chain=(*chain, FACTS.calibration), signer=signer)
    spoilt = [(replace(found, signer="x" * 43), "evaluator")]
    spoilt += [(replace(found, tested=NOW.wall - DEMANDED - timedelta(seconds=1)), "was made at")]
    for place in range(len(found.chain)):
        other = (*found.chain[:place], "x", *found.chain[place + 1 :])
        spoilt += [(replace(found, chain=other), "another chain")]
    for latest, says in spoilt:
        _latest(desk, canonical(latest))
        answer = door.refuses(believed(DOCUMENT), NOW)
        assert answer is not None
        assert answer.reason is Reason.ACCURACY_TEST_DUE
        assert says in answer.detail
    for good in (found, replace(found, tested=NOW.wall - DEMANDED)):
        _latest(desk, canonical(good))
        assert door.refuses(believed(DOCUMENT), NOW) is None
    assert door.missing(believed(DOCUMENT), NOW) is None
    assert door.over(believed(DOCUMENT), NOW) is None


def test_a_store_that_was_changed_begins_nothing_where_a_test_is_demanded(desk: Desk) -> None:
    _latest(desk, b"{}")
    answer = door_of(desk).refuses(believed(DOCUMENT), NOW)
    assert answer is not None
    assert answer.reason is Reason.UNSAFE
    assert door_of(desk, None).refuses(believed(DOCUMENT), NOW) is None


def _latest(desk: Desk, raw: bytes) -> None:
    with desk.store.transaction() as transaction:
        transaction.put("accuracy/latest", raw)


def test_a_journal_that_cannot_be_written_takes_nothing_in(desk: Desk) -> None:
    owe(desk, NAME, until=NOW.wall)
    door = ratifications(desk)
    desk.journal.fail(JournalUnwritable("Full.", "Make room."))
    with pytest.raises(JournalUnwritable):
        door.step(NOW)
    assert not _lapses(desk)
