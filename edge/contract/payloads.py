"""What messages contain, as AsyncAPI's schemas: from the published ones, with the envelope round each."""

from __future__ import annotations

from typing import Any, Final

from edge import schemas
from edge.contract.channels import SAID, Document, Fixed, Message, Octets, Text
from edge.domain.errors import REMEDIES, Reason
from edge.wire.events import type_of

Json = dict[str, Any]

_BASE64URL: Final = {"contentEncoding": "base64url", "contentMediaType": "application/json"}


def name_of(message: Message) -> str:
    """The schema of a message's payload."""
    return f"{message.name}{'Event' if isinstance(message.carries, Document) else 'Message'}"


def every() -> Json:
    """All schemas, by name."""
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
                made[name_of(message)] = {"type": "string", "pattern": pattern}
            case Octets(most):
                made[name_of(message)] = {"type": "string", "format": "binary", "maxLength": most}
            case Fixed(value):
                made[name_of(message)] = {"const": value}
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
        name_of(message): {**event, "title": message.name, "properties": {**event["properties"], **own}},
        signed: _signed(inside, header, described),
        header: {
            "description": "Protected in the signature (RFC 7515): which key signed (RFC 7638), and what.",
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
