"""Large things come in chunks over a bad link: what has come stays, what is spoilt is asked for again, and each order
says how far it has got until it is done or given up.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from edge.control_room import delivery, deploy
from edge.control_room.delivery import announcement, deliver, message_of
from edge.control_room.deploy import SealedList
from edge.control_room.desk import Desk, Refused
from edge.domain.condition import Condition
from edge.domain.errors import BrokerLost
from edge.domain.jobs import Answer, JobState, Reply
from edge.domain.message import Outgoing
from edge.domain.orders import Verb
from edge.domain.transfers import LEAST_CHUNK_BYTES, WINDOW, Announce, Content, from_ranges
from edge.wire.events import Deployment
from hardware_sim.site import Site

CHUNK = LEAST_CHUNK_BYTES


def begun(site: Site, decoys: int = 200) -> tuple[Deployment, SealedList]:
    """A deployment whose list has not come yet: some thirty chunks."""
    site.run(1)
    sealed = site.list_of(7, decoys=decoys)
    signed = site.office.signed(site.authorisation(sealed))
    return deploy.start(site.desk, signed, site.office.operator), sealed


def chunks_of(site: Site) -> Counter[str]:
    """How often each chunk crossed the broker."""
    return Counter(heard.topic.rpartition("/")[2] for heard in site.broker.heard if "/blob/" in heard.topic)


def announced(site: Site, plan: Announce) -> str:
    order = site.desk.send(Verb.ANNOUNCE, plan, site.office.operator)
    site.run(0.5)
    return order


def latest(site: Site, order: str) -> Reply:
    found = site.desk.latest(order)
    assert found is not None
    return found


def send(site: Site, plan: Announce, raw: bytes, *indexes: int) -> None:
    for index in indexes:
        site.desk.publish(message_of(site.topics, plan, raw, index))
    site.run(0.5)


def test_every_chunk_is_sent_once_and_never_more_than_a_window_ahead(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    ahead = []

    def shows(there: int, _: int) -> None:
        ahead.append(sum(chunks_of(site).values()) - there)

    reply = deliver(
        site.desk, Content.WATCHLIST, sealed.file, site.office.operator, chunk_bytes=CHUNK, shows=shows
    )  # fmt: skip
    assert (reply.answer, reply.job) == (Answer.DONE, JobState.SUCCEEDED)
    assert chunks_of(site) == {str(index): 1 for index in range(len(plan.chunks))}
    assert len(plan.chunks) > WINDOW
    assert max(ahead) <= WINDOW


def test_an_answer_says_what_is_missing_and_the_next_say_what_is_still(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    first = latest(site, order)
    assert (first.answer, first.job) == (Answer.IN_PROGRESS, JobState.IN_PROGRESS)
    assert first.facts == {"digest": plan.digest, "missing": f"0-{len(plan.chunks) - 1}", "window": WINDOW}
    send(site, plan, sealed.file, *range(1, 1 + WINDOW // 2))
    again = latest(site, order).facts or {}
    assert from_ranges(str(again["missing"])) == [0, *range(1 + WINDOW // 2, len(plan.chunks))]


def test_a_hostile_chunk_is_refused_alone_and_asked_for_again(site: Site) -> None:
    said, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    send(site, plan, sealed.file, 0, 1)
    site.broker.forge(Outgoing(site.topics.chunk(plan.digest, 2), os.urandom(CHUNK)))
    site.broker.forge(Outgoing(site.topics.chunk(plan.digest, 3), sealed.file[3 * CHUNK : 4 * CHUNK], retain=True))
    site.device.link.connect()
    site.run(2)
    facts = latest(site, order).facts or {}
    assert facts["refused"] == "2"
    missing = from_ranges(str(facts["missing"]))
    assert (0 in missing, 1 in missing, 2 in missing) == (False, False, True)
    assert site.device.daemon.pulse.counters()["chunks-refused"] == 2
    deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
    site.confirm_presence()
    site.run(1)
    assert site.condition is Condition.ACTIVE


def test_it_goes_on_after_the_broker_was_lost(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    there = 0

    def cut_once(now_there: int, of: int) -> None:
        nonlocal there
        if there < of // 2 <= now_there:
            site.device.link.cut()
        there = now_there

    with pytest.raises(BrokerLost, match="chunks are missing"):
        deliver(
            site.desk, Content.WATCHLIST, sealed.file, site.office.operator, chunk_bytes=CHUNK, shows=cut_once,
            patience=timedelta(seconds=20),
        )  # fmt: skip
    before = chunks_of(site)
    site.device.link.connect()
    deliver(site.desk, Content.WATCHLIST, sealed.file, site.office.operator, chunk_bytes=CHUNK)
    resent = chunks_of(site) - before
    assert max(resent.values()) == 1
    # Half of it was there; whatever was in flight then has to come once more.
    assert len(resent) <= len(plan.chunks) - len(plan.chunks) // 2 + 1


def test_a_loss_in_the_middle_of_it_is_made_good_without_being_asked(site: Site) -> None:
    _, sealed = begun(site)
    away = timedelta(0)

    def time_passes(span: timedelta) -> None:
        nonlocal away
        site.pass_time(span)
        away += timedelta(0) if site.device.link.connected else span
        if away > timedelta(seconds=4) and not site.device.link.connected:
            site.device.link.connect()

    def cut_once(there: int, of: int) -> None:
        if not away and there >= of // 2:
            site.device.link.cut()

    link = site.broker.link(Desk.subscriptions(site.topics, "other"), time_passes)
    desk = Desk(link, site.topics, site.office.device_key.public, site.clock, name="other")
    link.connect()
    reply = deliver(
        desk, Content.WATCHLIST, sealed.file, site.office.operator, chunk_bytes=CHUNK, shows=cut_once
    )  # fmt: skip
    assert reply.job is JobState.SUCCEEDED
    assert away > timedelta(seconds=4)


def test_a_device_that_restarts_goes_on_with_what_it_has_and_says_so(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    send(site, plan, sealed.file, 0, 1, 2)
    site.power_cut()
    site.run(1)
    facts = latest(site, order).facts or {}
    assert from_ranges(str(facts["missing"])) == list(range(3, len(plan.chunks)))
    send(site, plan, sealed.file, *range(3, len(plan.chunks)))
    assert latest(site, order).job is JobState.SUCCEEDED


def test_whoever_sends_the_order_again_hears_how_it_stands(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    sent = [heard for heard in site.broker.heard if heard.topic.endswith("/cmd/announce")][-1]
    send(site, plan, sealed.file, *range(len(plan.chunks)))
    site.broker.forge(Outgoing(sent.topic, sent.payload, respond_to=f"{site.topics.replies}desk", correlation=b"again"))
    site.run(0.5)
    assert latest(site, order).job is JobState.SUCCEEDED
    assert site.device.daemon.pulse.counters()["orders-announce"] == 1
    status = deploy.status(site.desk, site.office.operator)
    assert status["jobs"] == f"{order}=SUCCEEDED"


def test_announced_by_another_order_the_former_is_given_up(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    first, second = announced(site, plan), announced(site, plan)
    assert (latest(site, first).job, latest(site, first).reason) == (JobState.CANCELED, "superseded")
    assert latest(site, second).job is JobState.IN_PROGRESS


def test_a_list_is_given_up_and_deleted_with_its_deployment(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    send(site, plan, sealed.file, 0, 1)
    assert any((site.folder / "blobs").iterdir())
    site.stop()
    site.run(1)
    assert (latest(site, order).job, latest(site, order).reason) == (JobState.CANCELED, "deployment-ended")
    assert latest(site, order).remedy
    assert not any((site.folder / "blobs").iterdir())


def test_what_is_not_complete_within_a_day_is_given_up_and_deleted(site: Site) -> None:
    _, sealed = begun(site)
    plan = announcement(Content.WATCHLIST, sealed.file, CHUNK)
    order = announced(site, plan)
    send(site, plan, sealed.file, 0)
    site.power_cut()
    site.clock.advance(timedelta(hours=24))
    site.run(1)
    assert latest(site, order).job is JobState.TIMED_OUT
    assert not any((site.folder / "blobs").iterdir())


def test_an_order_that_a_restart_cut_off_before_it_was_remembered_is_not_lost(site: Site) -> None:
    _, sealed = begun(site)
    order = announced(site, announcement(Content.WATCHLIST, sealed.file, CHUNK))
    with site.device.store.transaction() as transaction:
        for name in transaction.names("transfer/"):
            transaction.delete(name)
    site.power_cut()
    site.run(1)
    assert (latest(site, order).job, latest(site, order).reason) == (JobState.FAILED, "interrupted")


def test_chunks_that_do_not_make_the_announced_whole_fail_at_once(site: Site) -> None:
    site.run(1)
    plan = replace(announcement(Content.TRUST_ROOT, b"a" * CHUNK + b"b", CHUNK), digest="0" * 64)
    order = announced(site, plan)
    send(site, plan, b"a" * CHUNK + b"b", 0, 1)
    assert latest(site, order).job is JobState.FAILED
    assert latest(site, order).reason == "malformed (the chunks that were announced do not give the digest)"
    assert not any((site.folder / "blobs").iterdir())


@pytest.mark.parametrize("content", [Content.WATCHLIST, Content.CALIBRATION, Content.MODEL])
def test_nobody_but_who_may_send_it_may_announce_it(site: Site, content: Content) -> None:
    begun(site)
    for key in (site.office.presence, site.office.custodians[0], site.office.reviewer):
        with pytest.raises(Refused, match="wrong-role"):
            deliver(site.desk, content, b"x", key)


def test_a_list_that_is_not_the_authorised_one_is_not_even_waited_for(site: Site) -> None:
    site.run(1)
    with pytest.raises(Refused, match="no-authorisation"):
        deliver(site.desk, Content.WATCHLIST, b"x", site.office.operator)
    begun(site)
    with pytest.raises(Refused, match="wrong-list"):
        deliver(site.desk, Content.WATCHLIST, b"x", site.office.operator)


def test_the_sender_gives_up_where_nothing_moves(site: Site) -> None:
    _, sealed = begun(site)
    site.device.link.cut()
    with pytest.raises(BrokerLost, match="No progress for 30 s"):
        deliver(
            site.desk, Content.WATCHLIST, sealed.file, site.office.operator, patience=timedelta(seconds=30)
        )  # fmt: skip
    assert delivery.PATIENCE > delivery.STALLED
