"""What holds every test's messages against the contract finds what breaks it, and hears all of them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edge.adapters.mqtt import Broker, MqttLink
from edge.control_room import deploy
from edge.control_room.certificates import BenchAuthority
from edge.domain.message import Outgoing
from edge.wire.events import CONTENT_TYPE
from hardware_sim.broker import CONTROL_ROOM, Mosquitto, free_port
from hardware_sim.site import Site
from hardware_sim.wire import MemoryBroker
from tests.asyncapi.enforced import HOSTILE, NO_DEVICE, Judge, listening
from tests.asyncapi.published import Contract, Seen, shipped

TESTS = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> list[Seen]:
    """Every message of a short deployment with witnesses."""

    class Recorder(Judge):
        def hold(self, seen: Seen) -> None:
            super().hold(seen)
            heard.append(seen)

    heard: list[Seen] = []
    with listening(Recorder(shipped())) as judge:
        site = Site(tmp_path_factory.mktemp("site"), witnesses=1)
        site.run(1)
        site.deploy(7)
        site.confirm_presence()
        site.run(1)
        site.walk(7)
        site.run(6)
        site.review(1)
        site.hold(1)
        site.withdraw(7)
        deploy.status(site.desk, site.office.operator)
        site.stop()
        site.run(3)
        site.device.store.close()
    assert not judge.breaches
    assert judge.held == len(heard)
    return heard


def one(crossed: list[Seen], part: str) -> Seen:
    return next(seen for seen in crossed if f"/{part}" in seen.topic)


def changed(seen: Seen, change: Callable[[dict[str, Any]], object]) -> Seen:
    """The same message with another signed payload in it."""
    event = json.loads(seen.payload)
    raw = event["data"]["payload"]
    document = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    change(document)
    raw = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    event["data"]["payload"] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return replace(seen, payload=json.dumps(event).encode())


SPOILT: dict[str, tuple[str, Callable[[Seen], Seen], str]] = {
    "a topic that nobody declared": ("state", lambda seen: replace(seen, topic=f"{seen.topic}s"), "no declared"),
    "a level too many": ("hit", lambda seen: replace(seen, topic=f"{seen.topic}/1"), "no declared channel"),
    "another QoS": ("state", lambda seen: replace(seen, qos=0), "QoS 0, not 1"),
    "a hit that is retained": ("hit", lambda seen: replace(seen, retain=True), "retained"),
    "a state that is not": ("state", lambda seen: replace(seen, retain=False), "not retained"),
    "an order that is retained": ("cmd/", lambda seen: replace(seen, retain=True), "retained"),
    "health that stays for ever": ("health", lambda seen: replace(seen, expires=None), "expires after None"),
    "health that stays longer": ("health", lambda seen: replace(seen, expires=31), "expires after 31 s"),
    "a state that expires": ("state", lambda seen: replace(seen, expires=30), "must not expire"),
    "an order that lives too long": ("cmd/", lambda seen: replace(seen, expires=61), "expires after 61 s"),
    "a hit that lives too long": ("hit", lambda seen: replace(seen, expires=601), "expires after 601 s"),
    "no content type": ("state", lambda seen: replace(seen, content_type=None), "content type None"),
    "another content type": ("state", lambda seen: replace(seen, content_type="text/plain"), "content type"),
    "an order without correlation data": ("cmd/", lambda seen: replace(seen, correlation=None), "correlation data"),
    "a statement with some": ("state", lambda seen: replace(seen, correlation=b"1"), "correlation data"),
    "an order that wants no answer": ("cmd/", lambda seen: replace(seen, respond_to=None), "response topic"),
    "an answer elsewhere": ("cmd/", lambda seen: replace(seen, respond_to="x/reply/y"), "response topic"),
    "a reply that wants one": ("reply/", lambda seen: replace(seen, respond_to=seen.topic), "response topic"),
    "bytes": ("state", lambda seen: replace(seen, payload=b"\xff\xfe"), "StateEvent"),
    "a cut event": ("health", lambda seen: replace(seen, payload=seen.payload[:-1]), "HealthEvent"),
    "another's event": (
        "state",
        lambda seen: replace(seen, payload=seen.payload.replace(b"io.lamppost.state.v1", b"io.lamppost.state.v2")),
        "data.type",
    ),
    "a field more": ("state", lambda seen: changed(seen, lambda state: state.update(more=1)), "more"),
    "a field less": ("state", lambda seen: changed(seen, lambda state: state.pop("boot")), "boot"),
    "a reason that there is not": (
        "state", lambda seen: changed(seen, lambda state: state.update(reasons=["because"])), "reasons",
    ),
    "a condition that there is not": (
        "state", lambda seen: changed(seen, lambda state: state.update(condition="asleep")), "condition",
    ),
    "a number that is none": ("health", lambda seen: changed(seen, lambda said: said.update(boot=1)), "boot"),
    "another order's body": ("cmd/stop", lambda seen: changed(seen, lambda said: said.update(body={})), "body"),
    "another order": (
        "cmd/stop", lambda seen: changed(seen, lambda said: said["heading"].update(verb="start")), "verb",
    ),
    "a note that is none": ("checkpoint", lambda seen: replace(seen, payload=b"lamppost\n1\n"), "pattern"),
    "a note without its signature": (
        "checkpoint", lambda seen: replace(seen, payload=seen.payload.split(b"\n\n")[0] + b"\n\n"), "pattern",
    ),
    "a question that is none": ("add-checkpoint", lambda seen: replace(seen, payload=seen.payload[4:]), "pattern"),
    "an answer that is none": ("cosignature", lambda seen: replace(seen, payload=b"418\n"), "pattern"),
    "a chunk that is too large": ("blob/", lambda seen: replace(seen, payload=b"\0" * 65537), "65537 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_what_breaks_the_contract_is_found(crossed: list[Seen], how: str) -> None:
    part, spoil, expected = SPOILT[how]
    seen = one(crossed, part)
    assert shipped().breaches(seen) == []
    found = shipped().breaches(spoil(seen))
    assert found, how
    assert expected in found[0]


def test_a_payload_that_is_not_canonical_is_found(crossed: list[Seen]) -> None:
    seen = one(crossed, "state")
    event = json.loads(seen.payload)
    raw = base64.urlsafe_b64decode(event["data"]["payload"] + "==")
    event["data"]["payload"] = base64.urlsafe_b64encode(raw.replace(b',"boot"', b', "boot"')).rstrip(b"=").decode()
    (found,) = shipped().breaches(replace(seen, payload=json.dumps(event).encode()))
    assert "canonical" in found


def test_every_channel_of_a_deployment_is_heard(crossed: list[Seen]) -> None:
    heard = {operation.message["name"] for seen in crossed for operation in shipped().of(seen.topic)}
    assert {"State", "Health", "Deployment", "Public", "Hit", "Checkpoint", "AddCheckpoint", "Cosignature", "Reply",
            "Chunk", "StartOrder", "LoadOrder", "PresenceOrder", "AckOrder", "ReviewOrder", "HoldOrder",
            "WithdrawEntryOrder", "StatusOrder", "StopOrder"} <= heard  # fmt: skip


def test_a_second_validator_says_the_same(crossed: list[Seen]) -> None:
    """What is compiled for speed is held against the reference implementation."""

    class Slow(Contract):
        def validate(self, name: str, value: object) -> None:
            whole = {"$ref": f"#/components/schemas/{name}", "components": self.document["components"]}
            errors = list(jsonschema.Draft7Validator(whole).iter_errors(value))
            if errors:
                raise ValueError(errors[0].message)

    slow, fast = Slow(shipped().document), shipped()
    for seen in crossed:
        assert slow.breaches(seen) == fast.breaches(seen) == []
    for part, spoil, _ in SPOILT.values():
        spoilt = spoil(one(crossed, part))
        assert bool(slow.breaches(spoilt)) is bool(fast.breaches(spoilt)) is True


@pytest.mark.no_device
def test_what_a_party_sends_is_held_to_account_and_what_is_forged_is_not() -> None:
    broker = MemoryBroker()
    link = broker.link(())
    link.connect()
    with listening(Judge(shipped())) as judge:
        broker.forge(Outgoing("lamppost/v1/bench/post-1/cmd/stop", b"rubbish"))
        assert (judge.held, judge.breaches) == (0, [])
        link.publish(Outgoing("lamppost/v1/bench/post-1/cmd/stop", b"rubbish", content_type=CONTENT_TYPE))
    assert judge.held == 1
    assert "cmd/stop: " in str(judge)


def test_under_hostile_only_what_a_device_hears_may_be_anything() -> None:
    judge = Judge(shipped(), hostile=True)
    for part in ("cmd/stop", "cmd/start", f"blob/{'0' * 64}/0", "cosignature/0badcafe"):
        judge.hold(Seen(topic=f"lamppost/v1/bench/post-1/{part}", payload=b"", retain=True))
    assert judge.breaches == []
    for part in ("state", "hit", "reply/x", "else"):
        judge.hold(Seen(topic=f"lamppost/v1/bench/post-1/{part}", payload=b"", retain=True))
    assert len(judge.breaches) == 4


@pytest.mark.no_device
def test_a_real_broker_is_listened_to_until_all_was_heard(tmp_path: Path) -> None:
    pki = BenchAuthority(tmp_path / "pki")
    server, key = pki.issue("broker", server=True)
    certificate, own = pki.issue(CONTROL_ROOM)
    mosquitto = Mosquitto(tmp_path / "broker", free_port())
    mosquitto.configure([], pki.certificate, server, key, durable=False)
    judge = Judge(shipped())
    with listening(judge):
        mosquitto.start()
        broker = Broker(
            host="localhost", port=mosquitto.port, ca=pki.certificate, certificate=certificate, key=own
        )  # fmt: skip
        link = MqttLink(broker, "speaker", ("lamppost/#",))
        link.connect()
        topic = "lamppost/v1/bench/post-1/cmd/stop"
        sent = 0
        while sent < 20:
            sent += link.publish(
                Outgoing(topic, b"{}", False, timedelta(seconds=50), b"1", "x", content_type=CONTENT_TYPE)
            )
        for _ in range(20):
            assert link.receive(timedelta(seconds=10)) is not None
    link.close()
    mosquitto.stop()
    assert judge.held == 20
    assert all(re.search(r"StopOrderEvent|response topic 'x'", breach) for breach in judge.breaches)
    assert len(judge.breaches) == 40


def test_nobody_is_exempt_but_these() -> None:
    exempt = {
        path.relative_to(TESTS).as_posix()
        for path in TESTS.rglob("*.py")
        if re.search(rf"pytest\.mark\.({HOSTILE}|{NO_DEVICE})\b", path.read_text()) and path != Path(__file__)
    }
    assert exempt == {
        "adapters/test_mqtt.py",
        "audit/test_serve.py",
        # A booted machine keeps its messages to itself.
        "boot/test_as_installed.py",
        "boot/test_boot.py",
        "boot/test_in_the_sandbox.py",
        "boot/test_package.py",
        "boot_machine/test_camera.py",
        "boot_machine/test_limits.py",
        "broker/test_bridge.py",
        "broker/test_survives.py",
        "broker/test_who_may_what.py",
        "fleet/test_fleet.py",
        "fuzz/inbound/test_inbound.py",
        "link/test_certificates.py",
        "link/test_codes.py",
        "link/test_coming_back.py",
    }, "say here why a test needs no contract"
