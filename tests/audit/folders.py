"""A bundle's files, written to a folder and examined there."""

from __future__ import annotations

from pathlib import Path

from edge.audit.case import Brought
from edge.audit.report import Report, examine
from tests.audit.story import Story, name_of


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Write them."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def examined(story: Story, folder: Path) -> Report:
    """What is found by somebody who brings the story's own trust root."""
    return examine(put(folder, story.files()), Brought(root=name_of(story.signed_root)))
