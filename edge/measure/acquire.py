"""Pictures to features, on the product's own path: detect, align, embed.

    folder/<person>/*.jpg

A still is letterboxed: scaled to the largest size at which it fits the detector's input, laid at its top left, the
rest black. Where several faces are found, the one nearest the middle of the picture counts, as in
every benchmark whose pictures are centred on their subject.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.adapters.pictures import decoded, files
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.face import Face, Features
from edge.measure.errata import Errata
from edge.steps import align, quality
from edge.steps.quality import Grading

_GRADING = Grading()

Image = NDArray[np.uint8]


class Detects(Protocol):
    """The product's detector, on stills."""

    @property
    def identity(self) -> Digest:
        """Which model it is."""
        ...

    def detect_rgb(self, image: Image) -> list[Face]:
        """Faces of an (H, W, 3) uint8 RGB picture, best first."""
        ...

    def refine_rgb(self, image: Image, face: Face) -> Face | None:
        """The same face, found again on a close-up."""
        ...


class Extracts(Protocol):
    """The product's embedder."""

    @property
    def identity(self) -> Digest:
        """Which model it is."""
        ...

    def extract(self, aligned: list[Image]) -> Features:
        """(n, D) float32 unit rows."""
        ...


@dataclass(frozen=True, slots=True)
class Acquired:
    """Features of a folder of people."""

    features: Features
    """(n, D) float32, a unit row for each picture in which a face was found."""
    people: NDArray[np.int64]
    """(n,) number of the person on each row."""
    names: tuple[str, ...]
    """Folder names by person number."""
    failed: tuple[str, ...] = field(repr=False)
    """Pictures in which no face was found (failure to acquire)."""
    failed_people: NDArray[np.int64] = field(repr=False)
    """Person number of each of them."""
    quality: NDArray[np.float32] | None = field(default=None, repr=False)
    """(n,) quality of the sample on each row, 0..1; None: all the same."""
    mirrored: Features | None = field(default=None, repr=False)
    """(n, D) features of the same samples, mirrored, where somebody asked for them."""

    @property
    def pictures(self) -> int:
        """All pictures, acquired or not."""
        return len(self.people) + len(self.failed)


def decode(name: str, raw: bytes) -> Image:
    """An (H, W, 3) uint8 RGB picture. Raises Undecodable naming it."""
    image = decoded(raw)
    if image is None:
        raise Undecodable(f"{name} is not a picture.", "Remove it from the folder.")
    return image


def subject(faces: list[Face], width: int, height: int) -> Face | None:
    """The face that a picture is about: the one nearest its middle, in face sizes."""

    def offset(face: Face) -> float:
        x, y = face.box.centre
        return float(np.hypot(x - width / 2, y - height / 2)) / max(face.box.height, 1.0)

    return min(faces, key=offset, default=None)


def acquire(
    source: Path,
    detector: Detects,
    extractor: Extracts,
    errata: Errata,
    progress: Callable[[int], None] = lambda _: None,
    *,
    mirror: bool = False,
) -> Acquired:
    """Take every picture through the path, and its mirror image through the embedder where that is asked for.

    Raises Misconfigured, Undecodable.
    """
    rows: list[Features] = []
    qualities: list[float] = []
    people: list[int] = []
    numbers: dict[str, int] = {}
    failed: list[tuple[str, int]] = []
    for count, (person, name, raw) in enumerate(files(source), 1):
        if name in errata.exclude_pictures:
            continue
        number = numbers.setdefault(errata.canonical(person), len(numbers))
        image = decode(name, raw)
        face = subject(detector.detect_rgb(image), image.shape[1], image.shape[0])
        face = None if face is None else detector.refine_rgb(image, face) or face
        if face is None:
            failed.append((name, number))
        else:
            aligned = align.aligned_rgb(image, face.landmarks)
            rows.append(extractor.extract([aligned, aligned[:, ::-1]] if mirror else [aligned]).copy())
            qualities.append(quality.of(face, aligned, _GRADING))
            people.append(number)
        progress(count)
    if not rows:
        raise Misconfigured(f"No face was found in {source}.", "Name a folder with one subfolder per person.")
    features = np.stack(rows)
    return Acquired(
        features[:, 0],
        np.array(people, np.int64),
        tuple(numbers),
        tuple(name for name, _ in failed),
        np.array([number for _, number in failed], np.int64),
        np.array(qualities, np.float32),
        features[:, 1] if mirror else None,
    )
