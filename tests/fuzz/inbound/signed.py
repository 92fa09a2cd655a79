"""Orders that are properly signed, and right or wrong in one way each."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

import msgspec

from edge.domain.authority import Role, Signature, Signed
from edge.domain.message import Incoming
from edge.domain.orders import BODIES, MAX_ORDER_LIFE, ROLES, Verb
from edge.wire.events import enclose
from edge.wire.signed import Kind, Signs, canonical, from_base64url, key_id, to_base64url
from tests.fuzz.examples import documents
from tests.fuzz.inbound.material import Genuine, Material
from tests.fuzz.mutate import TEXTS, changed

CUSTODIANS: Final = (Kind.TRUST_ROOT.value, Kind.NEW_CLOCK.value)
"""What two custodians sign: it may change whom the device believes, and what time it is."""


def order_anew(material: Material, now: datetime) -> Incoming:
    """A genuine one, given anew."""
    order = _some_order(material)
    return _given(material, order.verb, _heading(material, order.verb, now), order.body, _signer(material, order))


def again(material: Material, now: datetime) -> Incoming:
    return material.random.choice(material.kept) if material.kept else order_anew(material, now)


def wrong_body(material: Material, now: datetime) -> Incoming:
    order, body = _some_order(material), None
    for _ in range(material.random.choice((1, 1, 2, 4))):
        body = changed(order.body if body is None else body, material.random)
    return _given(material, order.verb, _heading(material, order.verb, now), body, _signer(material, order))


def other_values(material: Material, now: datetime) -> Incoming:
    """Every field is of its type, and some are not what they were."""
    order, random = _some_order(material), material.random
    other, body = json.loads(random.choice(_made_up(order.verb))), dict(order.body)
    for field in random.sample(sorted(body), random.randint(0, len(body))):
        body[field] = other.get(field, body[field])
    return _given(material, order.verb, _heading(material, order.verb, now), body, _signer(material, order))


def wrong_inside(material: Material, now: datetime) -> Incoming:
    """What stands signed in the order is changed too, and signed again by whoever had signed it."""
    order = _some_order(material)
    return _given(
        material,
        order.verb,
        _heading(material, order.verb, now),
        _signed_again(material, order.body),
        _signer(material, order),
    )


def wrong_heading(material: Material, now: datetime) -> Incoming:
    order, random = _some_order(material), material.random
    heading = _heading(material, order.verb, now)
    field = random.choice(list(heading))
    old = {"issued": now - timedelta(days=1), "expires": now + timedelta(days=1)}
    choice = random.choice([0, 1, 2])
    if choice == 0:
        heading[field] = random.choice([*TEXTS, 0, -1, 2**63, None, True, [], {}])
    elif choice == 1 and field in old:
        heading[field] = _stamp(old[field])
    else:
        heading = {name: value for name, value in heading.items() if name != field}
    return _given(material, order.verb, heading, order.body, _signer(material, order))


def wrong_signer(material: Material, now: datetime) -> Incoming:
    order, random = _some_order(material), material.random
    verb = random.choice(list(Verb)) if random.random() < 0.3 else order.verb
    signer = _as_told(material, verb, random.choice(material.everybody))
    return _given(material, verb, _heading(material, order.verb, now), order.body, signer)


def resigned(raw: bytes, kind: str, *signers: Signs) -> Signed:
    """Sign bytes as they are, canonical or not."""
    payload, signatures = to_base64url(raw), []
    for signer in signers:
        protected = to_base64url(canonical({"alg": "Ed25519", "kid": key_id(signer.public), "typ": kind}))
        signature = to_base64url(signer.sign(f"{protected}.{payload}".encode()))
        signatures.append(Signature(protected=protected, signature=signature))
    return Signed(payload=payload, signatures=tuple(signatures))


def _some_order(material: Material) -> Genuine:
    random = material.random
    verb = random.choice(list(Verb))
    known = material.genuine[verb]
    if known and random.random() < 0.8:
        return random.choice(known)
    body = json.loads(random.choice(_made_up(verb)))
    roles = sorted(ROLES.get(verb, {Role.OPERATOR}), key=lambda role: role.value)
    return Genuine(verb, body, key_id(material.keys[random.choice(roles)].public))


def _signer(material: Material, order: Genuine) -> Signs:
    return _as_told(material, order.verb, material.by_id.get(order.kid, material.everybody[-1]))


def _as_told(material: Material, verb: Verb, signer: Signs) -> Signs:
    barred = not material.presence and signer is material.keys[Role.PRESENCE] and verb is Verb.PRESENCE
    return material.everybody[-1] if barred else signer


def _heading(material: Material, verb: Verb, now: datetime) -> dict[str, Any]:
    # As the control room's desk counts them: what it says in between is new as well.
    material.counter = max(material.counter + 1, time.time_ns() // 1000)
    return {
        "id": f"{material.random.getrandbits(64):016x}", "verb": verb.value, "site": material.topics.site,
        "device": material.topics.device, "epoch": material.epoch, "issued": _stamp(now),
        "expires": _stamp(now + MAX_ORDER_LIFE), "counter": material.counter,
    }  # fmt: skip


def _given(material: Material, verb: Verb, heading: dict[str, Any], body: Any, signer: Signs) -> Incoming:
    signed = resigned(_json({"heading": heading, "body": body}), Kind.ORDER.value, signer)
    payload = enclose(signed, Kind.ORDER, id="fuzz", source="/fuzz", time=datetime.fromtimestamp(0).astimezone())
    return material.to(material.topics.order(verb), payload)


def _signed_again(material: Material, tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if set(tree) != {"payload", "signatures"}:
        return {name: _signed_again(material, value) for name, value in tree.items()}
    try:
        headers = [json.loads(from_base64url(one["protected"])) for one in tree["signatures"]]
        signers = [material.by_id[header["kid"]] for header in headers]
        kind = str(headers[0]["typ"])
    except (KeyError, ValueError, TypeError):
        return tree
    if kind in CUSTODIANS and not material.custodians:
        return tree
    inside = changed(json.loads(from_base64url(tree["payload"])), material.random)
    return json.loads(canonical(resigned(_json(inside), kind, *signers)))


@cache
def _made_up(verb: Verb) -> list[bytes]:
    """Bodies that were never given: made from their type, so that a new order is tried from its first day."""
    return documents(BODIES[verb], Random(verb.value), 30)


def _json(tree: Any) -> bytes:
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _stamp(moment: datetime) -> str:
    return str(msgspec.to_builtins(moment))
