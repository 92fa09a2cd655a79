"""What a fleet's morning came to, and which promises it breaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from hardware_sim.fleet.hostile import Attempts
from hardware_sim.fleet.post import Tally

BACK_WITHIN: Final = 60.0
"""Seconds from the broker's return until every device is connected and has been heard of again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of delays, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> Spread:
        """Nearest rank. Zeros where there are none."""
        ordered = sorted(milliseconds)
        ranks = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0 for share in _SHARES)
        p50, p95, p99 = (round(value, 1) for value in ranks)
        return cls(p50=p50, p95=p95, p99=p99)


_SHARES: Final = (0.50, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """After the broker came back."""

    outage: float
    """Seconds for which it was away."""
    connected: float | None
    """Seconds until every device was connected. None: they were not."""
    heard: float | None
    """Seconds until every device's signed state had arrived in the control room."""
    half: float | None
    """Seconds until one in two was connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What became of them, by the devices' journals and by the control room."""

    passages: int
    committed: int
    acknowledged: int
    expired: int
    lost: int
    """Committed, and neither acknowledged nor journalled as expired, or never opened by the control room."""
    repeated: int
    """Deliveries of one that had come before, told apart by its id."""
    duplicated: int
    """Hits that the control room took for two: the same device and sequence under two ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Processor time as a share of one core while people walk by, and memory at the end."""

    brokers: float
    workers: float
    room: float
    brokers_rss_mb: float
    workers_rss_mb: float
    room_rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """What the hostile device achieved."""

    subscriptions: int
    publishes: int
    impersonations: int
    read: int
    """Messages of others that it heard."""
    written: int
    """Forgeries that arrived under another's topic, or that another device took in."""
    unseated: int
    """Connections that other devices lost while it tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of it."""

    devices: int
    brokers: int
    connected_within: float
    deployed_within: float
    back: Return
    hits: Hits
    latency_ms: Spread
    """From capture to the control room's having opened it, while the broker was there."""
    sent_ms: Spread
    """The same, from the commit."""
    late: int
    """Hits told during the outage, left out of the latencies."""
    machine: Machine
    isolation: Isolation
    verified: int
    """Devices whose journal gives the head that they signed."""
    disbelieved: int
    """Messages that the control room heard and did not believe."""
    seconds: float

    def broken(self) -> list[str]:
        """The promises that were not kept."""
        found = []
        if self.back.connected is None or self.back.connected > BACK_WITHIN:
            found.append(f"not every device was back within {BACK_WITHIN:.0f} s of the broker's return")
        if self.back.heard is None or self.back.heard > BACK_WITHIN:
            found.append(f"not every device was heard of within {BACK_WITHIN:.0f} s of the broker's return")
        if self.hits.committed == 0:
            found.append("nothing was told, so nothing was shown")
        if self.hits.lost:
            found.append(f"{self.hits.lost} hits were lost")
        if self.hits.duplicated:
            found.append(f"{self.hits.duplicated} hits were duplicated")
        if self.verified != self.devices:
            found.append(f"{self.devices - self.verified} journals do not verify")
        if self.isolation.read or self.isolation.written or self.isolation.unseated:
            found.append("the hostile device reached others")
        if self.disbelieved:
            found.append(f"{self.disbelieved} messages were not believed")
        return found

    def as_json(self) -> str:
        """For a machine."""
        return json.dumps({**asdict(self), "broken": self.broken()}, indent=2)

    def as_text(self) -> str:
        """For a person."""
        return "\n".join(f"{name:34}{value}" for name, value in self._rows())

    def _rows(self) -> list[tuple[str, str]]:
        back, hits, machine, bad = self.back, self.hits, self.machine, self.isolation
        return [
            ("devices, brokers", f"{self.devices}, {self.brokers}"),
            ("all connected within", f"{self.connected_within:.1f} s"),
            ("all deployed and looking within", f"{self.deployed_within:.1f} s"),
            ("broker away (kill -9)", f"{back.outage:.1f} s"),
            ("half, all connected again within", f"{_seconds(back.half)}, {_seconds(back.connected)}"),
            ("all heard of again within", _seconds(back.heard)),
            ("passages", f"{hits.passages}"),
            ("hits told, acknowledged, expired", f"{hits.committed}, {hits.acknowledged}, {hits.expired}"),
            ("hits lost, duplicated", f"{hits.lost}, {hits.duplicated}"),
            ("deliveries repeated", f"{hits.repeated}"),
            ("capture to opened p50, p95, p99", _milliseconds(self.latency_ms)),
            ("commit to opened p50, p95, p99", _milliseconds(self.sent_ms)),
            ("told while the broker was away", f"{self.late}"),
            ("hostile: asked, wrote, posed", f"{bad.subscriptions}, {bad.publishes}, {bad.impersonations}"),
            ("hostile: read, written, unseated", f"{bad.read}, {bad.written}, {bad.unseated}"),
            ("journals that verify", f"{self.verified}"),
            ("messages not believed", f"{self.disbelieved}"),
            (
                "processor: brokers, devices, room",
                f"{machine.brokers:.0%}, {machine.workers:.0%}, {machine.room:.0%} of a core",
            ),
            (
                "memory: brokers, devices, room",
                f"{machine.brokers_rss_mb:.0f} MB, {machine.workers_rss_mb:.0f} MB, {machine.room_rss_mb:.0f} MB",
            ),
            ("took", f"{self.seconds:.0f} s"),
        ]  # fmt: skip


def isolation(attempts: Attempts, written: int, unseated: int) -> Isolation:
    """What came of the attempts."""
    return Isolation(
        subscriptions=attempts.subscriptions, publishes=attempts.publishes, impersonations=attempts.impersonations,
        read=len(attempts.heard), written=written, unseated=unseated,
    )  # fmt: skip


def hits(tallies: Sequence[Tally], opened: Sequence[tuple[str, int, str]], repeated: int) -> Hits:
    """From the journals, and from what the control room opened: device, sequence and id of each."""
    ids: dict[tuple[str, int], set[str]] = {}
    for device, sequence, identifier in opened:
        ids.setdefault((device, sequence), set()).add(identifier)
    lost = 0
    for tally in tallies:
        unseen = sum((tally.name, sequence) not in ids for sequence in range(1, tally.committed + 1))
        # One that expired on the device was never owed; one that nobody opened cannot have been signed for.
        unsettled = tally.committed - tally.acknowledged - tally.expired
        lost += max(unsettled, unseen - tally.expired)
    return Hits(
        passages=sum(tally.passages for tally in tallies),
        committed=sum(tally.committed for tally in tallies),
        acknowledged=sum(tally.acknowledged for tally in tallies),
        expired=sum(tally.expired for tally in tallies),
        lost=lost,
        repeated=repeated,
        duplicated=sum(len(one) - 1 for one in ids.values()),
    )


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _milliseconds(spread: Spread) -> str:
    return f"{spread.p50:.0f}, {spread.p95:.0f}, {spread.p99:.0f} ms"
