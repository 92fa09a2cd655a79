"""What is sent to a device in chunks, and how it is announced: signed, with the digest of every single chunk.

Chunks carry no signature, so the announcement is what judges each of them: a corrupted or hostile one is refused on
its own, when it comes, and the others stay.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Digest, Role
from edge.domain.errors import Undecodable

CHUNK_BYTES: Final = 64 * 1024
LEAST_CHUNK_BYTES: Final = 4 * 1024
MOST_CHUNKS: Final = 512
MAX_BLOB_BYTES: Final = 8 * 1024 * 1024
QUOTA: Final = 24 * 1024 * 1024
"""Bytes on disk for everything that is on its way, of whatever kind, counted as announced."""
TRANSFER_LIFE: Final = timedelta(hours=24)
"""How long something may be on its way, and a sealed list lie on disk."""
WINDOW: Final = 16
"""Chunks that may be sent beyond those that the device has said to have."""


class Content(enum.Enum):
    """What can be sent."""

    WATCHLIST = "watchlist"
    CALIBRATION = "calibration"
    MODELS = "models"
    """The list of models, signed by an evaluator: what may be installed besides the release's own."""
    MODEL = "model"
    """One model file."""
    TRUST_ROOT = "trust-root"


DOCUMENTS: Final = frozenset({Content.CALIBRATION, Content.MODELS, Content.TRUST_ROOT})
MAX_DOCUMENT: Final = 512 * 1024

SENDERS: Final[dict[Content, frozenset[Role]]] = {
    Content.WATCHLIST: frozenset({Role.OPERATOR}),
    Content.CALIBRATION: frozenset({Role.OPERATOR, Role.EVALUATOR}),
    Content.MODELS: frozenset({Role.OPERATOR}),
    Content.MODEL: frozenset({Role.OPERATOR}),
    Content.TRUST_ROOT: frozenset({Role.OPERATOR, Role.CUSTODIAN}),
}
"""Who may send which. An evaluator signs a list of models, or a release pins them, and an operator sends it: nobody
changes the recognition chain alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Something is going to come in chunks: keep those that these digests judge right. It is done when all are here
    and what they make has been taken in; the answers meanwhile say which are missing.
    """

    content: Content
    digest: Digest
    """Of the whole."""
    size: Annotated[int, Meta(ge=1, le=MAX_BLOB_BYTES)]
    chunk_bytes: Annotated[int, Meta(ge=LEAST_CHUNK_BYTES, le=CHUNK_BYTES)]
    """Of every chunk but the last."""
    chunks: Annotated[tuple[Digest, ...], Meta(min_length=1, max_length=MOST_CHUNKS)]

    def __post_init__(self) -> None:
        if len(self.chunks) != -(-self.size // self.chunk_bytes):
            raise ValueError("the number of chunks does not follow from size and chunk_bytes")
        if self.content in DOCUMENTS and self.size > MAX_DOCUMENT:
            raise ValueError(f"a {self.content.value} has at most {MAX_DOCUMENT} bytes")

    def length(self, index: int) -> int:
        """Bytes of a chunk."""
        return min(self.chunk_bytes, self.size - index * self.chunk_bytes)


def in_ranges(indexes: Iterable[int]) -> str:
    """Indexes in few words: ``0-3,7,9-12``. Empty where there are none."""
    runs: list[list[int]] = []
    for index in sorted(set(indexes)):
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def from_ranges(text: str) -> list[int]:
    """The indexes. Raises Undecodable for anything but what :func:`in_ranges` gives for indexes of chunks."""
    found: list[int] = []
    for run in text.split(",") if text else []:
        first, _, last = run.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in (first, last or first)):
            break
        found.extend(range(int(first), min(int(last or first), MOST_CHUNKS) + 1))
        if len(found) > MOST_CHUNKS:
            break
    if in_ranges(found) != text or any(index >= MOST_CHUNKS for index in found):
        raise Undecodable("Not ranges of chunks.", "Write them as 0-3,7,9-12, rising.")
    return found
