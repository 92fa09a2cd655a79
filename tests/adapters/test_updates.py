"""What an instance and the updater share: both ends for real, in one folder."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.adapters import updates
from edge.adapters.updates import UpdaterFiles
from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.updating import course, locks, machine
from edge.updating.course import Package, Stage, State
from edge.updating.shelf import Shelf

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
RUN = {"INVOCATION_ID": "0123456789abcdef"}


class Pole:
    """One instance's state folder, and the updater's."""

    def __init__(self, folder: Path) -> None:
        self.instances = folder / "lamppost"
        self.own = self.instances / "cam0"
        self.own.mkdir(parents=True)
        self.folder = folder / "lamppost-update"
        self.shelf = Shelf(self.folder)
        self.writer = os.geteuid()

    def instance(self) -> UpdaterFiles:
        return UpdaterFiles(self.own, self.folder, writer=self.writer, environment=RUN)

    def ended(self, why: UpdateFault | None) -> None:
        """An update, with its outcome."""
        old, new = (Package(version=one, digest=one[0] * 64, manifest="f" * 64) for one in ("1.0+deb12", "2.0~rc1"))
        state = course.begun(State(confirmed=old), new, ("lamppost@cam0.service",), NOW)
        self.shelf.save(
            course.confirmed(state, NOW) if why is None else course.went_back(course.failing(state, why), NOW)
        )


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    return Pole(tmp_path)


def test_both_ends_call_the_same_things_by_the_same_names() -> None:
    assert (updates.LOCK, updates.STANDING) == (locks.LOCK, machine.STANDING)
    assert Stage.TRYING.value == updates.TRYING


@pytest.mark.parametrize("why", [None, *UpdateFault])
def test_what_the_updater_records_is_what_the_instance_reads(pole: Pole, why: UpdateFault | None) -> None:
    pole.ended(why)
    (record,) = pole.instance().records()
    assert (record.number, record.at, record.before, record.after) == (1, NOW, "1.0+deb12", "2.0~rc1")
    assert (record.digest, record.manifest) == ("2" * 64, "f" * 64)
    assert record.outcome is (UpdateOutcome.CONFIRMED if why is None else UpdateOutcome.ROLLED_BACK)
    assert record.why is why


def test_a_record_that_somebody_else_could_have_written_is_none(pole: Pole) -> None:
    pole.ended(None)
    (pole.folder / "state.json").chmod(0o666)
    assert pole.instance().records() == ()
    (pole.folder / "state.json").chmod(0o644)
    pole.folder.chmod(0o777)
    assert pole.instance().records() == ()
    pole.folder.chmod(0o755)
    assert len(pole.instance().records()) == 1
    pole.writer += 1
    assert pole.instance().records() == ()


def test_a_damaged_record_is_none_and_stops_nothing(pole: Pole) -> None:
    pole.ended(None)
    whole = (pole.folder / "state.json").read_bytes()
    for damaged in (b"", b"{", whole.replace(b"confirmed", b"\xff"), whole.replace(b"2.0~rc1", b"; reboot")):
        (pole.folder / "state.json").write_bytes(damaged)
        assert pole.instance().records() == ()


def test_a_version_is_tested_only_while_it_is_on_trial(pole: Pole) -> None:
    def never() -> tuple[str, ...]:
        raise AssertionError("nothing is on trial")

    assert pole.instance().tried(never)
    pole.ended(None)
    assert pole.instance().tried(never)
    assert not (pole.own / "standing.json").exists()
    pole.shelf.save(State(stage=Stage.TRYING))
    assert pole.instance().tried(lambda: ("embedder", "clock"))
    assert json.loads((pole.own / "standing.json").read_text()) == {
        "run": RUN["INVOCATION_ID"], "failed": ["embedder", "clock"],
    }  # fmt: skip


def test_the_updater_hears_what_failed_of_this_very_run(pole: Pole) -> None:
    run = RUN["INVOCATION_ID"]
    assert machine.failures(pole.own, run) == ("self-test",)
    pole.shelf.save(State(stage=Stage.TRYING))
    pole.instance().tried(lambda: ("clock", "disk", "certificate"))
    assert machine.failures(pole.own, run) == ()
    assert machine.failures(pole.own, "another run") == ("self-test",)
    pole.instance().tried(lambda: ("journal", "clock"))
    assert machine.failures(pole.own, run) == ("journal",)


@pytest.mark.parametrize("said", [b"", b"[]", b"null", b'{"run": 1}', b'{"run": "0123456789abcdef", "failed": "x"}'])
def test_an_instance_that_says_something_else_has_not_passed(pole: Pole, said: bytes) -> None:
    (pole.own / "standing.json").write_bytes(said)
    assert machine.failures(pole.own, RUN["INVOCATION_ID"]) == ("self-test",)


def test_a_link_in_an_instances_folder_is_not_followed(pole: Pole, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(json.dumps({"run": RUN["INVOCATION_ID"], "failed": []}))
    (pole.own / "standing.json").symlink_to(tmp_path / "elsewhere")
    assert machine.failures(pole.own, RUN["INVOCATION_ID"]) == ("self-test",)
    (pole.own / "undisturbed.lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"), locks.undisturbed(pole.instances):
        pass
    assert not (tmp_path / "precious").exists()


def test_no_update_begins_beneath_a_deployment_and_no_deployment_during_an_update(pole: Pole) -> None:
    instance = pole.instance()
    assert instance.held(off=True)
    with locks.undisturbed(pole.instances) as alone:
        assert not alone
    instance.held(off=False)
    with locks.undisturbed(pole.instances) as alone:
        assert alone
        assert not instance.held(off=True)
    assert instance.held(off=True)


def test_one_instance_of_several_is_enough_and_the_others_are_let_go_at_once(pole: Pole) -> None:
    other = UpdaterFiles(pole.instances / "cam1", pole.folder, environment=RUN)
    (pole.instances / "cam1").mkdir()
    assert other.held(off=True)
    with locks.undisturbed(pole.instances) as alone:
        assert not alone
        assert pole.instance().held(off=True)


def test_two_instances_may_be_deployed_at_the_same_time(pole: Pole) -> None:
    (pole.instances / "cam1").mkdir()
    both = [UpdaterFiles(pole.instances / name, pole.folder, environment=RUN) for name in ("cam0", "cam1")]
    assert all(one.held(off=True) for one in both)


def test_an_instance_without_a_place_for_its_lock_begins_nothing(pole: Pole) -> None:
    assert not UpdaterFiles(pole.instances / "gone", pole.folder, environment=RUN).held(off=True)
