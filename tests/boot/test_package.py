"""The package over the service's life: an upgrade keeps state, no version goes back, a purge destroys everything."""

from __future__ import annotations

import pytest

from edge.domain.condition import Condition
from tests.boot.post import Post
from tests.boot.root import NEWER, Packages

pytestmark = pytest.mark.no_device
COMPILES = 900.0
"""Seconds in which a package is unpacked and compiled, on a machine that may be busy with other things."""


def say(post: Post, what: str) -> None:
    post.machine.transcript.say(f"{post.name}: {what}")


def version(post: Post) -> str:
    return post.machine.run("lamppost", "--version")


def test_an_upgrade_restarts_what_runs_and_keeps_state_and_keys(post: Post, packages: Packages) -> None:
    post.systemctl("start")
    boot, before, kinds = post.until_it_is(Condition.IDLE), version(post), post.kinds()
    post.machine.run("apt-get", "install", "--yes", "--quiet", f"/var/tmp/{packages.newer.name}", patience=COMPILES)
    post.until_it_is(Condition.IDLE, not_boot=boot)
    after = version(post)
    assert (before != after, NEWER in after) == (True, True)
    assert post.kinds()[: len(kinds)] == kinds
    say(post, f"upgraded from {before} to {after}: started again, its journal goes on")


def test_no_version_goes_back(post: Post, packages: Packages) -> None:
    said = post.machine.run("sh", "-c", f"dpkg --install /var/tmp/{packages.now.name} 2>&1", check=False)
    assert "refused" in said
    assert NEWER in version(post)
    assert post.shows("ActiveState") == "active"
    refusal = next(line for line in said.splitlines() if "refused" in line)
    say(post, f"an older version is not taken: {refusal}")


def test_removed_it_is_stopped_and_its_state_stays(post: Post) -> None:
    post.machine.run("apt-get", "remove", "--yes", "--quiet", "lamppost", patience=COMPILES)
    post.until_it_is(Condition.STOPPED)
    assert not (post.machine.folder / "usr/lib/systemd/system/lamppost@.service").exists()
    assert not (post.machine.folder / "usr/bin/lamppost").exists()
    assert (post.state_folder() / "journal.sqlite").exists()
    say(post, "the package is removed: stopped in good order; state, keys and configuration stay")


def test_purged_nothing_of_it_is_left(post: Post) -> None:
    post.machine.run("dpkg", "--purge", "lamppost")
    root = post.machine.folder
    for place in ("etc/lamppost", "var/lib/lamppost", "var/lib/private/lamppost", "usr/lib/lamppost"):
        assert not (root / place).exists(), place
    assert list(root.glob("etc/credstore.encrypted/lamppost.*")) == []
    assert list(root.glob("etc/systemd/system/**/lamppost*")) == []
    say(post, "purged: no state, key, configuration, unit or link is left")
