"""The report as JSON, and as one HTML page that needs nothing else: no script, no picture from anywhere.

The scripted grade has no pictures of people, so there are none on the page.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from hardware_sim.scoring.score import Score
from hardware_sim.timeline.samples import Sample

WIDE: Final = 640
HIGH: Final = 120
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;"
    "border-bottom:1px solid #ddd;vertical-align:top}.no{color:#a00;font-weight:600}svg{width:100%;height:auto}"
    "figure{margin:1.5rem 0}figcaption{font-size:13px;color:#555}"
)


def write(folder: Path, score: Score) -> None:
    """Write ``report.json`` and ``report.html`` to a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(score), indent=2) + b"\n")
    (folder / "report.html").write_text(page(score))


def page(score: Score) -> str:
    """The page."""
    rows = [
        ("Held", "yes" if score.held else "no"),
        ("Seed, grade", f"{score.seed}, {score.grade}"),
        ("Passages while looking", str(score.passages)),
        ("FNIR", str(score.fnir)),
        ("FPIR", str(score.fpir)),
        ("Median time to a hit", "no hit" if score.to_hit is None else f"{score.to_hit:.1f} s"),
        (
            "Hits",
            f"{score.hits}: {score.acknowledged} acknowledged, {score.expired} expired, {score.withheld} withheld",
        ),
        ("Faults survived", ", ".join(score.survived) or "none"),
        ("Starts", str(score.starts)),
        ("Journal", f"{score.leaves} leaves"),
        ("Evidence", "verified" if score.evidence_verified else "not verified"),
        ("Speed", f"{score.speed:.0f} device-seconds in a second of the processor"),
    ]
    body = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    broken = "".join(
        f'<tr><td class="no">second {one.second:g}</td>'
        f"<td>{html.escape(one.what)}: {html.escape(one.sentence)}</td></tr>"
        for one in score.broken
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(score.scenario)}</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(score.scenario)}</h1><p>{html.escape(score.says)}</p>"
        f"<table>{body}</table>"
        + (f"<h2>What did not hold</h2><table>{broken}</table>" if broken else "")
        + _hits(score)
        + "".join(_plot(score.samples, caption, value) for caption, value in _PLOTS)
        + "</html>\n"
    )


_PLOTS: Final[tuple[tuple[str, Callable[[Sample], float]], ...]] = (
    ("Memory of the process, harness included (MiB)", lambda one: one.memory / 2**20),
    ("Open files", lambda one: one.files),
    ("Threads", lambda one: one.threads),
    ("The device's files (MiB)", lambda one: one.disk / 2**20),
    ("Leaves of the journal", lambda one: one.leaves),
)


def _hits(score: Score) -> str:
    """Time to each hit, rising: the share that was found within so many seconds."""
    if len(score.seconds_to_hit) < 2:
        return ""
    count = len(score.seconds_to_hit)
    points = [(seconds, (number + 1) / count) for number, seconds in enumerate(score.seconds_to_hit)]
    return _drawn(points, "Share of the hits within so many seconds of a passage's begin")


def _plot(samples: Sequence[Sample], caption: str, value: Callable[[Sample], float]) -> str:
    return _drawn([(one.second, value(one)) for one in samples], f"{caption}, over the scenario's seconds")


def _drawn(points: Sequence[tuple[float, float]], caption: str) -> str:
    if len(points) < 2:
        return ""
    lefts, highs = [x for x, _ in points], [y for _, y in points]
    left, right, most = lefts[0], max(lefts[-1], lefts[0] + 1e-9), max(*highs, 1e-9)
    line = " ".join(f"{(x - left) / (right - left) * WIDE:.1f},{HIGH - y / most * (HIGH - 14):.1f}" for x, y in points)
    return (
        f'<figure><svg viewBox="0 0 {WIDE} {HIGH + 16}" role="img" aria-label="{html.escape(caption)}">'
        f'<line x1="0" y1="{HIGH}" x2="{WIDE}" y2="{HIGH}" stroke="#bbb"/>'
        f'<polyline points="{line}" fill="none" stroke="#246" stroke-width="1.5"/>'
        f'<text x="0" y="11" font-size="11" fill="#555">{most:.4g}</text>'
        f'<text x="0" y="{HIGH + 13}" font-size="11" fill="#555">{left:.4g}</text>'
        f'<text x="{WIDE}" y="{HIGH + 13}" font-size="11" fill="#555" text-anchor="end">{right:.6g}</text>'
        f"</svg><figcaption>{html.escape(caption)}</figcaption></figure>"
    )
