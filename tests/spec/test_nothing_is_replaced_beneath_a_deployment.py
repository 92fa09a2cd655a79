"""The program is not replaced beneath a deployment, none begins meanwhile, and each update is accounted for."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from edge.adapters.updates import UpdaterFiles
from edge.control_room.desk import Refused
from edge.domain.condition import Condition
from edge.domain.health import Concern
from edge.domain.leaves.device import Updated
from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.updating import course
from edge.updating.course import Package, State
from edge.updating.locks import undisturbed
from edge.updating.shelf import Shelf
from hardware_sim.site import Site

OLD, NEW = (Package(version=one, digest=one[-1] * 64, manifest="e" * 64) for one in ("1.0", "1.1"))
DONE = datetime(2026, 6, 1, tzinfo=UTC)


class Updater:
    """The other process, with its own folder; each start of the device finds what it has left there."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.shelf = Shelf(site.folder / "updater")
        self.instances = site.folder / "instances"
        self.instances.mkdir()
        (self.instances / "cam0").symlink_to(site.folder)  # as systemd does for a dynamic user
        self.restarts()

    def restarts(self) -> None:
        site = self.site
        site.updates = UpdaterFiles(site.folder, site.folder / "updater", writer=os.geteuid())
        site.power_cut()
        site.run(1)

    def may_begin(self) -> bool:
        with undisturbed(self.instances) as alone:
            return alone

    def undid(self) -> None:
        state = course.failing(
            course.begun(State(confirmed=OLD), NEW, ("lamppost@cam0.service",), DONE), UpdateFault.NOT_READY
        )
        self.shelf.save(course.went_back(state, DONE))
        self.restarts()

    def confirmed(self) -> None:
        state = course.begun(self.shelf.state(), NEW, ("lamppost@cam0.service",), DONE)
        self.shelf.save(course.confirmed(state, DONE))
        self.restarts()


@pytest.fixture
def updater(site: Site) -> Updater:
    return Updater(site)


def leaves(site: Site) -> list[Updated]:
    return [event for event in site.journal() if isinstance(event, Updated)]


def concerns(site: Site) -> tuple[Concern, ...]:
    health = site.device.daemon.report.observer.latest
    assert health is not None
    return health.concerns


def test_no_update_may_begin_from_the_start_of_a_deployment_to_its_end(site: Site, updater: Updater) -> None:
    assert updater.may_begin()
    site.deploy(7)
    assert not updater.may_begin()
    site.confirm_presence()
    site.run(1)
    assert site.condition is Condition.ACTIVE
    assert not updater.may_begin()
    site.run(400)  # nobody is on scene any more: paused, and still in force
    assert site.condition is Condition.PAUSED
    assert not updater.may_begin()
    site.stop()
    site.run(1)
    assert updater.may_begin()


def test_a_start_that_was_refused_keeps_nobody_away(site: Site, updater: Updater) -> None:
    with pytest.raises(Refused):
        site.deploy(7, calibration="0" * 64)
    site.run(1)
    assert updater.may_begin()


def test_no_deployment_begins_during_an_update_and_the_reason_is_told(site: Site, updater: Updater) -> None:
    with undisturbed(updater.instances) as alone:
        assert alone
        with pytest.raises(Refused, match="being updated"):
            site.deploy(7)
        assert site.condition is Condition.IDLE
    site.deploy(7)


def test_an_update_that_was_undone_is_a_leaf_and_a_concern_until_one_is_confirmed(site: Site, updater: Updater) -> None:
    assert leaves(site) == []
    updater.undid()
    (leaf,) = leaves(site)
    assert (leaf.number, leaf.done, leaf.outcome, leaf.why) == (
        1, DONE, UpdateOutcome.ROLLED_BACK, UpdateFault.NOT_READY,
    )  # fmt: skip
    assert (leaf.before, leaf.after, leaf.package, leaf.manifest) == ("1.0", "1.1", NEW.digest, NEW.manifest)
    assert Concern.UPDATE_WENT_BACK in concerns(site)
    updater.confirmed()
    assert [leaf.outcome for leaf in leaves(site)] == [UpdateOutcome.ROLLED_BACK, UpdateOutcome.CONFIRMED]
    assert Concern.UPDATE_WENT_BACK not in concerns(site)
    updater.restarts()
    assert len(leaves(site)) == 2
