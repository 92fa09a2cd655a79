"""Hits for other systems: ONVIF's shape, no picture, no score, never on the devices' broker, never when stale."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.mqtt import Broker
from edge.control_room import onvif
from edge.control_room.desk import Opened
from edge.control_room.onvif import LIKELIHOOD, WAITING, Emitter, Mirror
from edge.control_room.show import LATE
from edge.domain.comparison import PresentationCue, ScoreBand
from edge.domain.errors import Misconfigured
from edge.wire.events import STATEMENT
from hardware_sim.clock import SteppedClock
from hardware_sim.site import Site
from hardware_sim.wire import Heard, MemoryLink
from tests.control_room.own import OwnMemoryBroker

DEVICES = Broker(host="Broker.example", port=8883, ca=Path(), certificate=Path(), key=Path())
MIRROR = Mirror(DEVICES, "site/control", "cam0", (640, 360))
FILE = """\
host = "own.example"
ca = "ca.pem"
certificate = "me.pem"
key = "me.key"
prefix = "site/control"
video_source = "cam0"
"""
Shared = Annotated[float, msgspec.Meta(ge=-1, le=1)]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """Read as ONVIF has it, written down here once more."""


class BoxAsSpecified(Strict):
    left: Shared = msgspec.field(name="@left")
    top: Shared = msgspec.field(name="@top")
    right: Shared = msgspec.field(name="@right")
    bottom: Shared = msgspec.field(name="@bottom")


class SourceAsSpecified(Strict):
    video_source: str = msgspec.field(name="VideoSource")
    rule: str = msgspec.field(name="Rule")


class DataAsSpecified(Strict):
    likelihood: Annotated[float, msgspec.Meta(ge=0, le=1)] = msgspec.field(name="Likelihood")
    enrollment: str = msgspec.field(name="EnrollmentID")
    object: str = msgspec.field(name="ObjectId")
    label: Literal["Whitelisted", "Blacklisted", "Temporary"] = msgspec.field(name="Label")
    statement: Literal["possible match, not an identification"] = msgspec.field(name="lamppost:Statement")
    band: Literal["at-threshold", "above", "well-above"] = msgspec.field(name="lamppost:Band")
    box: BoxAsSpecified | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="BoundingBox")
    late: Literal[True] | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="lamppost:Late")
    suspected: Literal[True] | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="lamppost:PresentationSuspected"
    )


class EventAsSpecified(Strict):
    utc_time: datetime = msgspec.field(name="UtcTime")
    source: SourceAsSpecified = msgspec.field(name="Source")
    data: DataAsSpecified = msgspec.field(name="Data")


class Room:
    """A control room that has just opened a hit, with a broker of its own."""

    def __init__(self, site: Site) -> None:
        (hit,) = site.hits
        # Painted people do look flat.
        self.hit = replace(hit, content=replace(hit.content, presentation=()))
        self.clock = SteppedClock(wall=self.hit.content.captured + timedelta(seconds=2))
        self.broker = OwnMemoryBroker()
        self.link = MemoryLink(self.broker, (), None)
        self.link.connect()
        self.emitter = Emitter(MIRROR, self.link, self.clock)

    def emitted(self) -> list[EventAsSpecified]:
        return [msgspec.json.decode(heard.payload, type=EventAsSpecified) for heard in self.heard]

    @property
    def heard(self) -> list[Heard]:
        return self.broker.heard


@pytest.fixture
def room(watching: Site) -> Room:
    watching.walk(7)
    watching.run(6)
    return Room(watching)


def with_band(hit: Opened, band: ScoreBand) -> Opened:
    return replace(hit, content=replace(hit.content, band=band))


def test_a_hit_becomes_an_event_of_the_face_rule(room: Room) -> None:
    room.emitter.offer(room.hit)
    (heard,), (event,) = room.heard, room.emitted()
    assert heard.topic == "site/control/onvif-ej/RuleEngine/Recognition/Face/&cam0/test-1"
    assert not heard.retain
    assert heard.payload.startswith(b'{"UtcTime":"2026-06-01T')
    assert event.utc_time == room.hit.content.captured
    assert (event.source.video_source, event.source.rule) == ("cam0", "test-1")
    assert (event.data.enrollment, event.data.object, event.data.label) == ("v-0007", "1", "Temporary")
    assert event.data.statement == STATEMENT
    assert event.data.late is event.data.suspected is msgspec.UNSET


def test_it_has_no_picture_and_no_score(room: Room) -> None:
    room.emitter.offer(room.hit)
    (heard,) = room.heard
    assert room.hit.content.face[:40].encode() not in heard.payload
    assert len(heard.payload) < 600
    assert set(re.findall(rb'"Likelihood":([0-9.]+)', heard.payload)) <= {b"0.25", b"0.5", b"0.75"}


def test_likelihood_is_the_declared_band_and_nothing_finer(room: Room) -> None:
    assert set(LIKELIHOOD) == set(ScoreBand)
    for band in ScoreBand:
        room.emitter.offer(with_band(room.hit, band))
    said = [(event.data.band, event.data.likelihood) for event in room.emitted()]
    assert said == [("at-threshold", 0.25), ("above", 0.5), ("well-above", 0.75)]


def test_a_suspected_picture_is_told_and_the_lack_of_a_cue_is_not(room: Room) -> None:
    content = replace(room.hit.content, presentation=(PresentationCue.STILL,))
    room.emitter.offer(replace(room.hit, content=content))
    assert room.emitted()[0].data.suspected is True


def test_a_late_hit_says_so_and_an_expired_one_is_not_emitted(room: Room) -> None:
    room.clock.advance(LATE - timedelta(seconds=2))
    room.emitter.offer(room.hit)
    room.clock.advance(timedelta(microseconds=1))
    room.emitter.offer(room.hit)
    assert [event.data.late for event in room.emitted()] == [msgspec.UNSET, True]
    room.clock.step_wall(room.hit.sealed.expires - room.clock.now().wall)
    room.emitter.offer(room.hit)
    assert len(room.heard) == 2


def test_what_waited_for_the_connection_comes_late_and_says_so_or_not_at_all(room: Room) -> None:
    room.link.cut()
    room.emitter.offer(room.hit)
    room.clock.advance(LATE)
    room.link.connect()
    room.emitter.step()
    room.emitter.step()
    assert [event.data.late for event in room.emitted()] == [True]
    room.link.cut()
    room.emitter.offer(room.hit)
    room.clock.step_wall(timedelta(days=1))
    room.link.connect()
    room.emitter.step()
    assert len(room.heard) == 1


def test_so_many_wait_and_no_more(room: Room) -> None:
    room.link.cut()
    for number in range(WAITING + 5):
        room.emitter.offer(replace(room.hit, sealed=replace(room.hit.sealed, sequence=number)))
    room.link.connect()
    room.emitter.step()
    assert [event.data.object for event in room.emitted()] == [str(number) for number in range(5, WAITING + 5)]


@given(st.tuples(*[st.integers(-100, 5000)] * 4))
def test_boxes_are_normalised_and_stay_in_their_frame(box: tuple[int, int, int, int]) -> None:
    made = onvif._normalised(box, (1920, 1080))
    assert all(-1 <= side <= 1 for side in (made.left, made.top, made.right, made.bottom))


def test_a_box_lies_where_onvif_would_look_for_it() -> None:
    corner = onvif._normalised((0, 0, 960, 540), (1920, 1080))
    assert (corner.left, corner.top, corner.right, corner.bottom) == (-1.0, 1.0, 0.0, 0.0)


def test_without_the_size_of_the_stream_no_box_is_told(room: Room) -> None:
    emitter = Emitter(replace(MIRROR, size=None), room.link, room.clock)
    emitter.offer(room.hit)
    assert room.emitted()[0].data.box is msgspec.UNSET


@pytest.mark.parametrize("host", ["broker.example", "BROKER.example."])
def test_the_devices_own_broker_is_refused(tmp_path: Path, host: str) -> None:
    path = tmp_path / "onvif.toml"
    path.write_text(FILE.replace("own.example", host))
    with pytest.raises(Misconfigured, match="the broker that the device uses"):
        onvif.load(path, DEVICES)


def test_a_connection_of_its_own_is_read_relative_to_its_file(tmp_path: Path) -> None:
    path = tmp_path / "onvif.toml"
    path.write_text(FILE + "size = [1920, 1080]\n")
    mirror = onvif.load(path, DEVICES)
    assert mirror.broker == Broker(
        host="own.example", port=8883, ca=tmp_path / "ca.pem", certificate=tmp_path / "me.pem", key=tmp_path / "me.key"
    )
    assert (mirror.prefix, mirror.video_source, mirror.size) == ("site/control", "cam0", (1920, 1080))


@pytest.mark.parametrize(
    ("line", "key"),
    [('prefix = "site/control"', "prefix"), ('prefix = "a/#"', "prefix"), ('prefix = ""', "prefix"),
     ('video_source = "cam/0"', "video_source"), ('video_source = "+"', "video_source"), ("size = [0, 3]", "size"),
     ("image = true", "image")],
)  # fmt: skip
def test_what_no_topic_can_hold_is_refused(tmp_path: Path, line: str, key: str) -> None:
    path = tmp_path / "onvif.toml"
    lines = [one for one in FILE.splitlines() if not one.startswith(key)]
    path.write_text("\n".join(lines if line == 'prefix = "site/control"' else [*lines, line]) + "\n")
    with pytest.raises(Misconfigured, match=key):
        onvif.load(path, DEVICES)
