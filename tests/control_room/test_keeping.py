"""Hits at rest: sealed, opened for a stated reason that is written down first, held by order, destroyed on time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room import keeping
from edge.control_room.desk import Opened
from edge.control_room.hits import keeper, looked_for
from edge.control_room.keeping import FIRST, Kept, Over, Purpose
from edge.control_room.keyring import make_recipient_keys, make_signing_key, seal_path
from edge.control_room.marking import marked
from edge.domain.access import View, Why
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.orders import Answer, Reply
from edge.wire.events import read
from edge.wire.sealed import public_of
from edge.wire.signed import Kind, claimed_signers, digest, from_base64url, key_id, sign
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site

AUDIT = Purpose(Why.AUDIT, "audit-1")
HOUR = timedelta(hours=1)


@dataclass
class Room:
    """A control room with one hit in its folder."""

    site: Site
    folder: Path
    hit: Opened
    kept: Kept

    @property
    def now(self) -> datetime:
        return self.site.clock.now().wall

    @property
    def private(self) -> X25519PrivateKey:
        return self.site.office.reader.private

    def read_all(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def room(watching: Site, tmp_path: Path) -> Room:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    folder = tmp_path / "kept"
    kept = Kept(folder, hit.sealed.authorisation, watching.office.device_key.public)
    kept.add(hit.signed)
    assert watching.desk.seen.deployment is not None
    kept.expect(watching.desk.seen.deployment)
    return Room(watching, folder, hit, kept)


def test_at_rest_a_hit_is_sealed_and_for_its_owner_alone(room: Room) -> None:
    assert room.kept.sequences() == [1]
    assert room.kept.sealed(1) == room.hit.sealed
    for secret in (room.hit.content.entry, room.hit.content.face[:60], room.hit.content.salt):
        assert secret.encode() not in room.read_all()
    assert (room.folder / "test-1").stat().st_mode & 0o077 == 0
    assert (room.folder / "test-1" / "00001.hit").stat().st_mode & 0o077 == 0


def test_whoever_opens_it_has_signed_for_it_first(room: Room) -> None:
    viewer = MemoryKey()
    assert room.kept.open(1, room.private, viewer, AUDIT, room.now) == room.hit.content
    (signed,) = room.kept.views()
    assert read(signed, View) == View(
        at=room.now, authorisation="test-1", hit=room.hit.sealed.id, sequence=1, why=Why.AUDIT, ticket="audit-1",
        copied=False, previous=FIRST,
    )  # fmt: skip
    assert claimed_signers(signed, Kind.VIEW) == [key_id(viewer.public)]


def test_a_key_that_opens_nothing_has_been_written_down_as_well(room: Room) -> None:
    with pytest.raises(Undecodable, match="not sealed to this key"):
        room.kept.open(1, X25519PrivateKey.generate(), MemoryKey(), AUDIT, room.now)
    assert len(room.kept.views()) == 1


def test_what_cannot_be_written_down_is_not_opened(room: Room) -> None:
    (room.folder / "test-1" / "views").mkdir()
    with pytest.raises(Misconfigured, match="written down"):
        room.kept.open(1, room.private, MemoryKey(), AUDIT, room.now)


def test_a_line_cannot_be_taken_out_of_the_middle(room: Room) -> None:
    for _ in range(3):
        room.kept.open(1, room.private, MemoryKey(), AUDIT, room.now)
    log = room.folder / "test-1" / "views"
    lines = log.read_bytes().splitlines()
    assert read(room.kept.views()[1], View).previous == digest(lines[0])
    log.write_bytes(b"\n".join([lines[0], lines[2]]) + b"\n")
    with pytest.raises(Undecodable, match="line of the views is missing"):
        room.kept.views()


@pytest.mark.parametrize(("left", "opens"), [(timedelta(microseconds=1), True), (timedelta(0), False)])
def test_past_its_end_it_is_not_opened_though_nothing_has_been_destroyed_yet(
    room: Room, left: timedelta, opens: bool
) -> None:
    then = room.hit.sealed.destroy_by - left
    if opens:
        assert room.kept.open(1, room.private, MemoryKey(), AUDIT, then) == room.hit.content
    else:
        with pytest.raises(Over, match="to be destroyed by"):
            room.kept.open(1, room.private, MemoryKey(), AUDIT, then)
    assert room.kept.sequences() == [1]
    assert len(room.kept.views()) == opens


def test_what_the_device_did_not_sign_is_neither_kept_nor_opened(room: Room) -> None:
    forged = sign(room.hit.sealed, Kind.HIT, MemoryKey())
    with pytest.raises(Undecodable, match="without the device's signature"):
        room.kept.add(forged)


def keys(folder: Path) -> Path:
    path = folder / "recipient.pem"
    make_recipient_keys(path)
    return path


def destroyed(room: Room, key: Path, now: datetime) -> set[str]:
    names = keeping.destroy(room.folder, key, room.site.office.device_key.public, now)
    return {Path(name).name for name in names}


def test_hits_go_when_their_time_is_over_and_keys_when_nothing_can_come_any_more(room: Room, tmp_path: Path) -> None:
    key, end = keys(tmp_path), room.hit.sealed.destroy_by
    assert destroyed(room, key, end - HOUR) == set()
    assert key.is_file()
    assert destroyed(room, key, end) == {"00001.hit", "recipient.pem", "recipient.pem.seal"}
    assert not key.exists()
    assert not seal_path(key).exists()
    assert room.kept.sequences() == []
    assert destroyed(room, key, end) == set()


def test_keys_stay_while_hits_may_still_come(room: Room, tmp_path: Path) -> None:
    said = room.site.desk.seen.deployment
    assert said is not None
    room.kept.expect(replace(said, not_after=room.hit.sealed.destroy_by))
    key, end = keys(tmp_path), room.hit.sealed.destroy_by
    assert destroyed(room, key, end) == {"00001.hit"}
    assert destroyed(room, key, end + timedelta(minutes=9)) == set()
    assert destroyed(room, key, end + timedelta(minutes=10)) == {"recipient.pem", "recipient.pem.seal"}


def test_keys_stay_where_it_is_not_known_until_when_hits_come(room: Room, tmp_path: Path) -> None:
    (room.folder / "test-1" / "until").unlink()
    assert destroyed(room, keys(tmp_path), room.hit.sealed.destroy_by) == {"00001.hit"}


def test_what_is_destroyed_was_overwritten_where_it_lay(room: Room, tmp_path: Path) -> None:
    path = room.folder / "test-1" / "00001.hit"
    size = path.stat().st_size
    (tmp_path / "link").hardlink_to(path)
    destroyed(room, keys(tmp_path), room.hit.sealed.destroy_by)
    assert (tmp_path / "link").read_bytes() == bytes(size)


def answer(room: Room, **facts: object) -> Reply:
    whole: dict[str, object] = {
        "hit": room.hit.sealed.id, "sequence": 1, "until": (room.now + timedelta(days=90)).isoformat()
    }  # fmt: skip
    return Reply(order="o", answer=Answer.DONE, facts=whole | facts)  # type: ignore[arg-type]


def test_a_held_hit_is_read_with_the_evidence_key_after_the_recipients_is_gone(room: Room, tmp_path: Path) -> None:
    evidence, until = X25519PrivateKey.generate(), room.now + timedelta(days=90)
    signed = room.site.hold(1)
    assert room.kept.hold(1, room.private, public_of(evidence), signed, room.now) == until
    end = room.hit.sealed.destroy_by
    assert destroyed(room, keys(tmp_path), end) == {"00001.hit", "recipient.pem", "recipient.pem.seal"}
    purpose = Purpose(Why.INVESTIGATION, "case-1")
    assert room.kept.open_held(1, evidence, MemoryKey(), purpose, end + HOUR) == room.hit.content
    with pytest.raises(Undecodable, match="not sealed to this key"):
        room.kept.open_held(1, room.private, MemoryKey(), purpose, end + HOUR)
    with pytest.raises(Over, match="held until"):
        room.kept.open_held(1, evidence, MemoryKey(), purpose, until)
    assert destroyed(room, tmp_path / "none", until - HOUR) == set()
    assert destroyed(room, tmp_path / "none", until) == {"00001.held"}


@pytest.mark.parametrize(
    ("facts", "done"),
    [({"hit": "another"}, True), ({"sequence": 2}, True), ({}, False)],
)
def test_no_answer_but_the_devices_own_to_an_order_that_names_this_hit_holds_it(
    room: Room, facts: dict[str, object], done: bool
) -> None:
    reply = answer(room, **facts)
    if not done:
        reply = replace(reply, answer=Answer.REJECTED)
    signed = sign(reply, Kind.REPLY, room.site.office.device_key)
    with pytest.raises(Undecodable, match="does not hold this hit"):
        room.kept.hold(1, room.private, public_of(X25519PrivateKey.generate()), signed, room.now)
    assert list(room.folder.rglob("*.held")) == []


def test_an_answer_that_somebody_else_signed_holds_nothing(room: Room) -> None:
    signed = sign(answer(room), Kind.REPLY, room.site.office.officer)
    with pytest.raises(Undecodable, match="does not bear the device's signature"):
        room.kept.hold(1, room.private, public_of(X25519PrivateKey.generate()), signed, room.now)


def test_a_hit_whose_time_is_over_cannot_be_held_any_more(room: Room) -> None:
    signed = room.site.hold(1)
    evidence = public_of(X25519PrivateKey.generate())
    with pytest.raises(Over):
        room.kept.hold(1, room.private, evidence, signed, room.hit.sealed.destroy_by)
    short = sign(answer(room, until=room.now.isoformat()), Kind.REPLY, room.site.office.device_key)
    with pytest.raises(Over):
        room.kept.hold(1, room.private, evidence, short, room.now)
    with pytest.raises(Misconfigured, match="not sealed to this key"):
        room.kept.hold(1, X25519PrivateKey.generate(), evidence, signed, room.now)


def test_whoever_waits_for_hits_has_each_of_them_written_down(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "watch"
    keeper(folder, room.site.office.device_key.public, room.site.office.reader)(room.hit)
    kept = Kept(folder, "test-1", room.site.office.device_key.public)
    assert [read(signed, View).why for signed in kept.views()] == [Why.ALERT]
    assert kept.sequences() == [1]
    assert "possible match, not an identification" in capsys.readouterr().out


def test_how_long_a_reviewer_looked_is_taken_from_the_log(room: Room, tmp_path: Path) -> None:
    from edge.adapters.keys import FileSigner

    make_signing_key(tmp_path / "reviewer.pem")
    reviewer, hit = FileSigner(tmp_path / "reviewer.pem"), room.hit.sealed.id
    with pytest.raises(Misconfigured, match="has not opened the hit"):
        looked_for(room.kept.views(), reviewer, hit, room.now)
    room.kept.open(1, room.private, MemoryKey(), AUDIT, room.now - HOUR)
    room.kept.open(1, room.private, reviewer, Purpose(Why.REVIEW, "r"), room.now)
    room.kept.open(1, room.private, reviewer, Purpose(Why.REVIEW, "r"), room.now + timedelta(seconds=9))
    later = room.now + timedelta(seconds=41.9)
    assert looked_for(room.kept.views(), reviewer, hit, later) == 41
    with pytest.raises(Misconfigured):
        looked_for(room.kept.views(), reviewer, "another", later)


def test_a_copy_says_who_took_it_when_and_why(room: Room) -> None:
    face = from_base64url(room.hit.content.face)
    plain = cv2.imdecode(np.frombuffer(face, np.uint8), cv2.IMREAD_COLOR)
    copy = cv2.imdecode(np.frombuffer(marked(face, ("one", "two")), np.uint8), cv2.IMREAD_COLOR)
    assert plain is not None
    assert copy is not None
    assert copy.shape[1] == max(320, plain.shape[1])
    strip = copy[-44:]
    assert (strip == 255).any()
    assert np.median(strip) == 0
    with pytest.raises(Undecodable, match="no picture"):
        marked(b"", ("one",))


def test_what_is_not_there_is_named(room: Room) -> None:
    with pytest.raises(Misconfigured, match="00002.hit"):
        room.kept.sealed(2)
