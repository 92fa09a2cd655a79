"""How long a lead takes, and whether anything grows: the real daemon, a real broker, and three people always in view.

Everybody is listed, so that every passage gives a hit. Frames are rendered in the daemon's process as they fall due,
which costs it time that a camera would not. Both delays end when the control room has signed its acknowledgement:

- *contributing*: from the capture of the last frame that contributed to the probe,
- *eligible*: from the first frame in which the truth of the scene calls the face eligible.
"""

from __future__ import annotations

import json
import tempfile
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from edge.adapters.store import SqliteStore
from edge.adapters.tflite import Detector, Extractor
from edge.control_room import deploy, evidence
from edge.control_room.desk import Desk, Opened
from edge.domain.authority import Role
from edge.domain.errors import Misconfigured
from edge.domain.leaves.deployment import CaptureOpened
from edge.settings import shared
from edge.wire.log import decode_leaf
from edge.wire.signed import canonical, digest
from hardware_sim.bench import Bench
from hardware_sim.cast_list import entry_of, listed
from hardware_sim.demo import processes
from hardware_sim.scene import Scene
from hardware_sim.stage import Stage, set_crowd

LENGTH: Final = 100
MAX_FPIR: Final = Decimal("0.01")
LONG: Final = 600.0
"""Seconds from which on growth is judged."""
EARLY: Final = timedelta(seconds=2)
"""A face may be found, and told, before the truth calls it eligible: then the delay is less than nothing."""
PATIENCE: Final = timedelta(minutes=2)
"""For the device to draw its street and come up, on a machine that is busy with other things."""
PRESENCE_EVERY: Final = 30.0
SAMPLED_EVERY: Final = 5.0
SETTLED: Final = 0.2
"""Share of the time after which memory counts as settled: every path has run, every pool is filled."""
CONTRIBUTING: Final = 120.0
ELIGIBLE: Final = 1500.0
GROWTH: Final = 3.0
"""Bars: p95 in ms; MB by which the settled memory may differ from that at the end."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """The device at one moment."""

    at: float
    """Seconds since the camera opened."""
    rss_mb: float
    outbox: int
    """Hits that nobody has signed for."""


@dataclass(slots=True)
class Watched:
    """What the control room saw."""

    delays: list[tuple[Opened, datetime]] = field(default_factory=list)
    samples: list[Sampled] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Latency:
    """The figures."""

    minutes: float
    passages: int
    """Listed passages that were over in time."""
    hits: int
    frames_per_second: float
    """Frames that went through the path, over the time the camera was open."""
    skipped: int
    contributing_p50_ms: float
    contributing_p95_ms: float
    eligible_p50_ms: float
    eligible_p95_ms: float
    rss_settled_mb: float
    rss_end_mb: float
    outbox_most: int
    outbox_end: int
    kept: dict[str, bool]
    """Which bars are."""


def run(seed: int, pictures: Path, people: Path | None, lasts: timedelta, *, as_json: bool) -> int:
    """Measure and print. Returns the exit status: 0 only where every bar is kept."""
    models, calibration = shared("models"), shared("calibration.json")
    detector, extractor = Detector(models), Extractor(models)
    stage = set_crowd(seed, detector.detect_rgb, pictures, people)
    with tempfile.TemporaryDirectory(prefix="lamppost-latency-") as folder:
        bench = Bench.make(Path(folder), models=models, calibration=calibration)
        sealed = listed(stage, detector, extractor, LENGTH, datetime.now(UTC).replace(microsecond=0))
        table = digest(canonical(evidence.read(calibration)))
        document = bench.authorise(
            sealed, detector=detector.identity, embedder=extractor.identity, calibration=table, max_fpir=MAX_FPIR
        )
        with processes(bench, seed, pictures, people, "--repeat", "--crowd") as pid:
            desk, link = bench.desk("latency", lambda _: None)
            link.connect()
            try:
                desk.until(lambda: desk.seen.state is not None, PATIENCE, "state of the device")
                said = deploy.start(desk, bench.sign(document), bench.signer(Role.OPERATOR))
                deploy.load(desk, said, sealed, bench.topics, bench.signer(Role.OPERATOR))
                watched = _watch(desk, bench, pid, lasts)
                deploy.stop(desk, document.id, bench.signer(Role.OPERATOR))
            finally:
                link.close()
        result = _result(stage, watched, _opened(bench))
    print(json.dumps(asdict(result), indent=2) if as_json else as_text(result), flush=True)
    return 0 if all(result.kept.values()) else 1


def as_text(result: Latency) -> str:
    """For a person."""
    return "\n".join(
        [
            f"{result.minutes:.1f} min, {result.hits} hits, {result.passages} listed passages were over; "
            f"{result.frames_per_second:.1f} frames a second, {result.skipped} skipped",
            f"last contributing frame to signed acknowledgement: p50 {result.contributing_p50_ms:.0f} ms, "
            f"p95 {result.contributing_p95_ms:.0f} ms (bar {CONTRIBUTING:.0f})",
            f"first eligible face to signed acknowledgement:     p50 {result.eligible_p50_ms:.0f} ms, "
            f"p95 {result.eligible_p95_ms:.0f} ms (bar {ELIGIBLE:.0f})",
            f"memory {result.rss_settled_mb:.1f} MB settled, {result.rss_end_mb:.1f} MB at the end; "
            f"outbox at most {result.outbox_most}, at the end {result.outbox_end}",
            "bars kept: " + ", ".join(f"{name} {'yes' if kept else 'NO'}" for name, kept in result.kept.items()),
        ]
    )


def _watch(desk: Desk, bench: Bench, pid: int, lasts: timedelta) -> Watched:
    officer, operator, watched = bench.signer(Role.PRESENCE), bench.signer(Role.OPERATOR), Watched()
    deploy.confirm_presence(desk, officer)
    began = confirmed = time.monotonic()
    while (now := time.monotonic() - began) < lasts.total_seconds():
        desk.step(timedelta(milliseconds=20))
        if time.monotonic() - confirmed > PRESENCE_EVERY:
            deploy.confirm_presence(desk, officer)
            confirmed = time.monotonic()
        if not watched.samples or now - watched.samples[-1].at > SAMPLED_EVERY:
            health = desk.seen.health
            waiting = 0 if health is None else health.outbox.hits
            watched.samples.append(Sampled(now, _resident(pid), waiting))
    watched.counters = {k: v for k, v in deploy.status(desk, operator).items() if isinstance(v, int)}
    watched.samples.append(Sampled(now, _resident(pid), watched.counters["outbox"]))
    watched.delays = [(desk.seen.hits[hit], at.wall) for hit, at in desk.seen.acknowledged.items()]
    return watched


def _resident(pid: int) -> float:
    """Resident memory of a process, MB. Raises Misconfigured where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
    except (OSError, StopIteration) as error:
        raise Misconfigured("The device has ended.", "See what it said.") from error


