"""A scenario's file is read, or refused with the field and the remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import Misconfigured
from hardware_sim.composed import curves
from hardware_sim.composed.reading import parsed, read
from hardware_sim.composed.tables import Camera
from hardware_sim.portraits import Person
from hardware_sim.timeline import scenario
from tests.sim.composed.made import file, layout

SCENES = Path(__file__).parents[3] / "hardware-sim" / "scenes"
WALK = "[[walkers]]\nsecond = 1.0\npath = [[0.0, 9.0], [0.0, 4.0]]\n"

WRONG = [
    ("[camera]\nheigth = 3.0\n[[crowds]]", "camera has no field 'heigth'", "height, tilt"),
    ("[camera]\nheight = 40.0\n[[crowds]]", "camera.height", "1.2 to 15"),
    ("[camera]\nheight = 'tall'\n[[crowds]]", "camera.height", "metres above the pavement"),
    ("[camera]\nsmall = [600, 360]\n[[crowds]]", "camera.small is 600 x 360", "whole fraction"),
    ("[camera]\nresolution = [1919, 1080]\n[[crowds]]", "camera.resolution", "even sides"),
    ("[camera]\nshortest_exposure = 0.1\n[[crowds]]", "camera.shortest_exposure", "longest"),
    ("[light]\nlux = [[0.0, 10.0], [0.0, 20.0]]\n[[crowds]]", "light.lux: second 0", "Order"),
    ("[light]\nlux = [[0.0, 0.0]]\n[[crowds]]", "light.lux is 0", "0.01 to 100000"),
    ("[light]\nlux = []\n[[crowds]]", "light.lux is an empty list", "Give one number"),
    ("[weather]\nrain = -1.0\n[[crowds]]", "weather.rain is -1", "0 to 80"),
    ("", "nobody walks", r"\[\[walkers\]\]"),
    (WALK + "hat = 'fez'", r"walkers \(number 1\).hat", "cap, beanie"),
    (WALK + WALK.replace("4.0]]", "400.0]]"), r"walkers \(number 2\).path", "-60 to 60"),
    (WALK.replace("[0.0, 4.0]", "[0.0, 9.0]"), "same point twice", "stand"),
    (WALK.replace(", [0.0, 4.0]", ""), "path has one point", "two or more"),
    (WALK.replace("1.0", "99.0"), "second 99 is after the end", "longer"),
    (WALK + "person = 'p01'\ngroup = 2", "person and group", "group"),
    (WALK + "stands = [-1.0, 3.0]", "stands is below zero", "seconds"),
    (WALK + "turns = [{second = 1.0, to = 300.0}]", r"turns \(number 1\).to", "-120 to 120"),
    ("[[crowds]]\nspeeds = [2.0, 1.0]", "speeds", "Slow, then fast"),
    ("[[crowds]]\ngroups = [0.0]", "groups", "shares"),
    ("[[posts]]\nwidth = 0.1\n[[crowds]]", r"posts \(number 1\) says no 'at'", "Add it"),
    ("[[crowds]", "not TOML", "line"),
]


@pytest.mark.parametrize(("tables", "what", "remedy"), WRONG, ids=[what for _, what, _ in WRONG])
def test_what_is_wrong_is_named_with_its_remedy(tables: str, what: str, remedy: str) -> None:
    with pytest.raises(Misconfigured, match=what) as refused:
        file(tables)
    with pytest.raises(Misconfigured, match=remedy):
        raise refused.value


def test_what_must_be_there_is_asked_for() -> None:
    with pytest.raises(Misconfigured, match="the file says no 'lasts'. Add it."):
        parsed('says = "x"\n[[crowds]]')


def test_the_name_of_the_file_is_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "street.toml"
    with pytest.raises(Misconfigured, match=r"street.toml cannot be read"):
        read(path)
    path.write_bytes(b"says = '\xff'")
    with pytest.raises(Misconfigured, match=r"street.toml is no text"):
        read(path)
    path.write_text("says = 1")
    with pytest.raises(Misconfigured, match=r"street.toml: says"):
        read(path)


def test_people_who_are_not_in_the_cast_cannot_walk(people: list[Person]) -> None:
    with pytest.raises(Misconfigured, match="Nobody has the id 'p99'"):
        layout(people, WALK + "person = 'p99'")


def test_one_file_may_hold_a_scene_and_a_timeline_and_each_reader_takes_its_own(tmp_path: Path) -> None:
    path = tmp_path / "both.toml"
    path.write_text(
        "says = 'Both.'\nlasts = 60.0\nseed = 7\nwaives = []\n[set]\nlamp = true\n[[at]]\nsecond = 1.0\n"
        "do = 'walk'\nperson = 1\n[expect]\nhits = []\n[camera]\ntilt = 9.0\n[light]\nlux = 30.0\n"
        "[weather]\nrain = 1.0\n"
        "[traffic]\noncoming = 1.0\n[people]\nmost = 9\n[[crowds]]\n[[posts]]\nat = [0.0, 5.0]\n" + WALK
    )
    scene, story = read(path), scenario.read(path)
    assert (scene.seed, scene.lasts) == (story.seed, story.lasts) == (7, 60.0)
    assert scene.camera.tilt == 9.0
    assert [row.name for row in story.rows] == ["walk"]


@pytest.mark.parametrize("path", sorted(SCENES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_scenes_that_come_with_it_are_valid(path: Path) -> None:
    assert read(path).says


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parsed(text)
    assert refused.value.remedy


VALUES = st.one_of(
    st.floats(), st.integers(-(10**6), 10**6), st.text(max_size=5), st.booleans(), st.lists(st.integers())
)


@settings(deadline=None)
@given(st.sampled_from(Camera.__struct_fields__), VALUES)
def test_any_value_of_any_field_of_the_camera_is_read_or_refused_by_name(field: str, value: object) -> None:
    text = f"[camera]\n{field} = {_toml(value)}\n[[crowds]]"
    tomllib.loads(text)
    refused = _refusal(text)
    assert refused is None or ("camera." in refused.what and refused.remedy)


def _refusal(text: str) -> Misconfigured | None:
    try:
        file(text)
    except Misconfigured as error:
        return error
    return None


POINTS = st.lists(
    st.tuples(st.floats(0, 1e4), st.floats(0.01, 1e5)), min_size=1, max_size=6, unique_by=lambda point: point[0]
)


@settings(deadline=None)
@given(POINTS, st.floats(-10, 2e4), st.booleans())
def test_a_curve_never_leaves_the_range_of_its_points(
    points: list[tuple[float, float]], second: float, octaves: bool
) -> None:
    curve = tuple(sorted(points))
    curves.checked(curve, "x", 0.01, 1e5)
    value = curves.at(curve, second, octaves=octaves)
    values = [point for _, point in curve]
    assert min(values) * 0.999 <= value <= max(values) * 1.001
    moment, exact = curve[len(curve) // 2]
    assert curves.at(curve, moment, octaves=octaves) == pytest.approx(exact)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(one):08X}" for one in value if not 0xD800 <= ord(one) < 0xE000) + '"'
    return str(value)
