"""Who is to be enrolled: from a folder, from subjects that a person vouches for, or from a signed export.

folder/<entry id>/*                      one subfolder for each person, named by an opaque id
subjects.json or subjects.csv            what ``lamppost schema subjects`` describes, and pictures below its folder
subjects.json and its export, signed     the same, which another system vouches for (``lamppost schema export``)
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from edge.control_room.enrolling.findings import Found, Outcome
from edge.control_room.enrolling.opening import shown
from edge.domain.authorisation import MAX_LIST_ENTRIES, Category, ImageSource
from edge.domain.authority import Digest, Key, Signed
from edge.domain.errors import LamppostError, Misconfigured, Undecodable
from edge.domain.subjects import MOST_PICTURES, Picture, Subject
from edge.wire import subjects as exchange
from edge.wire.signed import digest, payload_of

_OPAQUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_UNSIGNED: Final = "Subjects without a signature. Whoever ran the enrolment vouches for them."
_MOST_FILES: Final = 1_000
"""Of a subfolder, that are named one by one."""


class Disbelieved(LamppostError):
    """An export is not signed by whom it has to be, not valid, or too old. Nothing of it was used."""


@dataclass(frozen=True, slots=True)
class Intake:
    """People, and where their pictures lie."""

    folder: Path
    subjects: tuple[Subject, ...]
    origin: str
    """Who vouches for it, in words."""
    made: datetime | None = None
    """When another system looked, where it says so."""
    export: Digest | None = None
    """SHA-256 of the signed payload."""
    surplus: tuple[Found, ...] = field(default=())
    """Files of a folder that were not looked at, and why."""

    def without(self, left_out: Collection[str]) -> Intake:
        """The same without some. Raises Misconfigured where there is no such subject, or nobody is left."""
        unknown = set(left_out) - {subject.id for subject in self.subjects}
        if unknown:
            raise Misconfigured(f"There is no entry {shown(min(unknown))} to leave out.", "Name it by its id.")
        kept = tuple(subject for subject in self.subjects if subject.id not in left_out)
        if not kept:
            raise Misconfigured("There is nobody to enrol.", "Make one subfolder of pictures for each person.")
        return replace(self, subjects=kept)


def of_folder(folder: Path, category: Category, source: ImageSource) -> Intake:
    """A subfolder for each person. Raises Misconfigured for an id that is not opaque-looking."""
    if not folder.is_dir():
        what = f"{shown(str(folder))} is no folder."
        raise Misconfigured(what, "Name a folder with one subfolder of pictures for each person.")
    subjects, surplus = [], []
    with os.scandir(folder) as found:
        names = sorted(one.name for one in found if one.is_dir())
    for name in names:
        if not _OPAQUE.fullmatch(name):
            raise Misconfigured(
                f"The entry id {shown(name)!r} has characters other than letters, digits, dot, hyphen and underscore.",
                "Name the subfolder by an opaque id, never by a person's name.",
            )
        files = sorted(os.listdir(folder / name))[:_MOST_FILES]  # noqa: PTH208
        pictures = [_picture(f"{name}/{file}", source) for file in files]
        subjects.append(Subject(id=name, category=category, rationale=None, pictures=tuple(pictures[:MOST_PICTURES])))
        surplus += [_too_many(name, picture.file) for picture in pictures[MOST_PICTURES:]]
    if len(subjects) > MAX_LIST_ENTRIES:
        raise Misconfigured(f"There are {len(subjects):,} subfolders.", f"A list has at most {MAX_LIST_ENTRIES:,}.")
    origin = "A folder of pictures. Whoever ran the enrolment vouches for it."
    return Intake(folder, tuple(subjects), origin, surplus=tuple(surplus))


def of_subjects(path: Path) -> Intake:
    """Subjects without a signature, which whoever runs this vouches for. Raises Disbelieved, Misconfigured."""
    raw = content(path)
    try:
        found = reader(path)(raw)
    except Undecodable as error:
        raise Disbelieved(error.what, error.remedy) from error
    return Intake(path.parent, found.subjects, _UNSIGNED)


def of_export(path: Path, export: Path, signers: Collection[Key], now: datetime) -> Intake:
    """Subjects that a pinned key vouches for. Raises Disbelieved, Misconfigured."""
    raw, envelope = content(path), content(export)
    try:
        signed = msgspec.json.decode(envelope, type=Signed)
        said, found = exchange.believed(signed, raw, signers, now)
        name = digest(payload_of(signed))
    except Undecodable as error:
        raise Disbelieved(error.what, error.remedy) from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Disbelieved(f"{export} is no signed export: {error}.", "Have the exporting system sign it.") from error
    origin = f"An export of the system {said.system}, made at {said.made:%Y-%m-%d %H:%M}Z and signed by it."
    return Intake(path.parent, found.subjects, origin, made=said.made, export=name)


def reader(path: Path) -> exchange.Reads:
    """What reads a subjects file, by its name. Raises Misconfigured."""
    if path.suffix.lower() == ".csv":
        return exchange.read_csv
    if path.suffix.lower() == ".json":
        return exchange.read_json
    raise Misconfigured(f"{path} ends neither in .json nor in .csv.", "Name the subjects' file.")


def _picture(name: str, source: ImageSource) -> Picture:
    return Picture(file=name, digest=None, source=source, taken=None)


def _too_many(entry: str, name: str) -> Found:
    why = f"an entry has at most {MOST_PICTURES} pictures"
    return Found(entry=entry, picture=shown(name), outcome=Outcome.TOO_MANY, why=why, quality=None)


def content(path: Path) -> bytes:
    """A file that is not larger than subjects may be. Raises Misconfigured."""
    try:
        with path.open("rb") as file:
            return file.read(exchange.LARGEST + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Name the right file.") from error
