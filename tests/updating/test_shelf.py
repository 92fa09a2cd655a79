"""The updater's memory: whole, durable, strict; and its configuration."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.errors import Misconfigured
from edge.domain.outcomes import UpdateFault
from edge.updating import course
from edge.updating.commands import load
from edge.updating.course import Package, Stage, State
from edge.updating.shelf import Shelf, Stranded, decoded, encoded

NOW = datetime(2026, 6, 1, 12, 0, 1, 5, tzinfo=UTC)
PACKAGES = st.builds(Package, version=st.text(max_size=8), digest=st.text(max_size=8), manifest=st.text(max_size=8))
STATES = st.builds(
    State, stage=st.sampled_from(Stage), mark=st.text(max_size=8), clock=st.none() | st.just(NOW),
    confirmed=st.none() | PACKAGES, pending=st.none() | PACKAGES, why=st.none() | st.sampled_from(UpdateFault),
    instances=st.lists(st.text(max_size=8), max_size=3).map(tuple), failed=st.lists(st.text(), max_size=3).map(tuple),
    count=st.integers(0, 9),
)  # fmt: skip


@given(state=STATES)
def test_a_state_reads_back_as_it_was_written(state: State) -> None:
    if state.confirmed is not None and state.pending is not None:
        state = course.went_back(state, NOW)
    assert decoded(encoded(state)) == state


@given(raw=st.binary(max_size=200), cut=st.integers(0, 400), put=st.binary(min_size=1, max_size=4))
def test_a_damaged_state_is_read_as_none_other_or_refused(raw: bytes, cut: int, put: bytes) -> None:
    whole = encoded(State(mark="1.0", confirmed=Package(version="1.0", digest="a" * 64)))
    for damaged in (raw, whole[:cut], whole[:cut] + put + whole[cut + len(put) :]):
        with contextlib.suppress(ValueError, TypeError, KeyError):
            assert isinstance(decoded(damaged), State)


def test_a_state_that_cannot_be_read_stops_everything(tmp_path: Path) -> None:
    """It is the mark below which no version is installed: as if it were empty is not good enough."""
    shelf = Shelf(tmp_path)
    assert shelf.state() == State()
    shelf.save(State(mark="1.0"))
    whole = (tmp_path / "state.json").read_bytes()
    damages = (b"", whole[:-20], whole.replace(b'"mark"', b'"marc"'), whole.replace(b'"1.0"', b"null"))
    for damaged in (*damages, whole.replace(b'"count": 0', b'"count": true')):
        (tmp_path / "state.json").write_bytes(damaged)
        with pytest.raises(Stranded, match="cannot be read"):
            shelf.state()


def test_only_what_may_be_gone_back_or_on_to_is_kept(tmp_path: Path) -> None:
    shelf, old, new = Shelf(tmp_path), Package(version="1", digest="a" * 64), Package(version="2", digest="b" * 64)
    for digest in (old.digest, new.digest, "c" * 64):
        shelf.package(digest).write_bytes(b"")
    shelf.tidy(State(confirmed=old, pending=new))
    assert {path.name for path in (tmp_path / "packages").iterdir()} == {old.digest, new.digest}
    assert not shelf.whole(old.digest)


def test_one_updater_at_a_time(tmp_path: Path) -> None:
    with Shelf(tmp_path).alone() as first, Shelf(tmp_path).alone() as second:
        assert (first, second) == (True, False)
    with Shelf(tmp_path).alone() as third:
        assert third


def test_everybody_may_read_the_state_and_nobody_else_write_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "lamppost-update")
    shelf.save(replace(State(), count=1))
    assert (tmp_path / "lamppost-update" / "state.json").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "lamppost-update" / "packages").stat().st_mode & 0o777 == 0o700


def test_the_configuration_may_be_absent_and_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "lamppost-update.toml"
    assert load(path).mirror == ""
    path.write_text('mirror = "https://mirror.example/"\nstands = 5\nroot = "/etc/root.json"\n')
    found = load(path)
    assert (found.mirror, found.stands, found.root) == (
        "https://mirror.example/", timedelta(seconds=5), Path("/etc/root.json"),
    )  # fmt: skip
    for wrong in (
        "mirror = 3",
        "mirrors = 'https://x'",
        "stands = -1",
        "stands = 'nan'",
        "root = 5",
        'root = "/etc/\\u0000"',
        f"root = {'[' * 5000}",
        "root = [",
        "\xff",
    ):
        path.write_bytes(wrong.encode("latin-1"))
        with pytest.raises(Misconfigured, match="not valid"):
            load(path)
