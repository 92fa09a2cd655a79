"""Valid documents of any kind, made from their types: whatever is added to the domain is fuzzed from its first day."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec
from msgspec import inspect

from edge.domain.remark import SAID

PATTERNS: Final = {
    r"^[a-z0-9][a-z0-9-]{0,30}\Z": ["bench", "post-1"],
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z": ["epoch-1", "test-1", "v-0007"],
    r"^[0-9a-f]{64}\Z": ["0" * 64, "d" * 64, "e" * 64],
    r"^[A-Za-z0-9_-]{43}\Z": ["A" * 43, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"],
    r"^[A-Za-z0-9_-]{22}\Z": ["A" * 22],
    r"^[A-Za-z0-9_-]{16}\Z": ["A" * 16],
    r"^[A-Za-z0-9_-]{64,160}\Z": ["A" * 64, "A" * 108],
    r"^[a-z0-9][a-z0-9./-]{0,126}\Z": ["witness.example.org/lamppost"],
    r"^[a-z][a-z0-9-]{0,63}\Z": ["frames", "link-connack-success"],
    r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}\Z": ["0.1.0"],
    r"^[0-9][0-9A-Za-z.+~-]{0,63}\Z": ["0.2.0+deb12", "0.3.0~rc1"],
    r"^[!-~]{1,32}\Z": ["1", "on"],
    r"^/dev/[!-~]{1,120}\Z": ["/dev/tpmrm0"],
    r"^rtsps?://[!-?A-~]{1,200}\Z": ["rtsp://192.0.2.7/main"],
    r"^[!-~]{4}\Z": ["MJPG"],
    r"^[0-7]{1,256}\Z": ["0", "01234567" * 18],
    SAID: [
        "lamppost: failed part=main error=OSError at=edge/daemon/tell.py:12,edge/ports.py:3",
        "lamppost: exposed endpoint=metrics port=9464",
    ],
    r"^(leaves\.jsonl|head\.txt|release\.json|(cosigned|papers)/[0-9a-f-]{1,80}\.(txt|json))\Z": [
        "leaves.jsonl",
        "cosigned/000000.txt",
    ],
    r"^[a-z-]{1,16}(/[a-z0-9./-]{1,120})?\Z": ["support", "leaf/000000000007"],
    r"^([a-z-]{1,16}/[a-z0-9./-]{1,120})?\Z": ["", "leaf/000000000007"],
    r"^[a-z-]{1,32}\Z": ["booted"],
    r"^[a-z0-9-]{1,64}\Z": ["hits"],
    r"^[0-9A-Za-z.+-]{1,32}\Z": ["0.1.0"],
    r"^[a-z0-9][a-z0-9.-]{0,62}\Z": ["detector.tflite", "embedder.tflite"],
    r"^[a-z0-9]{1,16}\Z": ["uint8"],
    r"^(detector|embedder)\Z": ["detector"],
    r"^int8\Z": ["int8"],
    r"^[0-9a-fA-F.:]{2,45}\Z": ["127.0.0.1", "::1"],
    r"^[A-Za-z0-9_-]+\Z": ["MIIB", "AAAA"],
    r"^[\x20-\x7e\n]+\Z": ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"],
    r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?\Z": ["broker.example", "192.0.2.7", "2001:db8::7"],
    r"^[0-9a-f.:]+/[0-9]{1,3}\Z": ["192.0.2.0/24", "2001:db8::/32"],
    r"^[^\x00-\x1f\x7f]+\Z": ["An organisation", "somewhere 1"],
}
"""What fits each pattern of the domain's texts."""


def example(kind: Any, random: Random) -> Any:
    """A value that JSON can hold and a field of this type would take, as far as single fields go."""
    return _of(inspect.type_info(kind), random)


def _of(info: inspect.Type, random: Random) -> Any:  # noqa: C901 one case for each kind of type
    match info:
        case inspect.Metadata():
            return _of(info.type, random)
        case inspect.DataclassType() | inspect.StructType():
            return {field.encode_name: _of(field.type, random) for field in info.fields}
        case inspect.StrType():
            return _text(info, random)
        case inspect.IntType():
            low = info.ge if info.ge is not None else 0
            high = info.le if info.le is not None else low + 1000
            step = info.multiple_of or 1
            return random.choice([-(-low // step) * step, high // step * step, (low + 7 * step) // step * step])
        case inspect.FloatType():
            return random.choice([0.5, 1.0, 240.0])
        case inspect.BoolType():
            return random.random() < 0.5
        case inspect.DecimalType():
            return random.choice(["0.5", "0.001", "1", "0.0000001"])
        case inspect.DateTimeType():
            return random.choice(["2026-06-01T12:00:00Z", "2026-06-01T13:00:00.123456Z"])
        case inspect.DateType():
            return random.choice(["2026-06-01", "2020-02-29"])
        case inspect.TimeDeltaType():
            return random.choice(["PT60S", "P1D", "PT600S"])
        case inspect.EnumType():
            return random.choice([member.value for member in info.cls])
        case inspect.LiteralType():
            return random.choice(info.values)
        case inspect.NoneType():
            return None
        case inspect.UnionType():
            return _of(random.choice(info.types), random)
        case inspect.TupleType():
            return [_of(item, random) for item in info.item_types]
        case inspect.VarTupleType() | inspect.ListType():
            least = info.min_length or 0
            return [_of(info.item_type, random) for _ in range(random.randint(least, max(least, 2)))]
        case inspect.DictType():
            return {str(_of(info.key_type, random)): _of(info.value_type, random) for _ in range(2)}
        case inspect.RawType() | inspect.AnyType():
            return {}
        case inspect.CustomType():
            return "a-path"
    raise NotImplementedError(f"teach tests/fuzz/examples.py the type {info}")


def _text(info: inspect.StrType, random: Random) -> str:
    if info.pattern is None:
        return random.choice(["text", "", "searched"])[: info.max_length]
    if info.pattern not in PATTERNS:
        raise NotImplementedError(f"teach tests/fuzz/examples.py the pattern {info.pattern!r}")
    return random.choice(PATTERNS[info.pattern])


def documents(kind: Any, random: Random, number: int) -> list[bytes]:
    """Some documents of a kind in canonical form. Not all of them hold together."""
    made = []
    for _ in range(number * 20):
        document = msgspec.json.encode(example(kind, random), order="sorted")
        try:
            again = msgspec.json.encode(msgspec.json.decode(document, type=kind), order="sorted")
        except msgspec.ValidationError:
            again = document
        made.append(again)
    valid = [document for document in made if _valid(document, kind)]
    return (valid or made)[:number]


def _valid(document: bytes, kind: Any) -> bool:
    try:
        msgspec.json.decode(document, type=kind)
    except (msgspec.MsgspecError, ValueError):
        return False
    return True
