"""Subjects and exports: what another system writes, read and believed or not.

Subjects come as JSON or as CSV with a row for each picture. Neither has to be in canonical form: what binds them is the
digest in the export, which is signed as everything else is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec

from edge.domain.authorisation import MAX_LIST_AGE, MAX_LIST_ENTRIES
from edge.domain.authority import Key, Signed
from edge.domain.errors import Undecodable
from edge.domain.subjects import SUBJECTS, Export, Subject, Subjects
from edge.wire.signed import Kind, digest, holds, parse, payload_of

COLUMNS: Final = ("id", "category", "rationale", "picture", "digest", "source", "taken")
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a subjects' file: 100,000 pictures need about a third."""
MOST_TOTAL: Final = 100_000
"""Pictures of one list."""
Reads: TypeAlias = Callable[[bytes], Subjects]
_AHEAD: Final = timedelta(minutes=5)
"""So far may another system's clock be ahead."""
_WRITE: Final = "Write it from the published schema: lamppost schema subjects."


def read_json(raw: bytes) -> Subjects:
    """Subjects from JSON. Raises Undecodable naming what is wrong and where."""
    _measured(raw)
    try:
        found = msgspec.json.decode(raw, type=Subjects)
        same = msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, UnicodeError) as error:
        raise Undecodable(f"The subjects are not valid: {error}.", _WRITE) from error
    if not same:
        raise Undecodable("The subjects have fields that this version does not know.", _WRITE)
    return _counted(found)


def read_csv(raw: bytes) -> Subjects:
    """Subjects from CSV (RFC 4180, UTF-8): a row for each picture, the rows of one id together.

    A subject without any picture has one row in which picture, digest, source and taken are empty. Raises Undecodable
    naming the line.
    """
    _measured(raw)
    try:
        rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True)
        if tuple(next(rows, ())) != COLUMNS:
            raise Undecodable(f"The first line is not {','.join(COLUMNS)}.", "Name the columns so, in this order.")
        found = {"format": SUBJECTS, "subjects": msgspec.to_builtins(_of_csv(rows))}
        return _counted(msgspec.convert(found, Subjects))
    except (csv.Error, UnicodeError, msgspec.MsgspecError, ValueError) as error:
        raise Undecodable(f"The subjects are not valid: {error}.", _WRITE) from error


def believed(signed: Signed, raw: bytes, signers: Collection[Key], now: datetime) -> tuple[Export, Subjects]:
    """An export and its subjects, where one of the pinned keys signed it and it is of the last day.

    ``raw`` is the subjects' file. Nothing of it is decoded before the signature and the digest are found to hold.
    Raises Undecodable.
    """
    if not any(holds(signed, Kind.EXPORT, key) for key in signers):
        raise Undecodable("No pinned key signed this export.", "Have the exporting system sign it, or pin its key.")
    export = parse(payload_of(signed), Export)
    if digest(raw) != export.subjects:
        raise Undecodable("The subjects are not those that were signed.", "Export them again, both files together.")
    if export.made > now + _AHEAD:
        raise Undecodable(f"The export was made at {export.made:%Y-%m-%d %H:%M}Z, which is yet to come.", "Set clocks.")
    if now - export.made > MAX_LIST_AGE:
        raise Undecodable(
            f"The export was made at {export.made:%Y-%m-%d %H:%M}Z, more than 24 hours ago.", "Export it again."
        )
    subjects = (read_json if export.form == "json" else read_csv)(raw)
    _complete(export, subjects)
    return export, subjects


def _complete(export: Export, subjects: Subjects) -> None:
    """What a signed export has besides: every digest, every rationale, and the counts that it says."""
    counted = len(subjects.subjects), sum(len(subject.pictures) for subject in subjects.subjects)
    if counted != (export.entries, export.pictures):
        raise Undecodable("The export counts other subjects or pictures than there are.", "Export it again.")
    for subject in subjects.subjects:
        if subject.rationale is None:
            raise Undecodable(f"The subject {subject.id} has no rationale.", "Name the decision to list this person.")
        if any(picture.digest is None for picture in subject.pictures):
            raise Undecodable(f"A picture of {subject.id} has no digest.", "Give the SHA-256 of every picture.")


def _measured(raw: bytes) -> None:
    if len(raw) > LARGEST:
        raise Undecodable(f"The subjects have {len(raw):,} bytes.", f"At most {LARGEST:,} are read: list fewer people.")


def _counted(found: Subjects) -> Subjects:
    if sum(len(subject.pictures) for subject in found.subjects) > MOST_TOTAL:
        raise Undecodable(f"There are more than {MOST_TOTAL:,} pictures.", "List fewer people, or fewer of each.")
    return found


def _of_csv(rows: Iterator[list[str]]) -> list[Subject]:
    """Rows that follow each other and have one id are one subject's. Raises Undecodable naming the line."""
    subjects: list[Subject] = []
    head: tuple[str, ...] = ()
    pictures: list[dict[str, str | None]] = []
    began = 2

    def ended() -> None:
        if head:
            subjects.append(_subject(head, pictures, began))

    for count, row in enumerate(rows, 2):
        if len(row) != len(COLUMNS):
            raise Undecodable(f"Row {count} has {len(row)} fields, not {len(COLUMNS)}.", _WRITE)
        if count - 1 > MOST_TOTAL + MAX_LIST_ENTRIES:
            raise Undecodable(f"There are more than {MOST_TOTAL:,} pictures.", "List fewer people, or fewer of each.")
        if tuple(row[:3]) != head:
            ended()
            head, pictures, began = tuple(row[:3]), [], count
        if any(row[3:]):
            file, named, source, taken = row[3:]
            pictures.append({"file": file, "digest": named or None, "source": source, "taken": taken or None})
    ended()
    return subjects


def _subject(head: tuple[str, ...], pictures: list[dict[str, str | None]], row: int) -> Subject:
    identifier, category, rationale = head
    said = {"id": identifier, "category": category, "rationale": rationale or None, "pictures": pictures}
    try:
        return msgspec.convert(said, Subject)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Undecodable(f"The subject of row {row} is not valid: {error}.", _WRITE) from error
