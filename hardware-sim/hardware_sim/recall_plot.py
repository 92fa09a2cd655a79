"""The curves of ``hardware-sim recall``: recall against the size of faces, and against false boxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.domain.errors import Misconfigured
from hardware_sim import recall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES: Final = {
    "float32": ("#7a7a7a", "o", "-"),
    "int8": ("#c1611b", "s", "--"),
    recall.LOOKS_AGAIN: ("#14508c", "^", "-"),
}


def draw(result: recall.Recall, target: Path) -> None:
    """Write the picture; its kind follows from the name. Raises Misconfigured where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise Misconfigured(
            "No matplotlib is installed.", "Install lamppost's measuring extra to draw plots."
        ) from error
    figure = Figure(figsize=(11.5, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    _by_height(left, result)
    _by_strays(right, result)
    figure.suptitle(
        f"Faces found on {result.frames} frames of a street with other things ({result.weather}, seed {result.seed})"
    )
    figure.savefig(target, dpi=120)


def _by_height(axes: Axes, result: recall.Recall) -> None:
    for way in result.ways:
        colour, marker, line = STYLES[way.name]
        middles = [(one.least + one.most) / 2 for one in way.by_height]
        axes.plot(
            middles, [one.recall for one in way.by_height], line, color=colour, marker=marker, ms=4.5, label=way.name
        )
    axes.axvspan(*recall.BAND, color="#14508c", alpha=0.07, lw=0)
    axes.set(
        xlabel="face height on the detector's plane, px", ylabel=f"recall at {recall.RATE} false boxes a frame",
        xlim=(recall.SMALLEST, recall.LARGEST), ylim=(0, 1.02),
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", frameon=False)


def _by_strays(axes: Axes, result: recall.Recall) -> None:
    least = 1.0
    for way in result.ways:
        colour, marker, line = STYLES[way.name]
        rates, found = zip(*way.by_strays, strict=True)
        least = min(least, *found)
        axes.plot(rates, found, line, color=colour, marker=marker, ms=4.5, label=way.name)
    axes.axhline(BAR, color="black", lw=0.9, ls=":")
    axes.annotate(
        f"bar {BAR}", (recall.RATES[-1], BAR), xytext=(-4, -11), textcoords="offset points", ha="right", fontsize=8.5
    )
    axes.set_xscale("log")
    axes.set_xticks(recall.RATES, [f"{rate:g}" for rate in recall.RATES])
    axes.minorticks_off()
    low, high = recall.BAND
    axes.set(
        xlabel="false boxes a frame", ylabel=f"recall of faces {low:.0f} to {high:.0f} px high",
        ylim=(max(0.0, least - 0.03), 1.005),
    )  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", frameon=False)


BAR: Final = 0.985
"""What is aimed at, at ``recall.RATE`` false boxes a frame."""
