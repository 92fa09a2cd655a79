"""A camera of the kernel's own, vivid, and the product's adapter on it: alone, and in the unit's sandbox."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.no_device
Found = dict[str, dict[str, Any]]


def test_the_contract_of_all_cameras_is_kept_on_the_kernels_device(found: Found) -> None:
    """Also that one which is unplugged is lost, and found again: its driver is taken from it."""
    contract = found["contract"]
    assert contract["result"] == 0, contract["all"]
    assert "skipped" not in contract["said"][0]


def test_without_its_drop_in_an_instance_has_no_camera(found: Found) -> None:
    said = found["no camera"]["said"]
    assert not {name for name in said["devices"] if name.startswith(("video", "v4l", "media", "vd", "tpm"))}
    assert "video0" in said["looked"]["lost"]


def test_with_its_drop_in_it_streams_real_frames_and_has_no_other_device(found: Found) -> None:
    said = found["a camera"]["said"]
    assert {name for name in said["devices"] if name.startswith(("video", "media", "vd", "tpm"))} == {"video0"}
    for looked in (said["looked"], said["with a gain"]):
        assert (looked["frames"], looked["sizes"]) == (12, [[640, 360, 320, 180]])
        assert looked["in order"]
        assert looked["different"] > 1
        assert looked["levels"] > 100
        assert 0 <= looked["oldest"] < 2


def test_a_control_that_the_camera_lacks_is_said(found: Found) -> None:
    assert "0x9a090a" in found["a camera"]["said"]["with a focus"]["lost"]
