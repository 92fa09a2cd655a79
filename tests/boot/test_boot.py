"""The service on a booted machine, in the order in which a life of it goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.domain.condition import Condition
from tests.boot.machine import Machine
from tests.boot.post import STREET, Post

pytestmark = pytest.mark.no_device


def say(post: Post, what: str) -> None:
    post.machine.transcript.say(f"{post.name}: {what}")


def test_systemd_finds_nothing_wrong_with_the_unit(machine: Machine) -> None:
    machine.run(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", "lamppost@cam9.service", "lamppost.target"
    )
    exposed = machine.run("systemd-analyze", "security", "--no-pager", "--threshold=15", "lamppost@cam9.service")
    machine.transcript.say(exposed.splitlines()[-1].removeprefix("→ "))


def test_what_is_not_provisioned_is_not_started(machine: Machine) -> None:
    machine.run("systemctl", "start", "lamppost@cam9.service", check=False)
    assert machine.shows("lamppost@cam9.service", "ActiveState") == "inactive"
    assert machine.shows("lamppost@cam9.service", "AssertResult") == "no"


def test_it_starts_and_is_ready_when_it_has_started(post: Post) -> None:
    took = post.systemctl("start")
    assert post.shows("ActiveState") == "active"
    say(post, f"READY after {took:.1f} s")
    post.until_it_is(Condition.IDLE)
    post.machine.until(lambda: "Idle" in post.shows("StatusText"), "the status is told")
    say(post, post.status())
    assert post.shows("StatusText") == "Idle: looking at nobody, no authorisation is in force."


def test_the_status_says_what_it_does_and_until_when(post: Post) -> None:
    post.deploy()
    post.machine.until(lambda: post.shows("StatusText").startswith("Looking"), "the status is told")
    say(post, post.status())
    assert "authorised until" in post.shows("StatusText")
    assert "an officer is on scene until" in post.shows("StatusText")


def test_two_cameras_on_a_box_share_nothing(posts: tuple[Post, Post]) -> None:
    first, second = posts
    second.systemctl("start")
    second.until_it_is(Condition.IDLE)
    assert first.desk.seen.state is not None
    assert (first.shows("StatusText")[:7], second.shows("StatusText")[:4]) == ("Looking", "Idle")
    users = {post.shows("UID") for post in posts}
    assert len(users) == 2
    assert "0" not in users
    assert {post.state_folder().stat().st_mode & 0o777 for post in posts} == {0o700}
    say(second, f"runs beside cam0 as another user ({' and '.join(sorted(users))}), with a state of its own")
    boot = second.until_it_is(Condition.IDLE)
    second.kill("KILL")
    second.until_it_is(Condition.IDLE, not_boot=boot)
    assert first.shows("StatusText").startswith("Looking")
    say(second, "is killed and comes back; cam0 goes on looking")
    second.systemctl("stop")


@pytest.mark.parametrize("part", ["camera", "detector"])
def test_a_thread_that_hangs_ends_the_process_and_systemd_restarts_it(post: Post, part: str) -> None:
    post.deploy()
    boot, restarts = post.until_it_is(Condition.ACTIVE), int(post.shows("NRestarts"))
    began = time.monotonic()
    post.hang(part)
    post.machine.until(lambda: int(post.shows("NRestarts")) > restarts, f"the {part} hangs")
    say(post, f"its {part} hangs: killed after {time.monotonic() - began:.0f} s, and started again")
    post.hang(part, over=True)
    post.until_it_is(Condition.IDLE, not_boot=boot)
    dying = post.journal("LAMPPOST_REMARK=dying")
    assert dying
    say(post, f"journal: {dying[-1]['MESSAGE']}")


def test_remarks_are_in_the_journal_with_fields_of_their_own(post: Post) -> None:
    found = post.journal("LAMPPOST_REMARK=dying")[-1]
    assert found["LAMPPOST_INSTANCE"] == "cam0"
    assert found["_SYSTEMD_UNIT"] == post.unit
    assert found["PRIORITY"] == "2"
    assert found["SYSLOG_IDENTIFIER"] == "lamppost"
    assert found["LAMPPOST_WHY"] in ("stuck", "camera-not-shut")
    shown = {name: value for name, value in found.items() if name.startswith(("LAMPPOST", "PRIORITY"))}
    say(post, f"journal fields: {shown}")


def test_a_main_thread_that_hangs_is_killed_by_systemds_watchdog(post: Post) -> None:
    """The whole process is stopped, as if it hung everywhere."""
    boot = post.until_it_is(Condition.IDLE)
    began = time.monotonic()
    post.kill("STOP")
    post.machine.until(lambda: post.shows("Result") == "watchdog", "the watchdog bites")
    say(post, f"stopped altogether: systemd's watchdog kills it after {time.monotonic() - began:.0f} s")
    post.until_it_is(Condition.IDLE, not_boot=boot)


def test_killed_while_it_looks_it_comes_back_idle_and_says_how_it_ended(post: Post) -> None:
    post.deploy()
    boot = post.until_it_is(Condition.ACTIVE)
    began = time.monotonic()
    post.kill("KILL")
    post.until_it_is(Condition.IDLE, not_boot=boot)
    say(post, f"kill -9 while it looks: back and idle after {time.monotonic() - began:.1f} s, its list is gone")
    assert post.kinds().count("ended") >= 1


def test_stopped_it_destroys_the_list_and_shuts_the_camera(post: Post) -> None:
    post.deploy()
    took = post.systemctl("stop")
    assert took < 5
    post.until_it_is(Condition.STOPPED)
    assert (post.shows("ActiveState"), post.shows("Result")) == ("inactive", "success")
    say(post, f"stopped within {took:.1f} s")
    assert {"ended", "list-destroyed", "capture-closed"} <= set(post.kinds()[-4:])
    say(post, f"its own journal ends with: {', '.join(post.kinds()[-4:])}")


def test_it_leaves_no_core(post: Post) -> None:
    post.systemctl("start")
    boot = post.until_it_is(Condition.IDLE)
    post.kill("SEGV")
    post.until_it_is(Condition.IDLE, not_boot=boot)
    root = post.machine.folder
    left = [path for path in root.glob("**/core*") if path.is_file() and path.read_bytes()[:4] == b"\x7fELF"]
    assert left == []
    say(post, "a crash (SIGSEGV) leaves no core file; it is started again")
    post.systemctl("stop")


@pytest.fixture
def as_shipped(post: Post) -> Iterator[Path]:
    """The unit with its own command, ``lamppost run``. Yields its configuration, which may be changed."""
    config = post.machine.folder / f"etc/lamppost/{post.name}.toml"
    right = config.read_text()
    post.systemctl("stop")
    post.drop_in("street", None)
    yield config
    config.write_text(right)
    post.drop_in("street", STREET)


def test_a_wrong_setting_ends_with_78_and_no_restart(post: Post, as_shipped: Path) -> None:
    as_shipped.write_text(as_shipped.read_text().replace("frames_per_second = 5", "frames_per_second = 500"))
    restarts = int(post.shows("NRestarts"))
    post.systemctl("start", check=False)
    post.machine.until(lambda: post.shows("ActiveState") == "failed", "it gives up")
    assert post.shows("ExecMainStatus") == "78"
    time.sleep(4)  # twice as long as it waits before it starts anything again
    assert (post.shows("ActiveState"), int(post.shows("NRestarts"))) == ("failed", restarts)
    say(post, post.status())
    assert "frames_per_second" in post.shows("StatusText")


def test_a_key_that_is_not_sealed_to_this_machine_is_not_used(post: Post, as_shipped: Path) -> None:
    assert as_shipped.exists()
    sealed = post.machine.folder / f"etc/credstore.encrypted/lamppost.{post.name}.device-key"
    right = sealed.read_bytes()
    middle = len(right) // 2
    sealed.write_bytes(right[:middle] + right[middle:].swapcase())
    post.systemctl("start", check=False)
    post.machine.until(lambda: post.shows("ExecMainStatus") == "243", post.status())
    post.systemctl("stop")
    sealed.write_bytes(right)
    say(post, "a sealed key that was changed is not opened: status 243/CREDENTIALS, the daemon never runs")


def test_without_a_camera_library_the_products_own_command_says_so(post: Post, as_shipped: Path) -> None:
    """This machine has no camera: that is a wrong setting, too."""
    assert as_shipped.exists()
    post.systemctl("start", check=False)
    post.machine.until(lambda: post.shows("ActiveState") == "failed", "it gives up")
    assert post.shows("ExecMainStatus") == "78"
    say(post, post.status().splitlines()[-1].strip())


def test_its_keys_cannot_be_read_by_another_user(post: Post) -> None:
    post.systemctl("start")
    pid = post.shows("MainPID")
    key = f"/run/credentials/{post.unit}/device-key"
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat")
    for place in (key, f"/proc/{pid}/root/{key}"):
        assert post.machine.run(*nobody, place, check=False) == ""
    assert post.machine.run("cat", key).startswith("-----BEGIN")
    for path in post.machine.folder.glob("etc/credstore.encrypted/*"):
        assert b"PRIVATE" not in path.read_bytes()
    say(post, "another user cannot read its keys; on disk they are sealed")
    post.systemctl("stop")


def test_the_target_stops_all_and_starts_what_is_enabled(posts: tuple[Post, Post]) -> None:
    first, second = posts
    machine = first.machine
    machine.run("systemctl", "enable", "lamppost.target", first.unit)
    machine.run("systemctl", "start", "lamppost.target")
    first.machine.until(lambda: first.shows("ActiveState") == "active", "the target starts cam0")
    assert second.shows("ActiveState") == "inactive"
    machine.run("systemctl", "stop", "lamppost.target")
    first.machine.until(lambda: first.shows("ActiveState") == "inactive", "the target stops cam0")
    machine.transcript.say("lamppost.target starts what is enabled and stops all")


def test_after_a_reboot_it_is_there_again(posts: tuple[Post, Post]) -> None:
    post = posts[0]
    boot = post.desk.seen.state.boot if post.desk.seen.state else None
    post.machine.power_off()
    post.machine.boot()
    post.until_it_is(Condition.IDLE, not_boot=boot)
    say(post, "the machine is switched off and on: ready and idle, without anybody's help")
    assert posts[1].shows("ActiveState") == "inactive"
