"""Reads the seeded faults, and plants one in a copy of the product."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import msgspec

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One more place that the fault touches; the fault's own file where none is named."""

    old: str
    new: str
    file: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault."""

    name: str
    row: int
    """Number of the safeguard that it breaks."""
    does: str
    file: str
    old: str
    new: str
    also: tuple[Edit, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Every place that it touches, each with its file."""
        first = Edit(file=self.file, old=self.old, new=self.new)
        return first, *(msgspec.structs.replace(edit, file=edit.file or self.file) for edit in self.also)


class Moved(Exception):
    """The code is not any more what the fault was written for."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: tuple[Fault, ...]


def read(folder: Path = HERE) -> list[Fault]:
    """All of them, in the order of their files."""
    files = sorted(folder.glob("*.toml"))
    return [fault for file in files for fault in msgspec.toml.decode(file.read_bytes(), type=_File).fault]


def changed(fault: Fault, root: Path = ROOT) -> dict[str, str]:
    """The files that it touches, as they are with it. Raises Moved."""
    texts: dict[str, str] = {}
    for edit in fault.edits:
        text = texts.get(edit.file) or (root / edit.file).read_text()
        if text.count(edit.old) != 1:
            raise Moved(f"{fault.name}: {edit.file} has {text.count(edit.old)} times: {edit.old}")
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts


def plant(fault: Fault, copy: Path, root: Path = ROOT) -> None:
    """Copy the product to an empty folder, with the fault in it. Raises Moved."""
    texts = changed(fault, root)
    shutil.copytree(root / "edge", copy / "edge", ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in texts.items():
        (copy / name).write_text(text)
