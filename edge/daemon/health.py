"""Health: looked at once a second, counted every ten, said then and whenever something a person must act on changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from edge.daemon.timing import Timings
from edge.domain.authority import Digest, Identifier, Name
from edge.domain.capture import Instant
from edge.domain.condition import Condition
from edge.domain.errors import Reason, Unsafe
from edge.domain.health import ClockQuality, Concerning, Latency, LinkQuality, Machine, Outbox, concerns
from edge.ports import Host, Link, Store
from edge.safeguards.clock import Timekeeper
from edge.wire.events import SealedHit, disclose, read
from edge.wire.health import Health, Software, Standing
from edge.wire.signed import Kind

LOOK: Final = timedelta(seconds=1)
COUNTED: Final = timedelta(seconds=10)
SAID_ELSEWHERE: Final = frozenset({"celsius", "outbox", "outbox-bytes", "disk-free-bytes"})
"""Gauges that health has a field of its own for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Who it is, and what it was set up with."""

    site: Name
    device: Name
    boot: Identifier
    zone: Digest
    configuration: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the numbers come from."""

    software: Callable[[], Software]
    condition: Callable[[Instant], tuple[Condition, tuple[Reason, ...]]]
    """What the device does, and what stands in the way or makes it see less."""
    counters: Callable[[], Mapping[str, int]]
    """Since boot."""
    gauges: Callable[[], Mapping[str, int]]
    """As it is now."""
    outbox: Callable[[Instant], Outbox]
    """Raises Unsafe where it cannot be read."""
    disk: Callable[[], int | None]
    """Bytes that are left where its state lies; None before anybody has looked."""
    went_back: Callable[[], bool] = lambda: False
    """Whether the latest update was undone."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is read every ten seconds and no oftener, so that it tells no finer when somebody went by."""

    at: Instant
    counters: dict[str, int]
    gauges: dict[str, int]
    latencies: tuple[Latency, ...]
    outbox: Outbox


class Observer:
    """Composes health on the main thread. :attr:`latest` may be read by any."""

    def __init__(
        self, about: About, sources: Sources, timings: Timings, *, clock: Timekeeper, host: Host, link: Link,
        concerning: Concerning | None = None,
    ) -> None:  # fmt: skip
        self._about = about
        self._sources = sources
        self._timings = timings
        self._clock = clock
        self._host = host
        self._link = link
        self._concerning = concerning or Concerning()
        self._looks: Counter[Reason] = Counter()
        self._began: Instant | None = None
        self._looked: Instant | None = None
        self._counts: _Counts | None = None
        self._urgent: object = None
        self.latest: Health | None = None
        """What was composed last, whether or not it could be said."""

    def condition(self, now: Instant) -> tuple[Condition, tuple[Reason, ...]]:
        """What the device does; and what stands in the way, or makes it see less than it could."""
        return self._sources.condition(now)

    def counters(self) -> dict[str, int]:
        """Everything that is counted and measured, at this very moment: for the device's own tests and answers."""
        sources, now = self._sources, self._clock.now()
        return {**sources.counters(), **sources.gauges(), **self._clock.counters(now)}

    def step(self, now: Instant) -> Health | None:
        """Look, if a second has gone by. Returns health where it is to be said: on time, or because it changed."""
        if self._looked is not None and now.since(self._looked) < LOOK:
            return None
        self._looked = now
        self._began = self._began or now
        condition, reasons = self.condition(now)
        self._looks.update(reasons)
        counts = self._counts
        on_time = counts is None or now.since(counts.at) >= COUNTED
        if counts is None or on_time:
            counts = self._counts = self._count(now)
        health = self._compose(counts, condition, reasons, now)
        urgent = (condition, reasons, health.concerns, health.link.connected)
        if not on_time and urgent == self._urgent:
            return None
        self._urgent, self.latest = urgent, health
        return health

    def _count(self, now: Instant) -> _Counts:
        sources = self._sources
        try:
            outbox = sources.outbox(now)
        except Unsafe:  # the journal keeps the reason, and the state says so
            outbox = Outbox(hits=0, bytes=0, oldest_seconds=0)
        counters, latencies = dict(sources.counters()), self._timings.latencies()
        gauges = {name: value for name, value in sources.gauges().items() if name not in SAID_ELSEWHERE}
        return _Counts(now, counters, gauges, latencies, outbox)

    def _compose(self, counts: _Counts, condition: Condition, reasons: tuple[Reason, ...], now: Instant) -> Health:
        about, machine, clock, link = self._about, *self._measure(now)
        return Health(
            site=about.site,
            device=about.device,
            boot=about.boot,
            at=now.wall,
            counted=counts.at.wall,
            up_seconds=max(0, int(now.since(self._began or now).total_seconds())),
            software=self._sources.software(),
            zone=about.zone,
            configuration=about.configuration,
            condition=condition,
            reasons=reasons,
            concerns=concerns(
                machine,
                clock,
                counts.outbox,
                link,
                now.wall,
                self._concerning,
                reasons,
                went_back=self._sources.went_back(),
            ),
            gate=tuple(Standing(reason=one, looks=self._looks[one]) for one in Reason if self._looks[one]),
            counters=counts.counters,
            gauges=counts.gauges,
            latencies=counts.latencies,
            outbox=counts.outbox,
            link=link,
            clock=clock,
            machine=machine,
        )

    def _measure(self, now: Instant) -> tuple[Machine, ClockQuality, LinkQuality]:
        heat, vitals, said = self._host.heat(), self._host.vitals(), self._clock.counters(now)
        machine = Machine(
            celsius=None if heat.celsius is None else round(heat.celsius),
            throttled=heat.throttled,
            memory_bytes=vitals.memory_bytes,
            disk_free_bytes=self._sources.disk(),
            store_bytes=vitals.store_bytes,
        )
        clock = ClockQuality(
            trusted=bool(said["clock-trusted"]),
            synchronised=bool(said["clock-synchronised"]),
            behind_seconds=said["clock-behind-seconds"],
            offset_us=vitals.clock_offset_us,
            error_us=vitals.clock_error_us,
        )
        link = LinkQuality(
            connected=self._link.connected,
            connections=self._link.connections,
            counters=dict(self._link.counters()),
            certificate_expires=self._link.certificate_ends,
        )
        return machine, clock, link


def depth(store: Store, now: Instant) -> Outbox:
    """How many sealed hits wait, how large they are, and since when the oldest does. Raises Unsafe."""
    waits, first = store.waits(), store.outbox(1)
    oldest = timedelta(0)
    if first:
        oldest = now.wall - read(disclose(first[0].message, Kind.HIT), SealedHit).committed
    return Outbox(
        hits=len(waits),
        bytes=sum(one.size for one in waits),
        oldest_seconds=max(0, int(oldest.total_seconds())),
    )
