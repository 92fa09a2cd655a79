"""Several cameras on one box: what is left of each one's throughput when 1, 2 or 4 devices run side by side.

Each is a device of its own as in :mod:`hardware_sim.latency`: process, broker, keys, authorisation, list, and three
people always in view. They share nothing but the processor. The reference is what one has when it is alone, in the same
run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from edge.domain.errors import Misconfigured

_REMEDY: Final = "Run 'hardware-sim latency' alone to see why."


@dataclass(frozen=True, slots=True)
class Abreast:
    """So many devices, side by side: means over them, and the worst."""

    devices: int
    frames_per_second: float
    """Of one device, that went through the whole path."""
    all_frames_per_second: float
    share: float
    """Of what one device has when it is alone."""
    slowest: float
    """Frames a second of the device that has the fewest: whether they are served alike."""
    p95_ms: float
    """From the last contributing frame to the signed acknowledgement, of the worst device."""
    rss_mb: float
    """Of the largest."""


def run(counts: Sequence[int], seed: int, minutes: float, *, as_json: bool) -> int:
    """Measure and print. Raises Misconfigured where a device fails."""
    found: list[Abreast] = []
    for count in counts:
        results = _side_by_side(count, seed, minutes)
        each = [float(result["frames_per_second"]) for result in results]
        alone = found[0].frames_per_second if found else sum(each) / count
        found.append(
            Abreast(
                devices=count,
                frames_per_second=round(sum(each) / count, 2),
                all_frames_per_second=round(sum(each), 2),
                share=round(sum(each) / count / alone, 3),
                slowest=min(each),
                p95_ms=max(float(result["contributing_p95_ms"]) for result in results),
                rss_mb=max(float(result["rss_end_mb"]) for result in results),
            )
        )
    print(json.dumps([asdict(one) for one in found], indent=2) if as_json else as_text(found, minutes), flush=True)
    return 0


def as_text(found: Sequence[Abreast], minutes: float) -> str:
    """A table for a person."""
    load = f"{os.getloadavg()[2]:.1f} over the last 15 minutes, these devices among it"
    lines = [
        f"{minutes:g} min each on {os.cpu_count()} processors; load {load}",
        f"{'devices':>7} {'fps each':>9} {'fps all':>8} {'of alone':>9} {'slowest':>8} {'p95 ms':>8} {'MB each':>8}",
    ]
    lines.extend(
        f"{one.devices:>7} {one.frames_per_second:>9.2f} {one.all_frames_per_second:>8.2f} {one.share:>9.0%} "
        f"{one.slowest:>8.2f} {one.p95_ms:>8.0f} {one.rss_mb:>8.1f}"
        for one in found
    )
    return "\n".join(lines)


def _side_by_side(count: int, seed: int, minutes: float) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "hardware_sim", "latency", "--json", "--minutes", str(minutes)]
    running = [
        subprocess.Popen([*command, "--seed", str(seed + number)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for number in range(count)
    ]
    said = [one.communicate() for one in running]  # the bars that one device has to keep are not these devices'
    try:
        return [json.loads(out) for out, _ in said]
    except ValueError:
        heard = b"".join(error for _, error in said).decode(errors="replace")[-400:]
        raise Misconfigured(f"Not every one of {count} devices came to its end: {heard}", _REMEDY) from None
