"""A film, a draft of its truth, two lines by a person, and what the whole device makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.adapters.tflite import Detector
from edge.domain.errors import Misconfigured
from edge.settings import shared
from hardware_sim.composed.film import Film
from hardware_sim.composed.layout import Layout
from hardware_sim.composed.writing import write
from hardware_sim.filmed import draft, scored, truth
from hardware_sim.registry import gather_registry
from hardware_sim.video import Video
from tests.sim.composed.made import file

STREET = """
[camera]
fps = 8.0
[traffic]
crossing = 0.0
[[walkers]]
second = 0.0
person = "p03"
path = [[-1.2, 9.0], [-0.6, 7.0], [-0.5, 3.2]]
[[walkers]]
second = 0.5
person = "p12"
path = [[1.4, 9.5], [0.7, 7.0], [0.7, 3.2]]
"""


@pytest.fixture(scope="module")
def film(models: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = gather_registry(pictures, Detector(models).detect_rgb)
    path = tmp_path_factory.mktemp("film") / "street.mp4"
    write(Film(Layout(file(STREET, 6.0), people)), path, 6.0)
    (path.parent / "p03.jpg").write_bytes((pictures / "sample3.jpg").read_bytes())
    return path


def test_who_is_named_in_a_draft_is_found_in_its_film(film: Path, models: Path) -> None:
    """Two lines make the draft a truth; the person on the left is the one that is listed."""
    calibration, path = shared("calibration.json"), film.with_suffix(".toml")
    assert draft.write(film, path, models, calibration) >= 2
    strangers = truth.read(path)
    assert strangers.film == film
    assert all(passage.person is None for passage in strangers.passages)
    first = min(strangers.passages, key=lambda one: one.begins)
    listed = '[people.volunteer]\npictures = ["portrait.png"]\n\n[[passages]]\nperson = "volunteer"\n'
    rows = f"from = {first.begins.total_seconds()}\nto = {strangers.passages[-1].ends.total_seconds()}\n"
    _portrait(film, "p03.jpg")
    path.write_text(f'film = "street.mp4"\n{listed}{rows}')
    outcome = scored.play(truth.read(path), Video(film), models, calibration)
    assert (outcome.missed, outcome.false) == (0, ())
    with pytest.raises(Misconfigured, match="is there already"):
        draft.write(film, path, models, calibration)


def _portrait(film: Path, name: str) -> None:
    """The listed person alone, out of a photograph of three."""
    from hardware_sim.annotate import save
    from hardware_sim.portraits import read

    x, y, reach = 692, 468, 190
    save(read(film.parent / name)[y - reach : y + reach, x - reach : x + reach], film.parent / "portrait.png")
