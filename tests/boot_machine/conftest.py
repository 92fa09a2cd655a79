"""One machine, and what its checks found."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.boot.root import CHECKOUT
from tests.boot.transcript import Transcript
from tests.boot_machine.qemu import heard, image, provide


@pytest.fixture(scope="package")
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
                transcript.say(f"(inside {one['at']} s) {one['check']}: {one.get('said') or one.get('result', '')}")
        except AssertionError:
            print((Path(name) / "console").read_text(errors="replace")[-3000:])
            raise
    return said
