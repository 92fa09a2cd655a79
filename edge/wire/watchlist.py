"""The sealed watchlist: a clear header, and templates that exist in clear only in locked memory.

    4 bytes    length of the header, big-endian
    header     canonical JSON, authenticated with the content
    content    ChaCha20-Poly1305 of  entries x dimension float32 (little-endian, as fused),
               then entries x 72-byte records

ChaCha20-Poly1305 does not commit to its key: a sealed file could be made that opens to one list under one key and to
another under a second. The header therefore carries a commitment to the key, and the authorisation names the digest
of the whole file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec import Meta
from numpy.typing import NDArray

from edge.domain.authorisation import MAX_LIST_ENTRIES, Category, CategoryCount, ImageSource, SourceCount
from edge.domain.authority import Digest, Identifier
from edge.domain.errors import Undecodable
from edge.domain.face import Features
from edge.wire.sealed import KEY_BYTES, NONCE_BYTES, TAG_BYTES
from edge.wire.signed import canonical, from_base64url, parse, to_base64url

FORMAT: Final = "lamppost-watchlist/3"
RECORD: Final = np.dtype([("entry", "S64"), ("category", "u1"), ("references", "u1"), ("reserved", "V6")])
CATEGORIES: Final = (
    Category.WANTED_BY_COURT,
    Category.WANTED_FOR_OFFENCE,
    Category.COURT_CONDITIONS,
    Category.MISSING_AT_RISK,
    Category.RISK_OF_HARM,
    Category.VOLUNTEER,
    Category.SYNTHETIC,
    Category.UNDER_18_AT_RISK,
    Category.VICTIM_OR_WITNESS_AT_RISK,
)
"""The order is part of the format."""

_MAX_HEADER: Final = 64 * 1024
_ID_BYTES: Final = 64
_NAMED: Final = b"lamppost entry 1\0"
_LAST_ASCII: Final = 0x7F
_NORM_TOLERANCE: Final = 1e-3
_SHORTEST: Final = 0.5
"""Fused pictures that hardly agree are about so long; single ones have length 1, and nothing is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is said of a list in clear: nothing about any person on it."""

    format: str
    embedder: Digest
    """Identity of the embedder whose features these are; no other may search them."""
    alignment: str
    dimension: Annotated[int, Meta(ge=16, le=1024, multiple_of=16)]
    entries: Annotated[int, Meta(ge=1, le=MAX_LIST_ENTRIES)]
    categories: tuple[CategoryCount, ...]
    sources: Annotated[tuple[SourceCount, ...], Meta(min_length=1, max_length=len(ImageSource))]
    """Where the pictures come from, as the one who built the list states it."""
    built: datetime
    nonce: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16}\Z")]
    commitment: Digest

    def content_bytes(self) -> int:
        """Size of the content once opened."""
        return self.entries * (self.dimension * 4 + RECORD.itemsize)


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on a list, by an opaque id."""

    id: Identifier
    category: Category
    references: int
    """From how many pictures the template was fused."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Views into the buffer that a list was opened in. They die with it."""

    templates: Features
    """(entries, dimension) float32, as fused: none longer than 1."""
    records: NDArray[np.void]

    def entry(self, index: int) -> Entry:
        """The entry of a row."""
        record = self.records[index]
        return Entry(
            bytes(record["entry"]).decode("ascii"), CATEGORIES[int(record["category"])], int(record["references"])
        )

    @property
    def left(self) -> int:
        """Entries that were not withdrawn."""
        return int(np.count_nonzero(self._characters()[:, 0]))

    def withdrawn(self, row: int) -> bool:
        """Whether the entry of a row was withdrawn."""
        return not self._characters()[row, 0]

    def digest_of(self, row: int) -> bytes:
        """As :func:`entry_digest`; the id stays where it is."""
        named = hashlib.sha256(_NAMED)
        named.update(self._characters()[row].data)
        return named.digest()

    def withdraw(self, row: int) -> None:
        """Overwrite an entry and its template. A row of zeros scores 0 with every probe."""
        self.templates[row] = 0
        self.records.view(np.uint8).reshape(len(self.records), RECORD.itemsize)[row] = 0

    def _characters(self) -> NDArray[np.uint8]:
        return self.records.view(np.uint8).reshape(len(self.records), RECORD.itemsize)[:, :_ID_BYTES]


def entry_digest(entry: Identifier) -> bytes:
    """SHA-256 of an entry's id as a record holds it: what stands for it where it is not to be seen."""
    return hashlib.sha256(_NAMED + entry.encode("ascii").ljust(_ID_BYTES, b"\0")).digest()


def commitment(key: bytes) -> Digest:
    """Commits to a content key without giving it away."""
    return hashlib.sha256(b"lamppost watchlist key 1\0" + key).hexdigest()


