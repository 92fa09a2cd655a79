"""Health as metrics: the same numbers, and no others. Base units, as Prometheus has them: seconds, bytes, degrees.

``lamppost_events_total`` has the counters and ``lamppost_value`` the gauges of health under their own names; what a
device does not tell is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from edge.domain.condition import Condition
from edge.domain.health import BOUNDS_MS, Concern, Latency
from edge.domain.metric import Family, Measured, MetricType
from edge.wire.health import Health

_STAGE: Final = "lamppost_stage_duration_seconds"
_PARTS: Final = ("detector", "embedder", "calibration", "trust_root")


def families(health: Health) -> tuple[Family, ...]:
    """All of them."""
    return (*_identity(health), *_doing(health), *_counts(health), *_link(health), *_machine(health))


def _identity(health: Health) -> Iterable[Family]:
    software = health.software
    named = {part: getattr(software, part) for part in _PARTS} | {
        "site": health.site, "device": health.device, "boot": health.boot, "version": software.version,
        "zone": health.zone, "configuration": health.configuration,
    }  # fmt: skip
    yield _labelled("lamppost_software_info", "What runs, and what it was set up with.", [(named, 1)])
    yield _gauge("lamppost_trust_root_version", "Of the trust root in force.", software.trust_root_version)
    yield _gauge("lamppost_up_seconds", "Since the daemon began.", health.up_seconds)
    yield _gauge("lamppost_health_timestamp_seconds", "When this was composed.", _unix(health.at))
    yield _gauge("lamppost_counted_timestamp_seconds", "When counters were last read.", _unix(health.counted))


def _doing(health: Health) -> Iterable[Family]:
    yield _labelled(
        "lamppost_condition", "1 for what the device is doing.",
        [({"condition": one.value}, one is health.condition) for one in Condition],
    )  # fmt: skip
    known = {one.reason for one in health.gate} | set(health.reasons)
    yield _labelled(
        "lamppost_reason", "1 for what stands in the way, or makes it see less, now.",
        [({"reason": one.value}, one in health.reasons) for one in sorted(known, key=lambda one: one.value)],
    )  # fmt: skip
    yield _counted(
        "lamppost_gate_looks", "Seconds in which a reason stood in the way.", "reason",
        {one.reason.value: one.looks for one in health.gate},
    )  # fmt: skip
    yield _labelled(
        "lamppost_concern", "1 for what a person must see to.",
        [({"concern": one.value}, one in health.concerns) for one in Concern],
    )  # fmt: skip


def _counts(health: Health) -> Iterable[Family]:
    yield _counted("lamppost_events", "What happened since boot.", "event", health.counters)
    yield _labelled(
        "lamppost_value", "What was chosen at set-up, or is measured.",
        [({"name": name}, value) for name, value in sorted(health.gauges.items())],
    )  # fmt: skip
    samples = tuple(sample for one in health.latencies for sample in _histogram(one))
    yield Family(_STAGE, MetricType.HISTOGRAM, "How long each stage takes.", samples)
    yield _gauge("lamppost_outbox_hits", "Sealed hits that nobody has signed for.", health.outbox.hits)
    yield _gauge("lamppost_outbox_bytes", "Their size.", health.outbox.bytes)
    yield _gauge("lamppost_outbox_oldest_seconds", "Since the oldest was committed.", health.outbox.oldest_seconds)


def _link(health: Health) -> Iterable[Family]:
    link = health.link
    yield _gauge("lamppost_link_connected", "1 while the connection to the broker stands.", link.connected)
    yield _counted("lamppost_link_events", "What the broker has said, and how the link fares.", "event", link.counters)
    made = (Measured("lamppost_link_connections_total", link.connections),)
    yield Family("lamppost_link_connections", MetricType.COUNTER, "How often it was made since boot.", made)
    ends = None if link.certificate_expires is None else _unix(link.certificate_expires)
    yield _gauge("lamppost_certificate_expires_timestamp_seconds", "Of its connection to the broker.", ends)


def _machine(health: Health) -> Iterable[Family]:
    clock, machine = health.clock, health.machine
    yield _gauge("lamppost_clock_trusted", "1 while its time is believed.", clock.trusted)
    yield _gauge("lamppost_clock_synchronised", "1 while a time source disciplines it.", clock.synchronised)
    yield _gauge("lamppost_clock_behind_seconds", "Behind what is known to have been reached.", clock.behind_seconds)
    yield _gauge("lamppost_clock_offset_seconds", "What is yet to be corrected.", clock.offset_us, 1e-6)
    yield _gauge("lamppost_clock_error_seconds", "The kernel's bound of the error.", clock.error_us, 1e-6)
    yield _gauge("lamppost_temperature_celsius", "Of the processor.", machine.celsius)
    yield _gauge("lamppost_throttled", "1 while the firmware slows the processor down.", machine.throttled)
    yield _gauge("lamppost_memory_bytes", "Resident.", machine.memory_bytes)
    yield _gauge("lamppost_disk_free_bytes", "Where the state folder lies.", machine.disk_free_bytes)
    yield _gauge("lamppost_store_bytes", "Journal and outbox on disk.", machine.store_bytes)


def _histogram(latency: Latency) -> Iterable[Measured]:
    labels = {"stage": latency.stage.value}
    bounds = [f"{bound / 1000:g}" for bound in BOUNDS_MS] + ["+Inf"]
    for bound, count in zip(bounds, latency.counts, strict=True):
        yield Measured(f"{_STAGE}_bucket", count, labels | {"le": bound})
    yield Measured(f"{_STAGE}_count", latency.counts[-1], labels)
    yield Measured(f"{_STAGE}_sum", latency.sum_ms / 1000, labels)


def _gauge(name: str, words: str, value: float | None, unit: float = 1) -> Family:
    samples = () if value is None else (Measured(name, value * unit),)
    return Family(name, MetricType.GAUGE, words, samples)


def _labelled(name: str, words: str, found: Iterable[tuple[Mapping[str, str], float]]) -> Family:
    return Family(name, MetricType.GAUGE, words, tuple(Measured(name, value, labels) for labels, value in found))


def _counted(name: str, words: str, label: str, counts: Mapping[str, int]) -> Family:
    samples = tuple(Measured(f"{name}_total", count, {label: one}) for one, count in sorted(counts.items()))
    return Family(name, MetricType.COUNTER, words, samples)


def _unix(instant: datetime) -> float:
    return instant.astimezone(UTC).timestamp()
