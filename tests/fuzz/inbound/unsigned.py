"""Nonsense, damage, chunks and answers of witnesses, odd topics: what anybody may send who signs nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from edge.domain.message import Incoming
from edge.domain.orders import CHUNK_BYTES, Verb
from tests.fuzz.inbound.material import LARGEST, Material
from tests.fuzz.inbound.signed import order_anew
from tests.fuzz.mutate import TEXTS, damaged

_INDEXES: Final = ("0", "1", "127", "128", "999999", "1000000", "-1", "", "٣", "0/0", "a", "00", "9" * 300)


def random_bytes(material: Material, _now: datetime) -> Incoming:
    size = material.random.choice((0, 1, 2, 16, 300, 5000))
    return material.to(material.topic(), material.random.randbytes(size))


def with_damage(material: Material, _now: datetime) -> Incoming:
    return material.to(
        material.topic(), damaged(material.random.choice(material.seeds), material.seeds, material.random)
    )


def huge(material: Material, _now: datetime) -> Incoming:
    random, depth = material.random, material.random.choice((100, 5_000, 60_000))
    seed = random.choice(material.seeds)
    made = [
        b"[" * depth, b'{"data":' * depth, b'{"a":' * depth + b"1" + b"}" * depth, seed * (LARGEST // len(seed)),
        b'{"data":{"payload":"' + b"A" * LARGEST, b"\xff" * LARGEST, b"9" * 200_000,
        b'"' + b"\\u0000" * 70_000 + b'"',
    ]  # fmt: skip
    return material.to(material.topic(), random.choice(made))


def chunk(material: Material, _now: datetime) -> Incoming:
    random = material.random
    size = random.choice((0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, LARGEST))
    if material.chunks and random.random() < 0.7:
        genuine = random.choice(material.chunks)
        if random.random() < 0.3:
            return genuine
        blob = genuine.topic.split("/")[5]
        return material.to(
            f"{material.topics.base}/blob/{blob}/{random.choice(_INDEXES)}", random.randbytes(min(size, 2048))
        )
    blob = random.choice(("0" * 64, "f" * 64, "F" * 64, "", "..", "0" * 63, "é" * 32))
    return material.to(f"{material.topics.base}/blob/{blob}/{random.choice(_INDEXES)}", bytes(size))


def cosignature(material: Material, _now: datetime) -> Incoming:
    random = material.random
    if not material.answers:
        return material.to(material.topics.cosignature("00000000"), b"200\n")
    genuine = random.choice(material.answers)
    name = genuine.topic if random.random() < 0.8 else material.topics.cosignature(random.choice(TEXTS))
    seeds = [one.payload for one in material.answers]
    return material.to(name, damaged(genuine.payload, [*seeds, b"409\n7\n"], random))


def odd_topic(material: Material, now: datetime) -> Incoming:
    base, verb = material.topics.base, material.random.choice(list(Verb)).value
    odd = [
        f"{base}/cmd/", f"{base}/cmd", f"{base}/cmd/{verb}/", f"{base}/cmd//{verb}", f"{base}/cmd/{verb.upper()}",
        f"{base}/cmd/{verb}\0", f"{base}/cmd/{verb} ", f"{base}/cmd/../{verb}", f"{base}/state", base,
        f"{base}/hit", f"{base}/blob/", f"{base}/blob//", f"{base}/blob/a/b/c", f"{base}/cosignature/",
        f"{base}/cosignature/a/b", "", "/", "#", "+", "$SYS/x",
        "lamppost/v2/bench/post-1/cmd/stop", f"lamppost/v1/bench/post-2/cmd/{verb}",
        f"{base}/cmd/" + "x" * 60_000, f"{base}/{'cmd/' * 5000}{verb}", f"x{base}/cmd/{verb}", "\ufeff" + base,
    ]  # fmt: skip
    payload = (
        order_anew(material, now).payload if material.random.random() < 0.5 else material.random.choice(material.seeds)
    )
    return material.to(material.random.choice(odd), payload)
