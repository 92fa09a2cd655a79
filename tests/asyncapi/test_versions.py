"""What may be added within v1 harms no receiver; what may not is refused and not half understood."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from edge.domain.message import Outgoing
from edge.domain.orders import Status, Verb
from edge.wire.events import CONTENT_TYPE, State, enclose
from edge.wire.signed import Kind, sign
from hardware_sim.site import Site
from tests.spec.test_orders_are_believed_by_signature_once import counters, heading


def another(site: Site, change: Callable[[dict[str, Any]], object]) -> None:
    """The device's next state as a later version might write it, signed by the device, taken in by the desk."""
    state = site.device.daemon.report.state(site.clock.now())
    document = msgspec.json.decode(msgspec.json.encode(state))
    document["sequence"] = 1000
    change(document)
    payload = enclose(
        sign(document, Kind.STATE, site.office.device_key),
        Kind.STATE,
        id="s-1",
        source="/x",
        time=site.clock.now().wall,
    )
    site.broker.forge(Outgoing(site.topics.state, payload, retain=True))
    while site.desk.step(site._frame * 0):
        pass


def taken(site: Site) -> State | None:
    seen = site.desk.seen.state
    return seen if seen is not None and seen.sequence == 1000 else None


def test_a_reason_that_an_older_control_room_does_not_know_is_shown_as_it_is(site: Site) -> None:
    site.run(1)
    another(site, lambda state: state.update(reasons=["a-word-of-next-year"]))
    found = taken(site)
    assert found is not None
    assert found.reasons == ("a-word-of-next-year",)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update(more=1),
        lambda state: state.pop("version"),
        lambda state: state.update(condition="dreaming"),
    ],
)
def test_a_field_more_or_less_or_a_word_of_a_closed_list_is_refused_whole(
    site: Site, change: Callable[[dict[str, Any]], object]
) -> None:
    site.run(1)
    another(site, change)
    assert taken(site) is None
    assert site.desk.seen.refused


def order(site: Site, change: Callable[[dict[str, Any]], object], topic: str) -> None:
    document = {"heading": heading(site), "body": Status()}
    signed = sign(document, Kind.ORDER, site.office.operator)
    event = json.loads(enclose(signed, Kind.ORDER, id="order-1", source="/test", time=site.clock.now().wall))
    change(event)
    raw = json.dumps(event).encode()
    site.broker.forge(Outgoing(topic, raw, respond_to=f"{site.topics.replies}desk", content_type=CONTENT_TYPE))
    site.run(0.5)


def test_an_extension_attribute_is_ignored(site: Site) -> None:
    site.run(1)
    order(site, lambda event: event.update(traceparent="00-1", priority=9), site.topics.order(Verb.STATUS))
    assert counters(site)["orders-status"] == 1


def test_an_event_of_a_later_version_is_refused_on_a_topic_of_this_one(site: Site) -> None:
    site.run(1)
    order(site, lambda event: event.update(type="io.lamppost.order.v2"), site.topics.order(Verb.STATUS))
    assert "orders-status" not in counters(site)
    assert counters(site)["inbound-undecodable"] == 1


def test_an_order_that_a_device_does_not_know_is_counted_and_gets_no_reply(site: Site) -> None:
    site.run(1)
    before = [heard for heard in site.broker.heard if "/reply/" in heard.topic]
    order(site, lambda event: None, f"{site.topics.base}/cmd/of-next-year")
    assert counters(site)["inbound-undecodable"] == 1
    assert [heard for heard in site.broker.heard if "/reply/" in heard.topic] == before
