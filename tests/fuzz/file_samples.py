"""Genuine files to begin from: a bench's own."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from edge import chosen
from edge.adapters.store import BrokenStore
from edge.audit import memory
from edge.control_room.home_assistant import HomeFile
from edge.domain.authority import Role, TrustRoot
from edge.domain.errors import SealBroken
from edge.domain.remark import Said
from edge.measure.people import MemoryKey
from edge.safeguards.trust import Trust
from edge.safeguards.verify import Keys
from edge.settings import Settings
from edge.wire import checkpoints
from edge.wire.signed import canonical, from_base64url
from hardware_sim.bench import Bench
from hardware_sim.site import CALIBRATION
from tests.fuzz import samples
from tests.fuzz.examples import documents, example
from tests.fuzz.samples import NOON, OFFICER, ORIGIN, Seeds


def roots(random: Random) -> list[bytes]:
    return samples.of(TrustRoot) + documents(TrustRoot, random, 20)


@cache
def _bench() -> dict[str, bytes]:
    """Files of a bench, by name."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.json"
        table.write_bytes(canonical(CALIBRATION))
        bench = Bench.make(Path(folder) / "bench", models=Path(folder), calibration=table)
        return {path.name: path.read_bytes() for path in bench.folder.rglob("*") if path.is_file()}


def put_away(room: Path) -> None:
    """What other files name must lie beside them."""
    (room / "trust-root.json").write_bytes(_bench()["trust-root.json"])


def configurations(random: Random) -> list[bytes]:
    zones = b'[zone]\nunits = "share"\noutline = [[0.1, 0.3], [0.9, 0.3], [1.0, 1.0], [0.0, 1.0]]\n'
    zones += b"masks = [[[0.0, 0.3], [0.15, 0.3], [0.15, 0.6], [0.0, 0.6]]]\nnearest_face = 240\nfarthest_face = 60\n"
    plain = _bench()["device.toml"]
    return [plain, plain + zones, *(as_toml(example(Settings, random)) for _ in range(20))]


def connections(_room: Path) -> Seeds:
    return lambda _random: [_bench()["control-room.toml"]]


def own_brokers(random: Random) -> list[bytes]:
    return [as_toml(example(HomeFile, random)) for _ in range(20)]


def root_forms(_random: Random) -> list[bytes]:
    keys = "\n".join(f'{role.value} = ["{MemoryKey().public}"]' for role in Role if role is not Role.CUSTODIAN)
    form = f"""\
organisation = "Force"
contact = "them@example.invalid"
expires = 2027-01-01T00:00:00Z
quorum = 2
[keys]
{keys}
custodian = ["{MemoryKey().public}", "{MemoryKey().public}"]
[policy]
witnesses = 0
cosigned_within_minutes = 30
accuracy_test_within_days = 90
"""
    return [form.encode(), form.replace("= 30", "= 1e300").encode(), form.replace("2027", "0001").encode()]


def signed_roots(_random: Random) -> list[bytes]:
    return [_bench()["trust-root.json"]]


def trusted(path: Path) -> object:
    """As a device reads the trust root that it was provisioned with. Raises Misconfigured."""
    return Trust(chosen.signed(path, "trust root", "lamppost trust-root"), BrokenStore(SealBroken("None.", "None.")))


def passages(_random: Random) -> list[bytes]:
    line = b"v-1,2026-06-01T09:00:00Z,2026-06-01T09:00:06+00:00"
    return [b"entry,from,to\n" + line + b"\n", b'entry,from,to\r\n"v,1"' + line[3:] + b"\r\n"]


def errata(_random: Random) -> list[bytes]:
    return [b'{"same_person": [["A", "B"]], "exclude_pictures": ["A_0001"], "relatives": [["C", "D"]]}', b"{}"]


def groups(_random: Random) -> list[bytes]:
    return [b"name,group\nA,one\nB,two\n", b'\xef\xbb\xbfname,group\r\n"A, B",one\r\n\r\nC,two\r\n']


def calibrations(_random: Random) -> list[bytes]:
    return [canonical(CALIBRATION), _bench()["calibration.json"]]


def evidence(path: Path) -> object:
    """As a device reads its calibration, with the bench's evaluator pinned."""
    root = msgspec.json.decode(_bench()["trust-root.json"])
    pinned = root if "keys" in root else msgspec.json.decode(from_base64url(root["payload"]))
    return chosen._evidence(path, Keys(msgspec.convert(pinned, TrustRoot)))


def manifests(_random: Random) -> list[bytes]:
    tensor = {"shape": [1, 112, 112, 3], "dtype": "uint8", "name": "input"}
    model = {"file": "a.tflite", "sha256": "0" * 64, "identity": "0" * 64, "task": "embedder", "precision": "int8"}
    return [json.dumps({"format": 1, "models": [{**model, "input": tensor, "outputs": [tensor]}]}).encode()]


def memories(_random: Random) -> list[bytes]:
    note = checkpoints.signed_checkpoint(samples.head(), OFFICER)
    return [canonical(memory._File(logs={ORIGIN: memory.Seen(note=note, at=NOON)})), canonical(memory._File(logs={}))]


def keys(_random: Random) -> list[bytes]:
    return [content for name, content in _bench().items() if name.endswith((".pem", ".key"))]


def remarks(random: Random) -> list[bytes]:
    """The shortest, and as many as are kept."""
    lines = [f"{said['at']} {said['remark']}" for said in (example(Said, random) for _ in range(40))]
    return [f"{lines[0]}\n".encode(), "".join(f"{line}\n" for line in lines).encode()]


def as_toml(tree: dict[str, Any], under: str = "") -> bytes:
    """As much of TOML as settings need."""
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict) and value is not None}
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in plain.items())
    tables = [(key, value) for key, value in tree.items() if isinstance(value, dict)]
    rest = [f"[{under}{key}]\n".encode() + as_toml(value, f"{under}{key}.") for key, value in tables]
    return text.encode() + b"".join(rest)
