"""What the kernel enforces of the unit's limits, and that it is the unit's line that does it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.boot.root import CHECKOUT
from tests.boot.transcript import Transcript
from tests.boot_machine.qemu import heard, image, provide

pytestmark = pytest.mark.no_device


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """By check, what it found."""
    if "LAMPPOST_BOOT_MACHINE" not in os.environ:
        pytest.skip("a target of its own: make boot-machine")
    if os.geteuid() != 0:
        pytest.skip("NOT RUN: only root can make a root file system: sudo make boot-machine")
    provide()
    transcript = Transcript(CHECKOUT / "out" / "boot-machine.txt", "Debian trixie, amd64, emulated, with a TPM")
    said: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="lamppost-machine-", dir="/var/tmp") as name:
        disk = image(Path(name))
        transcript.say("the disk is made")
        transcript.begin()
        try:
            for one in heard(Path(name), disk):
                said[one["check"]] = one
                transcript.say(f"(inside {one['at']} s) {one['check']}: {one.get('said') or one.get('result') or ''}")
        except AssertionError:
            print((Path(name) / "console").read_text(errors="replace")[-3000:])
            raise
    return said


def test_there_is_one_hierarchy_of_control_groups(found: dict[str, dict[str, Any]]) -> None:
    assert found["up"]["groups"] == "cgroup2fs"


def test_a_key_that_is_sealed_to_the_tpm_reaches_the_service(found: dict[str, dict[str, Any]]) -> None:
    assert "seals" not in found
    assert found["a key that is sealed to the TPM"]["said"] == "a key"


@pytest.mark.parametrize(
    ("forbidden", "said", "allowed", "done"),
    [
        ("a device, as root", "Operation not permitted", "a device that is allowed, as root", "opened"),
        ("a listening port", "Operation not permitted", "a listening port that is allowed", "listens"),
        ("locked memory, of which little is allowed", "Cannot allocate memory", "locked memory", "locked"),
    ],
)
def test_what_is_not_allowed_is_refused_and_what_is_works(
    found: dict[str, dict[str, Any]], forbidden: str, said: str, allowed: str, done: str
) -> None:
    assert found[forbidden]["said"] == said
    assert found[allowed]["said"] == done


def test_no_address_is_reached_but_one_that_is_allowed(found: dict[str, dict[str, Any]]) -> None:
    assert found["an address"]["said"] in ("timed out", "Operation not permitted")
    assert found["an address that is allowed"]["said"] == "reached"


def test_more_memory_than_is_allowed_ends_it(found: dict[str, dict[str, Any]]) -> None:
    assert found["more memory than is allowed"] | {"at": 0} == {
        "check": "more memory than is allowed", "at": 0, "said": "", "result": "oom-kill",
    }  # fmt: skip
    assert found["as much, where it is allowed"]["said"].startswith("used 1073741824")


def test_it_may_not_swap_and_begins_no_more_tasks_than_is_allowed(found: dict[str, dict[str, Any]]) -> None:
    assert found["swap"]["said"] == "0"
    assert found["many threads"]["said"] == "64 threads"
