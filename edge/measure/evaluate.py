"""One-to-one accuracy of the chain on a folder of people: FTA, and TMR at fixed FMR, micro and macro per person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.scores import compare_all, score_at_fmr, true_match_rate

RATES: Final = ("1e-3", "1e-4", "1e-5", "1e-6")
LEAST_IMPOSTORS: Final = 10
"""A rate is reported only where at least so many non-mated comparisons lie at or above its score."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures. Rates that the pictures cannot support are absent."""

    people: int
    images: int
    fta_rate: float
    mated: int
    non_mated: int
    mated_lost_to_fta: int
    tmr_at_fmr: dict[str, float]
    tmr_at_fmr_macro: dict[str, float]
    score_at_fmr: dict[str, float]
    relatives_above: dict[str, int]
    """Comparisons between known relatives at or above the score; they are in no rate."""

    def as_json(self) -> dict[str, object]:
        """For a JSON document."""
        return asdict(self)


def evaluate(acquired: Acquired, errata: Errata) -> Evaluation:
    """Compare everybody with everybody."""
    comparisons = compare_all(acquired, errata)
    micro: dict[str, float] = {}
    macro: dict[str, float] = {}
    scores: dict[str, float] = {}
    relatives: dict[str, int] = {}
    for rate in RATES:
        if float(rate) * comparisons.impostors < LEAST_IMPOSTORS or not len(comparisons.mated):
            continue
        score = score_at_fmr(comparisons, float(rate))
        micro[rate], macro[rate] = (round(value, 5) for value in true_match_rate(comparisons, score))
        scores[rate] = round(score, 4)
        relatives[rate] = int((comparisons.relatives >= score).sum())
    return Evaluation(
        people=len(acquired.names),
        images=acquired.pictures,
        fta_rate=round(len(acquired.failed) / acquired.pictures, 6),
        mated=len(comparisons.mated),
        non_mated=comparisons.impostors,
        mated_lost_to_fta=comparisons.mated_lost,
        tmr_at_fmr=micro,
        tmr_at_fmr_macro=macro,
        score_at_fmr=scores,
        relatives_above=relatives,
    )


def as_text(evaluation: Evaluation) -> str:
    """For a person."""
    lines = [
        f"people {evaluation.people}, pictures {evaluation.images}, no face found in {evaluation.fta_rate:.3%}",
        f"comparisons: {evaluation.mated:,} mated, {evaluation.non_mated:,} non-mated",
        "",
        "   FMR    score      TMR   TMR (mean over people)",
    ]
    for rate, micro in evaluation.tmr_at_fmr.items():
        macro = evaluation.tmr_at_fmr_macro[rate]
        lines.append(f"{rate:>6}   {evaluation.score_at_fmr[rate]:.3f}   {micro:6.2%}   {macro:6.2%}")
    return "\n".join(lines)
