"""Known label errors of a benchmark: the same person under two names, pictures of somebody else, relatives."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.domain.errors import Misconfigured


class Errata(msgspec.Struct, frozen=True, kw_only=True):
    """What the tail of a benchmark needs, lest it measure its labels."""

    same_person: tuple[tuple[str, ...], ...] = ()
    exclude_pictures: frozenset[str] = frozenset()
    relatives: tuple[tuple[str, ...], ...] = ()

    def canonical(self, person: str) -> str:
        """The one name of a person who has several."""
        return next((group[0] for group in self.same_person if person in group), person)


def load(path: Path | None) -> Errata:
    """Read a file; none is no errata. Raises Misconfigured."""
    if path is None:
        return Errata()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Errata)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(
            f"The errata {path} cannot be used: {error}.", "It is a JSON object with three lists."
        ) from error
