"""Numbers for a monitoring system: families of samples, as Prometheus has them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class MetricType(enum.Enum):
    """What may be done with the numbers of a family."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Measured:
    """One number."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """Numbers of one kind. A counter's samples are called as it is with ``_total``."""

    name: str
    type: MetricType
    help: str
    samples: tuple[Measured, ...]
