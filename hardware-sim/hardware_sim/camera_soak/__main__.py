"""The command ``python -m hardware_sim.camera_soak``: runs, prints the table, and says whether every promise held."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Final

import numpy as np

from edge.domain.errors import LamppostError
from edge.settings import shared
from hardware_sim import camera_soak
from hardware_sim.camera_soak.soak import KINDS, Soak, resident, under_way
from hardware_sim.picamera2 import Fault

GROWTH: Final = 1.0
"""Megabytes in an hour of the scene."""
SETTLED: Final = 0.2
"""Share of the time after which memory counts as settled."""
PACE: Final = 8 * 60 / 45
"""Hours of the scene in one."""
LINES: Final = 0.5
"""Hours of the scene from one line of the table to the next."""
HEAD: Final = ("scene", "pace", "frames", "faces", "searches", "hits", "losses", "RSS MB")


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m hardware_sim.camera_soak", description=camera_soak.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--hours", type=float, default=8.0, help="of the scene")
    parser.add_argument("--every", type=float, default=10.0, help="minutes of the scene from one loss to the next")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=Path, default=shared("pictures"))
    options = parser.parse_args()
    try:
        with under_way(options.seed, options.pictures) as soak:
            return soaked(soak, options.hours, options.every / 60)
    except LamppostError as error:
        print(f"camera-soak: {error}", file=sys.stderr)
        return 1


def soaked(soak: Soak, hours: float, every: float) -> int:
    """Run and print. Returns the exit status: 0 only where everything held."""
    began, cpu, before = time.monotonic(), time.process_time(), soak.counters()["frames"]
    print(" ".join(f"{name:>9}" for name in HEAD), flush=True)
    soak.memory.append((soak.hours(), resident()))
    line_at = 0.0
    while soak.hour() < hours:
        soak.minute()
        if soak.hour() >= every * (len(soak.losses) + 1):
            soak.lose(KINDS[len(soak.losses) % len(KINDS)])
        if soak.hour() >= line_at:
            _line(soak, time.monotonic() - began)
            line_at += min(LINES, hours / 4)
    lasted, worked = time.monotonic() - began, time.process_time() - cpu
    _line(soak, lasted)
    frames = soak.counters()["frames"] - before
    print(f"\n{frames} frames in {lasted / 60:.1f} min: {frames / lasted:.0f} a second, "
          f"{1000 * worked / frames:.1f} ms of processor each")  # fmt: skip
    _losses(soak)
    return _verdict(soak, lasted)


def slope(memory: list[tuple[float, float]]) -> float:
    """Megabytes an hour, by least squares over what was measured after memory had settled."""
    points = np.array(memory[int(SETTLED * len(memory)) :])
    return float(np.polyfit(points[:, 0], points[:, 1], 1)[0])


def _line(soak: Soak, lasted: float) -> None:
    counts = soak.counters()
    numbers = (counts["frames"], counts["faces"], counts.get("searches", 0), soak.hits, len(soak.losses))
    cells = [f"{soak.hour():8.2f}h", f"{_pace(soak, lasted):8.1f}x", *(f"{number:9}" for number in numbers)]
    print(" ".join([*cells, f"{soak.memory[-1][1]:9.1f}"]), flush=True)


def _losses(soak: Soak) -> None:
    counts = soak.counters()
    names = ("camera-stream-restarts", "camera-opens", "camera-losses", "camera-frames-stale", "camera-frames-repeated")
    print(", ".join(f"{name} {counts[name]}" for name in names))
    for loss in soak.losses:
        did = "restarted" if loss.kind is Fault.STALLED else "paused"
        back = "never" if loss.back is None else f"{loss.back:.1f} s after it was mended"
        print(f"  {loss.at:5.2f} h  {loss.kind.value:15} {did}: {'yes' if loss.paused else 'NO'}; looked again: {back}")


def _verdict(soak: Soak, lasted: float) -> int:
    growth, pace, (free, buffers) = slope(soak.memory), _pace(soak, lasted), soak.buffers()
    threads = threading.active_count()
    kept = (
        (f"{len(soak.losses)} losses, every one noticed and recovered", all(loss.recovered for loss in soak.losses)),
        ("there were losses", bool(soak.losses)),
        (f"memory grew by {growth:+.2f} MB in an hour of the scene, at most {GROWTH:.0f}", growth <= GROWTH),
        (f"{pace:.1f} hours of the scene in one, at least {PACE:.1f}", pace >= PACE),
        ("somebody was found", soak.hits > 0),
        (f"{free} of {buffers} buffers lie ready", free == buffers > 0),
        (f"{threads} thread", threads == 1),
    )
    for what, held in kept:
        print(f"{'ok' if held else 'BREACH':7}{what}")
    return 0 if all(held for _, held in kept) else 1


def _pace(soak: Soak, lasted: float) -> float:
    return soak.hour() / (lasted / 3600)


if __name__ == "__main__":
    sys.exit(main())
