"""The product's own recognition chain, for stills."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from edge.adapters.tflite import Detector, Extractor
from edge.measure.acquire import Acquired, acquire
from edge.measure.errata import Errata


@dataclass(frozen=True, slots=True)
class Chain:
    """Detector and embedder, as the daemon runs them."""

    detector: Detector
    extractor: Extractor

    def acquire(self, images: Path, errata: Errata) -> Acquired:
        """Features of a folder of people, with progress on a terminal."""
        return acquire(images, self.detector, self.extractor, errata, _progress)


def load(models: Path, threads: int = 2) -> Chain:
    """Load the built models. Raises Misconfigured."""
    return Chain(Detector(models, threads=threads), Extractor(models, threads=threads))


def _progress(count: int) -> None:
    if sys.stderr.isatty() and count % 50 == 0:
        print(f"\r{count} pictures", end="", file=sys.stderr, flush=True)
