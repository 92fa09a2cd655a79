"""The scripted grade's calibration: made up, for people who are."""

from __future__ import annotations

from decimal import Decimal

from edge.steps import align, fuse
from edge.steps.calibrate import FORMAT, Calibration, Point
from hardware_sim.scripted import DETECTOR, EMBEDDER


def _point(step: int) -> Point:
    rate = Decimal(10) ** -(step + 2)
    return Point(score=Decimal(f"0.{30 + 5 * step}"), estimate=rate / 2, fmr=rate)


CALIBRATION = Calibration(
    format=FORMAT,
    detector=DETECTOR,
    embedder=EMBEDDER,
    alignment=align.RECIPE,
    fusion=fuse.RECIPE,
    people=2,
    pictures=2,
    comparisons=10_000_000,
    interval="scripted people are random vectors: this table is made up for them",
    source="scripted",
    searches_per_passage=Decimal(1),
    points=tuple(_point(step) for step in range(6)),
    tail="made up as well",
    extrapolated=tuple(_point(step) for step in range(6, 9)),
)
