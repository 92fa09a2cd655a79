"""A form that asks for what a device accepts, and everything that it names, in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room.authority import draft, site
from edge.control_room.authority.form import FormRefused
from edge.control_room.authority.site import Evidence, FactsFile
from edge.control_room.keyring import write_public
from edge.domain.authorisation import Category, ImageSource, SourceCount
from edge.domain.authority import Role
from edge.steps import align
from edge.wire import watchlist
from edge.wire.sealed import public_of
from edge.wire.signed import key_id
from edge.wire.signers import Keys
from edge.wire.watchlist import Entry
from tests.vectors.people import FACTS, KEYS, NOW, RECIPIENT, ROOT

CALIBRATION = Path(__file__).parents[3] / "deploy/models/calibration.json"
PROOF: Evidence = site.read_evidence(CALIBRATION)
HERE = replace(FACTS, calibration=PROOF.digest, embedder=PROOF.table.embedder, detector=PROOF.table.detector)
LISTED = ((Category.WANTED_BY_COURT, 20), (Category.MISSING_AT_RISK, 5))

FORM = f"""\
id = "2026-0042"
sequence = 42

[why]
use_case = "crime-hotspot"
impact_assessment = "DPIA-3"
equality_assessment = "{"6" * 64}"
community_assessment = "CIA-9"

[where]
device = "post-7.toml"
signage = "SIGN-44"

[who]
watchlist = "list"
cap = 100
caps = {{ wanted-by-court = 80, missing-at-risk = 20 }}

[when]
begins = 2026-06-01T09:30:00Z
hours = 3.5

[how]
max_fpir = "1 in 1,000"

[hands]
operators = ["{key_id(KEYS[Role.OPERATOR].public)}"]
presence = ["presence.pub"]
reviewers = ["reviewer.pub"]
recipients = ["recipient.pub"]
"""


@dataclass(frozen=True)
class Desk:
    """The folder."""

    folder: Path
    keys: Keys = Keys(ROOT)  # noqa: RUF009  # nothing changes it

    def ask(self, form: str) -> draft.Written:
        """What a form asks for."""
        (self.folder / "form.toml").write_text(form, encoding="utf-8")
        return draft.write(self.folder / "form.toml", self.keys, PROOF, NOW)

    def problems(self, form: str) -> list[str]:
        """Everything that is wrong with one; none where it can be signed."""
        try:
            self.ask(form)
        except FormRefused as error:
            return [str(problem) for problem in error.problems]
        return []


def desk(folder: Path) -> Desk:
    """Lay it out."""
    facts = FactsFile(**{name: getattr(HERE, name) for name in FactsFile.__struct_fields__})
    (folder / "post-7.toml").write_text(site.as_toml(facts))
    (folder / "list").write_bytes(sealed(LISTED))
    for role in (Role.PRESENCE, Role.REVIEWER, Role.OPERATOR):
        write_public(folder / f"{role.value}.pub", KEYS[role].public)
    write_public(folder / "recipient.pub", RECIPIENT.public, public_of(X25519PrivateKey.generate()))
    return Desk(folder)


def sealed(
    listed: Sequence[tuple[Category, int]],
    source: ImageSource = ImageSource.CUSTODY,
    age: timedelta = timedelta(hours=6),
) -> bytes:
    """A sealed list of nobody, of these categories."""
    entries = [Entry(f"{category.value}-{number}", category, 1) for category, most in listed for number in range(most)]
    rows = np.eye(len(entries), 128, dtype=np.float32)
    sources = (SourceCount(source=source, entries=len(entries)),)
    return watchlist.seal(
        entries, rows, embedder=HERE.embedder, alignment=align.RECIPE, built=NOW - age, sources=sources
    )[0]


def changed(old: str, new: str, form: str = FORM) -> str:
    """The form with one thing changed."""
    assert form.count(old) == 1, old
    return form.replace(old, new)


def line_of(text: str, form: str = FORM) -> int:
    """The line on which something stands."""
    return next(number for number, line in enumerate(form.splitlines(), 1) if text in line)
