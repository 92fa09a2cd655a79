"""The contract is whole: nothing crosses the broker that it does not name, and its numbers are the product's."""

from __future__ import annotations

import inspect
import json
import re
import typing
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from edge.adapters.mqtt import MAX_PACKET, QOS, Broker
from edge.audit.serve import ANSWER_LIFE
from edge.cli import main
from edge.contract import RULES, asyncapi
from edge.contract.channels import CHUNK_LIFE
from edge.control_room import delivery
from edge.daemon.report import HEALTH, PUBLIC
from edge.domain.authorisation import MAX_UNDELIVERED
from edge.domain.authority import Identifier
from edge.domain.errors import REMEDIES, Reason, Refusal
from edge.domain.orders import CHUNK_BYTES, MAX_ORDER_LIFE, ROLES, Reply, Verb
from edge.wire.events import type_of
from edge.wire.signed import Kind, canonical
from edge.wire.topics import Topics
from hardware_sim.site import Site
from tests.asyncapi.published import SHIPPED, Contract, shipped

POST = Topics("bench", "post-1")
BASIC = {"base", "site", "device"}
"""What of :class:`Topics` is no topic, besides what gives something else than text."""
SAMPLES: dict[object, list[object]] = {
    Verb: list(Verb),
    Identifier: ["parcel-1"],
    int: [0, 127],
    str: ["0badcafe"],
    typing.get_type_hints(Topics.chunk, include_extras=True)["blob"]: ["0" * 64],
}


def speaks(name: str) -> bool:
    """Whether a member of :class:`Topics` gives a topic, or several."""
    value = getattr(POST, name)
    return not callable(value) or typing.get_type_hints(value)["return"] is str


def said(name: str, value: object) -> Iterator[str]:
    """Every topic that a member of :class:`Topics` gives, and a topic that each of its filters lets through."""
    if callable(value):
        hints = typing.get_type_hints(value, include_extras=True)
        arguments: list[list[object]] = [[]]
        for parameter in inspect.signature(value).parameters:
            assert hints[parameter] in SAMPLES, f"{name}: no sample of {hints[parameter]}"
            arguments = [[*before, one] for before in arguments for one in SAMPLES[hints[parameter]]]
        for one in arguments:
            yield value(*one)
    else:
        for topic in (value,) if isinstance(value, str) else typing.cast("tuple[str, ...]", value):
            known = topic.replace("cmd/+", "cmd/stop").replace("+", "0")
            yield known + "asker" if known.endswith("/") else known


def operation(name: str) -> dict[str, Any]:
    return dict(shipped().document["operations"][name])


def expiry(name: str) -> object:
    return operation(name)["bindings"]["mqtt"].get("messageExpiryInterval")


def test_what_is_shipped_is_what_the_types_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "asyncapi"]) == 0
    assert capsys.readouterr().out == SHIPPED.read_text(), "write it again: python -m tests.vectors.generate"


def test_no_topic_is_without_a_channel() -> None:
    members = [name for name in dir(POST) if not name.startswith("_") and name not in BASIC and speaks(name)]
    assert {"state", "hit", "order", "chunk", "heard"} <= set(members)
    without = [
        f"{name}: {topic}" for name in members for topic in said(name, getattr(POST, name)) if not shipped().of(topic)
    ]
    assert not without, "add them to edge/contract/channels.py"


def test_no_order_is_without_a_channel_and_an_answer() -> None:
    for verb in Verb:
        assert shipped().of(POST.order(verb)), f"{verb}: no channel"
        (found,) = shipped().of(POST.order(verb))
        assert (found.action, found.replied) == ("receive", True), verb
        for role in ROLES.get(verb, ()):
            assert role.value in operation(f"receive{found.message['name']}")["summary"], (verb, role)


def test_no_kind_of_document_that_crosses_the_broker_is_without_a_message() -> None:
    types = {
        schema["properties"]["type"]["const"]
        for schema in shipped().document["components"]["schemas"].values()
        if "const" in schema.get("properties", {}).get("type", {})
    }
    spoken = {Kind.STATE, Kind.HEALTH, Kind.DEPLOYMENT, Kind.PUBLIC, Kind.HIT, Kind.REPLY, Kind.ORDER, Kind.PARCEL}
    spoken.add(Kind.PREVIEW)
    assert types == {type_of(kind) for kind in spoken}


