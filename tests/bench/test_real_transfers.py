"""Large things over a real broker to the real daemon: what was kept by a killed process is not sent again, a killed
broker loses nothing for good, and a deployment comes back after a kill by itself.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from edge.adapters.archive import archive
from edge.control_room import deploy
from edge.control_room.collecting import collect
from edge.control_room.delivery import announcement, deliver, message_of
from edge.control_room.deploy import SealedList
from edge.control_room.upkeep import Standing, Upkeep
from edge.domain.authority import Role
from edge.domain.condition import Condition
from edge.domain.jobs import JobState
from edge.domain.orders import Verb
from edge.domain.transfers import LEAST_CHUNK_BYTES, Content, from_ranges
from hardware_sim.office import sealed_list
from hardware_sim.scripted import EMBEDDER, features_of
from tests.bench.test_real_process import PATIENCE, Run, authorise, calibration, run

__all__ = ["calibration", "run"]

CHUNK = LEAST_CHUNK_BYTES


def a_long_list() -> SealedList:
    """Some sixty chunks of the smallest size."""
    built = datetime.now(UTC).replace(microsecond=0)
    return sealed_list([("v-0007", features_of(7))], decoys=400, embedder=EMBEDDER, built=built)


def sent_by(run: Run) -> Counter[str]:
    """Counts every chunk that the desk publishes from now on."""
    counted: Counter[str] = Counter()
    publish = run.link.publish

    def counting(message: object) -> bool:
        topic = getattr(message, "topic", "")
        done = publish(message)  # type: ignore[arg-type]
        counted[topic.rpartition("/")[2]] += done and "/blob/" in topic
        return done

    run.link.publish = counting  # type: ignore[method-assign]
    return counted


def until(run: Run, kept: Upkeep, wanted: Standing) -> None:
    deadline = time.monotonic() + PATIENCE
    while kept.step() is not wanted:
        assert time.monotonic() < deadline, kept.why
        run.desk.step(timedelta(milliseconds=20))


def test_a_killed_device_goes_on_with_the_chunks_that_it_has(run: Run) -> None:
    operator, sealed = run.bench.signer(Role.OPERATOR), a_long_list()
    signed = authorise(run, sealed)
    run.start()
    deploy.start(run.desk, signed, operator)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = run.desk.send(Verb.ANNOUNCE, plan, operator)
    half = len(plan.chunks) // 2 // 8 * 8
    for index in range(half):
        run.desk.publish(message_of(run.bench.topics, plan, sealed.file, index))

    def missing() -> list[int]:
        reply = run.desk.latest(order)
        return [] if reply is None else from_ranges(str((reply.facts or {})["missing"]))

    run.until(lambda: missing() == list(range(half, len(plan.chunks))))
    run.kill()
    run.start()
    run.until(lambda: missing() == list(range(half, len(plan.chunks))))
    deploy.start(run.desk, signed, operator)
    counted = sent_by(run)
    reply = deliver(run.desk, Content.WATCHLIST, sealed.file, operator, chunk_bytes=CHUNK)
    assert reply.job is JobState.SUCCEEDED
    assert +counted == {str(index): 1 for index in range(half, len(plan.chunks))}


def test_a_killed_broker_delays_a_transfer_and_loses_nothing(run: Run) -> None:
    operator, sealed = run.bench.signer(Role.OPERATOR), a_long_list()
    run.start()
    deploy.start(run.desk, authorise(run, sealed), operator)
    killed: list[int] = []

    def kill_once(there: int, of: int) -> None:
        if not killed and there >= of // 2:
            killed.append(there)
            run.bench.broker.kill()
            run.bench.broker.start()

    reply = deliver(
        run.desk, Content.WATCHLIST, sealed.file, operator, chunk_bytes=CHUNK, shows=kill_once,
        patience=timedelta(seconds=60),
    )  # fmt: skip
    assert (reply.job, len(killed)) == (JobState.SUCCEEDED, 1)


def test_a_deployment_comes_back_after_a_kill_and_hits_arrive_again(run: Run) -> None:
    sealed = a_long_list()
    kept = Upkeep(run.desk, authorise(run, sealed), sealed, run.bench.signer(Role.OPERATOR))
    run.start(mute=True)
    kept.begin()
    run.until(run.is_(Condition.WAITING))
    counted = sent_by(run)
    run.kill()
    run.start()
    until(run, kept, Standing.BEGUN_AGAIN)
    assert +counted == {}
    deploy.confirm_presence(run.desk, run.bench.signer(Role.PRESENCE))
    run.until(lambda: len(run.hits) == 1)
    assert kept.step() is Standing.IN_FORCE
    assert run.terminate() == 0


def test_the_evidence_is_sent_over_a_real_broker(run: Run) -> None:
    sealed = a_long_list()
    run.start()
    run.deploy(sealed, authorise(run, sealed))
    run.until(lambda: len(run.hits) == 1)
    desk, link = run.bench.desk("collector", lambda _: None, reading=False, parcels=True)
    link.connect()
    try:
        collect(desk, run.bench.signer(Role.OPERATOR), run.bench.folder / "copy")
    finally:
        link.close()
    assert run.terminate() == 0
    with archive(run.bench.folder / "copy") as copy, archive(run.bench.state) as there:
        leaves = list(copy.leaves())
        assert leaves == list(there.leaves())[: len(leaves)]
