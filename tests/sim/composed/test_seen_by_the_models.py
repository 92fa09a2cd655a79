"""Real models see what a scenario says: people are found by day, and each degradation costs what it must cost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from edge.adapters.tflite import Detector, Extractor
from edge.settings import shared
from hardware_sim.cast_list import entry_of, reference
from hardware_sim.clock import BEGIN
from hardware_sim.composed.film import Film
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.natural import CONDITIONS, Row, measure
from hardware_sim.office import sealed_list
from hardware_sim.portraits import Person
from hardware_sim.registry import gather_registry
from hardware_sim.replay import Replay
from tests.sim.composed.made import file

SEVERE = {"dusk, 6 lux", "night, no infrared", "defocus", "compression", "surgical masks"}


@pytest.fixture(scope="module")
def cast(models: Path, pictures: Path) -> list[Person]:
    return gather_registry(pictures, Detector(models).detect_rgb)


@pytest.fixture(scope="module")
def rows(cast: list[Person], models: Path) -> dict[str, Row]:
    people = [cast[index] for index in (0, 2, 6, 9, 11, 17)]
    scene = file("[camera]\nfps = 8.0\n[[crowds]]")
    return {row.condition: row for row in measure(scene, people, models, shared("calibration.json"), looks=3)}


def test_by_day_everybody_is_detected_acquired_and_like_their_picture(rows: dict[str, Row]) -> None:
    day = rows["day"]
    assert day.passages == 6
    assert day.detected >= 0.9
    assert (day.acquired, day.fnir) == (1.0, 0.0)
    assert day.genuine > 0.6
    assert day.impostor < 0.4


@pytest.mark.parametrize("condition", [one.name for one in CONDITIONS[1:]])
def test_each_degradation_costs_score_and_never_finds_more(rows: dict[str, Row], condition: str) -> None:
    day, other = rows["day"], rows[condition]
    assert np.isnan(other.genuine) or other.genuine < day.genuine
    assert other.fnir >= day.fnir
    assert other.acquired <= day.acquired


@pytest.mark.parametrize("condition", sorted(SEVERE))
def test_a_severe_degradation_has_people_missed(rows: dict[str, Row], condition: str) -> None:
    assert rows[condition].fnir > rows["day"].fnir


def test_the_whole_device_finds_the_listed_on_a_composed_street_and_nobody_else(
    cast: list[Person], models: Path, tmp_path: Path
) -> None:
    """Replay grade: detector, tracker, samples, search, hit, control room; two listed among six who pass."""
    tables = "[camera]\nfps = 8.0\n[people]\nlisted = ['p03', 'p12']\n" + "".join(
        f"[[walkers]]\nsecond = {2.2 * index}\nperson = '{person}'\n"
        f"path = [[{side * 1.6}, 10.5], [{side * 0.5}, 7.0], [{side * 0.5}, 2.8]]\n"
        for index, (person, side) in enumerate(
            (("p01", -1), ("p03", 1), ("p07", -1), ("p12", 1), ("p18", -1), ("p09", 1))
        )
    )
    layout = Layout(file(tables, 18.0), cast, ("p03", "p12"))
    extractor = Extractor(models)
    detector = Detector(models)
    volunteers = [
        (entry_of(person), reference(person, detector, extractor)) for person in cast if person.id in layout.listed
    ]
    sealed = sealed_list(volunteers, decoys=98, embedder=extractor.identity, built=BEGIN)
    replay = Replay.of(Film(layout), tmp_path, models, shared("calibration.json"), sealed=sealed)
    replay.play()
    assert sorted(hit.content.entry for hit in replay.site.hits) == ["volunteer-p03", "volunteer-p12"]
    eligible = [one for one in layout.passages if one.eligible > 1]
    assert len(eligible) == 6
    assert replay.counters["searches"] >= 6
    camera = replay.site.device.camera
    for hit in replay.site.hits:
        passage = next(one for one in eligible if entry_of(layout.people[one.person]) == hit.content.entry)
        offset = hit.content.captured - camera.start.wall  # type: ignore[attr-defined]
        assert passage.begins is not None
        assert passage.ends is not None
        assert timedelta(seconds=passage.begins) <= offset <= timedelta(seconds=passage.ends + 0.2)
