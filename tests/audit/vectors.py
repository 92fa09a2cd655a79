"""Write the bundles of ``tests/vectors/bundles``: ``python -m tests.audit.vectors``. They come out the same every time.

Each folder has the bundle, what an outsider brings to its examination, and ``expect.json``: whom to believe, and the
failures that must be found, exactly those.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from edge.wire.signed import canonical
from tests.audit import mornings
from tests.audit.faults import FAULTS, camera, files, hits, lists, people
from tests.audit.story import Story, name_of

FOLDER: Final = Path(__file__).parent.parent / "vectors" / "bundles"
GOOD: Final = (
    mornings.a_morning,
    mornings.an_urgent_morning,
    mornings.a_morning_with_a_power_cut,
    mornings.a_morning_of_volunteers,
    mornings.a_morning_of_decisions,
)
SUBJECTS: Final = (files, people, camera, lists, hits)


class Expected(msgspec.Struct, kw_only=True):
    """``expect.json``."""

    about: str
    trust_root: str | None
    """SHA-256 of the first trust root, which the outsider brings."""
    failures: list[str]


def composed() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Every vector's name, and its files."""
    for make in GOOD:
        yield make.__name__.replace("_", "-"), _vector(make(), (make.__doc__ or "").strip(), [])
    for fault in FAULTS:
        yield fault.name, _vector(fault.make(), fault.about, sorted(one.value for one in fault.failures))


def _vector(story: Story, about: str, failures: list[str]) -> dict[str, bytes]:
    root = name_of(story.signed_root) if story.brought_root else None
    expected = Expected(about=about, trust_root=root, failures=failures)
    found = {f"bundle/{name}": content for name, content in story.files().items()}
    found["expect.json"] = msgspec.json.format(msgspec.json.encode(expected), indent=1) + b"\n"
    for number, head in enumerate(story.brought_heads):
        found[f"brought/head-{number}.txt"] = head
    for number, release in enumerate(story.brought_releases):
        found[f"brought/release-{number}.json"] = canonical(release)
    for number, assessment in enumerate(story.brought_assessments):
        found[f"brought/assessment-{number}.txt"] = assessment
    return found


def write(folder: Path = FOLDER) -> int:
    """Write all of them anew. Returns how many."""
    shutil.rmtree(folder, ignore_errors=True)
    vectors = list(composed())
    for name, contents in vectors:
        for path, content in contents.items():
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return len(vectors)


if __name__ == "__main__":
    print(f"{write()} bundles in {FOLDER}")
