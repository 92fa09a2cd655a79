"""From evidence to a threshold. There is no other way to one: no setting, no order, no variable."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count, Digest
from edge.domain.comparison import Threshold
from edge.domain.errors import Reason, Refusal

FORMAT: Final = "lamppost-calibration/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """At this score and above, no more than this share of impostor comparisons is expected."""

    score: Decimal
    estimate: Decimal
    """What was counted, or what the tail model gives."""
    fmr: Decimal
    """Upper bound of its interval: what a threshold is computed from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is known of one recognition chain's false match rate. Numbers only: no picture, no features."""

    format: str
    detector: Digest
    embedder: Digest
    alignment: str
    fusion: str
    people: Count
    pictures: Count
    comparisons: Count
    """Impostor comparisons counted."""
    interval: str
    """How the upper bounds were found."""
    source: str
    searches_per_passage: Decimal
    """Measured: a track that breaks makes two searches of one passage."""
    points: Annotated[tuple[Point, ...], Meta(min_length=2, max_length=4096)]
    """As far as comparisons were counted."""
    tail: str
    """The model that goes on where the evidence ends."""
    extrapolated: Annotated[tuple[Point, ...], Meta(max_length=4096)]
    """What the model gives: used only where an authorisation accepts it in so many words."""

    def __post_init__(self) -> None:
        points = self.points + self.extrapolated
        numbers = [self.searches_per_passage]
        numbers += [number for point in points for number in (point.score, point.estimate, point.fmr)]
        if not all(number.is_finite() for number in numbers):
            raise ValueError("a calibration holds finite numbers only")
        if self.searches_per_passage < 1:
            raise ValueError("a passage is searched at least once")
        for low, high in pairwise(points):
            if not (low.score < high.score and low.fmr >= high.fmr):
                raise ValueError("the points must rise in score and never rise in rate")
        if not all(
            -1 <= point.score <= 1 and 0 <= point.estimate <= point.fmr <= 1 and point.fmr > 0 for point in points
        ):
            raise ValueError("a point lies outside what a score or a rate can be")


def needed_fmr(calibration: Calibration, max_fpir: Decimal, entries: int) -> Decimal:
    """The one-to-one rate at which a passage of an unlisted person yields a candidate with at most ``max_fpir``.

    The union bound: it holds whatever the dependence between the comparisons of one search.
    """
    return max_fpir / (entries * calibration.searches_per_passage)


def smallest_fpir(calibration: Calibration, entries: int) -> Decimal:
    """The smallest maximum FPIR that the evidence supports with a list of this size."""
    return calibration.points[-1].fmr * entries * calibration.searches_per_passage


def threshold(
    calibration: Calibration, digest: Digest, max_fpir: Decimal, entries: int, *, extrapolation: bool = False
) -> Threshold | Refusal:
    """The lowest calibrated score whose upper bound keeps the promise, or why there is none.

    It never falls as the list grows or the promise tightens. Between points the stricter one is taken. Where the
    evidence ends, the tail model goes on only if ``extrapolation`` was accepted.
    """
    rate = needed_fmr(calibration, max_fpir, entries)
    points = calibration.points + (calibration.extrapolated if extrapolation else ())
    index = next((index for index, point in enumerate(points) if point.fmr <= rate), None)
    if index is None:
        least = smallest_fpir(calibration, entries)
        detail = f"the smallest maximum FPIR supported with {entries} entries is {least:.2g}"
        return Refusal(Reason.EVIDENCE_TOO_THIN, detail)
    point = points[index]
    extrapolated = index >= len(calibration.points)
    return Threshold(float(point.score), float(point.fmr), max_fpir, entries, digest, extrapolated=extrapolated)
