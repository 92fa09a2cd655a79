"""The product's own recognition chain, for stills."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from edge.adapters.tflite import Detector, Extractor
from edge.adapters.tflite.model import PRECISION
from edge.measure.acquire import Acquired, Detects, Extracts, acquire
from edge.measure.errata import Errata


@dataclass(frozen=True, slots=True)
class Chain:
    """Detector and embedder, as the daemon runs them."""

    detector: Detector
    extractor: Extractor

    def acquire(self, images: Path, errata: Errata, *, mirror: bool = False) -> Acquired:
        """Features of a folder of people, with progress on a terminal."""
        return through(images, self.detector, self.extractor, errata, mirror=mirror)


def load(models: Path, threads: int = 2, precision: str = PRECISION, *, mirrored: bool = True) -> Chain:
    """Load the built models. Raises Misconfigured.

    Another precision than the daemon's shows what int8 costs, and a single view of each face what the second one buys.
    """
    return Chain(
        Detector(models, threads=threads, precision=precision),
        Extractor(models, threads=threads, precision=precision, mirrored=mirrored),
    )


def through(images: Path, detector: Detects, extractor: Extracts, errata: Errata, *, mirror: bool = False) -> Acquired:
    """Features of a folder of people, with progress on a terminal. Raises Misconfigured, Undecodable."""
    acquired = acquire(images, detector, extractor, errata, _progress, mirror=mirror)
    say("")
    return acquired


def say(what: str) -> None:
    """Progress, in place, on a terminal; nothing elsewhere. An empty text ends it."""
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


def _progress(count: int) -> None:
    if count % 50 == 0:
        say(f"{count} pictures")
