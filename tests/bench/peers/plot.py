"""``python plot.py RESULTS.json PICTURE.png``: the figures as a picture. Runs in an environment with matplotlib."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

COLOURS = ("#d1495b", "#e9a3ac", "#7b1e2e", "#1b4965", "#5fa8d3", "#b5ca8d", "#7a9e1f", "#31572c", "#8a5a9e")
MARKERS = "oo*sDv^<P"


def draw(results: dict[str, Any], target: Path) -> None:
    """Time by faces on the left; misses against time, with memory as the area of the spot, on the right."""
    chains = results["chains"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.6), layout="constrained")
    for number, chain in enumerate(chains):
        look = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        faces = sorted(map(int, chain["cpu"]))
        left.plot(faces, [chain["cpu"][str(count)] * 1e3 for count in faces], label=chain["title"], **look)
        at = chain["cpu"]["4"] * 1e3, chain["fnir"]["value"]
        right.scatter(*at, s=chain["peak"] / 4e5, color=look["color"], alpha=0.45, linewidths=0)
        right.plot(*at, **look)
        reach = (chain["peak"] / 4e5 / 3.14) ** 0.5 + 4  # points from the spot's middle to clear of it
        right.annotate(
            f"{chain['peak'] / 1e6:.0f} MB", at, (0, reach), textcoords="offset points", ha="center", fontsize=8
        )
    left.set(title="Processor time of a 1080p frame", xlabel="faces on the frame", ylabel="ms", yscale="log")
    left.set_xticks([int(count) for count in chains[0]["cpu"]])
    right.set(
        title=f"Listed people missed (FNIR at FPIR 1e-3, N = {chains[0]['listed']})",
        xlabel="ms of a frame with 4 faces", ylabel="lower is better; the spot's area is the peak memory",
        xscale="log", ylim=(-0.06, 1.12),
    )  # fmt: skip
    right.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    right.margins(x=0.12)
    for axes in (left, right):
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    for axis in (left.yaxis, right.xaxis):
        axis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
        axis.set_minor_locator(mpl.ticker.NullLocator())
    figure.legend(loc="outside lower center", ncols=3, fontsize=9, frameon=False)
    figure.savefig(target, dpi=100)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
