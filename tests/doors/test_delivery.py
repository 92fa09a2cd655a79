"""The demand on the connection: a no of the broker's keeps the camera shut, and a lost connection alone does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain.condition import Condition
from edge.domain.errors import Reason, Refusal
from edge.domain.link import Leave
from edge.safeguards.delivery import Deliverable
from hardware_sim.clock import SteppedClock
from hardware_sim.office import Office
from hardware_sim.site import Site
from hardware_sim.wire import MemoryBroker

NOW = SteppedClock().now()
ANY = object()


def asked(publish: Leave, hear: Leave) -> tuple[Reason | None, Refusal | None]:
    link = MemoryBroker().link(())
    link.may_publish, link.may_hear = publish, hear
    demand = Deliverable(link)
    assert demand.over(ANY, NOW) is None  # type: ignore[arg-type]
    return demand.missing(ANY, NOW), demand.refuses(ANY, NOW)  # type: ignore[arg-type]


def test_with_both_granted_nothing_is_missing() -> None:
    assert asked(Leave.GRANTED, Leave.GRANTED) == (None, None)


@pytest.mark.parametrize("hear", list(Leave))
def test_a_refused_hit_topic_is_missing_and_refuses_a_start(hear: Leave) -> None:
    assert asked(Leave.REFUSED, hear) == (Reason.HIT_TOPIC_REFUSED, Refusal(Reason.HIT_TOPIC_REFUSED))


@pytest.mark.parametrize("publish", [Leave.GRANTED, Leave.UNKNOWN])
def test_refused_orders_are_missing_and_refuse_a_start(publish: Leave) -> None:
    assert asked(publish, Leave.REFUSED) == (Reason.ORDER_TOPICS_REFUSED, Refusal(Reason.ORDER_TOPICS_REFUSED))


@pytest.mark.parametrize(
    ("publish", "hear"),
    [(Leave.UNKNOWN, Leave.UNKNOWN), (Leave.UNKNOWN, Leave.GRANTED), (Leave.GRANTED, Leave.UNKNOWN)],
)
def test_what_is_not_yet_known_is_missing_and_refuses_nothing(publish: Leave, hear: Leave) -> None:
    assert asked(publish, hear) == (Reason.HIT_TOPIC_UNPROVEN, None)


def test_a_device_that_was_never_connected_has_proved_nothing() -> None:
    link = MemoryBroker().link(())
    assert Deliverable(link).missing(ANY, NOW) is Reason.HIT_TOPIC_UNPROVEN  # type: ignore[arg-type]


@pytest.mark.parametrize(("forbidden", "reason"), [("publish", "hit-topic-refused"), ("hear", "order-topics-refused")])
def test_a_start_is_refused_and_the_reason_is_said(tmp_path: Path, forbidden: str, reason: str) -> None:
    site = Site(tmp_path, office=Office())
    site.device.link.forbids = frozenset({forbidden})
    site.device.link.connect()
    with pytest.raises(Exception, match=reason):
        site.deploy(1)
    site.run(1)
    assert (site.camera.opens, site.condition) == (0, Condition.IDLE)


def test_a_refusal_in_the_middle_of_a_deployment_shuts_the_camera_and_a_mended_list_opens_it(tmp_path: Path) -> None:
    site = Site(tmp_path, office=Office())
    site.officer_on_scene = True
    site.deploy(1)
    site.confirm_presence()
    site.run(3)
    assert site.condition is Condition.ACTIVE
    site.device.link.forbids = frozenset({"publish"})
    site.device.link.connect()
    site.run(1)
    assert (site.condition, site.reasons) == (Condition.PAUSED, ("hit-topic-refused",))
    assert not site.camera.is_open
    site.device.link.forbids = frozenset()
    site.device.link.connect()
    site.run(3)
    assert site.condition is Condition.ACTIVE


def test_a_lost_connection_alone_does_not_shut_the_camera(tmp_path: Path) -> None:
    site = Site(tmp_path, office=Office())
    site.deploy(1)
    site.confirm_presence()
    site.run(3)
    site.device.link.cut()
    site.run(60)
    assert site.condition is Condition.ACTIVE
    site.run(200)  # presence ends, for nobody can confirm it
    assert site.condition is Condition.PAUSED
    assert "no-presence" in site.reasons
