"""The negative bundles: each is found out by its own name, and by nothing else."""

from __future__ import annotations

import msgspec
import pytest

from edge.audit.case import Brought
from edge.audit.failures import Failure
from edge.audit.release import load
from edge.audit.report import examine
from edge.wire.notes import read_note
from edge.wire.signed import digest
from tests.audit.vectors import FOLDER, GOOD, Expected, composed

VECTORS = sorted(path.name for path in FOLDER.iterdir())


def expected(name: str) -> Expected:
    return msgspec.json.decode((FOLDER / name / "expect.json").read_bytes(), type=Expected)


def brought(name: str) -> Brought:
    folder = FOLDER / name / "brought"
    return Brought(
        root=expected(name).trust_root,
        heads=tuple(read_note(path.read_bytes()) for path in sorted(folder.glob("head-*.txt"))),
        releases=tuple(load(path) for path in sorted(folder.glob("release-*.json"))),
        assessments=tuple(digest(path.read_bytes()) for path in sorted(folder.glob("assessment-*.txt"))),
    )


@pytest.mark.parametrize("name", VECTORS)
def test_a_bundle_is_found_out_by_what_is_wrong_with_it_and_by_nothing_else(name: str) -> None:
    report = examine(FOLDER / name / "bundle", brought(name))
    assert sorted(report.names) == expected(name).failures
    assert report.holds is not bool(expected(name).failures)


def test_every_failure_there_is_has_a_bundle_that_shows_it() -> None:
    shown = {name for vector in VECTORS for name in expected(vector).failures}
    assert shown == {failure.value for failure in Failure}


def test_there_are_bundles_in_which_all_is_well() -> None:
    assert [name for name in VECTORS if not expected(name).failures] == sorted(
        make.__name__.replace("_", "-") for make in GOOD
    )


def test_the_bundles_are_those_that_the_script_writes() -> None:
    written = {f"{name}/{path}": content for name, files in composed() for path, content in files.items()}
    there = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert there.keys() == written.keys()
    assert there == written


def test_every_failure_has_a_sentence_and_a_remedy_for_a_person() -> None:
    for failure in Failure:
        assert failure.sentence.endswith(".")
        assert failure.remedy.endswith(".")
    assert len({failure.sentence for failure in Failure}) == len(Failure)
