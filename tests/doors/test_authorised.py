"""The door for authorisations, walked through with every vector of ``tests/vectors/authorisations``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

import edge.domain.rules
import edge.safeguards.authorised
import edge.safeguards.verify
import edge.wire.signers
import edge.wire.terms
from edge.adapters.store import SqliteStore
from edge.domain.authority import Signed, TrustRoot
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal
from edge.safeguards.authorised import authorisation
from edge.safeguards.verify import CLOSED, DIGEST, SEQUENCE, Believed, Facts, Keys
from tests.vectors import fields, generate

FOLDER = generate.AUTHORISATIONS


class Case(msgspec.Struct, kw_only=True):
    case: str
    expect: str
    signed: Signed
    root: str = "ordinary"
    now: datetime | None = None
    simulated: bool = False
    remembered: dict[str, str] = {}


class File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    cases: list[Case]
    field: str = ""
    rule: str = ""


class Device(msgspec.Struct, kw_only=True):
    now: datetime
    facts: Facts
    trust_roots: dict[str, TrustRoot]


DEVICE = msgspec.json.decode((FOLDER / "device.json").read_bytes(), type=Device)
FILES = {path: msgspec.json.decode(path.read_bytes(), type=File) for path in sorted(FOLDER.glob("*/*.json"))}


EVERY = [(f"{path.stem}: {case.case}", case) for path, file in FILES.items() for case in file.cases]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path_factory.mktemp("vectors") / "journal.sqlite")
    yield made
    made.close()


def said(case: Case, store: SqliteStore) -> Believed | Refusal:
    facts = replace(DEVICE.facts, simulated=case.simulated)
    with store.transaction() as transaction:
        for name, key in (("closed", CLOSED), ("sequence", SEQUENCE), ("digest", DIGEST)):
            transaction.delete(key)
            if name in case.remembered:
                transaction.put(key, case.remembered[name].encode())
    now = Instant(case.now or DEVICE.now, timedelta(hours=1))
    return authorisation(case.signed, Keys(DEVICE.trust_roots[case.root]), facts, store, now)


@pytest.mark.parametrize("case", [case for _, case in EVERY], ids=[name for name, _ in EVERY])
def test_each_vector_is_answered_with_its_own_reason(case: Case, store: SqliteStore) -> None:
    answer = said(case, store)
    assert ("accepted" if isinstance(answer, Believed) else answer.reason.value) == case.expect, answer


def test_every_field_of_the_document_has_vectors_that_are_refused() -> None:
    spoilt = {file.field: file.cases for file in FILES.values() if file.field}
    assert spoilt.keys() == {fields.name(path) for path in fields.paths()}
    assert set(fields.VALUES) <= spoilt.keys()
    for name, cases in spoilt.items():
        assert "accepted" not in {case.expect for case in cases}
        # Of the first item of a list only its type can be wrong as such; what may be left out cannot be missing.
        assert len(cases) >= (1 if name.endswith(".0") else 2 if name == "preview" else 3), name


def test_every_reason_that_the_door_can_give_is_reached() -> None:
    given = {case.expect for _, case in EVERY}
    for module in (edge.safeguards.authorised, edge.safeguards.verify, edge.domain.rules, edge.wire.terms,
                   edge.wire.signers):  # fmt: skip
        named = _reasons(Path(module.__file__ or ""))
        assert named
        assert named <= {Reason(reason) for reason in given - {"accepted"}}


def test_no_vector_names_a_reason_that_does_not_exist() -> None:
    assert {case.expect for _, case in EVERY} <= {reason.value for reason in Reason} | {"accepted"}


def test_the_files_are_what_the_generator_writes() -> None:
    """Run ``python -m tests.vectors.generate`` where this fails, and read what has changed."""
    stale = [path.name for path, content in generate.files() if not path.exists() or path.read_text() != content]
    assert not stale
    assert set(FOLDER.glob("*/*.json")) == {path for path, _ in generate.files() if path.parent.parent == FOLDER}


def _reasons(path: Path) -> set[Reason]:
    """Every reason that a module's source names."""
    return {
        Reason[node.attr]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Reason"
    }
