"""Messages that somebody might send: nonsense, damage, and orders that are properly signed and wrong."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

import msgspec

from edge.domain.authority import Role, Signature, Signed
from edge.domain.message import Incoming
from edge.domain.orders import BODIES, CHUNK_BYTES, MAX_ORDER_LIFE, ROLES, Verb
from edge.wire.events import enclose
from edge.wire.signed import Kind, Signs, canonical, from_base64url, key_id, to_base64url
from edge.wire.topics import Topics
from tests.fuzz.examples import documents
from tests.fuzz.mutate import TEXTS, changed, damaged

MOST_KEPT: Final = 64
"""Signed messages that may be sent again."""
CUSTODIANS: Final = (Kind.TRUST_ROOT.value, Kind.NEW_CLOCK.value)
"""What two custodians sign: it may change whom the device believes, and what time it is."""
LARGEST: Final = 500_000
"""What still fits into the largest packet that a device takes."""


@dataclass(frozen=True, slots=True)
class Message:
    """One of them, and what it is meant to be."""

    kind: str
    incoming: Incoming


@dataclass(frozen=True, slots=True)
class Genuine:
    """An order as it was once given: its body, by whom."""

    verb: Verb
    body: Any
    kid: str


class Sender:
    """Makes messages, one after the other. A seed decides what is sent, but for keys and counters."""

    def __init__(
        self, random: Random, topics: Topics, epoch: str, keys: dict[Role, Signs], others: list[Signs]
    ) -> None:
        """``others`` may sign too: recipients, strangers."""
        self._random = random
        self._topics = topics
        self._epoch = epoch
        self._keys = keys
        self._all = [*keys.values(), *others]
        self._by_id = {key_id(key.public): key for key in self._all}
        self._genuine: dict[Verb, list[Genuine]] = {verb: [] for verb in Verb}
        self._chunks: list[Incoming] = []
        self._answers: list[Incoming] = []
        self._kept: list[Incoming] = []
        self._seeds: list[bytes] = [b"{}"]
        self._counter = 0
        self.presence = True
        """Whether presence may be signed by the key that may confirm it."""
        self.custodians = False
        """Whether what custodians sign is changed and signed again too."""

    def learn(self, heard: list[tuple[str, bytes]]) -> None:
        """Take in what really went to the device."""
        for topic, payload in heard:
            part = topic.removeprefix(f"{self._topics.base}/").partition("/")[0]
            incoming = Incoming(topic, payload, retained=False)
            if part == "blob":
                self._chunks = [*self._chunks[-3:], incoming]
            elif part == "cosignature":
                self._answers = [*self._answers[-3:], incoming]
            elif part == "cmd":
                self._learn_order(payload)
            else:
                continue
            self._seeds = [*self._seeds[-40:], payload]

    def next(self, now: datetime) -> Message:
        """The next message. ``now`` is the device's wall time."""
        random = self._random
        (kind,) = random.choices(list(_SHARES), list(_SHARES.values()))
        incoming = _MAKERS[kind](self, now)
        if kind in _SIGNED:
            self._kept = [*self._kept[-MOST_KEPT + 1 :], incoming]
        respond_to, correlation, retained = incoming.respond_to, incoming.correlation, incoming.retained
        if random.random() < 0.15:
            respond_to = self._respond_to()
        if random.random() < 0.05:
            correlation = random.choice([None, b"", b"\0", random.randbytes(16), random.randbytes(65_535)])
        if random.random() < 0.03:
            retained = True
        return Message(kind, Incoming(incoming.topic, incoming.payload[:LARGEST], retained, respond_to, correlation))

    # What there is to send.

    def _random_bytes(self, _now: datetime) -> Incoming:
        size = self._random.choice((0, 1, 2, 16, 300, 5000))
        return self._to(self._topic(), self._random.randbytes(size))

    def _damaged(self, _now: datetime) -> Incoming:
        return self._to(self._topic(), damaged(self._random.choice(self._seeds), self._seeds, self._random))

    def _huge(self, _now: datetime) -> Incoming:
        random, depth = self._random, self._random.choice((100, 5_000, 60_000))
        seed = random.choice(self._seeds)
        made = [
            b"[" * depth, b'{"data":' * depth, b'{"a":' * depth + b"1" + b"}" * depth, seed * (LARGEST // len(seed)),
            b'{"data":{"payload":"' + b"A" * LARGEST, b"\xff" * LARGEST, b"9" * 200_000,
            b'"' + b"\\u0000" * 70_000 + b'"',
        ]  # fmt: skip
        return self._to(self._topic(), random.choice(made))

    def _chunk(self, _now: datetime) -> Incoming:
        random = self._random
        size = random.choice((0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, LARGEST))
        if self._chunks and random.random() < 0.7:
            genuine = random.choice(self._chunks)
            if random.random() < 0.3:
                return genuine
            blob = genuine.topic.split("/")[5]
            return self._to(
                f"{self._topics.base}/blob/{blob}/{random.choice(_INDEXES)}", random.randbytes(min(size, 2048))
            )
        blob = random.choice(("0" * 64, "f" * 64, "F" * 64, "", "..", "0" * 63, "é" * 32))
        return self._to(f"{self._topics.base}/blob/{blob}/{random.choice(_INDEXES)}", bytes(size))

    def _cosignature(self, _now: datetime) -> Incoming:
        random = self._random
        if not self._answers:
            return self._to(self._topics.cosignature("00000000"), b"200\n")
        genuine = random.choice(self._answers)
        name = genuine.topic if random.random() < 0.8 else self._topics.cosignature(random.choice(TEXTS))
        seeds = [one.payload for one in self._answers]
        return self._to(name, damaged(genuine.payload, [*seeds, b"409\n7\n"], random))

    def _odd_topic(self, now: datetime) -> Incoming:
        base, verb = self._topics.base, self._random.choice(list(Verb)).value
        odd = [
            f"{base}/cmd/", f"{base}/cmd", f"{base}/cmd/{verb}/", f"{base}/cmd//{verb}", f"{base}/cmd/{verb.upper()}",
            f"{base}/cmd/{verb}\0", f"{base}/cmd/{verb} ", f"{base}/cmd/../{verb}", f"{base}/state", base,
            f"{base}/hit", f"{base}/blob/", f"{base}/blob//", f"{base}/blob/a/b/c", f"{base}/cosignature/",
            f"{base}/cosignature/a/b", "", "/", "#", "+", "$SYS/x",
            "lamppost/v2/bench/post-1/cmd/stop", f"lamppost/v1/bench/post-2/cmd/{verb}",
            f"{base}/cmd/" + "x" * 60_000, f"{base}/{'cmd/' * 5000}{verb}", f"x{base}/cmd/{verb}", "\ufeff" + base,
        ]  # fmt: skip
        payload = self._order(now).payload if self._random.random() < 0.5 else self._random.choice(self._seeds)
        return self._to(self._random.choice(odd), payload)

    def _again(self, now: datetime) -> Incoming:
        return self._random.choice(self._kept) if self._kept else self._order(now)

    def _order(self, now: datetime) -> Incoming:
        """A genuine one, given anew."""
        order = self._some_order()
        return self._given(order.verb, self._heading(order.verb, now), order.body, self._signer(order))

    def _wrong_body(self, now: datetime) -> Incoming:
        order, body = self._some_order(), None
        for _ in range(self._random.choice((1, 1, 2, 4))):
            body = changed(order.body if body is None else body, self._random)
        return self._given(order.verb, self._heading(order.verb, now), body, self._signer(order))

    def _other_values(self, now: datetime) -> Incoming:
        """Every field is of its type, and some are not what they were."""
        order, random = self._some_order(), self._random
        other, body = json.loads(random.choice(_made_up(order.verb))), dict(order.body)
        for field in random.sample(sorted(body), random.randint(0, len(body))):
            body[field] = other.get(field, body[field])
        return self._given(order.verb, self._heading(order.verb, now), body, self._signer(order))

    def _wrong_inside(self, now: datetime) -> Incoming:
        """What stands signed in the order is changed too, and signed again by whoever had signed it."""
        order = self._some_order()
        return self._given(
            order.verb, self._heading(order.verb, now), self._signed_again(order.body), self._signer(order)
        )

    def _wrong_heading(self, now: datetime) -> Incoming:
        order, random = self._some_order(), self._random
        heading = self._heading(order.verb, now)
        field = random.choice(list(heading))
        old = {"issued": now - timedelta(days=1), "expires": now + timedelta(days=1)}
        choice = random.choice([0, 1, 2])
        if choice == 0:
            heading[field] = random.choice([*TEXTS, 0, -1, 2**63, None, True, [], {}])
        elif choice == 1 and field in old:
            heading[field] = _stamp(old[field])
        else:
            heading = {name: value for name, value in heading.items() if name != field}
        return self._given(order.verb, heading, order.body, self._signer(order))

    def _wrong_signer(self, now: datetime) -> Incoming:
        order, random = self._some_order(), self._random
        verb = random.choice(list(Verb)) if random.random() < 0.3 else order.verb
        signer = self._as_told(verb, random.choice(self._all))
        return self._given(verb, self._heading(order.verb, now), order.body, signer)

    # How it is made.

    def _learn_order(self, payload: bytes) -> None:
        data = json.loads(payload)["data"]
        inner = json.loads(from_base64url(data["payload"]))
        kid = json.loads(from_base64url(data["signatures"][0]["protected"]))["kid"]
        verb = Verb(inner["heading"]["verb"])
        self._genuine[verb] = [*self._genuine[verb][-3:], Genuine(verb, inner["body"], kid)]

    def _some_order(self) -> Genuine:
        random = self._random
        verb = random.choice(list(Verb))
        known = self._genuine[verb]
        if known and random.random() < 0.8:
            return random.choice(known)
        body = json.loads(random.choice(_made_up(verb)))
        roles = sorted(ROLES.get(verb, {Role.OPERATOR}), key=lambda role: role.value)
        return Genuine(verb, body, key_id(self._keys[random.choice(roles)].public))

    def _signer(self, order: Genuine) -> Signs:
        return self._as_told(order.verb, self._by_id.get(order.kid, self._all[-1]))

    def _as_told(self, verb: Verb, signer: Signs) -> Signs:
        barred = not self.presence and signer is self._keys[Role.PRESENCE] and verb is Verb.PRESENCE
        return self._all[-1] if barred else signer

    def _heading(self, verb: Verb, now: datetime) -> dict[str, Any]:
        # As the control room's desk counts them: what it says in between is new as well.
        self._counter = max(self._counter + 1, time.time_ns() // 1000)
        return {
            "id": f"{self._random.getrandbits(64):016x}", "verb": verb.value, "site": self._topics.site,
            "device": self._topics.device, "epoch": self._epoch, "issued": _stamp(now),
            "expires": _stamp(now + MAX_ORDER_LIFE), "counter": self._counter,
        }  # fmt: skip

    def _given(self, verb: Verb, heading: dict[str, Any], body: Any, signer: Signs) -> Incoming:
        signed = resigned(_json({"heading": heading, "body": body}), Kind.ORDER.value, signer)
        payload = enclose(signed, Kind.ORDER, id="fuzz", source="/fuzz", time=datetime.fromtimestamp(0).astimezone())
        return self._to(self._topics.order(verb), payload)

    def _signed_again(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        if set(tree) != {"payload", "signatures"}:
            return {name: self._signed_again(value) for name, value in tree.items()}
        try:
            headers = [json.loads(from_base64url(one["protected"])) for one in tree["signatures"]]
            signers = [self._by_id[header["kid"]] for header in headers]
            kind = str(headers[0]["typ"])
        except (KeyError, ValueError, TypeError):
            return tree
        if kind in CUSTODIANS and not self.custodians:
            return tree
        inside = changed(json.loads(from_base64url(tree["payload"])), self._random)
        return json.loads(canonical(resigned(_json(inside), kind, *signers)))

    def _topic(self) -> str:
        random, base = self._random, self._topics.base
        if random.random() < 0.8:
            return self._topics.order(random.choice(list(Verb)))
        return random.choice([f"{base}/blob/{'0' * 64}/0", f"{base}/cosignature/00000000", f"{base}/cmd/nothing"])

    def _respond_to(self) -> str | None:
        own, random = self._topics.replies, self._random
        odd = [None, "", own, f"{own}#", f"{own}+", f"{own}a/b", f"{own}\0", "$SYS/x", "#", self._topics.state]
        return random.choice(
            [*odd, self._topics.hit, "lamppost/v1/bench/post-2/reply/x", own + "x" * 60_000, f"{own}é"]
        )

    def _to(self, topic: str, payload: bytes) -> Incoming:
        return Incoming(topic, payload, False, f"{self._topics.replies}fuzz", b"fuzz")


_INDEXES: Final = ("0", "1", "127", "128", "999999", "1000000", "-1", "", "٣", "0/0", "a", "00", "9" * 300)
_SHARES: Final = {
    "random": 6, "damaged": 24, "huge": 0.4, "chunk": 6, "cosignature": 6, "odd topic": 5, "again": 6, "order anew": 6,
    "wrong body": 12, "other values": 8, "wrong inside": 7, "wrong heading": 8, "wrong signer": 6,
}  # fmt: skip
"""How much of each, in hundredths."""
_SIGNED: Final = frozenset(
    {"order anew", "wrong body", "other values", "wrong inside", "wrong heading", "wrong signer"}
)
_MAKERS: Final = {
    "random": Sender._random_bytes, "damaged": Sender._damaged, "huge": Sender._huge, "chunk": Sender._chunk,
    "cosignature": Sender._cosignature, "odd topic": Sender._odd_topic, "again": Sender._again,
    "order anew": Sender._order, "wrong body": Sender._wrong_body, "other values": Sender._other_values,
    "wrong inside": Sender._wrong_inside, "wrong heading": Sender._wrong_heading, "wrong signer": Sender._wrong_signer,
}  # fmt: skip
KINDS: Final = tuple(_SHARES)
Tally = Counter[str]


def resigned(raw: bytes, kind: str, *signers: Signs) -> Signed:
    """Sign bytes as they are, canonical or not."""
    payload, signatures = to_base64url(raw), []
    for signer in signers:
        protected = to_base64url(canonical({"alg": "Ed25519", "kid": key_id(signer.public), "typ": kind}))
        signature = to_base64url(signer.sign(f"{protected}.{payload}".encode()))
        signatures.append(Signature(protected=protected, signature=signature))
    return Signed(payload=payload, signatures=tuple(signatures))


@cache
def _made_up(verb: Verb) -> list[bytes]:
    """Bodies that were never given: made from their type, so that a new order is tried from its first day."""
    return documents(BODIES[verb], Random(verb.value), 30)


def _json(tree: Any) -> bytes:
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _stamp(moment: datetime) -> str:
    return str(msgspec.to_builtins(moment))
