"""What is new is tested before the daemon says that it is ready, and what does not work is undone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

import pytest

from edge.adapters.updates import UpdaterFiles
from edge.daemon.self_test import SelfTest
from edge.daemon.trying import Trying, Undone
from edge.updating.course import Stage, State
from edge.updating.shelf import Shelf
from hardware_sim.site import Site

RUN = {"INVOCATION_ID": "c" * 32}


class New:
    """Something new, which knows by itself whether it does."""

    def __init__(self, verdict: bool | None) -> None:
        self._verdict = verdict
        self.heard: list[Sequence[str]] = []

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        if self._verdict is None:
            return True
        self.heard.append(test())
        return self._verdict


@pytest.fixture
def tested(site: Site) -> SelfTest:
    """Of a device whose clock nobody disciplines: one part fails."""
    daemon = site.device.daemon
    site.clock.trusted = False
    return SelfTest(
        gate=daemon.gate, detector=site.senses.detector, extractor=site.senses.extractor, host=daemon.host,
        store=site.device.store, link=site.device.link, clock=daemon.clock, width=640, height=480,
    )  # fmt: skip


def test_each_is_told_what_failed_and_the_test_runs_once(site: Site, tested: SelfTest) -> None:
    some = (New(True), New(None), New(True))
    Trying(tested, (None, *some)).begin(site.clock.now())
    assert [one.heard for one in some] == [[("clock",)], [], [("clock",)]]


def test_one_that_will_not_do_ends_the_start_and_the_others_are_told_all_the_same(site: Site, tested: SelfTest) -> None:
    first, second = New(False), New(True)
    with pytest.raises(Undone, match="fail the self-test"):
        Trying(tested, (first, second)).begin(site.clock.now())
    assert second.heard == [("clock",)]


def test_nothing_is_tested_where_nothing_is_new(site: Site, tested: SelfTest) -> None:
    Trying(tested, (None, New(None))).begin(site.clock.now())
    assert site.camera.opens == 0


def test_a_version_on_trial_tells_the_updater_before_it_is_ready(site: Site) -> None:
    updater = site.folder / "updater"
    Shelf(updater).save(State(stage=Stage.TRYING))
    site.updates = UpdaterFiles(site.folder, updater, writer=os.geteuid(), environment=RUN)
    site.power_cut()
    site.device.daemon.begin(site.clock.now())
    said = json.loads((site.folder / "standing.json").read_text())
    assert said == {"run": "c" * 32, "failed": []}
