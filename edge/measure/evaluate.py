"""One-to-one accuracy of the chain on a folder of people: FTA, and TMR at fixed FMR, micro and macro per person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from edge.measure.acquire import Acquired
from edge.measure.errata import Errata
from edge.measure.resample import Estimate, Weights, draw, estimate
from edge.measure.scores import Comparisons, compare_all, resampled, score_at_fmr

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
    tmr_interval: dict[str, list[float]]
    """[low, high] of the rate over all comparisons: 95 % of a bootstrap over people, the score drawn with them."""
    tmr_interval_macro: dict[str, list[float]]
    relatives: int
    """Comparisons between known relatives, which are in no rate."""
    relatives_above: dict[str, int]
    """How many of them lie at or above the score."""

    def as_json(self) -> dict[str, object]:
        """For a JSON document."""
        return asdict(self)


def evaluate(acquired: Acquired, errata: Errata, replicates: int = 0, seed: int = 0) -> Evaluation:
    """Compare everybody with everybody; intervals only where ``replicates`` of the people are asked for."""
    comparisons = compare_all(acquired, errata)
    weights = draw(len(acquired.names), replicates, seed)
    found: dict[str, _AtRate] = {}
    for rate in RATES:
        if float(rate) * comparisons.impostors >= LEAST_IMPOSTORS and len(comparisons.mated):
            found[rate] = _at(comparisons, float(rate), weights)
    return Evaluation(
        people=len(acquired.names),
        images=acquired.pictures,
        fta_rate=round(len(acquired.failed) / acquired.pictures, 6),
        mated=len(comparisons.mated),
        non_mated=comparisons.impostors,
        mated_lost_to_fta=comparisons.mated_lost,
        tmr_at_fmr={rate: one.micro.rounded()[0] for rate, one in found.items()},
        tmr_at_fmr_macro={rate: one.macro.rounded()[0] for rate, one in found.items()},
        score_at_fmr={rate: round(one.score, 4) for rate, one in found.items()},
        tmr_interval={rate: one.micro.rounded()[1:] for rate, one in found.items()},
        tmr_interval_macro={rate: one.macro.rounded()[1:] for rate, one in found.items()},
        relatives=len(comparisons.relatives),
        relatives_above={rate: int((comparisons.relatives >= one.score).sum()) for rate, one in found.items()},
    )


@dataclass(frozen=True, slots=True)
class _AtRate:
    score: float
    micro: Estimate
    macro: Estimate


def _at(comparisons: Comparisons, rate: float, weights: Weights) -> _AtRate:
    drawn = resampled(comparisons, weights, rate)
    return _AtRate(score_at_fmr(comparisons, rate), estimate(drawn.micro), estimate(drawn.macro))


def as_text(evaluation: Evaluation) -> str:
    """For a person."""
    lines = [
        f"people {evaluation.people}, pictures {evaluation.images}, no face found in {evaluation.fta_rate:.3%}",
        f"comparisons: {evaluation.mated:,} mated, {evaluation.non_mated:,} non-mated, "
        f"{evaluation.relatives:,} of known relatives, apart",
        "",
        "   FMR    score     TMR                      TMR, mean over people    relatives at or above",
    ]
    for rate, micro in evaluation.tmr_at_fmr.items():
        lines.append(
            f"{rate:>6}   {evaluation.score_at_fmr[rate]:.3f}   {_with(micro, evaluation.tmr_interval[rate])}"
            f"   {_with(evaluation.tmr_at_fmr_macro[rate], evaluation.tmr_interval_macro[rate])}"
            f"   {evaluation.relatives_above[rate]:>6}"
        )
    return "\n".join(lines)


def _with(rate: float, interval: list[float]) -> str:
    low, high = interval
    return f"{rate:6.2%} [{low:6.2%}, {high:6.2%}]"
