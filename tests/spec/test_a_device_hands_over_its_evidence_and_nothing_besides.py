"""Asked for it by an order, a device sends its evidence in signed parcels, and the bundle that comes of them verifies;
what it sends whoever mends it tells of nobody.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from edge.adapters.archive import archive
from edge.audit.case import Brought
from edge.audit.export import export
from edge.audit.report import examine
from edge.control_room.collecting import ask, collect, support
from edge.control_room.desk import Refused
from edge.domain.errors import BrokerLost
from edge.domain.jobs import JobState
from edge.domain.message import Outgoing
from edge.domain.orders import Export, Support, Verb
from edge.domain.remark import Failed, Part
from edge.wire.events import enclose
from edge.wire.parcels import HEAD, LEAF, PAPER, Parcel, piece
from edge.wire.signed import Kind, canonical, digest, payload_of, sign
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site


def a_morning(site: Site) -> None:
    """Somebody listed passes, and somebody who is not; somebody reviews; it is stopped."""
    site.walk(7)
    site.walk(9, after=4)
    site.run(9)
    site.review(1)
    site.officer_on_scene = False
    site.stop()
    site.run(1)


def exported(folder: Path, out: Path, site: Site) -> dict[str, bytes]:
    with archive(folder) as state:
        export(state, out, site="bench", device="post-1", epoch=site.epoch)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_the_bundle_of_what_was_sent_is_the_one_of_the_disk_and_verifies(watching: Site, tmp_path: Path) -> None:
    a_morning(watching)
    collect(watching.desk, watching.office.operator, tmp_path / "copy")
    sent = exported(tmp_path / "copy", tmp_path / "sent", watching)
    there = exported(watching.folder, tmp_path / "there", watching)
    assert sent == there
    assert watching.provisioned is not None
    root = digest(payload_of(watching.provisioned))
    assert examine(tmp_path / "sent", Brought(root=root)).holds


def test_asked_again_only_what_is_new_is_sent(watching: Site, tmp_path: Path) -> None:
    collect(watching.desk, watching.office.operator, tmp_path / "copy")
    with archive(tmp_path / "copy") as state:
        before = len(list(state.leaves()))
    leaves = []
    a_morning(watching)
    mark = len(watching.broker.heard)
    collect(watching.desk, watching.office.custodians[0], tmp_path / "copy")
    for heard in watching.broker.heard[mark:]:
        if "/parcel/" in heard.topic:
            from edge.wire.events import disclose, read

            leaves += [
                one.name for one in read(disclose(heard.payload, Kind.PARCEL), Parcel).pieces if LEAF in one.name
            ]
    assert min(leaves) == f"{LEAF}{before:012d}"
    assert exported(tmp_path / "copy", tmp_path / "sent", watching) == exported(
        watching.folder, tmp_path / "there", watching
    )


def test_a_long_journal_comes_in_many_orders_each_with_little(site: Site, tmp_path: Path) -> None:
    site.run(1)
    for _ in range(3000):
        site.clock.advance(timedelta(minutes=16))
        site.device.daemon.heartbeat.step(site.clock.now())
    told: list[int] = []
    collect(site.desk, site.office.operator, tmp_path / "copy", told.append)
    assert len(told) > 2
    assert told == sorted(told)
    parcels = [heard.payload for heard in site.broker.heard if "/parcel/" in heard.topic]
    assert max(len(payload) for payload in parcels) < 128 * 1024
    assert exported(tmp_path / "copy", tmp_path / "sent", site) == exported(site.folder, tmp_path / "there", site)


def test_what_is_kept_of_lists_orders_and_waiting_hits_stays(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    watching.withdraw(7)
    after, names = "", []
    while True:
        reply, pieces = ask(watching.desk, Verb.EXPORT, Export(after=after), watching.office.operator)
        names += [one.name for one in pieces]
        assert (reply.job, reply.facts is not None) == (JobState.SUCCEEDED, True)
        if not (reply.facts or {})["more"]:
            break
        after = str((reply.facts or {})["last"])
    assert {name.partition("/")[0] + "/" for name in names} <= {LEAF, PAPER, "cosigned/", "journal/"}
    assert names.count(HEAD) == 1
    assert len(names) == len(set(names))


def test_nobody_but_operators_and_custodians_may_ask(watching: Site) -> None:
    for key in (watching.office.presence, watching.office.reviewer, watching.office.evaluator):
        with pytest.raises(Refused, match="wrong-role"):
            ask(watching.desk, Verb.EXPORT, Export(after=""), key)
    with pytest.raises(Refused, match="wrong-role"):
        ask(watching.desk, Verb.SUPPORT, Support(), watching.office.custodians[0])


@pytest.mark.parametrize("after", ["leaf/x", "leaf/-1", "leaf/1.5"])
def test_a_piece_that_cannot_be_is_refused(watching: Site, after: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        ask(watching.desk, Verb.EXPORT, Export(after=after), watching.office.operator)


def test_a_parcel_that_the_device_did_not_sign_is_not_taken_in(watching: Site) -> None:
    order = watching.desk.send(Verb.EXPORT, Export(after=""), watching.office.operator, parcels=True)
    forged = Parcel(
        site="bench", device="post-1", order=order, index=0, parcels=1, pieces=(piece(HEAD, b"forged"),)
    )  # fmt: skip
    for key, document in (
        (MemoryKey(), forged),
        (watching.office.device_key, replace(forged, device="post-2")),
        (watching.office.device_key, replace(forged, order="another")),
    ):
        payload = enclose(
            sign(document, Kind.PARCEL, key), Kind.PARCEL, id="x", source="/x", time=watching.clock.now().wall
        )  # fmt: skip
        watching.broker.forge(Outgoing(watching.topics.parcel(order, 0), payload))
    while watching.desk_link._inbox:
        watching.desk.step(timedelta(0))
    assert all(one.pieces[0].raw != b"forged" for one in watching.desk.parcels(order).values())


def test_orders_one_after_the_other_are_queued_and_each_is_answered(watching: Site) -> None:
    first = watching.desk.send(Verb.EXPORT, Export(after=""), watching.office.operator)
    second = watching.desk.send(Verb.SUPPORT, Support(), watching.office.operator)
    states = []
    for _ in range(40):
        watching.desk.step(timedelta(milliseconds=50))
        found = watching.desk.latest(second)
        if found is not None and found.job not in states:
            states.append(found.job)
    assert states[-1] is JobState.SUCCEEDED
    assert JobState.QUEUED in states
    done = watching.desk.latest(first)
    assert done is not None
    assert done.job is JobState.SUCCEEDED


def test_an_export_that_a_restart_cut_off_has_failed_and_says_so(watching: Site) -> None:
    watching.officer_on_scene = False
    order = watching.desk.send(Verb.EXPORT, Export(after=""), watching.office.operator)
    watching.device.daemon.obey.step(timedelta(0))
    watching.power_cut()
    watching.run(1)
    found = watching.desk.latest(order)
    assert found is not None
    assert (found.job, found.reason) == (JobState.FAILED, "interrupted")


def test_where_nothing_can_be_sent_for_ten_minutes_it_is_given_up(watching: Site) -> None:
    watching.officer_on_scene = False
    order = watching.desk.send(Verb.EXPORT, Export(after=""), watching.office.operator)
    watching.device.daemon.obey.step(timedelta(0))
    watching.device.link.cut()
    watching.run(601)
    watching.device.link.connect()
    watching.run(1)
    found = watching.desk.latest(order)
    assert found is not None
    assert (found.job, found.reason) == (JobState.TIMED_OUT, "not-taken")


def test_a_device_that_goes_silent_is_given_up_too(watching: Site, tmp_path: Path) -> None:
    watching.officer_on_scene = False
    watching.device.link.cut()
    with pytest.raises(BrokerLost):
        ask(watching.desk, Verb.EXPORT, Export(after=""), watching.office.operator)
    with pytest.raises(BrokerLost, match="0 parcels"):
        collect(watching.desk, watching.office.operator, tmp_path / "copy")


def test_what_helps_whoever_mends_the_device_tells_of_nobody(watching: Site) -> None:
    watching.walk(7)
    watching.walk(9, after=4)
    watching.run(21)
    watching.device.host.say(Failed.of(Part.WRITER, KeyError("v-0007 walked by")))
    found = support(watching.desk, watching.office.operator)
    assert (found.site, found.device, found.condition.value) == ("bench", "post-1", "active")
    assert found.health is not None
    assert found.health.counters["searches"] == 2
    assert [one.remark for one in found.remarks] == ["lamppost: failed part=writer error=KeyError at=-"]
    assert found.leaves == len(watching.journal())
    assert {one.kind for one in found.recent} <= {event.kind for event in watching.journal()}
    said = canonical(found).decode()
    hit = watching.hits[0]
    for private in ("v-0007", hit.sealed.id, "test-1", *(str(row.hit) for row in watching.device.store.outbox(9))):
        assert private not in said
    assert sorted(json.loads(said)) == [
        "at", "boot", "calibration", "condition", "configuration", "detector", "device", "embedder", "epoch", "health",
        "leaves", "reasons", "recent", "remarks", "site", "trust_root", "version", "zone",
    ]  # fmt: skip
