"""Remote control believes signatures, each of them once, and explains every no."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.control_room import deploy
from edge.domain.leaves.device import Refused
from edge.domain.message import Outgoing
from edge.domain.orders import Heading, Status, Verb
from edge.wire.events import enclose, order_document
from edge.wire.signed import Kind
from hardware_sim.office import MemoryKey
from hardware_sim.site import Site


def heading(site: Site, **fields: object) -> Heading:
    now = site.clock.now().wall
    whole: dict[str, object] = {
        "id": "order-1",
        "verb": Verb.STATUS,
        "site": "bench",
        "device": "post-1",
        "epoch": "epoch-1",
        "issued": now,
        "expires": now + timedelta(seconds=30),
        "counter": 2**52,
    }
    return Heading(**(whole | fields))  # type: ignore[arg-type]


def send(site: Site, head: Heading, key: MemoryKey, *, retain: bool = False, verb: Verb = Verb.STATUS) -> None:
    signed = order_document(head, Status(), key)
    payload = enclose(signed, Kind.ORDER, id=head.id, source="/test", time=head.issued)
    site.broker.forge(
        Outgoing(site.topics.order(verb), payload, retain=retain, respond_to=f"{site.topics.replies}desk")
    )
    site.run(0.2)


def counters(site: Site) -> dict[str, int]:
    return site.device.daemon.pulse.counters()


def test_a_signed_order_is_executed_and_answered(site: Site) -> None:
    site.run(1)
    assert deploy.status(site.desk, site.office.operator)["condition"] == "idle"


def test_naming_a_pinned_key_is_not_signing_with_it(site: Site) -> None:
    site.run(1)
    impostor = MemoryKey()
    impostor.public = site.office.operator.public
    send(site, heading(site), impostor)
    assert counters(site)["orders-refused-bad-signature"] == 1
    assert "orders-status" not in counters(site)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"device": "post-2"}, "wrong-device"),
        ({"epoch": "epoch-0"}, "wrong-device"),
        ({"verb": Verb.STOP}, "malformed"),
    ],
)
def test_an_order_for_somebody_else_is_refused(site: Site, fields: dict[str, object], reason: str) -> None:
    site.run(1)
    send(site, heading(site, **fields), site.office.operator)
    assert counters(site)[f"orders-refused-{reason}"] == 1
    assert "orders-status" not in counters(site)


@pytest.mark.parametrize(
    ("issued", "lasts", "reason"),
    [(-61, 60, "expired"), (10, 60, "not-yet-valid"), (0, 61, "lives-too-long"), (-100, 99, "lives-too-long")],
)
def test_an_order_out_of_its_time_is_refused(site: Site, issued: int, lasts: int, reason: str) -> None:
    site.run(1)
    begin = site.clock.now().wall + timedelta(seconds=issued)
    send(site, heading(site, issued=begin, expires=begin + timedelta(seconds=lasts)), site.office.operator)
    assert counters(site)[f"orders-refused-{reason}"] == 1


def test_a_retained_order_is_refused(site: Site) -> None:
    site.run(1)
    send(site, heading(site), site.office.operator, retain=True)
    site.device.link.connect()
    site.run(0.2)
    assert counters(site)["orders-status"] == 1
    assert counters(site)["orders-refused-retained"] == 1


def test_the_same_order_again_gives_the_stored_answer(site: Site) -> None:
    site.run(1)
    head = heading(site)
    send(site, head, site.office.operator)
    send(site, head, site.office.operator)
    assert counters(site)["orders-status"] == 1


def test_an_order_with_a_used_id_or_counter_is_refused(site: Site) -> None:
    site.run(1)
    send(site, heading(site), site.office.operator)
    send(site, heading(site, counter=2**52 + 1), site.office.operator)
    assert counters(site)["orders-refused-id-reused"] == 1
    send(site, heading(site, id="order-2"), site.office.operator)
    assert counters(site)["orders-refused-replayed"] == 1
    assert counters(site)["orders-status"] == 1


def test_counters_outlive_a_power_cut(site: Site) -> None:
    site.run(1)
    send(site, heading(site), site.office.operator)
    site.power_cut()
    site.run(1)
    send(site, heading(site, id="order-2"), site.office.operator)
    assert counters(site)["orders-refused-replayed"] == 1


def test_what_nobody_signed_is_counted_and_never_recorded_one_by_one(site: Site) -> None:
    site.run(1)
    before = len(site.journal())
    for rubbish in (b"", b"{}", b"\xff" * 100, b"[" * 5000, b'{"specversion":"1.0"}'):
        for verb in Verb:
            site.broker.forge(Outgoing(site.topics.order(verb), rubbish))
    send(site, heading(site), MemoryKey())
    site.run(1)
    assert len(site.journal()) == before
    assert counters(site)["inbound-undecodable"] == 5 * len(Verb)
    assert counters(site)["orders-refused-unknown-key"] == 1


def test_signed_refusals_are_recorded_but_not_without_bound(site: Site) -> None:
    site.run(1)
    for number in range(20):
        send(site, heading(site, id=f"order-{number}", device="post-2"), site.office.operator)
    refused = [event for event in site.journal() if isinstance(event, Refused)]
    assert len(refused) == 1
    assert counters(site)["orders-refused-wrong-device"] == 20


def test_an_answer_goes_nowhere_but_the_devices_own_tree(site: Site) -> None:
    site.run(1)
    signed = order_document(heading(site), Status(), site.office.operator)
    payload = enclose(signed, Kind.ORDER, id="order-1", source="/test", time=site.clock.now().wall)
    elsewhere = "lamppost/v1/bench/post-2/cmd/stop"
    site.broker.forge(Outgoing(site.topics.order(Verb.STATUS), payload, respond_to=elsewhere))
    site.run(0.5)
    assert counters(site)["orders-status"] == 1
    assert not [heard for heard in site.broker.heard if heard.topic == elsewhere]


def test_every_refusal_tells_what_to_do(site: Site) -> None:
    from edge.domain.errors import REMEDIES, Reason

    assert set(REMEDIES) == set(Reason)
    assert all(remedy.endswith(".") and len(remedy) > 20 for remedy in REMEDIES.values())
