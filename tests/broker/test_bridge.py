"""A site's broker bridged to the centre's, both as deployed: documents travel both ways, once, and whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.broker import Bridge, configuration
from edge.domain.orders import Verb
from edge.wire.topics import Topics
from tests.broker.deployed import Client, Deployed, running
from tests.broker.test_who_may_what import WITNESS, answers_of, orders_to, said_by

pytestmark = pytest.mark.no_device

A, FAR = Topics("camden", "post-1"), Topics("hackney", "post-1")
NOT_AUTHORISED = 0x87


class Bridged:
    """A centre and a site."""

    def __init__(self, centre: Deployed, site: Deployed) -> None:
        self.centre = centre
        self.site = site
        self.device = site.device("camden/post-1")
        self.control = centre.person("control-room")


@pytest.fixture
def bridged(tmp_path: Path) -> Iterator[Bridged]:
    with ExitStack() as stack:
        centre = stack.enter_context(running(tmp_path / "centre", "centre"))
        certificate, key = centre.devices.issue("camden")
        files = tmp_path / "bridge"
        files.mkdir()
        bridge = Bridge(
            site="camden", centre=f"localhost:{centre.place.devices_port}",
            centre_ca=Path(shutil.copy(centre.ca, files)), bridge_certificate=Path(shutil.copy(certificate, files)),
            bridge_key=Path(shutil.copy(key, files)),
        )  # fmt: skip
        made = Bridged(centre, stack.enter_context(running(tmp_path / "site", "site", bridge)))
        up(made)
        yield made


def up(made: Bridged) -> None:
    """Wait until something has come through."""
    made.control.subscribe(A.public)
    for _ in range(60):
        made.device.publish(A.public, b"up")
        if made.control.next(0.5) is not None:
            made.control.client.unsubscribe(A.public)
            made.control.drain()
            return
    raise AssertionError(made.site.mosquitto.log.read_text()[-2000:])


def test_an_order_goes_out_to_the_device_and_its_answer_comes_back(bridged: Bridged) -> None:
    reply = f"{A.replies}control-room"
    said: dict[str, object] = {"ResponseTopic": reply, "CorrelationData": b"\0id", "MessageExpiryInterval": 60}
    bridged.device.subscribe(A.orders)
    bridged.control.subscribe(reply)
    assert bridged.control.publish(A.order(Verb.STOP), b"signed \0 order", said=said) < 0x80
    assert bridged.device.whole() == (b"signed \0 order", reply, b"\0id")
    assert bridged.device.publish(reply, b"signed answer", said=said) < 0x80
    assert bridged.control.whole() == (b"signed answer", reply, b"\0id")


def test_everything_that_a_device_says_arrives_once(bridged: Bridged) -> None:
    bridged.control.subscribe("lamppost/#")
    for topic in said_by(A):
        assert bridged.device.publish(topic, retain=topic == A.state) < 0x80
    came = bridged.control.drain(1.0)
    assert sorted(came) == sorted(said_by(A))


def test_everything_that_is_said_to_a_device_arrives_once(bridged: Bridged) -> None:
    for topic in A.heard:
        bridged.device.subscribe(topic)
    witness = bridged.centre.device(WITNESS)
    for topic in orders_to(A):
        assert bridged.control.publish(topic) < 0x80
    for topic in answers_of(WITNESS, A):
        assert witness.publish(topic) < 0x80
    assert sorted(bridged.device.drain(1.0)) == sorted(orders_to(A) | answers_of(WITNESS, A))


def test_what_is_retained_at_the_site_is_retained_at_the_centre(bridged: Bridged) -> None:
    first = bridged.centre.person("control-room")
    first.subscribe(A.state)
    assert bridged.device.publish(A.state, b"here", retain=True) < 0x80
    assert first.next() is not None
    late = bridged.centre.person("control-room")
    late.subscribe(A.state)
    kept = late.next()
    assert kept is not None
    assert (kept.payload, kept.retain) == (b"here", True)


def test_another_site_s_orders_do_not_travel_here(bridged: Bridged) -> None:
    local = bridged.site.person("control-room")
    local.subscribe("lamppost/#")
    assert bridged.control.publish(FAR.order(Verb.STOP)) < 0x80
    assert bridged.control.publish(A.order(Verb.STOP)) < 0x80
    assert local.drain(1.0) == [A.order(Verb.STOP)]


def test_a_site_speaks_for_its_own_devices_alone(bridged: Bridged) -> None:
    """Whoever has stolen a bridge's certificate is still only that site."""
    thief = bridged.centre.device("hackney")
    thief.subscribe("#")
    assert {thief.publish(topic) for topic in said_by(A) | orders_to(A) | orders_to(FAR)} == {NOT_AUTHORISED}
    assert all(thief.publish(topic) < 0x80 for topic in said_by(FAR))
    assert bridged.control.publish(A.order(Verb.STOP)) < 0x80
    assert bridged.control.publish(FAR.order(Verb.STOP)) < 0x80
    assert thief.drain() == [FAR.order(Verb.STOP)]


def test_after_an_outage_what_is_retained_arrives_and_what_is_repeated_too(bridged: Bridged) -> None:
    """The bridge keeps no queue over an outage (see its README): the outbox repeats until a signature comes."""
    bridged.control.close()
    bridged.centre.mosquitto.kill()
    assert bridged.device.publish(A.state, b"while away", retain=True) < 0x80
    assert bridged.device.publish(A.hit, b"0") < 0x80
    bridged.centre.mosquitto.start()
    console = bridged.centre.person("control-room")
    console.subscribe(A.hit)
    for _ in range(60):
        assert bridged.device.publish(A.hit, b"0") < 0x80
        if console.next(0.5) is not None:
            break
    else:
        raise AssertionError(bridged.site.mosquitto.log.read_text()[-2000:])
    console.subscribe(A.state)
    kept = console.next()
    while kept is not None and kept.topic != A.state:
        kept = console.next()
    assert kept is not None
    assert kept.payload == b"while away"


def test_the_site_goes_on_without_the_centre(bridged: Bridged) -> None:
    bridged.centre.mosquitto.kill()
    local: Client = bridged.site.person("control-room")
    local.subscribe(A.hit)
    assert bridged.device.publish(A.hit, b"here") < 0x80
    came = local.next()
    assert came is not None
    bridged.device.subscribe(A.orders)
    assert local.publish(A.order(Verb.STOP), b"stop") < 0x80
    assert bridged.device.next() is not None


def test_a_value_that_would_be_another_line_of_configuration_is_refused(bridged: Bridged) -> None:
    with pytest.raises(ValueError, match="cannot stand in"):
        configuration(replace(bridged.site.place, log="stdout\nallow_anonymous true"))
    with pytest.raises(ValueError, match="cannot stand in"):
        configuration(bridged.site.place, Bridge(site="", centre="x:1"))
