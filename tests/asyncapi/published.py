"""The contract as an outsider reads it: the shipped document, another's JSON Schema validator, and nothing of ours.

Every message that crosses a broker in any test is held against it (`tests/conftest.py`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import fastjsonschema

import edge

SHIPPED = Path(edge.__file__).parent / "contract" / "asyncapi.json"
SCHEMAS = "#/components/schemas/"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as it crossed a broker."""

    topic: str
    payload: bytes
    retain: bool
    qos: int = 1
    expires: int | None = None
    """Seconds, as the publisher asked for or as what is left of it."""
    content_type: str | None = None
    correlation: bytes | None = None
    respond_to: str | None = None
    late: bool = False
    """Kept by the broker: some of its life may be over."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of message on one channel."""

    action: str
    message: Json
    binding: Json
    replied: bool


class Contract:
    """The document, compiled as it is needed."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self._compiled: dict[str, Callable[[object], object]] = {}
        self._text = json.dumps(document["components"])

    @cached_property
    def _channels(self) -> list[tuple[re.Pattern[str], list[Operation]]]:
        operations: dict[str, list[Operation]] = {}
        for one in self.document["operations"].values():
            for reference in one["messages"]:
                message = self._at(self._at(reference["$ref"])["$ref"])
                made = Operation(one["action"], message, one["bindings"]["mqtt"], "reply" in one)
                operations.setdefault(one["channel"]["$ref"].rpartition("/")[2], []).append(made)
        found = []
        for name, channel in self.document["channels"].items():
            address = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(channel["address"]))
            found.append((re.compile(address), operations[name]))
        return found

    def of(self, topic: str) -> list[Operation]:
        """What may be said on a topic: nothing, where no channel has this address."""
        return next((operations for address, operations in self._channels if address.fullmatch(topic)), [])

    def hears(self, topic: str) -> bool:
        """Whether a device hears this topic, so that anybody at all may have written to it."""
        operations = self.of(topic)
        return bool(operations) and all(one.action == "receive" for one in operations)

    def breaches(self, seen: Seen) -> list[str]:
        """What is wrong with a message. Empty: it is as the contract says."""
        operations = self.of(seen.topic)
        if not operations:
            return ["no declared channel has this address"]
        of_type = [one for one in operations if one.message["contentType"] == seen.content_type]
        if not of_type:
            return [f"content type {seen.content_type!r}"]
        (operation,) = of_type
        return [*self._carried(seen, operation), *self._content(seen.payload, operation.message)]

    def _carried(self, seen: Seen, operation: Operation) -> Iterator[str]:
        """What MQTT says of it."""
        said, asked = operation.binding, operation.message["bindings"]["mqtt"]
        if seen.qos != said["qos"]:
            yield f"QoS {seen.qos}, not {said['qos']}"
        if seen.retain is not said["retain"]:
            yield "retained" if seen.retain else "not retained"
        life = said.get("messageExpiryInterval")
        if life is None:
            if seen.expires is not None:
                yield f"expires after {seen.expires} s, and must not expire"
        else:
            least, most = (life, life) if isinstance(life, int) else (life["minimum"], life["maximum"])
            if seen.expires is None or not (0 if seen.late else least) <= seen.expires <= most:
                yield f"expires after {seen.expires} s, not within {least} to {most}"
        known = asked.get("correlationData")
        wrong = seen.correlation is not None if known is None else len(seen.correlation or b"") < known["minLength"]
        if wrong:
            yield f"correlation data {seen.correlation!r}"
        where = asked.get("responseTopic")
        if where is None and seen.respond_to is not None:
            yield f"response topic {seen.respond_to!r}, and nothing to respond to"
        if where is not None and not re.search(where["pattern"], seen.respond_to or ""):
            yield f"response topic {seen.respond_to!r}"

    def _content(self, payload: bytes, message: Json) -> Iterator[str]:
        name = message["payload"]["$ref"].removeprefix(SCHEMAS)
        schema = self.schema(name)
        try:
            if schema.get("format") == "binary":
                if len(payload) > schema["maxLength"]:
                    yield f"{len(payload)} bytes, at most {schema['maxLength']}"
            elif message["contentType"].startswith("text/"):
                self.validate(name, payload.decode())
            else:
                value = json.loads(payload)
                self.validate(name, value)
                self._inside(value, schema)
        except (fastjsonschema.JsonSchemaException, ValueError) as error:
            yield f"{name}: {error}"

    def _inside(self, value: Any, schema: Json) -> None:
        """Whatever a schema says is encoded in a string, at any depth. Raises as :meth:`validate`, and ValueError."""
        if "$ref" in schema:
            self._inside(value, self._at(schema["$ref"]))
        elif "contentSchema" in schema:
            name = schema["contentSchema"]["$ref"].removeprefix(SCHEMAS)
            raw = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
            decoded = json.loads(raw)
            if json.dumps(decoded, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() != raw:
                raise ValueError(f"{name} is not in canonical form")
            self.validate(name, decoded)
        elif isinstance(value, dict):
            for field, within in schema.get("properties", {}).items():
                if field in value and isinstance(within, dict):
                    self._inside(value[field], within)
        elif isinstance(value, list):
            for one in value:
                self._inside(one, schema.get("items", {}))

    def validate(self, name: str, value: object) -> None:
        """Hold a value against a named schema. Raises JsonSchemaException."""
        if name not in self._compiled:
            # This compiler would read what contentEncoding hides without decoding it; `_inside` does both.
            clear = json.loads(self._text.replace('"contentMediaType":', '"x-contentMediaType":'))
            whole = {"$ref": f"{SCHEMAS}{name}", "components": clear}
            self._compiled[name] = fastjsonschema.compile(whole)
        self._compiled[name](value)

    def schema(self, name: str) -> Json:
        """A named schema."""
        return dict(self.document["components"]["schemas"][name])

    def _at(self, pointer: str) -> Json:
        found = self.document
        for part in pointer.removeprefix("#/").split("/"):
            found = found[part]
        return found


@cache
def shipped() -> Contract:
    """The contract that is shipped."""
    return Contract(json.loads(SHIPPED.read_text()))
