"""What a page is told, and goes on being told: named documents, each with the revision of its last change.

There is no list of events that could be lost or overflow. Whoever says which revision they have is given every document
that changed since, as it is now; whoever comes from another life of this program is given all. So a page, the network
or this program may go away at any moment, and afterwards the page shows what is so.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Document: TypeAlias = "Mapping[str, Any]"
GONE: Final[Document] = {"gone": True}


@dataclass(frozen=True, slots=True)
class Change:
    """One document, as it is at a revision."""

    revision: int
    name: str
    document: Document


class Live:
    """The documents. Any thread may call it."""

    def __init__(self, life: str | None = None) -> None:
        self.life = life or secrets.token_hex(4)
        """Of this program."""
        self._lock = threading.Lock()
        self._revision = 0
        self._documents: dict[str, Change] = {}
        self.over = False
        """Whether no more is said: streams end."""

    def end(self) -> None:
        """Say no more."""
        self.over = True

    @property
    def revision(self) -> int:
        """Of the latest change."""
        return self._revision

    def put(self, name: str, document: Document) -> bool:
        """Say how something is. False where it was so already."""
        with self._lock:
            before = self._documents.get(name)
            if before is not None and before.document == document:
                return False
            self._revision += 1
            self._documents[name] = Change(self._revision, name, document)
            return True

    def drop(self, name: str) -> None:
        """Something is no more. That it was there is all that is kept."""
        if name in self._documents:
            self.put(name, GONE)

    def since(self, revision: int) -> list[Change]:
        """Everything that changed after a revision, as it is now, in the order of its last change."""
        if revision >= self._revision:
            return []
        with self._lock:
            return sorted(
                (one for one in self._documents.values() if one.revision > revision), key=lambda one: one.revision
            )

    def known(self, marker: str) -> int:
        """The revision that a page's marker stands for; 0 where it is of another life, or none."""
        life, _, revision = marker.partition("-")
        if life != self.life or not (revision.isascii() and revision.isdigit()) or len(revision) > 15:
            return 0
        return min(int(revision), self._revision)

    def marker(self, revision: int) -> str:
        """What a page says to go on from a revision."""
        return f"{self.life}-{revision}"
