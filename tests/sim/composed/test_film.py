"""Frames are the same bytes for the same file and seed; what the truth says is what is drawn."""

from __future__ import annotations

import hashlib
import multiprocessing
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.domain.capture import Picture
from edge.domain.face import Box
from hardware_sim.composed.film import Film
from hardware_sim.composed.truth import FaceSeen, FrameSeen, PassageSeen
from hardware_sim.composed.writing import write, write_truth
from hardware_sim.footage import Pictures
from hardware_sim.planes import smaller, to_rgb
from hardware_sim.portraits import Person, portrait
from tests.sim.composed.made import SMALL, layout
from tests.sim.drawn import PUPIL, drawn_face

EVERYTHING = (
    SMALL + "compression = 40\nfocused_at = 2.0\n[light]\nlux = [[0.0, 400.0], [12.0, 0.5]]\nglare = 0.3\n"
    "[weather]\nrain = 9.0\ndrops = 12\n[traffic]\ncrossing = 30.0\noncoming = 30.0\nheadlights = 'always'\n"
    "[[crowds]]\nper_minute = 30.0\nhats = 0.5\nmasks = 0.5\naway = 0.3\n[[posts]]\nat = [0.4, 5.0]\n"
)
NUMBERS = (0, 90, 150, 240, 299)
ALONE = "[[walkers]]\nsecond = 0.0\nperson = '{}'\npath = [[{}, 8.0], [{}, 3.5]]\n{}"


def drawn(number: int = 12) -> list[Person]:
    found = []
    for each in range(number):
        image, face = drawn_face(each)
        found.append(Person(f"p{each + 1:02}", (portrait(image, face, []),)))
    return found


def digests(tables: str, numbers: tuple[int, ...]) -> list[str]:
    film = Film(layout(drawn(), tables))
    return [_digest(film.render(number)) for number in numbers]


def test_the_same_file_and_seed_give_the_same_bytes_in_any_order_and_in_another_process(people: list[Person]) -> None:
    film = Film(layout(people, EVERYTHING))
    backward = [_digest(film.render(number)) for number in reversed(NUMBERS)][::-1]
    again = [_digest(film.render(number)) for number in NUMBERS]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        elsewhere = pool.apply(digests, (EVERYTHING, NUMBERS))
    assert backward == again == elsewhere
    assert len(set(again)) == len(NUMBERS)


def test_the_truth_is_the_same_in_any_order(people: list[Person]) -> None:
    one, other = layout(people, EVERYTHING), layout(people, EVERYTHING)
    forward = [msgspec.json.encode(one.truth(number)) for number in NUMBERS]
    assert forward == [msgspec.json.encode(other.truth(number)) for number in reversed(NUMBERS)][::-1]


def test_another_seed_gives_other_people_on_other_ways(people: list[Person]) -> None:
    one, other = layout(people), layout(people, seed=4)
    assert [walker.way for walker in one.register.all] != [walker.way for walker in other.register.all]


def test_the_small_stream_is_the_full_one_resized_by_area(people: list[Person]) -> None:
    main, small = Film(layout(people, EVERYTHING)).render(100)
    assert all(np.array_equal(a, b) for a, b in zip(_planes(small), _planes(smaller(main, 320, 180)), strict=True))


def test_eyes_are_where_the_truth_says_turned_heads_too(people: list[Person]) -> None:
    """The drawn people have eyes of a colour that nothing else has."""
    tables = "[[crowds]]\nper_minute = 25.0\nglances = 1.0\n"
    film, checked, turned = Film(layout(people, tables, lasts=20)), 0, 0
    for number in range(50, film.frames, 45):
        image = to_rgb(film.render(number).main).astype(int)
        blue = (np.abs(image - PUPIL).sum(axis=2) < 130).astype(np.uint8)
        for face in film.truth(number).faces:
            if face.face.height < 60 or face.visible < 0.98 or abs(face.yaw) > 28:
                continue
            for x, y in face.landmarks[:2]:
                reach = round(face.face.height * 0.13)
                spot = blue[round(y) - reach : round(y) + reach + 1, round(x) - reach : round(x) + reach + 1]
                assert spot.sum() > 4, (number, face)
                assert np.abs(np.argwhere(spot).mean(axis=0) - reach).max() < 0.04 * face.face.height, (number, face)
                checked += 1
                turned += abs(face.yaw) > 12
    assert checked > 15
    assert turned > 3


