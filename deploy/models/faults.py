"""What the model build raises."""

from __future__ import annotations

from edge.domain.errors import LamppostError


class BuildFailed(LamppostError):
    """The models could not be built; ``str()`` says what was expected, what was found and what to do."""


class Tampered(BuildFailed):
    """Something fetched or built is not, byte for byte, what the recipe names."""


class Unreachable(BuildFailed):
    """A package index could not be reached, or does not have what the recipe needs."""
