"""The published schemas say of every signed document what the product reads, and are shipped with it."""

from __future__ import annotations

import dataclasses
import importlib.resources
from typing import Any

import msgspec
import pytest

from edge import schemas
from edge.cli import main
from edge.domain.authorisation import Authorisation
from edge.wire.signed import Kind

NOT_A_JWS = {Kind.CHECKPOINT}


def schema(name: str) -> dict[str, Any]:
    return msgspec.json.decode(schemas.published(name), type=dict[str, Any])


def objects(found: object) -> list[dict[str, Any]]:
    """Every schema of an object, at any depth."""
    if isinstance(found, list):
        return [one for item in found for one in objects(item)]
    if not isinstance(found, dict):
        return []
    own = [found] if found.get("type") == "object" and "properties" in found else []
    return own + [one for item in found.values() for one in objects(item)]


def test_every_kind_of_signed_document_has_a_schema() -> None:
    assert {f"lamppost-{name}" for name in schemas.names()} >= {kind.value for kind in Kind} - {
        kind.value for kind in NOT_A_JWS
    }


@pytest.mark.parametrize("name", schemas.names())
def test_every_field_is_asked_for_and_none_besides(name: str) -> None:
    found = objects(schema(name))
    assert found
    for one in found:
        assert one["additionalProperties"] is False
        optional = {"preview"} if one.get("title") == "Authorisation" else set()
        assert set(one["required"]) == set(one["properties"]) - optional


@pytest.mark.parametrize("name", schemas.names())
def test_patterns_are_such_as_every_reader_of_json_schema_knows(name: str) -> None:
    assert r"\\Z" not in schemas.published(name)


def test_the_authorisations_schema_has_its_fields_its_closed_lists_and_its_rules() -> None:
    made = schema("authorisation")
    properties = made["$defs"]["Authorisation"]["properties"]
    assert properties.keys() == {field.name for field in dataclasses.fields(Authorisation)}
    assert "associate" not in str(made["$defs"]["Category"]["enum"])
    assert properties["sequence"] == {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    for rule in schemas.RULES["authorisation"]:
        assert rule in made["description"]
    assert schemas.CANONICAL in made["description"]


@pytest.mark.parametrize("name", schemas.names())
def test_a_command_prints_what_is_shipped(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    shipped = importlib.resources.files("edge.schemas").joinpath(f"{name}.json").read_text()
    assert capsys.readouterr().out == shipped
