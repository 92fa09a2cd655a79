"""What a program could do in the unit's sandbox, if it wanted to: it is tried from within."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.boot.post import Post
from tests.boot.root import HOME, TESTED

pytestmark = pytest.mark.no_device


def say(post: Post, what: str) -> None:
    post.machine.transcript.say(f"{post.name}: {what}")


@pytest.fixture(scope="module")
def found(posts: tuple[Post, Post]) -> dict[str, Any]:
    """What a program in the unit's sandbox could do."""
    post, other = posts
    others = [
        f"/etc/credstore.encrypted/lamppost.{post.name}.device-key",
        f"/run/credentials/{other.unit}/device-key",
        f"/var/lib/lamppost/{other.name}/journal.sqlite",
        f"/var/lib/private/lamppost/{other.name}/journal.sqlite",
        "/var/lib/systemd/credential.secret",
        "/etc/shadow",
    ]
    post.systemctl("stop")
    other.systemctl("start")
    probe = f"/{HOME}/venv/bin/python /{TESTED}/probe.py {' '.join(others)}"
    post.drop_in("probe", f"[Service]\nExecStartPre={probe}\n")
    post.systemctl("start")
    found: dict[str, Any] = json.loads((post.state_folder() / "probe.json").read_text())
    post.systemctl("stop")
    post.drop_in("probe", None)
    other.systemctl("stop")
    return found


def test_it_writes_nowhere_but_to_its_state_and_a_private_tmp(found: dict[str, Any], post: Post) -> None:
    state = f"/var/lib/private/lamppost/{post.name}"
    elsewhere = {folder for folder in found["writes"] if not f"{folder}/".startswith(f"{state}/")}
    assert elsewhere <= {"/tmp", "/var/tmp", "/dev/shm"}
    assert state in found["writes"]
    say(post, f"in its sandbox only these folders can be written to, and what is in its state: {state} {elsewhere}")


def test_it_reads_its_own_keys_and_no_others(found: dict[str, Any], post: Post) -> None:
    assert found["credentials"] == {"device-key": "done", "tls-key": "done"}
    assert found["changes a credential"] != "done"
    assert "done" not in found["reads"].values()
    say(post, f"its keys are read by itself; others' are not: {sorted(set(found['reads'].values()))}")


def test_it_can_do_nothing_that_it_need_not(found: dict[str, Any], post: Post) -> None:
    names = (
        "becomes root", "mounts", "sets the clock", "traces", "opens a raw socket", "opens netlink",
        "makes memory executable", "executes from its state", "executes from /tmp", "executes from /var/tmp",
        "executes from /dev/shm", "makes a user namespace",
    )  # fmt: skip
    refused = {name: found[name] for name in names}
    assert "done" not in refused.values()
    status = found["status"]
    assert (int(status["CapEff"], 16), int(status["CapBnd"], 16)) == (0, 0)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert found["core"] == [0, 0]
    assert found["sees processes"] == 1
    assert not {"video0", "mem", "kmsg", "fuse"} & set(found["devices"])
    say(post, f"refused: {', '.join(names)}")
