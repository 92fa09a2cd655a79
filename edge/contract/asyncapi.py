"""The contract in AsyncAPI 3.0, with the MQTT bindings 0.2.0. Pure: the same types give the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from edge import schemas
from edge.adapters.mqtt import MAX_PACKET, QOS, Broker
from edge.contract import RULES, VERSION
from edge.contract.channels import PARAMETERS, SAID, Document, Fixed, Life, Message, Octets, Party, Text
from edge.domain.errors import REMEDIES, Reason
from edge.wire.events import type_of
from edge.wire.topics import ROOT

Json = dict[str, Any]

BINDING: Final = {"bindingVersion": "0.2.0"}
_BASE64URL: Final = {"contentEncoding": "base64url", "contentMediaType": "application/json"}
_CONNECTION: Final = Broker(host="", port=0, ca=Path(), certificate=Path(), key=Path())
"""For its defaults."""


def published() -> str:
    """The document, laid out for reading."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2).decode() + "\n"


def document() -> Json:
    """The document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:lamppost:v1",
        "info": {
            "title": "Lamppost",
            "version": VERSION,
            "description": RULES,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": _server()},
        "channels": _channels(),
        "operations": {_operation_name(message): _operation(message) for message in SAID},
        "components": {
            "securitySchemes": {
                "certificate": {
                    "type": "X509",
                    "description": "TLS 1.3 on both sides. The certificate's common name is <site>.<device>.",
                }
            },
            "parameters": {name: {"description": said} for name, said in PARAMETERS.items()},
            "messages": {message.name: _message(message) for message in SAID},
            "schemas": _schemas(),
        },
    }


def _server() -> Json:
    will = next(message for message in SAID if message.sender is Party.BROKER)
    assert isinstance(will.carries, Fixed)
    delay = int(_CONNECTION.will_delay.total_seconds())
    return {
        "host": "{broker}:8883",
        "protocol": "mqtts",
        "protocolVersion": "5",
        "description": "The control room's broker. It is not trusted with anything but delivery.",
        "variables": {"broker": {"description": "Its name, which its certificate must bear."}},
        "security": [{"$ref": "#/components/securitySchemes/certificate"}],
        "bindings": {
            "mqtt": {
                "clientId": "{site}.{device}",
                "cleanSession": True,
                "lastWill": {
                    "topic": f"{ROOT}/{{site}}/{{device}}/{will.part}",
                    "qos": QOS,
                    "message": will.carries.raw.decode(),
                    "retain": will.retained,
                    "x-will-delay-interval": delay,
                },
                "keepAlive": int(_CONNECTION.keepalive.total_seconds()),
                "maximumPacketSize": MAX_PACKET,
                **BINDING,
            }
        },
    }


def channel_name(part: str) -> str:
    """The key of a channel: its address without what every address has, as one word."""
    return part.split("/{")[0].replace("/", "-")


def _channels() -> Json:
    made: Json = {}
    for message in SAID:
        channel = made.setdefault(
            channel_name(message.part),
            {
                "address": f"{ROOT}/{{site}}/{{device}}/{message.part}",
                "description": message.says,
                "servers": [{"$ref": "#/servers/broker"}],
                "messages": {},
                "parameters": {
                    name: {"$ref": f"#/components/parameters/{name}"}
                    for name in PARAMETERS
                    if name in ("site", "device") or f"{{{name}}}" in message.part
                },
            },
        )
        channel["messages"][message.name] = {"$ref": f"#/components/messages/{message.name}"}
    return made


def _operation_name(message: Message) -> str:
    return f"{'receive' if _heard(message) else 'send'}{message.name}"


def _heard(message: Message) -> bool:
    return message.sender in (Party.CONTROL_ROOM, Party.WITNESS)


def _operation(message: Message) -> Json:
    channel = f"#/channels/{channel_name(message.part)}"
    made: Json = {
        "action": "receive" if _heard(message) else "send",
        "channel": {"$ref": channel},
        "summary": message.says,
        "messages": [{"$ref": f"{channel}/messages/{message.name}"}],
        "bindings": {"mqtt": {"qos": QOS, "retain": message.retained, **_expiry(message.life), **BINDING}},
    }
    if message.asks:
        made["reply"] = {
            "address": {
                "location": "$message.header#/responseTopic",
                "description": "The MQTT 5 response topic of the order, which must be under the device's own reply/.",
            },
            "channel": {"$ref": "#/channels/reply"},
            "messages": [{"$ref": "#/channels/reply/messages/Reply"}],
        }
    return made


def _expiry(life: Life) -> Json:
    if life.most is None or life.least is None:
        return {}
    least, most = int(life.least.total_seconds()), int(life.most.total_seconds())
    return {"messageExpiryInterval": most if least == most else {"type": "integer", "minimum": least, "maximum": most}}


def _message(message: Message) -> Json:
    bindings: Json = {"contentType": message.carries.content_type, **BINDING}
    if message.asks:
        bindings["correlationData"] = {
            "type": "string",
            "minLength": 1,
            "description": "Any bytes: the reply has them.",
        }
    if message.answers:
        described = "The order's own. None, where it had none."
        bindings["correlationData"] = {"type": "string", "minLength": 0, "description": described}
    if message.asks:
        bindings["responseTopic"] = {"type": "string", "pattern": f"^{ROOT}/[^/]+/[^/]+/reply/[^/]+$"}
    return {
        "name": message.name,
        "title": message.name,
        "summary": message.says,
        "contentType": message.carries.content_type,
        "payload": {"$ref": f"#/components/schemas/{_payload_name(message)}"},
        "bindings": {"mqtt": bindings},
    }


def _payload_name(message: Message) -> str:
    return f"{message.name}{'Event' if isinstance(message.carries, Document) else 'Message'}"


def _schemas() -> Json:
    made = {name: _as_draft_07(one) for name, one in schemas.components("#/components/schemas/{name}").items()}
    made["Reason"] = {
        "title": "Reason",
        "description": "Why something was refused, and what can be done about it.\n\n| reason | remedy |\n|---|---|\n"
        + "".join(f"| `{reason.value}` | {REMEDIES[reason]} |\n" for reason in Reason),
        "type": "string",
        "enum": [reason.value for reason in Reason],
        "x-remedies": {reason.value: REMEDIES[reason] for reason in Reason},
    }
    for message in SAID:
        match message.carries:
            case Text(pattern):
                made[_payload_name(message)] = {"type": "string", "pattern": pattern}
            case Octets(most):
                made[_payload_name(message)] = {"type": "string", "format": "binary", "maxLength": most}
            case Fixed(raw):
                made[_payload_name(message)] = {"const": msgspec.json.decode(raw)}
            case Document():
                made |= _enveloped(message, message.carries, made)
    return dict(sorted(made.items()))


def _as_draft_07(schema: Any) -> Any:  # noqa: ANN401
    """AsyncAPI's dialect is older than the published schemas', and names the items of a tuple otherwise."""
    if isinstance(schema, list):
        return [_as_draft_07(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _as_draft_07(one) for name, one in schema.items()}
    if "prefixItems" in made:
        made |= {"items": made.pop("prefixItems"), "additionalItems": made["items"]}
    return made


def _enveloped(message: Message, carried: Document, made: Json) -> Json:
    """The schemas of an envelope, of the signed document in it, and of what its signature's header says."""
    inside = message.name if carried.verb is not None else schemas.NOUNS[carried.kind].__name__
    signed, header = f"Signed{message.name}", f"{message.name}Header"
    event = made["CloudEvent"]
    own = {
        "specversion": {"const": "1.0"},
        "type": {"const": type_of(carried.kind)},
        "datacontenttype": {"const": "application/jose+json"},
        "data": {"$ref": f"#/components/schemas/{signed}"},
    }
    described = f"{schemas.CANONICAL}"
    return {
        _payload_name(message): {**event, "title": message.name, "properties": {**event["properties"], **own}},
        signed: _signed(inside, header, described),
        header: {
            "type": "object",
            "properties": {
                "alg": {"const": "Ed25519"},
                "kid": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
                "typ": {"const": carried.kind.value},
            },
            "required": ["alg", "kid", "typ"],
            "additionalProperties": False,
        },
    }


def _signed(inside: str, header: str, described: str) -> Json:
    def part(schema: str) -> Json:
        return {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]+$",
            **_BASE64URL,
            "contentSchema": {"$ref": f"#/components/schemas/{schema}"},
        }

    signature = {
        "type": "object",
        "properties": {"protected": part(header), "signature": {"type": "string", "pattern": "^[A-Za-z0-9_-]{86}$"}},
        "required": ["protected", "signature"],
        "additionalProperties": False,
    }
    return {
        "description": schemas.SIGNED,
        "type": "object",
        "properties": {
            "payload": {**part(inside), "description": f"The document `{inside}`. {described}"},
            "signatures": {"type": "array", "items": signature, "minItems": 1, "maxItems": 16},
        },
        "required": ["payload", "signatures"],
        "additionalProperties": False,
    }
