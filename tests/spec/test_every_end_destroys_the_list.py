"""However a deployment ends, its list is gone: from memory, from disk, and with its key from every copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge.control_room import delivery, deploy
from edge.control_room.desk import Refused
from edge.domain.condition import Condition, EndReason
from edge.domain.errors import Unsafe
from edge.domain.leaves.deployment import Ended
from edge.domain.message import Outgoing
from edge.domain.orders import Verdict
from edge.domain.transfers import Content
from edge.wire.signed import digest
from hardware_sim.scripted import features_of
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)


def stop(site: Site) -> None:
    site.stop()


def window(site: Site) -> None:
    site.officer_on_scene = True
    site.run(60)
    state = site.desk.seen.state
    assert state is not None
    assert state.not_after is not None
    while site.condition is Condition.ACTIVE:
        site.clock.advance(timedelta(seconds=40))
        site.device.daemon.turn()
        site.run(0.2)
        if site.condition is not Condition.IDLE:
            site.confirm_presence()
    assert site.clock.now().wall >= state.not_after


def paused(site: Site) -> None:
    site.clock.advance(timedelta(seconds=181))
    site.run(0.2)
    assert site.condition is Condition.PAUSED
    site.clock.advance(timedelta(minutes=10))
    site.run(0.2)


def clock(site: Site) -> None:
    site.clock.step_wall(timedelta(hours=-20))
    site.run(0.2)


def untrusted(site: Site) -> None:
    site.clock.trusted = False
    site.run(0.2)


def unsafe(site: Site) -> None:
    site.device.daemon.tell._journal.fail(Unsafe("The disk is full.", "Make room."))
    site.run(0.2)


def suspended(site: Site) -> None:
    for _ in range(2):
        site.walk(7)
        site.run(7)
        site.review(site.hits[-1].sealed.sequence, Verdict.FALSE)
    site.run(0.2)


def shutdown(site: Site) -> None:
    site.device.daemon.gate.end(EndReason.SHUTDOWN, site.clock.now())


ENDS: list[tuple[Callable[[Site], None], EndReason]] = [
    (stop, EndReason.STOPPED),
    (window, EndReason.WINDOW_CLOSED),
    (paused, EndReason.PAUSED_TOO_LONG),
    (clock, EndReason.CLOCK),
    (untrusted, EndReason.CLOCK),
    (suspended, EndReason.SUSPENDED),
    (shutdown, EndReason.SHUTDOWN),
    (unsafe, EndReason.UNSAFE),
]
"""After 24 hours too (tests/doors/test_deployment.py), though no window is that long."""


def remains(site: Site) -> list[Path]:
    return [path for path in (site.folder / "blobs").rglob("*") if path.is_file()]


@pytest.mark.parametrize(("bring_about", "why"), ENDS, ids=[row[0].__name__ for row in ENDS])
def test_memory_is_wiped_and_the_sealed_file_deleted(
    watching: Site, bring_about: Callable[[Site], None], why: EndReason
) -> None:
    watching.officer_on_scene = False
    assert features_of(7).tobytes() in bytes(watching.device.host.buffers[-1].view)
    assert remains(watching)
    said = watching.desk.seen.deployment
    bring_about(watching)
    assert not any(any(buffer.view) for buffer in watching.device.host.buffers)
    # What a restart leaves lies sealed under a key that is gone, and is used again only under another.
    assert bool(remains(watching)) is (why is EndReason.SHUTDOWN)
    assert not watching.device.daemon.gate.believed
    if why is EndReason.UNSAFE:
        return  # nothing can be recorded; the next start says that it was cut off
    leaves = watching.journal()
    kinds = [event.kind for event in leaves]
    assert kinds.index("list-destroyed") < kinds.index("ended")
    assert [event.why for event in leaves if isinstance(event, Ended)] == [why]
    assert said is not None


def test_an_end_that_could_not_be_recorded_is_recorded_at_the_next_start(watching: Site) -> None:
    watching.officer_on_scene = False
    unsafe(watching)
    watching.power_cut()
    assert [event.why for event in watching.journal() if isinstance(event, Ended)] == [EndReason.RESTART]


def test_the_ciphertext_of_an_ended_deployment_is_not_even_taken_in_again(watching: Site) -> None:
    watching.officer_on_scene = False
    sealed = watching.list_of(7)
    watching.stop()
    watching.broker.forge(Outgoing(watching.topics.chunk(digest(sealed.file), 0), sealed.file))
    watching.run(1)
    assert remains(watching) == []


def test_a_list_that_never_opened_is_deleted_too(site: Site) -> None:
    site.run(1)
    sealed = site.list_of(7)
    said = deploy.start(site.desk, site.office.signed(site.authorisation(sealed)), site.office.operator)
    assert said.list_digest == digest(sealed.file)
    delivery.deliver(site.desk, Content.WATCHLIST, sealed.file, site.office.operator)
    assert remains(site)
    site.stop()
    assert remains(site) == []
    kinds = [event.kind for event in site.journal()]
    assert "ended" in kinds
    assert "list-destroyed" not in kinds
    with pytest.raises(Refused, match="no-authorisation"):
        deploy.load(site.desk, said, sealed, site.topics, site.office.operator)
