"""``lamppost run`` as the package has it, from boot to a hit: its own clock and host, and apt's place for the camera.

Only the camera's library is a simulator's. The trust root and the authorisation are no test's: the product takes this
camera for one, and would not look under any other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.domain.authority import Role
from edge.domain.condition import Condition
from tests.boot import scene
from tests.boot.machine import Machine
from tests.boot.post import Post
from tests.boot.time_service import disciplined

pytestmark = pytest.mark.no_device
SHARE = Path(sys.prefix) / "share" / "lamppost"
ENOUGH = Decimal("0.001")


def say(post: Post, what: str) -> None:
    post.machine.transcript.say(f"{post.name}: {what}")


@pytest.fixture(scope="module")
def listed(machine: Machine) -> Iterator[tuple[SealedList, set[str]]]:
    """A scene before the camera, and the list of those who are in it."""
    with disciplined() as taken:
        if not taken:
            pytest.skip(
                "NOT RUN: no time service disciplines this machine's clock, and it cannot be told that one does"
            )
        yield scene.laid(machine.folder, SHARE)
        scene.taken_away(machine.folder)


@pytest.fixture(scope="module")
def post(
    machine: Machine, listed: tuple[SealedList, set[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Post]:
    """A third camera, provisioned in earnest."""
    folder = tmp_path_factory.mktemp("cam2") / "bench"
    made = Post.provisioned(machine, "cam2", folder, SHARE, camera=scene.CAMERA, test=False)
    try:
        yield made
    finally:
        made.systemctl("stop")
        made.close()


def test_the_machine_boots_into_a_service_that_is_ready_and_idle(post: Post) -> None:
    machine = post.machine
    machine.run("systemctl", "enable", "lamppost.target", post.unit)
    machine.power_off()
    machine.boot()
    post.until_it_is(Condition.IDLE)
    command = machine.run("cat", f"/proc/{post.shows('MainPID')}/cmdline").replace("\0", " ").strip()
    assert command.endswith(f"/usr/bin/lamppost run --config /etc/lamppost/{post.name}.toml")
    say(post, f"the machine is switched on, and it is idle: {command}")
    machine.until(lambda: "Idle" in post.shows("StatusText"), "the status is told")
    say(post, post.status())


def test_authorised_it_looks_and_finds_those_who_are_listed(post: Post, listed: tuple[SealedList, set[str]]) -> None:
    sealed, passing = listed
    assert passing
    post.deploy_with(sealed, ENOUGH, test=False)
    post.until(lambda: {hit.content.entry for hit in post.hits} >= passing)
    for hit in post.hits:
        assert hit.content.entry in passing
    say(post, f"authorised, it looks: {len(post.hits)} hits, all of those who pass ({', '.join(sorted(passing))})")
    say(post, post.status())


def test_stopped_by_its_operator_it_is_idle_and_its_list_is_destroyed(post: Post) -> None:
    state = post.desk.seen.state
    assert state is not None
    assert state.authorisation is not None
    deploy.stop(post.desk, state.authorisation, post.bench.signer(Role.OPERATOR))
    post.until_it_is(Condition.IDLE)
    kinds = post.kinds()
    assert {"ended", "list-destroyed", "capture-closed"} <= set(kinds[-6:]), kinds[-6:]
    say(post, f"stopped by its operator: idle; its own journal ends with {', '.join(kinds[-4:])}")
    took = post.systemctl("stop")
    assert (post.shows("ActiveState"), post.shows("Result")) == ("inactive", "success")
    post.machine.run("systemctl", "disable", "lamppost.target", post.unit)
    say(post, f"the service is stopped within {took:.1f} s")
