"""From evidence to a threshold. There is no other way to one: no setting, no order, no variable."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count, Digest
from edge.domain.comparison import Threshold
from edge.domain.errors import Reason, Refusal

FORMAT: Final = "lamppost-calibration/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """At this score and above, no more than this share of impostor comparisons is expected."""

    score: Decimal
    fmr: Decimal
    """Upper bound of the interval, not the point estimate."""


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

    def __post_init__(self) -> None:
        numbers = [self.searches_per_passage, *(n for point in self.points for n in (point.score, point.fmr))]
        if not all(number.is_finite() for number in numbers):
            raise ValueError("a calibration holds finite numbers only")
        if self.searches_per_passage < 1:
            raise ValueError("a passage is searched at least once")
        for low, high in zip(self.points, self.points[1:], strict=False):
            if not (low.score < high.score and low.fmr >= high.fmr):
                raise ValueError("the points must rise in score and never rise in rate")
        if not all(-1 <= point.score <= 1 and 0 < point.fmr <= 1 for point in self.points):
            raise ValueError("a point lies outside what a score or a rate can be")


def needed_fmr(calibration: Calibration, max_fpir: Decimal, entries: int) -> Decimal:
    """The one-to-one rate at which a passage of an unlisted person yields a candidate with at most ``max_fpir``.

    The union bound: it holds whatever the dependence between the comparisons of one search.
    """
    return max_fpir / (entries * calibration.searches_per_passage)


def smallest_fpir(calibration: Calibration, entries: int) -> Decimal:
    """The smallest maximum FPIR that the evidence supports with a list of this size."""
    return calibration.points[-1].fmr * entries * calibration.searches_per_passage


def threshold(calibration: Calibration, digest: Digest, max_fpir: Decimal, entries: int) -> Threshold | Refusal:
    """The lowest calibrated score whose upper bound keeps the promise, or why there is none.

    It never falls as the list grows or the promise tightens. Between points the stricter one is taken.
    """
    rate = needed_fmr(calibration, max_fpir, entries)
    point = next((point for point in calibration.points if point.fmr <= rate), None)
    if point is None:
        least = smallest_fpir(calibration, entries)
        return Refusal(
            Reason.EVIDENCE_TOO_THIN, f"the smallest maximum FPIR supported with {entries} entries is {least:.2g}"
        )
    return Threshold(float(point.score), float(point.fmr), max_fpir, entries, digest)