def test_nobody_is_drawn_whom_the_truth_does_not_name(people: list[Person]) -> None:
    """Without noise, a frame differs from the empty street inside the truth's boxes, and nowhere else."""
    quiet = SMALL + "noise = 0.0\n[traffic]\ncrossing = 0.0\n"
    film = Film(layout(people, quiet + "[[crowds]]\nper_minute = 30.0\naway = 0.3\n", lasts=20))
    empty = Film(layout(people, quiet + ALONE.format("p01", 0.0, 0.0, "").replace("0.0\nperson", "12.0\nperson")))
    street = empty.render(0).main.y.astype(int)
    assert empty.truth(0).faces == ()
    for number in range(60, film.frames, 60):
        changed = np.abs(film.render(number).main.y.astype(int) - street) > 3
        unexplained = changed.copy()
        for face in film.truth(number).faces:
            left, top, right, bottom = face.body
            wide, high = right - left, face.face.height
            mine = np.s_[max(0, int(top - high)) : int(bottom + high), max(0, int(left - wide)) : int(right + wide)]
            assert changed[mine].any() or face.visible < 1.0
            unexplained[mine] = False
        assert not unexplained.any()


def test_a_post_hides_whoever_is_behind_it_and_the_truth_says_so(people: list[Person]) -> None:
    post = "[[posts]]\nat = [0.0, 3.2]\nwidth = 0.4\n"
    behind, free = (layout(people, ALONE.format("p02", 0.0, 0.0, more)).truth(10).faces[0] for more in (post, ""))
    assert free.visible == 1.0
    assert free.hidden_by == ()
    assert behind.visible < 0.2
    assert behind.hidden_by == ("post",)
    assert "nose" not in behind.parts


def test_somebody_nearer_hides_somebody_farther_and_the_truth_names_them(people: list[Person]) -> None:
    both = ALONE.format("p02", 0.0, 0.0, "tall = 1.6\n") + ALONE.format("p03", 0.0, 0.0, "tall = 1.85\n").replace(
        "8.0]", "7.2]"
    )
    far, near = layout(people, both).truth(0).faces
    assert near.visible == 1.0
    assert far.visible < 0.7
    assert far.hidden_by == (f"passage {near.passage}",)


@pytest.mark.parametrize(("mask", "parts"), [("surgical", ("eyes",)), ("scarf", ("eyes", "nose"))])
def test_a_mask_leaves_what_it_does_not_cover(people: list[Person], mask: str, parts: tuple[str, ...]) -> None:
    plain, masked = (
        Film(layout(people, ALONE.format("p02", 0.0, 0.0, more))) for more in ("", f"mask = '{mask}'\n")
    )  # fmt: skip
    face, other = plain.truth(20).faces[0], masked.truth(20).faces[0]
    assert (other.mask, other.parts) == (mask, parts)
    assert face.parts == ("eyes", "nose", "mouth")
    assert face.box == other.box
    assert _changed(plain, masked, face, (3, 4)) > 20
    assert _changed(plain, masked, face, (0, 1)) < 3


@pytest.mark.parametrize("hat", ["cap", "beanie"])
def test_a_hat_covers_the_hair_and_not_the_face(people: list[Person], hat: str) -> None:
    plain, worn = (Film(layout(people, ALONE.format("p02", 0.0, 0.0, more))) for more in ("", f"hat = '{hat}'\n"))
    face = plain.truth(20).faces[0]
    assert worn.truth(20).faces[0].hat == hat
    assert _changed(plain, worn, face, (3, 4)) < 3
    x, y = face.face.centre[0], face.face.top - 0.05 * face.face.height
    assert abs(_mean(plain, x, y) - _mean(worn, x, y)) > 3


