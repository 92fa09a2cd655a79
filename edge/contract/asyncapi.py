"""The contract in AsyncAPI 3.0, with the MQTT bindings 0.2.0. Pure: the same types give the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from edge.adapters.mqtt import MAX_PACKET, QOS, Broker
from edge.contract import RULES, VERSION, payloads
from edge.contract.channels import PARAMETERS, SAID, Fixed, Life, Message, Party
from edge.wire.topics import ROOT

Json = dict[str, Any]

BINDING: Final = {"bindingVersion": "0.2.0"}
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
                    "description": "TLS 1.3 on both sides. A device's certificate is named `<site>/<device>`.",
                }
            },
            "parameters": {name: {"description": said} for name, said in PARAMETERS.items()},
            "messages": {message.name: _message(message) for message in SAID},
            "schemas": payloads.every(),
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
        "description": _how(message),
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


def _how(message: Message) -> str:
    """What the bindings say, for a reader of the page."""
    said = {
        Party.DEVICE: "The device says it",
        Party.BROKER: "The broker says it for the device",
        Party.CONTROL_ROOM: "The control room says it to the device",
        Party.WITNESS: "A witness says it to the device",
    }[message.sender]
    kept = "retained" if message.retained else "never retained"
    most, least = message.life.most, message.life.least
    if most is None:
        lives = "it does not expire"
    else:
        lives = f"it expires after {'' if least == most else 'at most '}{most.total_seconds():.0f} seconds"
    asks = ", with response topic and correlation data" if message.asks else ""
    return f"{said}: QoS {QOS}, {kept}; {lives}{asks}."


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
        bindings["responseTopic"] = {"type": "string", "pattern": f"^{ROOT}/[^/]+/[^/]+/reply/[A-Za-z0-9._-]{{1,64}}$"}
    return {
        "name": message.name,
        "title": message.name,
        "contentType": message.carries.content_type,
        "payload": {"$ref": f"#/components/schemas/{payloads.name_of(message)}"},
        "bindings": {"mqtt": bindings},
    }
