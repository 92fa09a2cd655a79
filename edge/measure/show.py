"""Error-versus-discard characteristics, for a person, a machine and a plot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.measure.discard import PARTIAL, POOLED, Characteristic

REPLICATES: Final = 200
DRAWN: Final = 0.6
"""Share left out up to which curves are drawn."""

Curves = dict[str, list[tuple[float, float]]]


def discard_text(found: Mapping[str, Characteristic]) -> str:
    """A table: FNMR before and after, areas, and how much of the possible gain quality brings."""
    lines = [
        f"{'':12} comparisons  no face    FNMR  5 % out 10 % out 20 % out   ideal   "
        f"gain to {PARTIAL:.0%} out    to the end",
    ]
    for name, one in found.items():
        curve = dict(one.curve)
        lines.append(
            f"{name:12} {one.comparisons:11,} {one.lost:8,} {curve[0.0]:7.2%}  {curve[0.05]:7.2%}  {curve[0.1]:7.2%}"
            f"  {curve[0.2]:7.2%} {dict(one.ideal)[0.2]:7.2%}   {one.gain.value:.2f} "
            f"[{one.gain.low:.2f}, {one.gain.high:.2f}]   {one.gain_whole.value:.2f}"
        )
    lines += [
        "",
        "gain: 0 is leaving out at random, 1 is leaving out exactly the comparisons that fail; ideal: at 20 % out",
    ]
    return "\n".join(lines)


def discard_json(found: Mapping[str, Characteristic]) -> dict[str, object]:
    """For a JSON document."""
    return {
        name: {
            "comparisons": one.comparisons,
            "not_acquired": one.lost,
            "fnmr": round(one.curve[0][1], 5),
            "mean_fnmr_to_20_percent": round(one.area, 5),
            "ideal_mean_fnmr_to_20_percent": round(one.ideal_area, 5),
            "gain_to_20_percent": one.gain.rounded(4),
            "gain": one.gain_whole.rounded(4),
            "curve": [[share, round(fnmr, 5)] for share, fnmr in one.curve],
        }
        for name, one in found.items()
    }


def discard_curves(found: Mapping[str, Characteristic]) -> tuple[Curves, Curves]:
    """Curves by quality, and the two references for all degradations together."""
    curves = {name: [(x, y) for x, y in one.curve if x <= DRAWN] for name, one in found.items()}
    pooled = found[POOLED]
    level = pooled.curve[0][1]
    references = {
        "all, at random": [(0.0, level), (DRAWN, level)],
        "all, ideal": [(x, y) for x, y in pooled.ideal if x <= DRAWN],
    }
    return curves, references
