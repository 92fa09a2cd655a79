"""A few seconds of ``make fuzz``, and whether it would notice anything."""

from __future__ import annotations

import ast
import importlib.util
import mmap
import time
import warnings
from pathlib import Path
from random import Random

import pytest

import edge
from edge.domain.errors import Undecodable
from edge.wire.signed import Kind
from tests.fuzz.mutate import damaged
from tests.fuzz.reader import Reader
from tests.fuzz.registry import DOCUMENTS, readers
from tests.fuzz.run import feed

HOME = Path(edge.__file__).parent
INPUTS = 20
DECODERS = {
    ("msgspec", "json", "decode"), ("msgspec", "toml", "decode"), ("json", "loads"), ("tomllib", "loads"),
    ("tomllib", "load"), ("csv", "reader"), ("csv", "DictReader"), ("pickle", "loads"), ("datetime", "fromisoformat"),
    ("base64", "b64decode"), ("serialization", "load_pem_private_key"), ("load_pem_private_key",),
}  # fmt: skip
"""Whatever turns bytes or text into something."""
OWN_BYTES = {
    "edge.adapters.store.rows": "what the store itself wrote; damage to the file is damage to the seal",
    "edge.safeguards.clock": "what this door itself wrote into the store",
    "edge.control_room.authority.commands:_instant": "what somebody typed on the command line",
    "edge.control_room.custody:_instant": "what a custodian typed on the command line",
    "edge.machine:facts": "the calibration that is installed, which the daemon itself reads first",
    "edge.safeguards.orders": "what this door itself wrote into the store",
    "edge.control_room.keeping:_held_until": "a device's reply, whose signature was checked",
    "edge.control_room.keeping:destroy": "what the control room itself wrote into its folder",
    "edge.control_room.deploy:confirm_presence": "a device's reply, whose signature was checked",
    "edge.daemon.known_answer:known": "the program's own known answer",
    "edge.measure.resident": "what our own child process printed",
    "edge.wire.learn:learn": "a word that it wrote itself",
    "edge.control_room.certificates:DeviceAuthority": "the authority's own files, as FileSigner reads its key",
    "edge.provision.asking:opened": "keys that this device itself made and sealed",
    "edge.control_room.enrolling.workfile:_secret": "the control room's own key of its own work",
    "edge.control_room.keyring": "the control room's own key files, as FileSigner reads them",
}
"""Decoders that are shown nothing from outside, and what they read. A module, or a function of one."""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> list[Reader]:
    return readers(tmp_path_factory.mktemp("fuzz"))


def test_no_reader_raises_hangs_or_grows_on_a_slice_of_the_inputs(known: list[Reader]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)
        outcomes = [feed(reader, INPUTS, seed=1) for reader in known]
    assert {outcome.name: outcome.faults for outcome in outcomes if outcome.faults} == {}
    assert [outcome.name for outcome in outcomes if not outcome.accepted] == []


def test_the_same_seed_gives_the_same_inputs() -> None:
    seeds = [b'{"a":1,"payload":"e30"}', b"text = 1\nline two\n"]
    made = [[damaged(seeds[0], seeds, Random(number)) for number in range(300)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 150


class Broken:
    def breaks(self, raw: bytes) -> object:
        if b"\xff" in raw:
            raise KeyError("a fault")
        raise Undecodable("no", "no")

    def dawdles(self, raw: bytes) -> object:
        until = time.process_time() + 1.2
        while len(raw) == 3 and time.process_time() < until:
            pass
        return None

    def __init__(self) -> None:
        self.kept: list[mmap.mmap] = []

    def keeps(self, raw: bytes) -> object:
        # Pages of its own: what the allocator had freed before would be used again, and nothing would grow.
        self.kept.append(mmap.mmap(-1, 100_000))
        self.kept[-1].write(b"x" * 100_000)
        return None


@pytest.mark.parametrize(("what", "says"), [("breaks", "KeyError"), ("dawdles", "took"), ("keeps", "memory grew")])
def test_a_reader_that_breaks_dawdles_or_keeps_what_it_saw_is_found(what: str, says: str) -> None:
    outcome = feed(
        Reader(what, getattr(Broken(), what), lambda _: [b"abc", b"abcdef"]), 400 if what != "dawdles" else 1, 1
    )
    assert outcome.faults
    assert says in outcome.faults[0][0]


def test_every_decoder_of_outside_bytes_is_registered(known: list[Reader]) -> None:
    """Also one that was written a minute ago: whatever decodes is either a reader here, or says why it need not be."""
    covered = {name for reader in known for name in reader.covers}
    missing = [name for name in decoders() if name not in covered and not _is_own(name)]
    assert missing == []
    for name in covered | set(OWN_BYTES):
        module, _, function = name.partition(":")
        assert importlib.util.find_spec(module) is not None, name
        assert not function or f"def {function}(" in _source(module) or f"class {function}" in _source(module), name


def test_every_kind_of_document_is_registered() -> None:
    """Whatever is parsed in canonical form, anywhere, is in the list that is fuzzed."""
    names = {kind.__name__ for kind in DOCUMENTS}
    assert {name for name in parsed() if name not in names} == set()
    assert len(list(Kind)) >= 9


def _is_own(name: str) -> bool:
    return name in OWN_BYTES or name.partition(":")[0] in OWN_BYTES


def _source(module: str) -> str:
    return Path(str(importlib.import_module(module).__file__)).read_text()


def decoders() -> set[str]:
    """Functions that decode something, as ``module:function``; the constructor of a class goes by the class's name."""
    found = set()
    for path in sorted(HOME.rglob("*.py")):
        module = ".".join(["edge", *path.relative_to(HOME).with_suffix("").parts]).removesuffix(".__init__")
        tree = ast.parse(path.read_text())
        owners = {part: node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for part in node.body}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(_decodes(call) for call in ast.walk(node)):
                found.add(f"{module}:{owners[node] if node.name == '__init__' else node.name}")
            if (
                isinstance(node, ast.FunctionDef)
                and "Raises Undecodable" in (ast.get_docstring(node) or "")
                and ".wire." in module
            ):
                found.add(f"{module}:{node.name}")
    return found


def _decodes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    names: list[str] = []
    target: ast.expr = node.func
    while isinstance(target, ast.Attribute):
        names.insert(0, target.attr)
        target = target.value
    if isinstance(target, ast.Name):
        names.insert(0, target.id)
    return tuple(names) in DECODERS


def parsed() -> set[str]:
    """Names of the types that something is parsed as."""
    found = set()
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
            if isinstance(node, ast.Call) and name in ("parse", "read"):
                kind = node.args[1] if len(node.args) > 1 else None
                if isinstance(kind, ast.Name) and kind.id[:1].isupper():
                    found.add(kind.id)
    return found
