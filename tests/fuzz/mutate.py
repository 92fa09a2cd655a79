"""Damage: seeded, quick, and aware of what it damages.

A tool that follows coverage (atheris) has nothing to follow here: the decoding is msgspec's, in C, and so is OpenSSL's
part. What finds faults in the Python around it is damage at every level of a document, so that is what this makes, and
a seed and a number give the same input everywhere.
"""

from __future__ import annotations

import base64
import json
from random import Random
from typing import Any, Final

LARGEST: Final = 300_000
TEXTS: Final = [
    "", "\x00", "\ud800", "é" * 40, "A" * 5000, "-1", "1e999", "NaN", "2026-06-01T12:00:00", "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+23:59", "2026-06-01T12:00:00+01:00", "P99999999D", "-PT1S",
    "PT1e5S", "../../etc/passwd", "%s%n", "\u202e", "\r\n", "1" * 400, "0x10", "sNaN", "Infinity", "-0", "1E+1000000",
    "A" * 43, "A" * 22, "f" * 64, "test-1\n", "a" * 64, "null", "true", "payload", "__class__",
]  # fmt: skip
NUMBERS: Final = [0, -1, 1, 2**31, 2**53, 2**53 - 1, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, -0.0, 0.1, 1e-320]
OTHERS: Final[list[Any]] = [None, True, False, [], {}, [[]], {"": ""}, [None] * 300]
DEPTHS: Final = (20, 200, 2_000, 60_000)
BYTES: Final = [
    b"",
    b"\x00",
    b"\xff",
    b"\n\n",
    b"\r\n",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\\u0000",
    b"\xed\xa0\x80",
]


def damaged(seed: bytes, others: list[bytes], random: Random) -> bytes:
    """A seed, damaged a little, a lot, or beyond recognition."""
    choice = random.random()
    if choice < 0.45:
        made = _as_document(seed, random)
    elif choice < 0.85:
        made = seed
        for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
            made = _as_bytes(made, others, random)
    elif choice < 0.95:
        made = random.randbytes(random.choice((0, 1, 3, 4, 8, 60, 1000)))
    elif choice < 0.997:
        made = seed
    else:
        made = _huge(seed, random)
    return made[:LARGEST]


def _as_document(seed: bytes, random: Random) -> bytes:
    try:
        tree = json.loads(seed)
    except ValueError:
        return _as_text(seed, random)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        tree = changed(tree, random)
    spaced = random.random() < 0.05
    text = json.dumps(
        tree, sort_keys=random.random() < 0.95, separators=None if spaced else (",", ":"), ensure_ascii=False
    )
    if random.random() < 0.03 and text.startswith("{"):
        key = random.choice(["id", "payload", "zz", "kind"])
        text = f'{{"{key}":1,{text[1:]}'
    return text.encode("utf-8", "surrogatepass")


def changed(tree: Any, random: Random) -> Any:
    """The tree with one place changed: the deeper, the likelier."""
    if isinstance(tree, dict) and tree and random.random() < 0.85:
        key = random.choice(list(tree))
        if (
            isinstance(tree[key], str)
            and key in ("payload", "protected", "content", "sealed")
            and random.random() < 0.8
        ):
            return {**tree, key: _inside(tree[key], random)}
        if random.random() < 0.1:
            return {name: value for name, value in tree.items() if name != key}
        if random.random() < 0.05:
            return {**tree, random.choice(TEXTS): tree[key]}
        return {**tree, key: changed(tree[key], random)}
    if isinstance(tree, list) and tree and random.random() < 0.85:
        index = random.randrange(len(tree))
        if random.random() < 0.2:
            return tree[:index] + tree[index + 1 :]
        if random.random() < 0.2:
            return tree + [tree[index]] * random.choice((1, 20))
        return [*tree[:index], changed(tree[index], random), *tree[index + 1 :]]
    return _other(tree, random)


def _other(leaf: Any, random: Random) -> Any:
    if isinstance(leaf, str) and leaf and random.random() < 0.4:
        index = random.randrange(len(leaf))
        return leaf[:index] + random.choice(["", "x", "0", "\n", "é", leaf]) + leaf[index + 1 :]
    if isinstance(leaf, int) and random.random() < 0.4:
        return leaf + random.choice((-1, 1, 1000, -leaf))
    return random.choice(random.choice((TEXTS, NUMBERS, OTHERS)))


def _inside(text: str, random: Random) -> str:
    """What is encoded in base64url, damaged, and encoded again."""
    try:
        inner = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return str(_other(text, random))
    changed = _as_document(inner, random) if inner[:1] in (b"{", b"[") else _as_bytes(inner, [], random)
    return base64.urlsafe_b64encode(changed).rstrip(b"=").decode()


def _as_text(seed: bytes, random: Random) -> bytes:
    """Lines left out, doubled, swapped; words replaced."""
    lines = seed.split(b"\n")
    index = random.randrange(len(lines))
    choice = random.randrange(5)
    if choice == 0:
        del lines[index]
    elif choice == 1:
        lines.insert(index, lines[index])
    elif choice == 2:
        lines[index] = random.choice(lines)
    elif choice == 3:
        words = lines[index].split(b" ")
        words[random.randrange(len(words))] = random.choice(TEXTS).encode("utf-8", "surrogatepass")
        lines[index] = b" ".join(words)
    else:
        before, equals, _ = lines[index].partition(b"=")
        lines[index] = before + equals + json.dumps(random.choice([*TEXTS, *NUMBERS])).encode()
    return b"\n".join(lines)


def _as_bytes(seed: bytes, others: list[bytes], random: Random) -> bytes:
    if not seed:
        return random.randbytes(4)
    place, span = random.randrange(len(seed)), random.choice((1, 1, 2, 4, 32))
    choice = random.randrange(7)
    if choice == 0:
        return seed[:place] + bytes([seed[place] ^ 1 << random.randrange(8)]) + seed[place + 1 :]
    if choice == 1:
        return seed[:place] + random.choice(BYTES) + seed[place:]
    if choice == 2:
        return seed[:place] + seed[place + span :]
    if choice == 3:
        return seed[:place] + seed[place : place + span] * random.choice((2, 100)) + seed[place + span :]
    if choice == 4:
        return seed[:place]
    if choice == 5 and others:
        other = random.choice(others)
        return seed[:place] + other[random.randrange(len(other) + 1) :]
    return seed[:place] + random.randbytes(span) + seed[place + span :]


def _huge(seed: bytes, random: Random) -> bytes:
    depth = random.choice(DEPTHS)
    return random.choice(
        [
            b"[" * depth, b'{"a":' * depth, b"[" * depth + b"]" * depth, seed * (LARGEST // max(1, len(seed))),
            b'{"payload":"' + b"A" * LARGEST + b'"}', b'"' + b"\\u0041" * 40_000 + b'"', b"9" * 200_000,
            b"\n" * 100_000, b"\xff" * LARGEST, b"[" + b"1," * 100_000 + b"1]",
        ]
    )  # fmt: skip
