"""What is asked of dpkg and systemctl, and what is made of their answers. Both are stood in for; versions are not."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from edge.domain.errors import LamppostError
from edge.domain.outcomes import UpdateFault
from edge.updating.machine import Machine

UNIT = "lamppost@cam0.service"
RUN = "a" * 32


class Box:
    """A machine whose commands answer from files, and write down what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waited: list[float] = []
        for name in ("bin", "state/cam0"):
            (folder / name).mkdir(parents=True)
        self.commands("systemctl", "cat answer 2>/dev/null; cp next answer 2>/dev/null || true")
        self.commands("dpkg-query", 'printf "installed 1.0"')
        self.commands(
            "dpkg", f"[ -e {folder}/broken ] && exit 1; cat {folder}/run/roll-back >>said 2>/dev/null; exit 0"
        )
        (folder / "release").write_text('NAME="Debian"\nVERSION_ID="12"\n')

    def commands(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f'#!/bin/sh\ncd {self.folder}\necho "{name} $*" "${{SYSTEMD_OFFLINE:-}}" >>said\n{body}\n')
        path.chmod(0o755)

    def answers(self, active: str, run: str, then: str | None = None) -> None:
        text = "ActiveState={}\nInvocationID={}\n"
        (self.folder / "answer").write_text(text.format(active, run))
        if then is not None:
            (self.folder / "next").write_text(text.format("active", then))

    def tested(self, *failed: object, run: str = RUN) -> None:
        (self.folder / "state/cam0/standing.json").write_text(json.dumps({"run": run, "failed": failed}))

    def said(self) -> list[str]:
        path = self.folder / "said"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def machine(self) -> Machine:
        path = {"PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}"}
        return Machine(
            self.folder / "state", timedelta(seconds=3), self.waited.append, path, self.folder / "run",
            release=self.folder / "release",
        )  # fmt: skip


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_versions_are_ordered_as_debian_orders_them() -> None:
    order = ["0.9+deb12", "0.10~rc1+deb12", "0.10+deb12", "0.10+deb13", "1:0.1+deb12"]
    for number, version in enumerate(order):
        for other, another in enumerate(order):
            assert Machine().compares(version, another) == (number > other) - (number < other)


def test_an_instance_that_is_active_passed_and_stands_will_do(box: Box) -> None:
    box.answers("active", RUN)
    box.tested("clock")
    assert box.machine.judge((UNIT,)) is None
    assert box.waited == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("active", ["activating", "failed", "inactive"])
def test_an_instance_that_is_not_ready_will_not_do(box: Box, active: str) -> None:
    box.answers(active, RUN)
    box.tested()
    assert box.machine.judge((UNIT,)) is UpdateFault.NOT_READY


def test_an_instance_that_failed_or_did_not_test_itself_will_not_do(box: Box) -> None:
    box.answers("active", RUN)
    assert box.machine.judge((UNIT,)) is UpdateFault.SELF_TEST
    box.tested("embedder")
    assert box.machine.judge((UNIT,)) is UpdateFault.SELF_TEST
    box.tested(run="another run")
    assert box.machine.judge((UNIT,)) is UpdateFault.SELF_TEST
    box.tested(["clock"])
    assert box.machine.judge((UNIT,)) is UpdateFault.SELF_TEST


def test_an_instance_that_was_restarted_meanwhile_does_not_stand(box: Box) -> None:
    box.answers("active", RUN, then="b" * 32)
    box.tested()
    assert box.machine.judge((UNIT,)) is UpdateFault.DID_NOT_STAND


def test_a_package_is_installed_without_its_scripts_starting_anything_and_never_downgrades(box: Box) -> None:
    assert box.machine.install(Path("/packages/new"))
    order = next(line for line in box.said() if line.startswith("dpkg "))
    assert order == "dpkg --force-confdef --force-confold --install --refuse-downgrade /packages/new 1"
    assert box.said()[1].startswith("systemctl daemon-reload")


def test_only_a_step_back_is_told_to_the_package_and_only_while_it_lasts(box: Box) -> None:
    assert box.machine.put_back(Path("/packages/old"), new="1.1", old="1.0")
    assert "1.1 1.0" in box.said()
    assert not (box.folder / "run/roll-back").exists()
    told = box.said().count("1.1 1.0")
    assert box.machine.install(Path("/packages/new"))
    assert box.said().count("1.1 1.0") == told


def test_what_dpkg_will_not_do_is_not_done(box: Box) -> None:
    (box.folder / "broken").touch()
    assert not box.machine.install(Path("/packages/new"))
    assert not box.machine.put_back(Path("/packages/old"), new="1.1", old="1.0")
    assert not (box.folder / "run/roll-back").exists()


def test_half_a_package_is_none(box: Box) -> None:
    assert box.machine.installed() == "1.0"
    box.commands("dpkg-query", 'printf "half-configured 1.1"')
    assert box.machine.installed() == ""
    assert not box.machine.install(Path("/packages/new"))
    box.commands("dpkg-query", "exit 1")
    assert box.machine.installed() == ""


def test_the_instances_that_run_are_listed(box: Box) -> None:
    (box.folder / "answer").write_text(f"lamppost@van-2.service loaded active running Lamppost\n{UNIT} loaded active\n")
    assert box.machine.running() == (UNIT, "lamppost@van-2.service")
    (box.folder / "answer").write_text("")
    assert box.machine.running() == ()


def test_another_debian_has_another_channel(box: Box) -> None:
    box.commands("dpkg", "echo arm64")
    assert box.machine.channel() == "deb12_arm64"
    (box.folder / "release").write_text("VERSION_ID=13\n")
    assert box.machine.channel() == "deb13_arm64"
    (box.folder / "release").write_text('ID=arch\nVERSION_ID="rolling"\n')
    with pytest.raises(LamppostError, match="no number of Debian"):
        box.machine.channel()
