"""What each package is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
CHECKOUT: Final = HERE.parent.parent
MAINTAINER: Final = "The Lamppost project <lamppost@lists.invalid>"

MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's name of a processor, and the wheels'."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A Debian, and Raspberry Pi OS after it."""

    name: str
    number: int
    python: str
    next_python: str
    glibc: int
    """Minor version of its C library: wheels for later ones are not taken."""


SUITES: Final = (Suite("bookworm", 12, "3.11", "3.12", 36), Suite("trixie", 13, "3.13", "3.14", 41))

_YARDSTICKS: Final = (
    "calibrate", "chain", "commands", "degrade", "discard", "evaluate", "groups", "openset", "plot", "promise",
    "report", "resample", "scores", "show", "tail", "tradeoff",
)  # fmt: skip
NOT_ON_A_POLE: Final = (
    "audit/memory.py",
    "audit/serve.py",
    "audit/witness.py",
    "connection.py",
    "contract",
    "control_room",
    "updating",
    *(f"measure/{name}.py" for name in _YARDSTICKS),
)
"""Of ``edge``: whatever signs as anybody but the device, yardsticks that want pictures of people, and the updater,
which is a package of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One of the packages."""

    name: str
    summary: str
    description: tuple[str, ...]
    """Paragraphs."""
    locks: dict[str, str]
    """For each suite, the file of ``requirements``."""
    left_out: tuple[str, ...]
    """Of the program."""
    is_pole: bool
    """Has units, and finds what comes from apt for the camera."""
    rival: str
    """The package that it is never installed beside."""

    @property
    def home(self) -> str:
        """Where it is installed."""
        return f"usr/lib/{self.name}"


POLE: Final = Package(
    name="lamppost",
    summary="overt, authorised live facial recognition: the device",
    description=(
        "A daemon for a fixed camera whose safeguards are its architecture. It looks at nobody without a signed, "
        "time-boxed authorisation and an officer on scene, keeps nothing about anybody who is not listed, and what it "
        "did can be verified offline.",
        "This package is for the pole. It has no tool that authorises, enrols or reviews.",
    ),
    locks={"bookworm": "bookworm.txt", "trixie": "run.txt"},
    left_out=NOT_ON_A_POLE,
    is_pole=True,
    rival="lamppost-control-room",
)
CONTROL_ROOM: Final = Package(
    name="lamppost-control-room",
    summary="overt, authorised live facial recognition: where people decide",
    description=(
        "The commands of those who authorise, countersign, enrol, operate, stand on scene, review, witness and "
        "examine. It starts nothing by itself.",
        "Not for a pole: it signs.",
    ),
    locks={"bookworm": "control-room.txt", "trixie": "control-room.txt"},
    left_out=("updating",),
    is_pole=False,
    rival="lamppost",
)
PACKAGES: Final = (POLE, CONTROL_ROOM)
