"""Everything outside, as one argument: built for the street, a yardstick or a simulator, and handed to a daemon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge.domain.authority import Identifier
from edge.ports import Camera, Clock, Detector, Extractor, Files, Host, Link, Signer, Store, Switch
from edge.replacing import Installed, Updates


@dataclass(frozen=True, slots=True)
class Seen:
    """What a camera tells of itself beside its frames."""

    live: bool = True
    """Whether a sensor at this machine takes the pictures. Otherwise nothing shows that they are live."""
    counters: Callable[[], Mapping[str, int]] = dict
    """Since boot."""
    gauges: Callable[[], Mapping[str, int]] = dict
    """As it is now."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside, as one argument."""

    clock: Clock
    camera: Camera
    detector: Detector
    extractor: Extractor
    signer: Signer
    host: Host
    store: Store
    files: Files
    link: Link
    boot: Identifier
    sees: Seen = Seen()
    power: Switch | None = None
    """Of the capture device. None: it cannot be switched."""
    lamp: Switch | None = None
    """Burns while the capture device may see. None: there is none."""
    installed: Installed | None = None
    """None: nothing that is sent can be installed."""
    updates: Updates | None = None
    """None: nobody updates this program."""
    set_up: Mapping[str, int] = field(default_factory=dict)
    """What was chosen at set-up, in whole numbers, for the device's health."""
