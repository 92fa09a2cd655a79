"""Curves as pictures. Matplotlib is for a workstation: nothing else needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.domain.errors import Misconfigured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS: Final = (".svg", ".png", ".pdf")
LEAST_DRAWN: Final = 5e-4
REMEDY: Final = "Install it: pip install --require-hashes -r requirements/measure.txt"

Curve = Sequence[tuple[float, float]]


def check(path: Path | None) -> None:
    """Before hours of measuring: that a picture can be drawn at all. Raises Misconfigured."""
    if path is None:
        return
    if path.suffix.lower() not in FORMATS:
        raise Misconfigured(f"{path} is no kind of picture that can be drawn.", f"End it in {', '.join(FORMATS)}.")
    if not path.absolute().parent.is_dir():
        raise Misconfigured(f"There is no folder {path.parent} for the plot.", "Make it, or name another.")
    _figure()


def det(curves: Mapping[str, Curve], path: Path, title: str) -> None:
    """Detection error trade-off: FNIR over FPIR, both logarithmic (ISO/IEC 19795-1). Raises Misconfigured."""
    figure, axes = _figure()
    for name, curve in curves.items():
        # A logarithmic axis has no zero, and a rate below this is a handful of misses: not drawn.
        drawn = [(100 * fpir, 100 * fnir) for fpir, fnir in curve if fnir >= LEAST_DRAWN]
        if drawn:
            axes.plot(*zip(*drawn, strict=True), label=name, linewidth=1.6)
    axes.set(xscale="log", yscale="log", xlabel="FPIR, %", ylabel="FNIR, %", title=title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    _save(figure, axes, path)


def discard(curves: Mapping[str, Curve], references: Mapping[str, Curve], path: Path, title: str) -> None:
    """Error versus discard: FNMR over the share of comparisons left out (Grother and Tabassi, 2007).

    ``references`` are drawn dashed and grey: what chance would give, and what knowing the errors would.
    """
    figure, axes = _figure()
    for number, (name, curve) in enumerate(curves.items()):
        # The first is that of all together.
        axes.plot(
            [100 * x for x, _ in curve], [100 * y for _, y in curve], label=name,
            linewidth=1.4 if number else 2.6, color=f"C{number}" if number else "black",
        )  # fmt: skip
    for (name, curve), style in zip(references.items(), ("--", ":"), strict=False):
        axes.plot([100 * x for x, _ in curve], [100 * y for _, y in curve], style, label=name, color="0.4")
    axes.set(xlabel="comparisons of lowest quality left out, %", ylabel="FNMR of the rest, %", title=title)
    axes.set_xlim(0, None)
    axes.set_ylim(0, None)
    _save(figure, axes, path)


def _figure() -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise Misconfigured("A plot needs matplotlib, which is not installed.", REMEDY) from error
    figure = Figure(figsize=(7.0, 5.0), layout="constrained")
    return figure, figure.add_subplot()


def _save(figure: Figure, axes: Axes, path: Path) -> None:
    axes.grid(visible=True, which="both", color="0.9", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise Misconfigured(f"The plot {path} cannot be written: {error}.", "Name another file.") from error
