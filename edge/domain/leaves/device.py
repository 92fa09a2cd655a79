"""Leaves about the device itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from edge.domain.authority import Count, Digest, Key, KeyId
from edge.domain.condition import Condition
from edge.domain.orders import Verb
from edge.domain.outcomes import UpdateFault, UpdateOutcome
from edge.domain.transfers import Content
from edge.domain.updates import PackageVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """The daemon started."""

    kind: ClassVar[str] = "booted"
    version: str
    uncounted: Count
    """Searches that may have happened before an unclean end without having been counted."""
    detector: Digest
    embedder: Digest
    calibration: Digest
    zone: Digest
    configuration: Digest
    trust_root: Digest
    """SHA-256 of the signed payload of the trust root in force."""
    device_key: Key
    """Signs this journal's heads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRotated:
    """A newer trust root was taken in."""

    kind: ClassVar[str] = "trust-rotated"
    version: Count
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochOpened:
    """The first leaf of a new journal: two custodians opened it, and bound the old one's last head."""

    kind: ClassVar[str] = "epoch-opened"
    digest: Digest
    """SHA-256 of the signed payload of :class:`NewEpoch`."""
    previous_origin: str
    previous_size: Count
    previous_root: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReset:
    """Two custodians lowered the stored time before which the clock is not trusted."""

    kind: ClassVar[str] = "clock-reset"
    digest: Digest
    """SHA-256 of the signed payload of :class:`NewClock`."""
    to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """A heartbeat, on time whatever the device does: a gap in these is a gap in what can be shown."""

    kind: ClassVar[str] = "alive"
    condition: Condition
    camera_opens: Count
    """Since the start. The same number twice: it stayed shut in between."""
    camera_open: bool
    camera_powered: bool | None
    """As the kernel says; True where it cannot tell. None where the device cannot switch the camera's power."""
    lamp_lit: bool | None = None
    """Likewise, of the public lamp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A validly signed order was refused."""

    kind: ClassVar[str] = "refused"
    verb: Verb
    key: KeyId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Something that was sent was taken in. It is used from the next start on, which names what it then uses."""

    kind: ClassVar[str] = "installed"
    content: Content
    digest: Digest
    """SHA-256 of what was sent."""
    key: KeyId
    """Of whoever ordered it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """The program itself was updated, or an update was undone: as the updater, which is root, has recorded it."""

    kind: ClassVar[str] = "updated"
    number: Count
    """Counts every update of this box, from 1."""
    done: datetime
    outcome: UpdateOutcome
    before: PackageVersion
    after: PackageVersion
    package: Digest
    """SHA-256 of the version's package that was to take the other's place."""
    manifest: Digest
    """SHA-256 of its release's manifest, as the release's signers named it."""
    why: UpdateFault | None = None
