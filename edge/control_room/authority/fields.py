"""Where in the form a field of the document comes from, so that a refusal is said of the line that caused it."""

from __future__ import annotations

from typing import Final

from edge.control_room.authority.lines import Place

_PLACES: Final[dict[str, Place]] = {
    "not_after": ("when", "hours"), "not_before": ("when", "begins"), "watchlist": ("who", "watchlist"),
    "watchlist.cap": ("who", "cap"), "watchlist.caps": ("who", "caps"), "sensitive": ("who", "sensitive_reference"),
    "use_case": ("why", "use_case"), "max_fpir": ("how", "max_fpir"), "test": ("test",), "urgent": ("urgent",),
    "operators": ("hands", "operators"), "presence": ("hands", "presence"), "reviewers": ("hands", "reviewers"),
    "recipients": ("hands", "recipients"), "preview": ("view",), "retention.hit": ("how", "hit_retention_hours"),
    **dict.fromkeys(("site", "device", "zone", "configuration", "models", "calibration"), ("where", "device")),
}  # fmt: skip


def place_of(field: str) -> Place:
    """The place of a field, named from the outside in with dots."""
    if field in _PLACES:
        return _PLACES[field]
    outer, _, last = field.rpartition(".")
    return (*_PLACES[outer], int(last) if last.isdigit() else last)
