"""What health says: signed, retained, every ten seconds and whenever something changes that a person must act on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from edge.domain.authority import Count, Digest, Identifier, Name
from edge.domain.condition import Condition
from edge.domain.errors import Reason
from edge.domain.health import ClockQuality, Concern, CounterName, Latency, LinkQuality, Machine, Outbox, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One reason of the gate."""

    reason: Reason
    looks: Count
    """How often it stood in the way, looked at once a second since boot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What runs, and with what."""

    version: Version
    trust_root: Digest
    trust_root_version: Count
    detector: Digest
    embedder: Digest
    calibration: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whole numbers, digests and words of closed lists: nothing in it can hold a score, or anybody.

    Counters and latencies are read every ten seconds and no oftener. Where health is said in between, because something
    changed, it repeats them as they were at ``counted``: they tell no finer than that when somebody went by.
    """

    site: Name
    device: Name
    boot: Identifier
    at: datetime
    counted: datetime
    up_seconds: Count
    software: Software
    zone: Digest
    """As in the deployment, and there before any deployment is."""
    configuration: Digest
    condition: Condition
    reasons: tuple[Reason, ...]
    concerns: tuple[Concern, ...]
    gate: tuple[Standing, ...]
    counters: dict[CounterName, Count]
    """Since boot."""
    gauges: dict[CounterName, int]
    """As it is now: what was chosen at set-up, and what is measured."""
    latencies: tuple[Latency, ...]
    """One for each stage, in their order."""
    outbox: Outbox
    link: LinkQuality
    clock: ClockQuality
    machine: Machine
