"""Integrators write promises of their own with the simulator's verbs, and the product's are held against them too."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import hardware_sim

PLUGIN = "hardware_sim.pytest_plugin"
GOOD = """
import pytest

def test_somebody_is_found(scenario):
    scenario.do("deploy", people=[7])
    scenario.do("officer", on_scene=True)
    scenario.do("walk", person=7)
    scenario.wait(10)
    scenario.expect(condition="active", hits=[7])
    scenario.breaks("link-away", lasts=30)
    scenario.wait(60)
    scenario.do("deploy", people=[8], refused="other-authorisation")
    scenario.do("stop")
    scenario.expect(ends=["stopped"], sealed_lists=0)

@pytest.mark.scenario_set(lamp=True)
def test_the_lamp_is_dark(scenario):
    scenario.expect(lamp="dark")
"""
BAD = """
def test_nobody_is_found(scenario):
    scenario.do("deploy", people=[7])
    scenario.do("officer", on_scene=True)
    scenario.do("walk", person=7)
    scenario.wait(10)
    scenario.expect(hits=[])

def test_a_refusal_that_nobody_expected(scenario):
    scenario.do("deploy", people=[7], flaw="zone")
"""


def ran(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    if not any(one.value == PLUGIN for one in entry_points(group="pytest11")):
        command += ["-p", PLUGIN]  # an environment that was made before the plug-in was
    paths = [str(Path(hardware_sim.__file__).parents[1]), str(Path(hardware_sim.__file__).parents[2])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)


def test_the_verbs_are_a_fixture_and_files_are_tests(tmp_path: Path) -> None:
    (tmp_path / "test_ours.py").write_text(GOOD)
    (tmp_path / "night.scenario.toml").write_text('says = "Nothing."\nlasts = 60\n[expect]\ncondition = "idle"\n')
    found = ran(tmp_path)
    assert "3 passed" in found.stdout, found.stdout + found.stderr


def test_what_does_not_hold_fails_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_ours.py").write_text(BAD)
    (tmp_path / "night.scenario.toml").write_text('says = "Nothing."\nlasts = 60\n[expect]\ncondition = "active"\n')
    found = ran(tmp_path)
    assert found.returncode == 1
    assert "expected: hits: [7], not []" in found.stdout
    assert "deploy was refused: wrong-zone, not done" in found.stdout
    assert "expected: condition: 'idle', not 'active'" in found.stdout