def test_its_numbers_are_those_that_act() -> None:
    def seconds(span: timedelta) -> int:
        return int(span.total_seconds())

    assert expiry("sendHealth") == seconds(3 * HEALTH)
    assert expiry("sendPublic") == seconds(3 * PUBLIC)
    assert expiry("sendHit") == {"type": "integer", "minimum": 1, "maximum": seconds(MAX_UNDELIVERED)}
    assert expiry("receiveChunk") == seconds(CHUNK_LIFE) == seconds(delivery.CHUNK_LIFE)
    assert expiry("receiveCosignature") == seconds(ANSWER_LIFE)
    for verb in Verb:
        name = shipped().of(POST.order(verb))[0].message["name"]
        assert expiry(f"receive{name}") == {"type": "integer", "minimum": 1, "maximum": seconds(MAX_ORDER_LIFE)}
    for unbounded in ("sendState", "sendDeployment", "sendCheckpoint", "sendReply"):
        assert expiry(unbounded) is None
    assert shipped().schema("ChunkMessage")["maxLength"] == CHUNK_BYTES
    assert {one["bindings"]["mqtt"]["qos"] for one in shipped().document["operations"].values()} == {QOS}


@pytest.mark.parametrize("name", ["desk", "a.b_c-9", "x" * 64, "", "x" * 65, "a/b", "+", "a b", "ä"])
def test_an_answer_is_asked_for_where_a_device_gives_one(name: str) -> None:
    message = shipped().of(POST.order(Verb.STATUS))[0].message
    where = message["bindings"]["mqtt"]["responseTopic"]["pattern"]
    assert bool(re.search(where, f"{POST.replies}{name}")) is POST.is_reply(f"{POST.replies}{name}")


def test_the_connection_and_its_will_are_the_daemons() -> None:
    chosen = {name: field.default for name, field in Broker.__dataclass_fields__.items()}
    said = shipped().document["servers"]["broker"]["bindings"]["mqtt"]
    will = said["lastWill"]
    assert timedelta(seconds=said["keepAlive"]) == chosen["keepalive"]
    assert timedelta(seconds=will["x-will-delay-interval"]) == chosen["will_delay"]
    assert said["maximumPacketSize"] == MAX_PACKET
    assert (will["message"], will["qos"], will["retain"]) == ('{"state":"lost"}', QOS, True)
    assert shipped().of(will["topic"].format(site="a", device="b"))


def test_every_refusal_that_a_device_can_give_is_in_it_with_its_remedy() -> None:
    listed = shipped().schema("Reason")
    assert listed["x-remedies"] == {reason.value: REMEDIES[reason] for reason in Reason}
    assert set(listed["enum"]) == set(listed["x-remedies"])
    for reason in Reason:
        assert f"| `{reason.value}` | {REMEDIES[reason]} |" in listed["description"]
        for detail in ("", "what it is\nabout"):
            shipped().validate("Reply", json.loads(canonical(Reply.no("order-1", Refusal(reason, detail)))))


def test_a_reason_that_is_none_is_not_in_it() -> None:
    reply = json.loads(canonical(Reply.no("order-1", Refusal(Reason.BUSY))))
    with pytest.raises(ValueError, match="reason"):
        shipped().validate("Reply", reply | {"reason": "because"})


def test_what_is_sealed_in_a_hit_is_as_it_says(watching: Site) -> None:
    watching.walk(7)
    watching.run(6)
    (hit,) = watching.hits
    shipped().validate("HitContent", json.loads(canonical(hit.content)))


def test_its_schemas_are_such_as_asyncapi_wants() -> None:
    for name, schema in shipped().document["components"]["schemas"].items():
        jsonschema.Draft7Validator.check_schema(schema)
        assert "$defs" not in json.dumps(schema), name


def test_the_rules_of_change_stand_in_it() -> None:
    assert shipped().document["info"]["description"] == RULES
    for said in ("## Versions", "## What you do not know", "v2", "ignore it", "refuse the whole document"):
        assert said in RULES


def test_a_contract_that_lacks_a_channel_says_so_of_what_is_sent_there() -> None:
    document = asyncapi.document()
    del document["channels"]["hit"], document["operations"]["sendHit"], document["operations"]["sendHitQuestion"]
    assert not Contract(document).of(POST.hit)
