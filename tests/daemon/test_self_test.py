"""The self-test with the models that were built: each part says whether it works, and a broken one is found out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.store import SqliteStore
from edge.adapters.tflite import Detector, Extractor
from edge.control_room.desk import Refused
from edge.daemon.known_answer import KNOWN, KNOWN_DETECTORS, drawn_face
from edge.daemon.self_test import FAILED, OK, UNKNOWN, SelfTest
from edge.domain.capture import Frame
from edge.domain.face import Face, Features
from edge.domain.jobs import Facts
from edge.domain.orders import Heading, Order, Verb
from edge.domain.orders import SelfTest as Asked
from edge.ports import Detector as DetectorPort
from edge.ports import Extractor as ExtractorPort
from edge.wire.events import order_document
from hardware_sim.site import Site


class Wrong:
    """Models whose arithmetic is off."""

    def __init__(self, detector: Detector, extractor: Extractor) -> None:
        self._detector = detector
        self._extractor = extractor
        self.moved = np.float32(0)
        self.turned = np.float32(0)

    @property
    def identity(self) -> str:
        return self._detector.identity

    def detect(self, frame: Frame) -> list[Face]:
        return self._detector.detect(frame)

    def refine(self, frame: Frame, face: Face) -> Face | None:
        found = self._detector.refine(frame, face)
        return None if found is None else Face(found.box, found.landmarks + self.moved, found.score)

    def forget(self) -> None:
        self._detector.forget()


class WrongFeatures:
    """An extractor that gives something else."""

    def __init__(self, extractor: Extractor, row: Features) -> None:
        self.identity = extractor.identity
        self._row = row

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        return np.stack([self._row for _ in aligned])

    def forget(self) -> None:
        """Nothing is kept."""


@pytest.fixture(scope="module")
def detector(models: Path) -> Detector:
    return Detector(models, width=640, height=384)


@pytest.fixture(scope="module")
def extractor(models: Path) -> Extractor:
    return Extractor(models)


def result(site: Site, detector: DetectorPort, extractor: ExtractorPort, ends: datetime | None = None) -> Facts:
    device = site.device.daemon
    site.device.link.certificate_ends = ends
    tried = SelfTest(
        gate=device.gate, detector=detector, extractor=extractor, host=device.host, store=site.device.store,
        link=site.device.link, clock=device.clock, width=1920, height=1080,
    )  # fmt: skip
    now, key = site.clock.now(), site.office.operator
    heading = Heading(
        id="order-1", verb=Verb.SELF_TEST, site="bench", device="post-1", epoch="epoch-1", issued=now.wall,
        expires=now.wall, counter=1,
    )  # fmt: skip
    order = Order(heading=heading, body=Asked(), key=key.public, signed=order_document(heading, Asked(), key))
    found = tried.test(order, now)
    assert isinstance(found, dict)
    return found


def test_the_models_that_were_built_give_the_known_answers(
    site: Site, detector: Detector, extractor: Extractor
) -> None:
    assert extractor.identity in KNOWN
    assert detector.identity in KNOWN_DETECTORS
    found = result(site, detector, extractor)
    assert {name: value for name, value in found.items() if value == FAILED} == {}
    assert (found["detector"], found["embedder"], found["camera"], found["failed"]) == (OK, OK, "not-tried", 0)
    assert site.camera.opens == 0


def test_a_detector_that_finds_things_elsewhere_is_found_out(
    site: Site, detector: Detector, extractor: Extractor
) -> None:
    wrong = Wrong(detector, extractor)
    wrong.moved = np.float32(12)
    assert result(site, wrong, extractor)["detector"] == FAILED


def test_an_embedder_that_gives_something_else_is_found_out(
    site: Site, detector: Detector, extractor: Extractor
) -> None:
    right = extractor.extract([drawn_face()])[0]
    turned = (right + np.roll(right, 1)) / np.float32(np.linalg.norm(right + np.roll(right, 1)))
    for row in (turned, right * np.float32(0.5), np.full_like(right, np.nan), right[:64] / np.linalg.norm(right[:64])):
        found = result(site, detector, WrongFeatures(extractor, row.astype(np.float32)))
        assert (found["embedder"], found["failed"]) == (FAILED, 1)


def test_models_of_which_nobody_said_what_they_give_are_not_said_to_be_right(site: Site) -> None:
    site.run(1)
    found = site.desk.order(Verb.SELF_TEST, Asked(), site.office.operator).facts or {}
    assert (found["detector"], found["embedder"]) == (UNKNOWN, UNKNOWN)
    assert (found["journal"], found["memory"], found["clock"], found["failed"]) == (OK, OK, OK, 0)
    assert site.camera.opens == 0


def test_an_untrusted_clock_is_said(site: Site) -> None:
    site.run(1)
    site.clock.trusted = False
    found = site.desk.order(Verb.SELF_TEST, Asked(), site.office.operator).facts or {}
    assert (found["clock"], found["failed"]) == (FAILED, 1)


def test_nothing_is_tried_beneath_a_deployment_or_just_after_one(watching: Site) -> None:
    with pytest.raises(Refused, match="in-deployment"):
        watching.desk.order(Verb.SELF_TEST, Asked(), watching.office.operator)
    watching.officer_on_scene = False
    watching.stop()
    with pytest.raises(Refused, match="busy"):
        watching.desk.order(Verb.SELF_TEST, Asked(), watching.office.operator)
    watching.run(6)
    assert watching.desk.order(Verb.SELF_TEST, Asked(), watching.office.operator).facts


def test_a_journal_that_cannot_be_written_is_said_to_be_so(
    site: Site, detector: Detector, extractor: Extractor, tmp_path: Path
) -> None:
    site.device.store.close()
    site.device.store = SqliteStore(tmp_path / "other.sqlite")
    site.device.store._connection.execute("PRAGMA query_only=ON")
    assert result(site, detector, extractor)["journal"] == FAILED


@pytest.mark.parametrize(("left", "days", "verdict"), [(7.5, 7, OK), (6.9, 6, FAILED), (-0.5, -1, FAILED)])
def test_a_certificate_that_ends_soon_is_said(
    site: Site, detector: Detector, extractor: Extractor, left: float, days: int, verdict: str
) -> None:
    ends = site.clock.now().wall + timedelta(days=left)
    found = result(site, detector, extractor, ends)
    assert (found["certificate"], found["certificate-days"]) == (verdict, days)
