"""The zone, at its door: what lies outside is seen by nobody, and nobody there is found."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.domain.capture import Frame, Picture
from edge.domain.face import Box, Face, Features
from edge.domain.zone import UNIT, Zone
from edge.ports import Clock
from edge.safeguards.zone import InZone, Veil
from edge.steps import zone as pixels
from edge.wire.events import Deployment, disclose, read
from edge.wire.health import Health
from edge.wire.signed import Kind, canonical, digest
from hardware_sim.clock import SteppedClock
from hardware_sim.scripted import (
    HEIGHT,
    WIDTH,
    ScriptedCamera,
    ScriptedDetector,
    ScriptedExtractor,
    Street,
)
from hardware_sim.site import CALIBRATION, Senses, Site

LOWER_HALF = Zone(outline=((0, 5000), (UNIT, 5000), (UNIT, UNIT), (0, UNIT)))
MASKED = Zone(masks=(((0, 0), (UNIT, 0), (UNIT, 7000), (0, 7000)),))
SLANTED = Zone(
    outline=((500, 3000), (9000, 1000), (9800, 9500), (200, 8800)), masks=(((4500, 2500), (6000, 4000), (4600, 8000)),)
)
UPPER, LOWER = 50, 260
"""Rows in which people walk."""


def looking(folder: Path, zone: Zone, *, senses: Senses | None = None) -> Site:
    """Deployed with the volunteers 7 and 9 on the list, an officer on scene, and looking."""
    site = Site(folder, zone=zone, senses=senses)
    site.run(1)
    site.deploy(7, 9)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    return site


@pytest.mark.parametrize("zone", [LOWER_HALF, MASKED], ids=["outside the outline", "behind a mask"])
def test_a_listed_person_out_there_is_never_found_and_one_inside_is(tmp_path: Path, zone: Zone) -> None:
    site = looking(tmp_path, zone)
    site.walk(7, row=UPPER)
    site.walk(9, row=LOWER)
    site.run(8)
    assert [hit.content.entry for hit in site.hits] == ["v-0009"]
    assert site.device.daemon.report.counters()["searches"] == 1
    assert site.device.daemon.report.counters()["faces"] == pytest.approx(30, abs=2)


def test_the_same_person_is_found_where_the_whole_picture_is_looked_at(tmp_path: Path) -> None:
    site = looking(tmp_path, Zone())
    site.walk(7, row=UPPER)
    site.run(6)
    assert [hit.content.entry for hit in site.hits] == ["v-0007"]


class NoisyCamera(ScriptedCamera):
    """Paints noise over all that lies outside a zone, differently in every world. Streams of two sizes."""

    def __init__(self, street: Street, clock: Clock, zone: Zone, world: int) -> None:
        super().__init__(street, clock)
        self._rng = np.random.default_rng(world)
        self._outside = pixels.hidden(zone, WIDTH, HEIGHT)

    def next(self, timeout: timedelta) -> Frame | None:
        frame = super().next(timeout)
        if frame is None:
            return None
        for plane in (frame.main.y, frame.main.u, frame.main.v):
            part = HEIGHT // plane.shape[0]
            where = self._outside.reshape(plane.shape[0], part, plane.shape[1], part).min(axis=(1, 3)) > 0
            plane[where] = self._rng.integers(0, 256, int(where.sum()), dtype=np.uint8)
        return replace(frame, small=_halved(frame.main))


class WitnessDetector(ScriptedDetector):
    """Writes down a digest of all that it is shown."""

    def __init__(self, street: Street) -> None:
        super().__init__(street)
        self.seen: list[str] = []

    def detect(self, frame: Frame) -> list[Face]:
        self.seen.append(_digest(frame))
        return super().detect(frame)

    def refine(self, frame: Frame, face: Face) -> Face | None:
        self.seen.append(_digest(frame))
        return super().refine(frame, face)


class WitnessExtractor(ScriptedExtractor):
    """Writes down a digest of all that it is shown."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        self.seen += [hashlib.sha256(sample.tobytes()).hexdigest() for sample in aligned]
        return super().extract(aligned)


def _halved(picture: Picture) -> Picture:
    """Averaged over 2 x 2 pixels."""
    planes = []
    for plane in (picture.y, picture.u, picture.v):
        high, wide = plane.shape[0] // 2, plane.shape[1] // 2
        planes.append(plane[: high * 2, : wide * 2].reshape(high, 2, wide, 2).mean(axis=(1, 3)).astype(np.uint8))
    return Picture(*planes)


def _digest(frame: Frame) -> str:
    planes = [plane for one in (frame.main, frame.small) for plane in (one.y, one.u, one.v)]
    return hashlib.sha256(b"".join(plane.tobytes() for plane in planes)).hexdigest()


