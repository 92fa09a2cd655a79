"""The page for a person, and the bars that Lamppost is checked against."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.peers.rates import Rate
from tests.bench.peers.tally import Figures

TIMES_SLOWER: Final = {"face_recognition": 30.0, "face_recognition-small": 6.0}
"""By how much a frame must take a peer longer than Lamppost, whatever the number of faces on it."""
HANDFUL: Final = 10
"""With fewer false comparisons at the score, a rate is put in brackets."""

HEAD: Final = """\
# Peers, side by side

Written by `make bench-peers`. How it is measured, and what it is worth: `tests/bench/peers/__init__.py`.
"""
BELOW_COST: Final = """
Median processor time of one thread. Wall time is in `results.json`: the same on an idle machine, {busy:.1f} times as
much in this run. The ratio is the median over frames of the time against Lamppost's for the same frame: its least and
greatest over the numbers of faces. In its first row Lamppost is made to look at each frame as if it were the first of
everybody on it. Its daemon takes second looks at people only until it has searched them, once, and computes features
only of their few best samples: "over a passage" is the mean over the 75 frames of three seconds with everybody in view,
made of the same frame. The peers do not know people again, and take each frame of a video as they take it here.
"""
BELOW_ACCURACY: Final = f"""
A person who was not found counts as one who was not recognised. In brackets: rates at a score that fewer than {HANDFUL}
false comparisons reach. Last column: true matches, and in how many comparisons of different people there is a false
match, at the threshold that the chain's authors suggest. Lamppost has none to set.
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that must hold."""

    what: str
    found: str
    kept: bool


def bars(all_figures: Sequence[Figures]) -> list[Bar]:
    """Lamppost against the peers that it must beat, as far as they were measured."""
    by_name = {figures.name: figures for figures in all_figures}
    lamppost, passage = by_name["lamppost"], by_name["lamppost-passage"]
    made = []
    for name, times in TIMES_SLOWER.items():
        peer = by_name.get(name)
        if peer is None:
            continue
        ratios = {count: peer.cpu[count] / passage.cpu[count] for count in peer.cpu}
        made += [
            Bar(
                f"{times:g} times as fast as {peer.title}, over a passage",
                _ratios(ratios),
                min(ratios.values()) >= times,
            ),
            Bar(
                f"lower FNIR than {peer.title}",
                f"{lamppost.fnir.value:.1%} against {peer.fnir.value:.1%}",
                lamppost.fnir.value < peer.fnir.value,
            ),
            Bar(
                f"less memory than {peer.title}",
                f"{_megabytes(lamppost.peak)} against {_megabytes(peer.peak)} MB",
                lamppost.peak < peer.peak,
            ),
        ]
    return made


def markdown(
    all_figures: Sequence[Figures], about: Mapping[str, str], absent: Mapping[str, str], picture: str
) -> str:  # fmt: skip
    """The page. ``absent`` says of chains that could not be measured why."""
    kept = ([bar.what, bar.found, "kept" if bar.kept else "**missed**"] for bar in bars(all_figures))
    return "\n".join(
        [
            HEAD,
            *(f"- {name}: {value}" for name, value in about.items()),
            *(f"- not measured: {name}: {reason}" for name, reason in absent.items()),
            f"\n![Time, misses and memory]({picture})\n",
            "## Processor time of a 1080p frame, and memory\n",
            *_cost(all_figures),
            BELOW_COST.format(busy=_busy(all_figures)),
            "## Accuracy on faces of 60 to 120 pixels\n",
            *_accuracy(all_figures),
            BELOW_ACCURACY,
            "## Bars\n",
            *_table(["Lamppost is to have", "found", ""], kept),
            "",
        ]
    )


def _cost(all_figures: Sequence[Figures]) -> Iterator[str]:
    faces = list(all_figures[0].cpu)
    counts = [f"{count} {'face' if count == 1 else 'faces'}, ms" for count in faces]
    rows = (
        [one.title, *(f"{one.cpu[count] * 1e3:.0f}" for count in faces), _slower(one), _megabytes(one.peak)]
        for one in all_figures
    )
    return _table(["chain", *counts, "times Lamppost's", "peak memory, MB"], rows)


def _accuracy(all_figures: Sequence[Figures]) -> Iterator[str]:
    fmrs = list(all_figures[0].tmr)
    rows = (
        [one.title, f"{one.found:.1%}", *(_rate(one.tmr[fmr]) for fmr in fmrs), _rate(one.fnir), _usual(one)]
        for one in all_figures
    )
    fnir = f"FNIR at FPIR 1e-3, N = {all_figures[0].listed}"
    return _table(["chain", "found", *(f"TMR at FMR {fmr}" for fmr in fmrs), fnir, "as suggested"], rows)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|---" + "|---:" * (len(titles) - 1) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _busy(all_figures: Sequence[Figures]) -> float:
    """How much longer everything took than it ran."""
    return statistics.median(one.seconds[count] / one.cpu[count] for one in all_figures for count in one.cpu)


def _ratios(slower: Mapping[int, float]) -> str:
    times = " / ".join(f"{ratio:.1f}" for ratio in slower.values())
    return f"{times} times with {' / '.join(map(str, slower))} faces"


def _slower(figures: Figures) -> str:
    least, most = min(figures.slower.values()), max(figures.slower.values())
    return "1" if figures.name == "lamppost" else f"{least:.1f} to {most:.1f}"


def _rate(rate: Rate) -> str:
    return f"{rate.value:.1%}" if rate.false >= HANDFUL else f"({rate.value:.1%})"


def _usual(figures: Figures) -> str:
    if figures.usual is None:
        return ""
    true, false = figures.usual
    return f"{true:.1%}, 1 in {1 / false:,.0f}" if false else f"{true:.1%}, none"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f}"
