"""The truth about a film is read, or refused with its line and a remedy; hits are held against it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.domain.errors import Misconfigured
from hardware_sim.filmed.scored import Told, score
from hardware_sim.filmed.truth import Passage, Truth, read

GOOD = """\
film = "street.mp4"

[people.anna]
pictures = ["anna.jpg"]

[[passages]]  # middle left of the picture
person = "anna"
from = 3.2
to = "0:06.5"

[[passages]]
from = 1
to = 7.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "anna.jpg").write_bytes(b"a picture")
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "street.toml"
    path.write_text(text)
    return path


def test_a_truth_says_who_goes_by_and_when(folder: Path) -> None:
    truth = read(written(folder, GOOD))
    assert truth.film == folder / "street.mp4"
    assert truth.people == {"anna": (folder / "anna.jpg",)}
    assert truth.passages == (
        Passage(timedelta(seconds=1), timedelta(seconds=7)),
        Passage(timedelta(seconds=3.2), timedelta(seconds=6.5), "anna"),
    )


WRONG = [
    ("film = ", "flim = ", 1, "no 'flim'|film does not name", "film"),
    ('film = "street.mp4"', "film = 3", 1, "film does not name a file", "street.mp4"),
    ('[people.anna]\npictures = ["anna.jpg"]', "people = 3", 3, "people is no table", "below it"),
    ('["anna.jpg"]', '["bert.jpg"]', 3, "there is no picture", "beside this file"),
    ('["anna.jpg"]', "[]", 3, "pictures of anna", "anna.jpg"),
    ("pictures =", "photos =", 3, "anna needs pictures", "pictures"),
    ("[people.anna]", '[people."an na"]', 3, "no name", "letters"),
    ('person = "anna"', 'person = "ana"', 7, "nobody is called 'ana'", "anna"),
    ('person = "anna"', "person = 7", 7, "nobody is called 7", "anna"),
    ("from = 3.2", "from = -1", 8, "from is -1", "0:03.5|1:03.5"),
    ("from = 3.2", 'from = "3,2"', 8, "from is '3,2'", "seconds"),
    ("from = 3.2", "from = nan", 8, "from is nan", "seconds"),
    ("from = 3.2", "from = true", 8, "from is True", "seconds"),
    ("from = 3.2", "begin = 3.2", 8, "no 'begin'", "person, from and to"),
    ('to = "0:06.5"', "to = 3.2", 9, "not after 3.2 s", "last seen"),
    ("to = 7.0\n", "", 11, "says no 'to'", "seconds"),
    ("from = 1\n", "from 1\n", 12, "not TOML", "Correct"),
    ("from = 1\nto", 'person = "anna"\nfrom = 6\nto', 11, "anna goes by already", "one passage"),
]


@pytest.mark.parametrize(("old", "new", "line", "what", "remedy"), WRONG, ids=[what for *_, what, _ in WRONG])
def test_what_is_wrong_is_named_with_line_and_remedy(
    folder: Path, old: str, new: str, line: int, what: str, remedy: str
) -> None:
    assert old in GOOD
    with pytest.raises(Misconfigured, match=what) as refused:
        read(written(folder, GOOD.replace(old, new, 1)))
    assert f"street.toml, line {line}: " in refused.value.what
    with pytest.raises(Misconfigured, match=remedy):
        raise refused.value


@pytest.mark.parametrize(
    ("rows", "what"), [("", "no passages"), ("passages = []", "no passages"), ("passages = [1]", "passage is no table")]
)
def test_a_truth_without_passages_is_refused(folder: Path, rows: str, what: str) -> None:
    with pytest.raises(Misconfigured, match=what):
        read(written(folder, f'film = "street.mp4"\n{rows}\n'))


def test_a_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        read(folder / "none.toml")
    (folder / "street.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Misconfigured, match="no text"):
        read(folder / "street.toml")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=120), st.integers(0, len(GOOD)), st.integers(0, 40))
def test_any_damage_is_read_or_refused_with_a_line(folder: Path, text: str, place: int, gone: int) -> None:
    text = text.encode("utf-8", "ignore").decode()
    path = written(folder, GOOD[:place] + text + GOOD[place + gone :])
    try:
        truth = read(path)
    except Misconfigured as error:
        refused = error
    else:
        assert all(passage.begins < passage.ends for passage in truth.passages)
        return
    assert "street.toml, line " in refused.what
    assert refused.remedy


def at(entry: str, seconds: float) -> Told:
    return Told(entry, timedelta(seconds=seconds))


def passage(begins: float, ends: float, person: str | None = None) -> Passage:
    return Passage(timedelta(seconds=begins), timedelta(seconds=ends), person)


def test_hits_are_found_missed_repeated_or_false() -> None:
    truth = Truth(
        Path("x"), {}, (passage(1, 4, "anna"), passage(2, 5), passage(10, 12, "anna"), passage(10, 12, "bert"))
    )
    outcome = score(truth, [at("anna", 3), at("anna", 3.5), at("bert", 3), at("anna", 11)])
    assert [told.offset.total_seconds() if told else None for _, told in outcome.found] == [3, 11, None]
    assert (outcome.missed, outcome.repeated, outcome.strangers) == (1, 1, 1)
    assert outcome.false == (at("bert", 3),)
    assert outcome.lines()[2] == "bert: 10.0 to 12.0 s: missed"


def test_a_hit_just_before_or_after_what_an_eye_saw_counts_and_one_later_is_false() -> None:
    truth = Truth(Path("x"), {}, (passage(5, 8, "anna"),))
    for seconds, found in ((4.4, False), (4.6, True), (8.9, True), (9.1, False)):
        outcome = score(truth, [at("anna", seconds)])
        assert (outcome.missed == 0) == found
        assert bool(outcome.false) == (not found)
