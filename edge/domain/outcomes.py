"""How an update of the program ends. The updater has this module too, and the standard library alone for it."""

from __future__ import annotations

import enum


class UpdateOutcome(enum.Enum):
    """How an update ended."""

    CONFIRMED = "confirmed"
    """The new version was ready, passed its self-test, and stood for a while."""
    ROLLED_BACK = "rolled-back"
    """It did not, and the version before was put back."""


class UpdateFault(enum.Enum):
    """Why an update was undone."""

    NOT_INSTALLED = "not-installed"
    NOT_READY = "not-ready"
    SELF_TEST = "self-test"
    DID_NOT_STAND = "did-not-stand"
    CUT_OFF = "cut-off"
    """The power went, or the updater ended."""