def _opened(bench: Bench) -> datetime:
    """When the camera was first opened, as the journal has it."""
    store = SqliteStore(bench.state / "journal.sqlite")
    try:
        leaves = [decode_leaf(raw) for raw in store.leaves(0, store.size())]
    finally:
        store.close()
    return next(leaf.at for leaf in leaves if isinstance(leaf.event, CaptureOpened))


def _result(stage: Stage, watched: Watched, opened: datetime) -> Latency:
    lasted = watched.samples[-1].at
    eligible, over = _first_eligible(stage.scene, opened, lasted)
    contributing, from_eligible = [], []
    for hit, acknowledged in watched.delays:
        contributing.append((acknowledged - hit.content.captured) / timedelta(milliseconds=1))
        times = eligible.get(hit.content.entry, [])
        before = bisect_right(times, hit.content.captured + EARLY)
        if before:
            from_eligible.append((acknowledged - times[before - 1]) / timedelta(milliseconds=1))
    if not contributing or not from_eligible:
        raise Misconfigured("No hit came.", "Watch for longer.")
    settled = [s.rss_mb for s in watched.samples if SETTLED * lasted <= s.at <= 2 * SETTLED * lasted]
    end = [s.rss_mb for s in watched.samples if s.at >= (1 - SETTLED) * lasted]
    waiting = [sample.outbox for sample in watched.samples]
    figures = _percentile(contributing, 0.95), _percentile(from_eligible, 0.95)
    growth = _percentile(end, 0.5) - _percentile(settled, 0.5)
    return Latency(
        minutes=round(lasted / 60, 2),
        passages=over,
        hits=len(contributing),
        frames_per_second=round(watched.counters["frames"] / lasted, 2),
        skipped=watched.counters["frames-skipped"],
        contributing_p50_ms=round(_percentile(contributing, 0.5), 1),
        contributing_p95_ms=round(figures[0], 1),
        eligible_p50_ms=round(_percentile(from_eligible, 0.5), 1),
        eligible_p95_ms=round(figures[1], 1),
        rss_settled_mb=round(_percentile(settled, 0.5), 1),
        rss_end_mb=round(_percentile(end, 0.5), 1),
        outbox_most=max(waiting),
        outbox_end=waiting[-1],
        kept={
            "contributing": figures[0] <= CONTRIBUTING,
            "eligible": figures[1] <= ELIGIBLE,
            "outbox": max(waiting) <= len(stage.listed),
        }
        # In a short run pools are still being filled: it says nothing about growth.
        | ({"growth": growth <= GROWTH} if lasted >= LONG else {}),
    )


def _first_eligible(scene: Scene, opened: datetime, lasted: float) -> tuple[dict[str, list[datetime]], int]:
    """By entry, when each passage's face became eligible, in order; and how many passages were over in time.

    The scene begins again one frame after its last; the camera's clock started when it was opened.
    """
    length = scene.frames / scene.settings.fps
    entries = {person.id: entry_of(person) for person in scene.people.values()}
    eligible = [(p.person, p.first_eligible, p.last_eligible) for p in scene.passages() if p.listed]
    found: dict[str, list[datetime]] = {}
    over = 0
    for lap in range(int(lasted // length) + 1):
        begins = timedelta(seconds=lap * length)
        for person, first, last in eligible:
            if first is not None and last is not None:
                found.setdefault(entries[person], []).append(opened + begins + first)
                over += (begins + last).total_seconds() < lasted
    return {entry: sorted(times) for entry, times in found.items()}, over


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
