"""What the kernel enforces of the unit's limits, and that it is the unit's line that does it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.no_device
Found = dict[str, dict[str, Any]]


def test_there_is_one_hierarchy_of_control_groups(found: Found) -> None:
    assert found["up"]["groups"] == "cgroup2fs"


def test_a_key_that_is_sealed_to_the_tpm_reaches_the_service(found: Found) -> None:
    assert "sealing" not in found
    assert found["as it is"]["said"]["key"] == "a key"


def test_no_port_is_opened_but_one_that_is_allowed(found: Found) -> None:
    """systemd needs libbpf1 for it, which the package recommends: without, SocketBindDeny= does nothing."""
    assert found["up"]["libbpf"]
    assert found["as it is"]["said"]["listen"] == "Operation not permitted"
    assert found["otherwise"]["said"]["listen"] == "listens"


def test_no_address_is_reached_but_one_that_is_allowed(found: Found) -> None:
    assert found["as it is"]["said"]["reach"] in ("timed out", "Operation not permitted")
    assert found["otherwise"]["said"]["reach"] == "reached"


def test_it_locks_the_memory_that_it_needs_for_it_may(found: Found) -> None:
    assert found["as it is"]["said"]["lock"] == "locked"
    assert found["otherwise"]["said"]["lock"] == "Cannot allocate memory"


def test_it_may_not_swap_and_begins_no_more_tasks_than_is_allowed(found: Found) -> None:
    assert found["as it is"]["said"]["swap"] == "0"
    assert found["as it is"]["said"]["tasks"] == "64 threads"
    assert found["otherwise"]["said"]["tasks"] == "96 threads"


def test_more_memory_than_is_allowed_ends_it(found: Found) -> None:
    assert (found["too much memory"]["said"], found["too much memory"]["result"]) == ({}, "oom-kill")
    assert found["as much memory, allowed"]["said"] == {"memory": "used 1073741824 bytes"}


def test_even_root_opens_no_device_but_one_that_is_allowed(found: Found) -> None:
    assert found["as root"]["said"] == {"open": "Operation not permitted"}
    assert found["as root, allowed"]["said"] == {"open": "opened"}
