"""Every role and every topic, against mosquitto with the deployed files: nobody reads or writes what is another's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.mqtt import Broker, MqttLink
from edge.domain.link import Leave
from edge.domain.orders import Verb
from edge.wire.topics import Topics
from tests.broker.deployed import Client, Deployed, running
from tests.link.bench import BRISK, wait_until

pytestmark = pytest.mark.no_device

A, B = Topics("camden", "post-1"), Topics("camden", "post-2")
WITNESS, OTHER_WITNESS = "0a1b2c3d", "11223344"
NOT_AUTHORISED = 0x87
BLOB = "ab" * 32


def said_by(topics: Topics) -> set[str]:
    """What a device says."""
    return {
        topics.state, topics.health, topics.deployment, topics.hit, topics.preview, topics.checkpoint, topics.public,
        f"{topics.replies}control-room", topics.add_checkpoint(WITNESS), topics.add_checkpoint(OTHER_WITNESS),
    }  # fmt: skip


def orders_to(topics: Topics) -> set[str]:
    return {topics.order(verb) for verb in Verb} | {topics.chunk(BLOB, 0)}


def answers_of(witness: str, *devices: Topics) -> set[str]:
    return {topics.cosignature(witness) for topics in devices}


EVERYTHING = sorted(
    said_by(A) | said_by(B) | orders_to(A) | orders_to(B) | answers_of(WITNESS, A, B) | answers_of(OTHER_WITNESS, A, B)
    | {"lamppost/v1/camden/post-1", "lamppost/v1/camden/post-1/hit/deeper", "lamppost/v2/camden/post-1/hit"}
    | {"else", "$SYS/x"}
)  # fmt: skip

MAY_WRITE = {
    "camden/post-1": said_by(A),
    "camden/post-2": said_by(B),
    WITNESS: answers_of(WITNESS, A, B),
    OTHER_WITNESS: answers_of(OTHER_WITNESS, A, B),
    "control-room": orders_to(A) | orders_to(B),
    "presence": {A.order(Verb.PRESENCE), B.order(Verb.PRESENCE)},
    "nobody": set(),
}
MAY_READ = {
    "camden/post-1": orders_to(A) | answers_of(WITNESS, A) | answers_of(OTHER_WITNESS, A),
    "camden/post-2": orders_to(B) | answers_of(WITNESS, B) | answers_of(OTHER_WITNESS, B),
    WITNESS: {A.add_checkpoint(WITNESS), B.add_checkpoint(WITNESS)},
    OTHER_WITNESS: {A.add_checkpoint(OTHER_WITNESS), B.add_checkpoint(OTHER_WITNESS)},
    "control-room": {topic for topic in EVERYTHING if any(topic in may for may in MAY_WRITE.values())},
    "presence": {A.state, B.state, f"{A.replies}control-room", f"{B.replies}control-room"},
    "nobody": set(),
}
PEOPLE = {"control-room", "presence", "nobody"}


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    with running(tmp_path / "broker") as made:
        yield made


def client(deployed: Deployed, role: str) -> Client:
    return deployed.person(role) if role in PEOPLE else deployed.device(role)


@pytest.mark.parametrize("role", MAY_WRITE)
def test_a_role_writes_what_is_its_own_and_is_told_so_of_the_rest(deployed: Deployed, role: str) -> None:
    one = client(deployed, role)
    codes = {topic: one.publish(topic) for topic in EVERYTHING if not topic.startswith("$")}
    assert {topic for topic, code in codes.items() if code < 0x80} == MAY_WRITE[role]
    assert {code for code in codes.values() if code >= 0x80} <= {NOT_AUTHORISED}


@pytest.mark.parametrize("role", MAY_READ)
def test_a_role_hears_what_is_for_it_and_nothing_else(deployed: Deployed, role: str) -> None:
    ear = client(deployed, role)
    for everything in ("#", "$SYS/#", "lamppost/v1/#", "+/+/+/+/+"):
        ear.subscribe(everything)
    # A device's door opens once for a certificate, so the ear itself says what only it may say.
    writers = {name: ear if name == role else client(deployed, name) for name in MAY_WRITE}
    for name, topics in MAY_WRITE.items():
        for topic in topics:
            assert writers[name].publish(topic) < 0x80
    assert set(ear.drain()) == MAY_READ[role]


@pytest.mark.parametrize("role", MAY_READ)
def test_what_is_retained_is_no_way_round(deployed: Deployed, role: str) -> None:
    for name, topics in (("camden/post-1", A), ("camden/post-2", B)):
        speaker = deployed.device(name)
        for topic in said_by(topics):
            assert speaker.publish(topic, retain=True) < 0x80
        speaker.close()
    ear = client(deployed, role)
    ear.subscribe("lamppost/#")
    assert set(ear.drain()) == MAY_READ[role] & (said_by(A) | said_by(B))


def test_consoles_share_hits_and_a_device_that_joins_them_hears_none(deployed: Deployed) -> None:
    other, device = deployed.device("camden/post-2"), deployed.device("camden/post-1")
    consoles = [deployed.person("control-room") for _ in range(2)]
    for one in consoles:
        one.subscribe("$share/console-5f1c/lamppost/v1/+/+/hit")
    other.subscribe("$share/console/lamppost/v1/+/+/hit")
    for _ in range(20):
        assert device.publish(A.hit) < 0x80
    shares = [len(one.drain()) for one in consoles]
    assert sum(shares) == 20
    assert min(shares) > 0
    assert other.drain() == []


def test_a_device_cannot_throw_out_another_or_take_over_its_session(deployed: Deployed) -> None:
    victim = deployed.device("camden/post-1", "camden/post-1", session=60)
    victim.subscribe(A.orders)
    thief = deployed.device("camden/post-2", "camden/post-1", session=60, clean=False)
    control = deployed.person("control-room")
    assert control.publish(A.order(Verb.STOP)) < 0x80
    message = victim.next()
    assert message is not None
    assert not victim.lost.is_set()
    assert thief.drain() == []


def test_a_device_s_certificate_does_not_open_the_people_s_door_nor_theirs_the_devices(deployed: Deployed) -> None:
    for authority, port, name in (
        (deployed.devices, deployed.place.people_port, "camden/post-9"),
        (deployed.people, deployed.place.devices_port, "control-room"),
    ):
        certificate, _ = authority.issue(name)
        with pytest.raises((ssl.SSLError, OSError, AssertionError)):
            refused = Client(port, deployed.ca, certificate, name)
            refused.publish("lamppost/v1/camden/post-9/hit")


@pytest.mark.parametrize("name", ["+/post-1", "+/+", "#", "camden/+", "camden/#"])
def test_a_name_with_a_wildcard_in_it_is_worth_nothing(deployed: Deployed, name: str) -> None:
    sly = deployed.device(name)
    sly.subscribe("#")
    assert {sly.publish(topic) for topic in EVERYTHING if not topic.startswith("$")} == {NOT_AUTHORISED}
    control = deployed.person("control-room")
    assert control.publish(A.order(Verb.STOP)) < 0x80
    assert sly.drain() == []


def test_the_device_s_own_link_gets_along_with_it(deployed: Deployed) -> None:
    certificate, key = deployed.devices.issue("camden/post-1")
    broker = Broker(
        host="localhost", port=deployed.place.devices_port, ca=deployed.ca, certificate=certificate, key=key, pace=BRISK
    )
    link = MqttLink(broker, "camden.post-1", A.heard, (A.state, b'{"state":"lost"}'), A.hit)
    link.connect()
    wait_until(lambda: link.may_publish is Leave.GRANTED and link.may_hear is Leave.GRANTED)
    control = deployed.person("control-room")
    assert control.publish(A.order(Verb.STOP)) < 0x80
    wait_until(lambda: link.receive(BRISK.watched) is not None)
    link.close()


def test_a_packet_that_is_too_large_is_not_taken(deployed: Deployed) -> None:
    device = deployed.device("camden/post-1")
    device.client.publish(A.hit, bytes(700_000), 1)
    assert device.lost.wait(15)
