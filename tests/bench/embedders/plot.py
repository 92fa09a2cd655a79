"""The figures as a picture: people missed against time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt

COLOURS = {"one network": "#1b4965", "mirrored too": "#7a9e1f", "two networks": "#d1495b"}


def draw(results: Mapping[str, Any], target: Path) -> None:
    """FNIR at N = 500 and FPIR 1e-3 with its interval, against time as a ratio to the default's."""
    figure, axes = plt.subplots(figsize=(11, 5.5), layout="constrained")
    for number, one in enumerate(results["variants"], 1):
        value, low, high = (100 * part for part in one["fnir"]["500"]["0.001"])
        group = "two networks" if len(one["networks"]) > 1 else "mirrored too" if "+" in one["name"] else "one network"
        axes.errorbar(
            one["time"],
            value,
            [[value - low], [high - value]],
            fmt="o",
            color=COLOURS[group],
            capsize=3,
            alpha=0.8,
            label=f"{number}  {one['title']}",
        )
        axes.annotate(str(number), (one["time"], value), (6, 4), textcoords="offset points", fontsize=9)
    axes.set(
        title="Listed people missed, N = 500, FPIR 1e-3 (95 % intervals)",
        xlabel="time of a face, one thread, as a ratio to the default's",
        ylabel="FNIR, %",
        xscale="log",
    )
    axes.set_ylim(bottom=0)
    axes.set_xticks([1, 2, 4, 8, 16], ["1", "2", "4", "8", "16"])
    axes.minorticks_off()
    axes.grid(alpha=0.25)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    figure.savefig(target, dpi=110)
