"""The table for a terminal."""

from __future__ import annotations

from hardware_sim.scoring.score import Score


def table(score: Score) -> str:
    """For a person."""
    lines = [
        f"{score.scenario} (seed {score.seed}, {score.grade} grade): {score.says}",
        f"  held             {'yes' if score.held else 'NO'}",
        f"  passages         {score.passages} while it was looking",
        f"  FNIR             {score.fnir}",
        f"  FPIR             {score.fpir}",
        f"  time to hit      {_to_hit(score)}",
        f"  hits             {score.hits}: {score.acknowledged} acknowledged, {score.expired} expired; "
        f"{score.withheld} withheld",
        f"  faults survived  {', '.join(score.survived) or 'none'}; started {score.starts} times",
        f"  journal          {score.leaves} leaves",
        f"  evidence         {'verified' if score.evidence_verified else 'NOT VERIFIED'}",
        f"  resources        {_resources(score)}",
        f"  speed            {score.lasts:.0f} device-seconds, {score.speed:.0f} in a second of the processor",
    ]
    lines += [f"  BROKEN second {one.second:g}: {one.what}: {one.sentence}" for one in score.broken]
    return "\n".join(lines)


def _to_hit(score: Score) -> str:
    if score.to_hit is None:
        return "no hit"
    return f"{score.to_hit:.1f} s at the median, {score.seconds_to_hit[-1]:.1f} s at worst"


def _resources(score: Score) -> str:
    if not score.samples:
        return "not sampled"
    first, last = score.samples[0], score.samples[-1]
    most = max(sample.memory for sample in score.samples)
    return (
        f"memory {most / 2**20:.0f} MiB at most, files {first.files} to {last.files}, "
        f"threads {first.threads} to {last.threads}, disk {last.disk / 2**20:.1f} MiB"
    )