def _lived(folder: Path, zone: Zone, world: int) -> tuple[list[str], list[str], list[str]]:
    """What detector and extractor were shown in one world, and the pictures of its hits."""
    street = Street()
    detector, extractor = WitnessDetector(street), WitnessExtractor()
    senses = Senses(lambda clock: NoisyCamera(street, clock, zone, world), detector, extractor, CALIBRATION)
    site = looking(folder, zone, senses=senses)
    site.street = street
    site.walk(7, row=LOWER - 40)
    site.walk(8, row=LOWER - 160, after=0.4)
    site.run(8)
    site.device.store.close()
    return detector.seen, extractor.seen, [hit.content.face for hit in site.hits]


@pytest.mark.parametrize("zone", [LOWER_HALF, SLANTED], ids=["half", "slanted, with a mask"])
def test_whatever_happens_outside_nothing_that_anybody_is_shown_changes_by_one_bit(tmp_path: Path, zone: Zone) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = _lived(tmp_path / "a", zone, world=1), _lived(tmp_path / "b", zone, world=2)
    detected, extracted, pictures = one
    assert len(detected) > 50
    assert extracted
    assert pictures
    assert one == other


def test_without_the_zone_the_two_worlds_do_differ(tmp_path: Path) -> None:
    """The test above could fail."""
    seen = []
    for world in (1, 2):
        street = Street()
        detector = WitnessDetector(street)
        senses = Senses(
            lambda clock, street=street, world=world: NoisyCamera(street, clock, SLANTED, world),  # type: ignore[misc]
            detector,
            ScriptedExtractor(),
            CALIBRATION,
        )
        folder = tmp_path / str(world)
        folder.mkdir()
        site = looking(folder, Zone(), senses=senses)
        site.run(1)
        site.device.store.close()
        seen.append(detector.seen)
    assert seen[0] != seen[1]


def test_a_face_that_only_reaches_into_the_zone_is_no_face(tmp_path: Path) -> None:
    site = looking(tmp_path, LOWER_HALF)
    site.walk(7, row=HEIGHT // 2 - 40)
    site.run(6)
    assert site.device.daemon.report.counters()["faces"] == 0
    assert site.hits == []


class Reaching(ScriptedDetector):
    """Finds a face that a close-up shows to lie where it is told."""

    def __init__(self, closer: Face | None) -> None:
        super().__init__(Street())
        self._closer = closer

    def refine(self, frame: Frame, face: Face) -> Face | None:
        return self._closer


def picture() -> Picture:
    half = np.full((HEIGHT // 2, WIDTH // 2), 90, np.uint8)
    return Picture(np.full((HEIGHT, WIDTH), 90, np.uint8), half, half)


def test_a_face_that_a_close_up_shows_to_lie_outside_is_no_face() -> None:
    frame = Frame(1, SteppedClock().now(), picture(), picture())
    inside, outside = (Face(Box(300, row, 340, row + 40), np.zeros((5, 2), np.float32), 0.9) for row in (LOWER, UPPER))
    assert InZone(Reaching(inside), LOWER_HALF).refine(frame, outside) is inside
    assert InZone(Reaching(outside), LOWER_HALF).refine(frame, inside) is None
    assert InZone(Reaching(None), LOWER_HALF).refine(frame, inside) is None


def test_what_is_hidden_is_told_for_every_pixel_of_the_small_stream_and_cut_once_for_a_size() -> None:
    veil, clock = Veil(LOWER_HALF), SteppedClock()
    veil.over(Frame(1, clock.now(), picture(), _halved(picture())))
    hidden = veil.hidden
    assert hidden.shape == (HEIGHT // 2, WIDTH // 2)
    assert hidden[: HEIGHT // 4].all()
    assert not hidden[HEIGHT // 4 + 2 :].any()
    veil.over(Frame(2, clock.now(), picture(), _halved(picture())))
    assert veil.hidden is hidden
    veil.over(Frame(3, clock.now(), picture(), picture()))
    assert veil.hidden.shape == (HEIGHT, WIDTH)


def test_health_and_deployment_say_which_zone_is_in_force(tmp_path: Path) -> None:
    site = looking(tmp_path, SLANTED)
    site.run(11)
    wanted = digest(canonical(SLANTED))
    for topic, kind, noun in (
        (site.topics.health, Kind.HEALTH, Health),
        (site.topics.deployment, Kind.DEPLOYMENT, Deployment),
    ):
        payloads = [heard.payload for heard in site.broker.heard if heard.topic == topic]
        assert payloads
        said = read(disclose(payloads[-1], kind), noun)
        assert msgspec.to_builtins(said)["zone"] == wanted
