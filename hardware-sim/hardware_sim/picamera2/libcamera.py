"""``libcamera``, as far as somebody who uses ``picamera2`` needs it: colour spaces, and the values of some controls."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """Primaries, transfer function, encoding and range, as one name."""

    name: str

    @classmethod
    def Smpte170m(cls) -> ColorSpace:  # noqa: N802
        """BT.601, limited range."""
        return cls("SMPTE170M")

    @classmethod
    def Rec709(cls) -> ColorSpace:  # noqa: N802
        """BT.709, limited range."""
        return cls("Rec709")


class AeFlickerModeEnum(enum.IntEnum):
    """Whose flicker exposure times avoid."""

    Off = 0
    Manual = 1
    Auto = 2


class AfModeEnum(enum.IntEnum):
    """Who focuses."""

    Manual = 0
    Auto = 1
    Continuous = 2


controls: Final = SimpleNamespace(AeFlickerModeEnum=AeFlickerModeEnum, AfModeEnum=AfModeEnum)
