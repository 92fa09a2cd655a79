"""Whenever the power goes: the next boot has the old version, or the new one and it was confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.updating import course
from edge.updating.apply import TRIES, Update
from edge.updating.course import Stage
from edge.updating.refusals import No, Refusal
from edge.updating.shelf import Stranded
from tests.updating.box import Box, PowerCut

OLD, NEW, NEXT = "1.0", "1.1", "1.2"


def a_box(**verdicts: UpdateFault | None) -> Box:
    box = Box(OLD, verdicts={name.replace("v", "").replace("_", "."): why for name, why in verdicts.items()})
    box.save(course.kept(box.state(), box.brought(OLD), box.compares))
    return box


def updated(box: Box, version: str = NEW, *, again: bool = False) -> UpdateOutcome | Refusal:
    return Update(box, box, box.now).run(box.brought(version), again=again)


def test_a_good_version_is_confirmed_and_becomes_the_one_to_go_back_to() -> None:
    box = a_box(v1_1=None)
    assert updated(box) is UpdateOutcome.CONFIRMED
    assert box.version == NEW
    assert box.up
    state = box.state()
    assert (state.stage, state.mark, state.confirmed) == (Stage.STILL, NEW, box.brought(NEW))
    assert set(box.disk) == {f"digest-of-{NEW}"}
    (record,) = state.records
    assert (record.number, record.outcome, record.before, record.after, record.why) == (
        1, UpdateOutcome.CONFIRMED, OLD, NEW, None,
    )  # fmt: skip


@pytest.mark.parametrize("why", [UpdateFault.NOT_READY, UpdateFault.SELF_TEST, UpdateFault.DID_NOT_STAND])
def test_a_version_that_will_not_do_is_undone(why: UpdateFault) -> None:
    box = a_box(v1_1=why)
    assert updated(box) is UpdateOutcome.ROLLED_BACK
    assert (box.version, box.up) == (OLD, True)
    assert box.state().records[-1].why is why
    assert box.state().mark == OLD


def test_a_package_that_cannot_be_installed_is_undone() -> None:
    box = a_box()
    assert updated(box) is UpdateOutcome.ROLLED_BACK
    assert (box.version, box.up) == (OLD, True)
    assert box.state().records[-1].why is UpdateFault.NOT_INSTALLED


def test_a_version_that_failed_is_tried_again_only_where_a_person_says_so() -> None:
    box = a_box(v1_1=UpdateFault.NOT_READY, v1_2=None)
    updated(box)
    assert updated(box) == Refusal(No.FAILED_BEFORE, NEW)
    assert len(box.state().records) == 1
    box.verdicts[NEW] = None
    assert updated(box, again=True) is UpdateOutcome.CONFIRMED
    assert box.state().failed == ()


def test_a_mended_version_follows_one_that_failed() -> None:
    box = a_box(v1_1=UpdateFault.SELF_TEST, v1_2=None)
    updated(box)
    assert updated(box, NEXT) is UpdateOutcome.CONFIRMED
    assert [record.number for record in box.state().records] == [1, 2]


def test_nothing_is_replaced_beneath_a_deployment_and_none_begins_during_an_update() -> None:
    box = a_box(v1_1=None)
    box.deployed = True
    assert updated(box) == Refusal(No.IN_DEPLOYMENT)
    assert box.version == OLD
    box.deployed = False
    updated(box)
    assert box.looked == [(NEW, False)]


def test_versions_never_go_back() -> None:
    box = a_box(v1_1=None)
    updated(box)
    assert updated(box, OLD) == Refusal(No.VERSION_BACK, f"{OLD} after {NEW}")
    assert updated(box) == Refusal(No.NOTHING_NEW, NEW)


def test_the_mark_outlives_what_a_person_installed_by_hand() -> None:
    """Somebody put an old package in place with dpkg; what the repository offers must still be higher than the mark."""
    box = a_box(v1_1=None, v1_2=None)
    updated(box, NEXT)
    box.version = "0.9"
    assert updated(box, NEW) == Refusal(No.VERSION_BACK, f"{NEW} after {NEXT}")
    assert updated(box, NEXT) == Refusal(No.NOTHING_TO_GO_BACK_TO, "0.9")


def test_nothing_begins_without_a_package_to_go_back_to() -> None:
    box = a_box(v1_1=None)
    box.disk.clear()
    assert updated(box) == Refusal(No.NOTHING_TO_GO_BACK_TO, OLD)
    fresh = Box(OLD, verdicts={NEW: None})
    assert updated(fresh) == Refusal(No.NOTHING_TO_GO_BACK_TO, OLD)


def test_a_package_that_is_not_on_the_shelf_as_it_was_signed_is_not_installed() -> None:
    box = a_box(v1_1=None)
    offer = box.brought(NEW)
    del box.disk[offer.digest]
    assert Update(box, box, box.now).run(offer) == Refusal(No.NOT_WHAT_WAS_SIGNED, NEW)
    assert (box.version, box.up) == (OLD, True)


def test_nothing_begins_where_nobody_would_show_that_it_works() -> None:
    box = a_box(v1_1=None)
    box.up = False
    assert updated(box) == Refusal(No.NO_INSTANCE)


def test_a_clock_that_was_put_back_is_noticed() -> None:
    box = a_box(v1_1=None, v1_2=None)
    updated(box)
    box.at -= timedelta(days=1)
    refusal = updated(box, NEXT)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is No.CLOCK_BACK


def test_a_spoilt_package_to_go_back_to_leaves_it_to_a_person() -> None:
    box = a_box(v1_1=UpdateFault.NOT_READY)
    box.dpkg_fails = TRIES
    with pytest.raises(Stranded, match="cannot be put back"):
        updated(box)
    assert box.state().stage is Stage.GOING_BACK
    assert Update(box, box, box.now).settle() is UpdateOutcome.ROLLED_BACK
    assert (box.version, box.up) == (OLD, True)
    assert box.state().records[-1].why is UpdateFault.NOT_READY


def test_what_is_no_longer_the_package_that_was_confirmed_is_not_put_back() -> None:
    box = a_box(v1_1=None)
    box.save(replace(box.state(), stage=Stage.TRYING, pending=box.brought(NEW)))
    box.version = NEW
    del box.disk[f"digest-of-{OLD}"]
    with pytest.raises(Stranded, match="not what it was"):
        Update(box, box, box.now).settle()
    assert (box.version, box.state().stage) == (NEW, Stage.GOING_BACK)


def test_nothing_else_begins_before_a_cut_off_update_is_settled() -> None:
    box = a_box(v1_1=None)
    box.save(replace(box.state(), stage=Stage.TRYING, pending=box.brought(NEW)))
    assert updated(box, NEXT) == Refusal(No.BUSY, "trying")


VERDICTS = st.sampled_from(
    [None, UpdateFault.NOT_READY, UpdateFault.SELF_TEST, UpdateFault.DID_NOT_STAND, UpdateFault.NOT_INSTALLED]
)


@pytest.mark.parametrize("verdict", [None, UpdateFault.SELF_TEST, UpdateFault.NOT_INSTALLED])
def test_each_single_step_and_each_step_of_the_boot_after_it(verdict: UpdateFault | None) -> None:
    for first in range(26):
        for second in range(16):
            survives(verdict, [first, second], 0)


@settings(max_examples=200, deadline=None)
@given(verdict=VERDICTS, cuts=st.lists(st.integers(0, 24), max_size=5), dpkg_fails=st.integers(0, TRIES - 1))
def test_wherever_the_power_goes_the_next_boot_has_the_old_version_or_the_confirmed_one(
    verdict: UpdateFault | None, cuts: list[int], dpkg_fails: int
) -> None:
    """Any number of cuts, at any step, in the update and in each attempt to settle it at a boot."""
    survives(verdict, cuts, dpkg_fails)


def survives(verdict: UpdateFault | None, cuts: list[int], dpkg_fails: int) -> None:
    box = a_box() if verdict is UpdateFault.NOT_INSTALLED else a_box(v1_1=verdict)
    box.dpkg_fails = dpkg_fails
    cuts = list(cuts)
    box.cut_in = cuts.pop(0) if cuts else None
    try:
        updated(box)
    except PowerCut:
        while not booted(box, cuts):
            pass
    state = box.state()
    assert state.stage is Stage.STILL
    assert box.version in (OLD, NEW)
    assert state.confirmed is not None
    assert state.confirmed.version == box.version
    assert box.whole(state.confirmed.digest)
    assert state.mark == box.version
    if box.version == NEW:
        assert verdict is None
        assert [record.outcome for record in state.records] == [UpdateOutcome.CONFIRMED]
    else:
        assert [record.outcome for record in state.records] in ([UpdateOutcome.ROLLED_BACK], [])
        assert (NEW in state.failed) is bool(state.records)
    assert not any(version == NEW and open_to_deployments for version, open_to_deployments in box.looked)


def booted(box: Box, cuts: list[int]) -> bool:
    """One boot: what was cut off is settled before any instance starts. False where the power went again."""
    box.cut_in, box.booting = cuts.pop(0) if cuts else None, True
    try:
        Update(box, box, box.now).settle(booting=True)
    except PowerCut:
        return False
    box.cut_in, box.up, box.booting = None, True, False
    assert box.version in (OLD, NEW), "no instance starts with half a package"
    if box.version == NEW:
        assert box.state().confirmed == box.brought(NEW), "no instance starts with what was not confirmed"
    return True
