"""Where one device's hits lie, and whose decisions about them count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.control_room.console.place import Place, Post
from edge.control_room.keeping import Kept
from edge.domain.authority import Key, KeyId, Role
from edge.wire.signed import key_id


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one device's hits lie, and whom its trust root has decide."""

    name: str
    folder: Path
    device_key: Key
    reviewers: Mapping[KeyId, Key]

    def deployments(self) -> list[Kept]:
        """One for each that something is kept of."""
        found = sorted(path.name for path in self.folder.iterdir() if path.is_dir()) if self.folder.is_dir() else []
        return [Kept(self.folder, name, self.device_key) for name in found]

    @classmethod
    def of(cls, place: Place, post: Post) -> Shelf:
        """A device's, with the reviewers whom its trust root names."""
        keys = [pinned.key for pinned in post.known.root.keys if pinned.role is Role.REVIEWER]
        return cls(post.name, place.kept(post), post.known.device_key, {key_id(key): key for key in keys})
