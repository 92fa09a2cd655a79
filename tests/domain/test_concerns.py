"""From where on something concerns a person, to the unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from edge.domain.errors import Reason
from edge.domain.health import (
    ADVICE,
    ClockQuality,
    Concern,
    Concerning,
    LinkQuality,
    Machine,
    Outbox,
    concerns,
)

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SETTINGS = Concerning()
MACHINE = Machine(celsius=79, throttled=False, memory_bytes=1, disk_free_bytes=200 << 20, store_bytes=1)
CLOCK = ClockQuality(trusted=True, synchronised=True, behind_seconds=0, offset_us=0, error_us=0)
OUTBOX = Outbox(hits=1, bytes=1, oldest_seconds=29)
LINK = LinkQuality(
    connected=True, connections=1, counters={"link-connack-success": 1}, certificate_expires=NOW + timedelta(days=14)
)


def found(
    machine: Machine = MACHINE, clock: ClockQuality = CLOCK, outbox: Outbox = OUTBOX, link: LinkQuality = LINK
) -> tuple[Concern, ...]:
    return concerns(machine, clock, outbox, link, NOW, SETTINGS)


def refused(name: str, *, connected: bool, count: int = 1) -> tuple[Concern, ...]:
    return found(link=replace(LINK, connected=connected, counters={"link-connack-success": 1, name: count}))


def test_every_concern_has_a_remedy() -> None:
    assert set(ADVICE) == set(Concern)


def test_just_short_of_every_limit_nothing_concerns_anybody() -> None:
    assert found() == ()


@pytest.mark.parametrize(
    ("concern", "change"),
    [
        (Concern.HOT, {"machine": replace(MACHINE, celsius=80)}),
        (Concern.THROTTLED, {"machine": replace(MACHINE, throttled=True)}),
        (Concern.DISK_LOW, {"machine": replace(MACHINE, disk_free_bytes=(200 << 20) - 1)}),
        (Concern.CLOCK_UNTRUSTED, {"clock": replace(CLOCK, trusted=False)}),
        (Concern.OUTBOX_WAITS, {"outbox": replace(OUTBOX, oldest_seconds=30)}),
        (
            Concern.CERTIFICATE_EXPIRES,
            {"link": replace(LINK, certificate_expires=NOW + timedelta(days=14, seconds=-1))},
        ),
    ],
)
def test_at_the_limit_it_does(concern: Concern, change: dict[str, object]) -> None:
    assert found(**change) == (concern,)  # type: ignore[arg-type]


def test_what_the_machine_does_not_tell_concerns_nobody() -> None:
    silent = Machine(celsius=None, throttled=False, memory_bytes=None, disk_free_bytes=None, store_bytes=None)
    assert found(machine=silent, link=replace(LINK, certificate_expires=None)) == ()


def test_an_empty_outbox_waits_for_nobody() -> None:
    assert found(outbox=Outbox(hits=0, bytes=0, oldest_seconds=1000)) == ()


def test_a_broker_that_refuses_the_connection_is_a_concern_while_it_does() -> None:
    assert refused("link-connack-not-authorized", connected=False) == (Concern.BROKER_REFUSES,)
    assert refused("link-connack-not-authorized", connected=True) == ()
    assert refused("link-connack-not-authorized", connected=False, count=0) == ()
    assert found(link=replace(LINK, connected=False)) == ()


@pytest.mark.parametrize("topic", ["link-hit-topic-refused", "link-order-topics-refused"])
def test_a_topic_that_the_broker_refuses_is_a_concern_though_connected(topic: str) -> None:
    assert refused(topic, connected=True) == (Concern.BROKER_REFUSES,)
    assert refused(topic, connected=True, count=0) == ()


def test_all_at_once_are_told_in_one_order() -> None:
    machine = Machine(celsius=99, throttled=True, memory_bytes=1, disk_free_bytes=0, store_bytes=1)
    link = LinkQuality(
        connected=False, connections=0, counters={"link-connack-banned": 3}, certificate_expires=NOW - timedelta(1)
    )
    everything = found(machine, replace(CLOCK, trusted=False), replace(OUTBOX, oldest_seconds=99), link)
    assert everything == tuple(one for one in Concern if one not in (Concern.UPDATE_WENT_BACK, Concern.UNSEEING))
    undone = concerns(MACHINE, CLOCK, OUTBOX, LINK, NOW, Concerning(), went_back=True)
    assert undone == (Concern.UPDATE_WENT_BACK,)


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_a_camera_or_chain_that_cannot_be_relied_on_is_a_concern_and_no_other_reason_is(reason: Reason) -> None:
    about = reason.value.startswith("view-") or reason is Reason.ANSWER_WRONG
    said = concerns(MACHINE, CLOCK, OUTBOX, LINK, NOW, SETTINGS, (reason,))
    assert said == ((Concern.UNSEEING,) if about else ())
