"""One picture to one sample, or to the reason why it is none.

A reference is compared with every passer-by for the life of its list, so more is asked of it than of a sample taken in
the street. ISO/IEC 29794-5 names the faults that are told apart here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.domain.authority import Digest
from edge.domain.face import Face, Features
from edge.steps import align, quality
from edge.steps.quality import Grading

Image = NDArray[np.uint8]


class FindsFaces(Protocol):
    """The product's detector, on stills."""

    @property
    def identity(self) -> Digest:
        """Which model it is."""
        ...

    def detect_rgb(self, image: Image) -> list[Face]:
        """Faces of an (H, W, 3) uint8 RGB picture, best first."""
        ...

    def refine_rgb(self, image: Image, face: Face) -> Face | None:
        """The same face, found again on a close-up; None where it is no face after all."""
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
class Demands:
    """What a picture must be to be a reference."""

    least_height: float = 40.0
    """Face height, pixels of the picture."""
    least_score: float = 0.6
    """Detector score on the close-up, as on the frame path."""
    bystander: float = 0.4
    """A second face at least so high, in heights of the largest, leaves open whom the picture is of."""
    same_face: float = 0.3
    """Overlap of two boxes of one face."""
    least_pose: float = 0.4
    """1 is frontal, 0 is in profile."""
    least_quality: float = 0.6
    """Pose apart. Averages of many faces fall below it; what it costs ordinary pictures, the tests on press photographs
    print."""
    least_steadiness: float = 0.89
    """Score of a sample with itself moved by 3 pixels and enlarged by 6 %. Of 1,150 samples of LFW people with nothing
    else against them 1.0 % fall below it with the product's embedder; with another picture of the person 18 % of these
    miss at an FMR of 1e-4, and 2.8 % of the others (the tests on press photographs print it)."""
    grading: Grading = field(default_factory=Grading)


FAULTS: Final = {
    quality.Fault.BLUR: Rejected(Outcome.BLURRED, "the face is blurred, or enlarged from a small picture"),
    quality.Fault.NOISE: Rejected(Outcome.NOISY, "the picture is too noisy or too strongly compressed"),
    quality.Fault.FLAT: Rejected(Outcome.FLAT, "the light is too dim or too flat"),
    quality.Fault.CLIPPED: Rejected(Outcome.CLIPPED, "the face is partly black or white: badly exposed"),
    quality.Fault.DOUBT: Rejected(Outcome.HIDDEN, "the face is hidden in part, or hardly like a face"),
}
_UNSTEADY: Final = Rejected(Outcome.UNSTEADY, "the embedder's features of it change when the picture is moved a little")
_MOVED: Final = np.array([[1.06, 0.0, -6.36], [0.0, 1.06, -5.36]])
"""By 3 pixels to the left and 2 up, and enlarged about the middle by 6 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """An aligned face that may become part of a template."""

    aligned: Image = field(repr=False)
    """(112, 112, 3) uint8 RGB."""
    quality: float
    """0..1, the weight in the fusion."""


def acquire(image: Image, detector: FindsFaces, demands: Demands) -> Reference | Rejected:
    """The reference that a picture gives, or why it gives none."""
    found = sorted(detector.detect_rgb(image), key=lambda face: -face.box.height)
    seen: list[Face] = []
    for face in found:
        if seen and face.box.height < demands.bystander * seen[0].box.height:
            break
        closer = detector.refine_rgb(image, face)
        if closer is None or closer.score < demands.least_score:
            continue
        if all(closer.box.overlap(other.box) < demands.same_face for other in seen):
            seen.append(closer)
    if not seen:
        return Rejected(Outcome.NO_FACE, "no face found")
    if len(seen) > 1:
        return Rejected(Outcome.SEVERAL, f"{len(seen)} faces found; crop it to the one person")
    return _graded(image, seen[0], demands)


def features_of(reference: Reference, extractor: Extracts, demands: Demands) -> Features | Rejected:
    """The (D,) float32 features of a sample, unit length, where the embedder can be relied on for it."""
    moved = cv2.warpAffine(reference.aligned, _MOVED, (align.SIDE, align.SIDE), borderMode=cv2.BORDER_REPLICATE)
    features = extractor.extract([reference.aligned, moved.astype(np.uint8, copy=False)])
    if float(features[0] @ features[1]) < demands.least_steadiness:
        return _UNSTEADY
    own: Features = features[0].copy()
    return own


def _graded(image: Image, face: Face, demands: Demands) -> Reference | Rejected:
    if face.box.height < demands.least_height:
        why = f"the face is {face.box.height:.0f} pixels high; {demands.least_height:.0f} are needed"
        return Rejected(Outcome.SMALL, why)
    pose = quality.pose(face.landmarks, demands.grading)
    if pose < demands.least_pose:
        why = "the face is turned away or nods too much; use one that looks straight ahead"
        return Rejected(Outcome.TURNED, why)
    try:
        aligned = align.aligned_rgb(image, face.landmarks)
    except ValueError as error:
        return Rejected(Outcome.CUT, str(error))
    graded = quality.of(face, aligned, demands.grading)
    if graded < demands.least_quality * pose:
        costs = quality.costs(face, aligned, demands.grading)
        return FAULTS[max(costs, key=lambda fault: costs[fault])]
    return Reference(aligned, graded)
