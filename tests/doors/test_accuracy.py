"""Accuracy tests at their door: which of several counts, and that no report says more than the journal bears out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.authorisation import AccuracyReport, Authorisation
from edge.domain.authority import PinnedKey, Role
from edge.domain.errors import Reason, Refusal, SealBroken
from edge.domain.leaves.deployment import AccuracyTested
from edge.domain.leaves.hits import HitCommitted
from edge.safeguards import papers
from edge.safeguards.accuracy import AccuracyTests, Latest
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Keys
from edge.wire.signed import Kind, canonical, digest, key_id, parse, payload_of, sign
from hardware_sim.office import MemoryKey, Office
from tests.doors.test_ratification_and_accuracy import NOW, TEST, believed
from tests.vectors.people import DOCUMENT, FACTS, signed

DAY = timedelta(days=1)
WITHIN = 90 * DAY


@dataclass
class Post:
    """A device that demands tests, and has run some."""

    store: SqliteStore
    journal: Journal
    office: Office
    other: MemoryKey = field(default_factory=MemoryKey)
    """Another evaluator."""

    def __post_init__(self) -> None:
        root = self.office.trust_root()
        policy = replace(root.policy, accuracy_test_within=WITHIN)
        self.root = replace(
            root, policy=policy, keys=(*root.keys, PinnedKey(role=Role.EVALUATOR, key=self.other.public))
        )
        self.keys = Keys(self.root)
        self.door = AccuracyTests(self.keys, FACTS, self.store, self.journal)

    def ran(self, name: str, at: datetime = NOW.wall) -> Authorisation:
        """A test that was in force here."""
        document = replace(TEST, id=name, not_before=at - timedelta(hours=1), not_after=at + timedelta(hours=1))
        with self.store.transaction() as transaction:
            papers.keep(transaction, signed(document))
        return document

    def hits(self, of: str, count: int) -> None:
        for _ in range(count):
            event = HitCommitted(authorisation=of, sequence=self.journal.size, commitment="0" * 64)
            self.journal.record(event, NOW)

    def report(self, test: Authorisation, by: MemoryKey | None = None, **fields: object) -> Reason | None:
        """Hand in what was found in the middle of a test's window."""
        report = AccuracyReport(
            authorisation=test.id, digest=digest(payload_of(signed(test))), site=FACTS.site, device=FACTS.device,
            zone=FACTS.zone, configuration=FACTS.configuration, models=TEST.models, calibration=FACTS.calibration,
            volunteers=12, passages=9, found=0, false=0, tested=test.not_before + timedelta(hours=1),
        )  # fmt: skip
        report = replace(report, **fields)  # type: ignore[arg-type]
        said = self.door.take(sign(report, Kind.ACCURACY_REPORT, by or self.office.evaluator), NOW)
        return said.reason if isinstance(said, Refusal) else None

    def begins_after(self, span: timedelta) -> bool:
        """Whether an ordinary authorisation may begin then."""
        return self.door.refuses(believed(DOCUMENT), NOW.later(span)) is None


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    office, store = Office(), SqliteStore(tmp_path / "journal.sqlite")
    journal = Journal(store, office.device_key, origin="lamppost/bench/post-1/epoch-1", boot="boot-1")
    journal.open(NOW, FACTS.booted("test", "0" * 64, office.device_key.public))
    yield Post(store, journal, office)
    store.close()


@pytest.mark.parametrize("order", [(0, 10), (10, 0)])
def test_the_latest_test_counts_in_whichever_order_the_reports_come(post: Post, order: tuple[int, int]) -> None:
    for age in order:
        assert post.report(post.ran(f"t-{age}", NOW.wall - age * DAY)) is None
    assert post.begins_after(WITHIN)
    assert not post.begins_after(WITHIN + timedelta(seconds=1))


def test_of_two_tests_of_one_instant_the_one_that_was_reported_last_counts(post: Post) -> None:
    assert post.report(post.ran("one")) is None
    assert post.report(post.ran("two"), by=post.other) is None
    keys = tuple(key for key in post.root.keys if key.key != post.office.evaluator.public)
    post.keys.replace(replace(post.root, keys=keys))
    assert post.begins_after(DAY)


def test_a_test_of_the_present_chain_takes_the_place_of_a_later_one_of_another(post: Post) -> None:
    """The detector was exchanged for a week and is back: what was measured with it then is of use again."""
    other = Latest(tested=NOW.wall, chain=("x",) * 7, signer=key_id(post.office.evaluator.public))
    with post.store.transaction() as transaction:
        transaction.put("accuracy/latest", canonical(other))
    assert not post.begins_after(DAY)
    assert post.report(post.ran("before", NOW.wall - 10 * DAY)) is None
    assert post.begins_after(DAY)


@pytest.mark.parametrize(
    ("found", "false", "hits", "reason"),
    [
        (0, 0, 0, None),
        (3, 0, 3, None),
        (2, 1, 3, None),
        (2, 0, 3, None),
        (3, 0, 2, Reason.NOT_BORNE_OUT),
        (0, 1, 0, Reason.NOT_BORNE_OUT),
        (2, 2, 3, Reason.NOT_BORNE_OUT),
    ],
)
def test_a_report_of_more_hits_than_the_journal_has_of_that_test_is_refused(
    post: Post, found: int, false: int, hits: int, reason: Reason | None
) -> None:
    """Whoever was found left a leaf. One passage may leave two, so that a report may say fewer."""
    test = post.ran("test-1")
    post.hits("another", 5)
    post.hits("test-1", hits)
    assert post.report(test, found=found, false=false) is reason
    taken = [leaf.event for leaf in post.journal.leaves() if isinstance(leaf.event, AccuracyTested)]
    assert [event.found for event in taken] == ([] if reason else [found])
    assert post.begins_after(DAY) is (reason is None)


def test_a_report_that_was_refused_may_be_corrected(post: Post) -> None:
    test = post.ran("test-1")
    post.hits("test-1", 2)
    assert post.report(test, found=3) is Reason.NOT_BORNE_OUT
    assert post.report(test, found=2) is None
    assert post.report(test, found=1) is Reason.ALREADY_DECIDED


def test_the_same_report_again_changes_nothing_and_anything_else_is_no_report(post: Post) -> None:
    test = post.ran("test-1")
    assert post.report(test) is None
    size = post.journal.size
    assert post.report(test) is None
    assert post.journal.size == size
    said = post.door.take(sign({"found": 12}, Kind.ACCURACY_REPORT, post.office.evaluator), NOW)
    assert isinstance(said, Refusal)
    assert said.reason is Reason.MALFORMED


def test_a_journal_whose_hits_cannot_be_read_takes_no_report(post: Post) -> None:
    test = post.ran("test-1")
    with post.store.transaction() as transaction:
        transaction.append(b'{"kind":"hit-committed"}')
    with pytest.raises(SealBroken):
        post.report(test)


def test_the_latest_is_kept_as_it_was_signed_for(post: Post) -> None:
    test = post.ran("test-1")
    assert post.report(test, by=post.other) is None
    stored = post.store.get("accuracy/latest")
    assert stored is not None
    latest = parse(stored, Latest)
    assert (latest.tested, latest.signer) == (NOW.wall, key_id(post.other.public))
    assert latest.chain == (
        FACTS.site, FACTS.device, FACTS.zone, FACTS.configuration, FACTS.detector, FACTS.embedder, FACTS.calibration,
    )  # fmt: skip