def test_a_head_that_turns_away_has_no_face(people: list[Person]) -> None:
    away = ALONE.format("p02", 0.3, 0.3, "turns = [{second = 0.0, to = 110.0, lasts = 60.0}]\n")
    face = layout(people, away).truth(25).faces[0]
    assert face.yaw > 62
    assert (face.visible, face.parts, face.hidden_by) == (0.0, (), ("turned",))
    assert not face.eligible


@pytest.mark.parametrize(
    ("tables", "darker"), [("[light]\nlux = 2.0\nlamps = 0.0\n[camera]\ninfrared_below = 0.0\n", True),
                           ("[light]\nglare = 1.0\n", False)]
)  # fmt: skip
def test_dusk_is_darker_and_the_low_sun_brighter_than_day(people: list[Person], tables: str, darker: bool) -> None:
    day, other = (
        Film(layout(people, more + ALONE.format("p02", 0.0, 0.0, ""), small=True)).render(5) for more in ("", tables)
    )
    assert (other.main.y.mean() < day.main.y.mean() - 8) == darker
    assert (other.main.y.mean() > day.main.y.mean() + 8) == (not darker)


def test_infrared_has_no_colour(people: list[Person]) -> None:
    night = Film(layout(people, "[light]\nlux = 0.2\n" + ALONE.format("p02", 0.0, 0.0, ""), small=True)).render(5)
    assert np.abs(night.main.u.astype(int) - 128).max() <= 1
    assert np.abs(night.main.v.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("tables", ["[light]\nlux = 8.0\nlamps = 0.0\n", "[camera]\nnoise = 5.0\n"])
def test_noise_is_as_strong_as_the_truth_says(people: list[Person], tables: str) -> None:
    film = Film(layout(people, tables + "[traffic]\ncrossing = 0.0\n" + ALONE.format("p02", 0.0, 0.0, ""), small=True))
    a, b = (film.render(number).main.y[350:500, 750:950].astype(int) for number in (5, 6))
    assert np.std(a - b) / np.sqrt(2) == pytest.approx(film.truth(5).noise, rel=0.15)


@pytest.mark.parametrize(
    ("tables", "softer"),
    [("[camera]\nfocused_at = 0.6\n", True), ("[camera]\ncompression = 8\n", True), ("", False)],
)
def test_defocus_and_compression_take_detail_away(people: list[Person], tables: str, softer: bool) -> None:
    street = "[traffic]\ncrossing = 0.0\n" + ALONE.format("p02", 0.0, 0.0, "")
    films = (Film(layout(people, more + street, small=True)) for more in ("", tables))
    edges = (cv2.Laplacian(film.render(5).main.y, cv2.CV_32F)[:200, :456] for film in films)
    # Inside the blocks of a compression, not where they meet.
    detail, left = (edge.reshape(25, 8, 57, 8)[:, 2:6, :, 2:6].var() for edge in edges)
    assert (left < 0.75 * detail) == softer


def test_motion_blur_is_as_long_as_the_way_walked_in_an_exposure(people: list[Person]) -> None:
    way = "[[walkers]]\nsecond = 0.0\nperson = 'p02'\npath = [[-2.5, 7.0], [2.5, 7.0]]\nspeed = 2.0\n"
    face = layout(people, f"[camera]\nshortest_exposure = 0.03\n{way}").truth(20).faces[0]
    assert face.smear[0] == pytest.approx(2.0 * 0.03 * 2400 / face.distance, abs=2)


def test_rain_falls_elsewhere_in_every_frame_and_wets_the_ground(people: list[Person]) -> None:
    calm = "[camera]\nnoise = 0.0\n[traffic]\ncrossing = 0.0\n" + ALONE.format("p02", 0.0, 0.0, "")
    dry, wet = (
        Film(layout(people, calm, small=True)),
        Film(layout(people, "[weather]\nrain = 20.0\n" + calm, small=True)),
    )
    assert np.array_equal(dry.render(5).main.y[:100], dry.render(6).main.y[:100])
    assert not np.array_equal(wet.render(5).main.y[:100], wet.render(6).main.y[:100])
    assert wet.render(5).main.y[400:].mean() < dry.render(5).main.y[400:].mean() - 10


def test_headlights_shine_into_the_lens_at_night_alone(people: list[Person]) -> None:
    cars = "[traffic]\noncoming = 60.0\ncrossing = 0.0\n" + ALONE.format("p02", -2.0, -2.0, "")
    day = layout(people, cars, lasts=60)
    night = Film(layout(people, "[light]\nlux = 1.0\n[camera]\ninfrared_below = 0.0\n" + cars, lasts=60, small=True))
    assert all(day.truth(number).headlights == 0 for number in range(0, day.frames, 50))
    number = next(number for number in range(night.frames) if night.truth(number).headlights == 2)
    assert night.render(number).main.y.max() > 240


def test_passages_agree_with_frames(people: list[Person]) -> None:
    scene = layout(people, SMALL + "fps = 5.0\n[[crowds]]\nper_minute = 20.0\n", lasts=40)
    frames = [scene.truth(number) for number in range(scene.frames)]
    assert len(scene.passages) == len(scene.register.all) > 5
    for passage in scene.passages:
        seen = [frame.second for frame in frames for face in frame.faces
                if face.passage == passage.passage and face.visible > 0]  # fmt: skip
        assert (passage.begins, passage.ends) == ((seen[0], seen[-1]) if seen else (None, None))
        assert passage.listed == (passage.person == "p03")
        if passage.eligible_from is not None:
            assert passage.sets_out <= (passage.begins or 0) <= passage.eligible_from <= (passage.eligible_to or 0)


def test_a_film_is_written_with_its_truth_and_read_back(people: list[Person], tmp_path: Path) -> None:
    film = Film(layout(people, SMALL + "fps = 5.0\n[[crowds]]\nper_minute = 60.0\n", lasts=4))
    write(film, tmp_path / "a.mp4", 4.0)
    write_truth(film, tmp_path / "a.jsonl")
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
    assert [round(float(frame.time or 0), 3) for frame in frames] == [round(n / 5, 3) for n in range(film.frames)]
    lines = (tmp_path / "a.jsonl").read_bytes().splitlines()
    assert msgspec.json.decode(lines[0])["frames"] == film.frames
    truths = [msgspec.json.decode(line, type=FrameSeen) for line in lines[1 : 1 + film.frames]]
    assert truths == [film.truth(number) for number in range(film.frames)]
    passages = [msgspec.json.decode(line, type=PassageSeen) for line in lines[1 + film.frames :]]
    assert tuple(passages) == film.layout.passages


def test_eight_hours_are_planned_in_seconds_and_any_frame_of_them_is_there(people: list[Person]) -> None:
    scene = layout(people, SMALL + "fps = 5.0\n[[crowds]]\nper_minute = 2.0\n", lasts=8 * 3600)
    assert scene.frames == 8 * 3600 * 5
    last = [one for one in scene.register.all if one.starts > 7.9 * 3600]
    assert last
    number = round((last[0].starts + last[0].ends) / 2 * 5)
    assert last[0].passage in [face.passage for face in scene.truth(number).faces]
    assert Film(scene).render(number).main.y.shape == (540, 960)


def _digest(pictures: Pictures) -> str:
    planes = [*_planes(pictures.main), *_planes(pictures.small)]
    return hashlib.sha256(b"".join(plane.tobytes() for plane in planes)).hexdigest()


def _planes(picture: Picture) -> list[NDArray[np.uint8]]:
    return [picture.y, picture.u, picture.v]


def _changed(one: Film, other: Film, face: FaceSeen, marks: tuple[int, ...]) -> float:
    """By how many grey levels two films differ at landmarks, on average."""
    spots = [face.landmarks[index] for index in marks]
    box = Box(*face.box)
    assert box.height > 40
    return float(np.mean([abs(_mean(one, *spot) - _mean(other, *spot)) for spot in spots]))


def _mean(film: Film, x: float, y: float) -> float:
    return float(film.render(20).main.y[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4].mean())