def seal(
    entries: Sequence[Entry], templates: Features, *, embedder: Digest, alignment: str, built: datetime,
    sources: tuple[SourceCount, ...],
) -> tuple[bytes, bytes]:  # fmt: skip
    """Seal a list. ``templates`` is (entries, dimension) float32. Returns the file's bytes and its content key.

    Raises ValueError where templates and entries do not belong together or a template has a length that fused features
    cannot have.
    """
    rows = np.ascontiguousarray(templates, dtype="<f4")
    if rows.ndim != 2 or rows.shape[0] != len(entries):
        raise ValueError(f"{len(entries)} entries but templates of shape {templates.shape}")
    records = np.zeros(len(entries), RECORD)
    for index, entry in enumerate(entries):
        records[index] = (entry.id.encode("ascii"), CATEGORIES.index(entry.category), min(entry.references, 255), b"")
    key, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
    counts = [sum(entry.category is category for entry in entries) for category in CATEGORIES]
    header = Header(
        format=FORMAT,
        embedder=embedder,
        alignment=alignment,
        dimension=rows.shape[1],
        entries=len(entries),
        categories=tuple(
            CategoryCount(category=category, entries=count)
            for category, count in zip(CATEGORIES, counts, strict=True)
            if count
        ),
        sources=sources,
        built=built,
        nonce=to_base64url(nonce),
        commitment=commitment(key),
    )
    _check(header, Opened(rows, records))
    clear = canonical(header)
    content = ChaCha20Poly1305(key).encrypt(nonce, rows.tobytes() + records.tobytes(), clear)
    return len(clear).to_bytes(4, "big") + clear + content, key


def header_of(file: bytes | memoryview) -> Header:
    """The clear header. Raises Undecodable where the file is none or has another length than it says."""
    header, start = _header(memoryview(file))
    if len(file) != start + header.content_bytes() + TAG_BYTES:
        raise Undecodable("The watchlist file is cut short or too long.", "Copy it again; its digest will tell.")
    return header


def open_into(buffer: memoryview, file: bytes, key: bytes) -> Opened:
    """Decrypt a list straight into ``buffer`` (exactly ``header.content_bytes()`` long) and check every row.

    The content is never anywhere else in clear. Raises Undecodable where the key is not the one committed to, the
    file was changed, or the content breaks a rule of the format; the caller wipes the buffer then.
    """
    header = header_of(file)
    _, start = _header(memoryview(file))
    if commitment(key) != header.commitment:
        raise Undecodable("The key is not this list's.", "Wrap the key that the list was sealed with.")
    view = memoryview(file)
    try:
        ChaCha20Poly1305(key).decrypt_into(from_base64url(header.nonce), view[start:], view[4:start], buffer)
    except (InvalidTag, ValueError) as error:
        raise Undecodable("The watchlist was changed.", "Copy it again; its digest will tell.") from error
    split = header.entries * header.dimension * 4
    templates = np.frombuffer(buffer[:split], "<f4").reshape(header.entries, header.dimension)
    opened = Opened(templates, np.frombuffer(buffer[split:], RECORD))
    try:
        _check(header, opened)
    except ValueError as error:
        raise Undecodable(f"The watchlist is not valid: {error}.", "Build it again with the enrolment tool.") from error
    return opened


def _header(file: memoryview) -> tuple[Header, int]:
    length = int.from_bytes(file[:4], "big") if len(file) >= 4 else 0
    if not 0 < length <= _MAX_HEADER or len(file) < 4 + length:
        raise Undecodable("Not a sealed watchlist.", "Build one with the enrolment tool.")
    header = parse(bytes(file[4 : 4 + length]), Header)
    if header.format != FORMAT:
        raise Undecodable(f"Watchlist format {header.format!r}.", f"This version reads {FORMAT}.")
    return header, 4 + length


def _check(header: Header, opened: Opened) -> None:
    # einsum rather than norm: the latter squares into a temporary as large as the list.
    lengths = np.einsum("ij,ij->i", opened.templates, opened.templates)
    if not np.all((lengths > _SHORTEST**2) & (lengths < 1 + _NORM_TOLERANCE)):
        raise ValueError("a template has a length that fused features cannot have")
    kinds = opened.records["category"]
    if kinds.max(initial=0) >= len(CATEGORIES):
        raise ValueError("an entry's category is unknown")
    found = np.bincount(kinds, minlength=len(CATEGORIES))
    said = {count.category: count.entries for count in header.categories}
    if [said.get(category, 0) for category in CATEGORIES] != found.tolist():
        raise ValueError("the header's category counts are not the content's")
    characters = opened.records.view(np.uint8).reshape(header.entries, RECORD.itemsize)[:, :_ID_BYTES]
    # A column at a time: numpy would copy the whole of them to a buffer of its own.
    if any(column.max() > _LAST_ASCII for column in characters.T) or not characters[:, 0].all():
        raise ValueError("an entry's id is empty or not ASCII")
    if _stands_twice(characters):
        raise ValueError("an entry's id stands twice")


def _stands_twice(ids: NDArray[np.uint8]) -> bool:
    """Whether two rows are the same. The rows stay where they are: sorting them would copy them out of locked memory.

    What is sorted is a number for each row, made with random factors that nobody knows afterwards; rows with the same
    number are compared.
    """
    factors = np.frombuffer(os.urandom(8 * ids.shape[1]), np.uint64)
    numbers = np.zeros(len(ids), np.uint64)
    for column, factor in enumerate(factors):
        numbers += ids[:, column] * factor
    order = np.argsort(numbers)
    same = numbers[order[1:]] == numbers[order[:-1]]
    return any(
        bool((ids[one] == ids[other]).all()) for one, other in zip(order[1:][same], order[:-1][same], strict=True)
    )
