"""The table of long orders: what is remembered of each, for how long, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.adapters.store import SqliteStore
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.domain.jobs import ANSWERS, UNFINISHED, Answer, Job, JobState
from edge.safeguards.jobs import KEPT, MOST, Jobs

NOW = Instant(datetime(2026, 6, 1, 12, tzinfo=UTC), timedelta(hours=1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def job(order: str, state: JobState = JobState.IN_PROGRESS, now: Instant = NOW) -> Job:
    return Job(
        order=order, verb="announce", state=state, changed=now.wall, respond_to="lamppost/v1/a/b/reply/x",
        correlation="AA", facts={"missing": "0-3"},
    )  # fmt: skip


def test_every_state_has_its_answer_and_the_words_are_those_of_aws_iot_jobs() -> None:
    assert {state.name for state in JobState} == {state.value for state in JobState}
    assert set(ANSWERS) == set(JobState)
    assert [state for state in JobState if ANSWERS[state] in (Answer.ACCEPTED, Answer.IN_PROGRESS)] == [
        state for state in JobState if state in UNFINISHED
    ]
    assert [state for state in JobState if ANSWERS[state] is Answer.DONE] == [JobState.SUCCEEDED]


def test_a_job_survives_a_restart_and_ends_once(path: Path) -> None:
    store = SqliteStore(path)
    jobs = Jobs(store)
    jobs.begin(job("order-1"))
    jobs.tell("order-1", {"missing": "2"})
    store.close()
    store = SqliteStore(path)
    jobs = Jobs(store)
    jobs.recall()
    found = jobs.get("order-1")
    assert found is not None
    assert (found.state, found.facts, found.respond_to) == (JobState.IN_PROGRESS, None, "lamppost/v1/a/b/reply/x")
    later = NOW.later(timedelta(seconds=9))
    jobs.end("order-1", JobState.FAILED, later, Refusal(Reason.INTERRUPTED, "why"), {"n": 1})
    jobs.end("order-1", JobState.SUCCEEDED, later)
    jobs.end("order-2", JobState.SUCCEEDED, later)
    store.close()
    jobs = Jobs(SqliteStore(path))
    jobs.recall()
    found = jobs.get("order-1")
    assert found is not None
    assert (found.state, found.changed, found.facts) == (JobState.FAILED, later.wall, {"n": 1})
    assert (found.reason, found.remedy) == ("interrupted (why)", Refusal(Reason.INTERRUPTED).remedy)
    assert found.reply.answer is Answer.REJECTED
    assert [one.order for one in jobs.all] == ["order-1"]


def test_what_is_new_is_said_until_it_was_said(path: Path) -> None:
    jobs = Jobs(SqliteStore(path))
    jobs.begin(job("order-1"))
    assert jobs.unsaid() == ()
    jobs.tell("order-1", {"missing": "2"}, say=False)
    jobs.tell("order-2", {"missing": "2"})
    assert jobs.unsaid() == ()
    jobs.tell("order-1", {"missing": "1"})
    assert [one.facts for one in jobs.unsaid()] == [{"missing": "1"}]
    jobs.said("order-1")
    jobs.said("order-2")
    assert jobs.unsaid() == ()
    jobs.say_again()
    assert [one.order for one in jobs.unsaid()] == ["order-1"]
    jobs.end("order-1", JobState.SUCCEEDED, NOW)
    jobs.said("order-1")
    jobs.tell("order-1", {"missing": "0"})
    jobs.say_again()
    assert jobs.unsaid() == ()
    jobs.begin(job("order-2", now=NOW.later(timedelta(seconds=1))))
    assert jobs.facts() == {"jobs": "order-1=SUCCEEDED,order-2=IN_PROGRESS"}


def test_neither_another_job_nor_another_connection_makes_it_forget_what_is_to_be_said(path: Path) -> None:
    jobs = Jobs(SqliteStore(path))
    jobs.begin(job("order-1"))
    jobs.end("order-1", JobState.SUCCEEDED, NOW)
    jobs.begin(job("order-2"))
    jobs.say_again()
    assert [one.order for one in jobs.unsaid()] == ["order-1", "order-2"]


def test_what_went_well_has_no_reason_and_no_remedy(path: Path) -> None:
    jobs = Jobs(SqliteStore(path))
    jobs.begin(job("order-1"))
    jobs.end("order-1", JobState.SUCCEEDED, NOW)
    found = jobs.get("order-1")
    assert found is not None
    assert (found.reason, found.remedy) == ("", "")


def test_one_whose_turn_has_come_is_under_way_is_said_to_be_and_is_so_after_a_restart(path: Path) -> None:
    store = SqliteStore(path)
    jobs = Jobs(store)
    jobs.begin(job("order-1", JobState.QUEUED))
    later = NOW.later(timedelta(seconds=9))
    jobs.start("order-1", later)
    assert [(one.order, one.state, one.changed) for one in jobs.unsaid()] == [
        ("order-1", JobState.IN_PROGRESS, later.wall)
    ]
    store.close()
    jobs = Jobs(SqliteStore(path))
    jobs.recall()
    assert [(one.order, one.state, one.changed) for one in jobs.all] == [("order-1", JobState.IN_PROGRESS, later.wall)]


def test_one_that_has_begun_or_is_over_or_was_never_asked_for_is_not_begun(path: Path) -> None:
    jobs = Jobs(SqliteStore(path))
    jobs.begin(job("order-1"))
    jobs.begin(job("order-2"))
    jobs.end("order-2", JobState.FAILED, NOW, Refusal(Reason.INTERRUPTED))
    jobs.said("order-2")
    before = jobs.all
    for order in ("order-1", "order-2", "order-3"):
        jobs.start(order, NOW.later(timedelta(seconds=9)))
    assert (jobs.all, jobs.unsaid()) == (before, ())


def test_what_is_over_is_remembered_for_a_day(path: Path) -> None:
    jobs = Jobs(SqliteStore(path))
    for name in ("order-1", "order-2"):
        jobs.begin(job(name))
        jobs.end(name, JobState.SUCCEEDED, NOW if name == "order-1" else NOW.later(timedelta(seconds=1)))
    jobs.begin(job("order-3", now=NOW.later(KEPT - timedelta(microseconds=1))))
    assert [one.order for one in jobs.all] == ["order-1", "order-2", "order-3"]
    jobs.begin(job("order-4", now=NOW.later(KEPT)))
    assert [one.order for one in jobs.all] == ["order-2", "order-3", "order-4"]


def test_there_are_never_more_than_so_many_and_none_that_is_under_way_is_forgotten(path: Path) -> None:
    store = SqliteStore(path)
    jobs = Jobs(store)
    at = [NOW.later(timedelta(seconds=number)) for number in range(2 * MOST)]
    for number in range(MOST):
        assert jobs.refuses() is None
        jobs.begin(job(f"order-{number:02d}", now=at[number]))
    full = jobs.refuses()
    assert full is not None
    assert full.reason is Reason.BUSY
    jobs.end("order-07", JobState.SUCCEEDED, at[MOST])
    assert jobs.refuses() is None
    assert len(jobs.all) == MOST
    jobs.begin(job("order-99", now=at[MOST + 1]))
    names = [one.order for one in jobs.all]
    assert len(names) == MOST
    assert "order-07" not in names
    with store.transaction() as transaction:
        assert sorted(name.removeprefix("job/") for name in transaction.names("job/")) == sorted(names)


def test_a_row_that_cannot_be_read_is_forgotten(path: Path) -> None:
    store = SqliteStore(path)
    with store.transaction() as transaction:
        transaction.put("job/order-1", b"{}")
    jobs = Jobs(store)
    jobs.recall()
    assert jobs.all == ()
    assert store.get("job/order-1") is None
