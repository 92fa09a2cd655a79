"""Write the vectors of authorisations, policy, schemas and contract: ``python -m tests.vectors.generate``.

Nothing in them is random, so that running it again changes a file only where the product has changed.
"""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge import schemas
from edge.contract import asyncapi
from edge.safeguards.policy import policy
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following
from tests.vectors import fields, rules
from tests.vectors.people import FACTS, NOW, ROOTS, signed

HERE = Path(__file__).parent
AUTHORISATIONS = HERE / "authorisations"
RETENTION = HERE / "retention.json"
SCHEMAS = Path(schemas.__file__).parent
CONTRACT = Path(asyncapi.__file__).with_name("asyncapi.json")


def files() -> Iterator[tuple[Path, str]]:
    """Every file and what it contains."""
    circumstances = {"now": NOW, "facts": FACTS, "trust_roots": ROOTS}
    yield AUTHORISATIONS / "device.json", _laid_out(circumstances)
    for path in fields.paths():
        cases = [
            {"case": what, "expect": expected, "signed": signed(spoilt)}
            for what, spoilt, expected in fields.cases(path)
        ]
        name = fields.name(path)
        yield AUTHORISATIONS / "fields" / f"{name}.json", _laid_out({"field": name, "cases": cases})
    for rule, found in itertools.groupby(rules.every(), key=lambda case: case.rule):
        name = re.sub(r"[^a-z0-9]+", "-", rule.lower())[:60].strip("-")
        yield AUTHORISATIONS / "rules" / f"{name}.json", _laid_out({"rule": rule, "cases": [_case(c) for c in found]})
    yield RETENTION, _laid_out(policy(Following(), Choosing()))
    yield CONTRACT, asyncapi.published()
    for name in schemas.names():
        yield SCHEMAS / f"{name}.json", schemas.published(name)


def _case(case: rules.Case) -> dict[str, Any]:
    """A case, and of its circumstances only those that are not the usual ones."""
    made: dict[str, Any] = {"case": case.case, "expect": case.expect}
    made |= {"root": case.root} if case.root != "ordinary" else {}
    made |= {"now": case.now} if case.now != NOW else {}
    made |= {"simulated": True} if case.simulated else {}
    made |= {"remembered": case.remembered} if case.remembered else {}
    return made | {"signed": case.signed}


def _laid_out(content: object) -> str:
    return msgspec.json.format(msgspec.json.encode(content), indent=1).decode() + "\n"


def main() -> None:
    """Write them all, and leave none of another day."""
    for folder in (AUTHORISATIONS / "fields", AUTHORISATIONS / "rules"):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for path, content in files():
        path.write_text(content)


if __name__ == "__main__":
    main()
