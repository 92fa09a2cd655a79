"""The bundle: what a device hands to whoever examines it. A folder, the same bytes for the same state.

==================  =====================================================================================
``bundle.json``     whose it is, how many leaves there are, and the SHA-256 of every other file
``leaves.jsonl``    the journal, one canonical leaf a line, as they were hashed (RFC 9162)
``head.txt``        the last head that the device signed (C2SP tlog-checkpoint)
``cosigned/*.txt``  heads that witnesses cosigned and the device kept
``papers/*.json``   the signed documents that leaves name, each by the SHA-256 of its payload
``release.json``    digests of the program, models and calibration, as they were installed
==================  =====================================================================================

All JSON is canonical: sorted keys, no white space. Nothing in it tells of a person who is not listed, nor who is
listed: leaves cannot hold it, and of the papers only those kinds are taken that cannot either.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from edge.audit.failures import Failure, Finding
from edge.audit.release import Release
from edge.domain.authority import Count, Digest, Identifier, Name, Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.record import Leaf
from edge.wire.log import decode_leaf
from edge.wire.notes import Note, read_note
from edge.wire.signed import digest, parse, payload_of

FORMAT: Final = "lamppost-bundle/1"
PAGE: Final = "bundle.json"
LEAVES: Final = "leaves.jsonl"
HEAD: Final = "head.txt"
RELEASE: Final = "release.json"
COSIGNED: Final = "cosigned/"
PAPERS: Final = "papers/"
MAX_FILE: Final = 1 << 30
MAX_LEAF: Final = 64 * 1024
FIRST_YEAR, LAST_YEAR = 2020, 2200
"""No device of this product has written anything earlier; sums with later times could leave the calendar."""

Path_ = Annotated[
    str, Meta(pattern=r"^(leaves\.jsonl|head\.txt|release\.json|(cosigned|papers)/[0-9a-f-]{1,80}\.(txt|json))\Z")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """``bundle.json``."""

    format: str
    site: Name
    device: Name
    epoch: Identifier
    origin: str
    leaves: Count
    files: Annotated[dict[Path_, Digest], Meta(max_length=65536)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A leaf and its place in the journal."""

    index: int
    leaf: Leaf


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it was read. Nothing in it is believed yet."""

    page: Page
    digest: Digest
    """SHA-256 of ``bundle.json``, and so of everything."""
    raw: tuple[bytes, ...]
    """The journal's leaves as they were hashed."""
    entries: tuple[Entry, ...]
    """Those of them that can be read."""
    head: Note | None
    cosigned: tuple[Note, ...]
    papers: dict[Digest, Signed]
    release: Release | None


def read(folder: Path) -> tuple[Bundle | None, list[Finding]]:
    """Read a bundle, and what is wrong with its files. None where not even its first page can be read.

    Raises Misconfigured where there is no such folder.
    """
    if not folder.is_dir():
        raise Misconfigured(f"There is no folder {folder}.", "Name the folder of a bundle.")
    try:
        raw = _bytes(folder / PAGE)
        page = parse(raw, Page)
        if page.format != FORMAT:
            raise Undecodable(f"It has the format {page.format!r}.", "Use the version that wrote it.")
    except (OSError, Undecodable) as error:
        return None, [Finding(Failure.BUNDLE_UNREADABLE, str(error))]
    findings: list[Finding] = []
    files = dict(_files(folder, page, findings))
    leaves, entries = _leaves(files.get(LEAVES, b""), findings)
    if len(leaves) != page.leaves and LEAVES in files:
        findings.append(Finding(Failure.FILE_CHANGED, f"{LEAVES} has {len(leaves)} lines, not {page.leaves}"))
    bundle = Bundle(
        page=page,
        digest=digest(raw),
        raw=leaves,
        entries=entries,
        head=_note(HEAD, files[HEAD], findings) if HEAD in files else None,
        cosigned=tuple(
            note
            for name, content in sorted(files.items())
            if name.startswith(COSIGNED) and (note := _note(name, content, findings)) is not None
        ),
        papers=dict(_papers(files, findings)),
        release=_release(files, findings),
    )
    return bundle, findings


def is_datable(noun: object) -> bool:
    """Whether every instant in a noun has a time zone and lies within what can be reckoned with."""
    if isinstance(noun, datetime):
        return noun.tzinfo is not None and FIRST_YEAR <= noun.year < LAST_YEAR
    if isinstance(noun, tuple | list):
        return all(is_datable(part) for part in noun)
    if dataclasses.is_dataclass(noun):
        return all(is_datable(getattr(noun, field.name)) for field in dataclasses.fields(noun))
    return True


def _files(folder: Path, page: Page, findings: list[Finding]) -> Iterator[tuple[str, bytes]]:
    for name, wanted in sorted(page.files.items()):
        try:
            content = _bytes(folder / name)
        except (OSError, Undecodable) as error:
            findings.append(Finding(Failure.FILE_MISSING, f"{name}: {getattr(error, 'strerror', None) or error}"))
            continue
        if hashlib.sha256(content).hexdigest() != wanted:
            findings.append(Finding(Failure.FILE_CHANGED, name))
        yield name, content
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    findings += [Finding(Failure.FILE_UNLISTED, name) for name in sorted(there - page.files.keys() - {PAGE})]


def _bytes(path: Path) -> bytes:
    if path.is_symlink() or path.stat().st_size > MAX_FILE:
        raise Undecodable(f"{path.name} is a link, or too large.", "A bundle holds plain files.")
    return path.read_bytes()


def _leaves(content: bytes, findings: list[Finding]) -> tuple[tuple[bytes, ...], tuple[Entry, ...]]:
    lines = content.split(b"\n")
    if lines.pop() != b"":
        findings.append(Finding(Failure.LEAF_UNREADABLE, "the last line does not end", len(lines)))
    entries = []
    for index, raw in enumerate(lines):
        try:
            if len(raw) > MAX_LEAF:
                raise Undecodable("A leaf is too long.", "")
            leaf = decode_leaf(raw)
        except Undecodable as error:
            findings.append(Finding(Failure.LEAF_UNREADABLE, error.what, index))
            continue
        if is_datable(leaf):
            entries.append(Entry(index, leaf))
        else:
            findings.append(Finding(Failure.LEAF_UNREADABLE, "a time without a time zone, or of another age", index))
    return tuple(lines), tuple(entries)


def _note(name: str, content: bytes, findings: list[Finding]) -> Note | None:
    try:
        return read_note(content)
    except Undecodable as error:
        findings.append(Finding(Failure.NOTE_UNREADABLE, f"{name}: {error.what}"))
        return None


def _papers(files: dict[str, bytes], findings: list[Finding]) -> Iterator[tuple[Digest, Signed]]:
    for name, content in files.items():
        if not name.startswith(PAPERS):
            continue
        try:
            signed = parse(content, Signed)
            found = digest(payload_of(signed))
        except Undecodable as error:
            findings.append(Finding(Failure.PAPER_UNREADABLE, f"{name}: {error.what}"))
            continue
        if name != f"{PAPERS}{found}.json":
            findings.append(Finding(Failure.PAPER_MISNAMED, name))
        yield found, signed


def _release(files: dict[str, bytes], findings: list[Finding]) -> Release | None:
    if RELEASE not in files:
        return None
    try:
        return parse(files[RELEASE], Release)
    except Undecodable as error:
        findings.append(Finding(Failure.PAPER_UNREADABLE, f"{RELEASE}: {error.what}"))
        return None
