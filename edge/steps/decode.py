"""Detector tensors to faces.

RetinaFace (Deng et al., 2020) predicts, for two prior boxes at every cell of three grids, offsets to the box and
to five landmarks. The layout follows the reference PyTorch implementation's ``cfg_mnet``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Box, Face

Array = NDArray[np.float32]

STRIDES = (8, 16, 32)
PRIOR_SIZES = ((16, 32), (64, 128), (256, 512))
CENTRE_VARIANCE = 0.1
SIZE_VARIANCE = 0.2


@dataclass(frozen=True, slots=True)
class Detection:
    """Settings of the detector's decoding."""

    min_score: float = 0.12
    """Scores below it are no faces. Low, because a small face that is doubtful here is sure on its close-up."""
    max_overlap: float = 0.4
    """Intersection over union above which the weaker of two boxes is dropped."""
    most: int = 64
    """Faces kept per frame, the highest scores first: a bound on the work of one frame."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How detector pixels map to the picture's: ``picture = detector * scale + offset`` on each axis."""

    scale: float
    dx: float = 0.0
    dy: float = 0.0


def priors(height: int, width: int) -> Array:
    """Prior boxes of a detector input.

    Returns (P, 4) float32: centre x, centre y, width, height in pixels, in the order of the output tensors.
    Raises ValueError where a side is not a multiple of 32.
    """
    if height % STRIDES[-1] or width % STRIDES[-1]:
        raise ValueError(f"detector input {width}x{height}: both sides must be multiples of {STRIDES[-1]}")
    grids = []
    for stride, sizes in zip(STRIDES, PRIOR_SIZES, strict=True):
        rows, columns = height // stride, width // stride
        y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
        cell = np.empty((rows, columns, len(sizes), 4), np.float32)
        cell[..., 0] = (x * stride)[..., None]
        cell[..., 1] = (y * stride)[..., None]
        cell[..., 2] = cell[..., 3] = np.array(sizes, np.float32)
        grids.append(cell.reshape(-1, 4))
    return np.concatenate(grids)


def faces(
    boxes: Array, logits: Array, landmarks: Array, prior: Array, settings: Detection, placement: Placement
) -> list[Face]:
    """Decode one picture's tensors.

    ``boxes`` (P, 4), ``logits`` (P, 2) and ``landmarks`` (P, 10) are the raw outputs, ``prior`` what
    :func:`priors` gives for the input. Only priors above the score are decoded. Returns faces in the picture's
    pixels, best first.
    """
    margin = np.log(settings.min_score / (1 - settings.min_score))
    evidence = logits[:, 1] - logits[:, 0]
    keep = np.flatnonzero(evidence > margin)
    if not keep.size:
        return []
    score = 1 / (1 + np.exp(-evidence[keep]))
    centre, size = prior[keep, :2], prior[keep, 2:]
    middle = centre + boxes[keep, :2] * CENTRE_VARIANCE * size
    extent = size * np.exp(boxes[keep, 2:] * SIZE_VARIANCE)
    points = centre[:, None] + landmarks[keep].reshape(-1, 5, 2) * CENTRE_VARIANCE * size[:, None]
    corner = middle - extent / 2
    rectangles = np.concatenate([corner, extent], axis=1)
    chosen = cv2.dnn.NMSBoxes(
        rectangles.astype(float).tolist(), score.astype(float).tolist(), settings.min_score, settings.max_overlap
    )
    shift = np.array([placement.dx, placement.dy], np.float32)
    found = []
    for index in np.asarray(chosen).reshape(-1)[: settings.most]:
        left, top = corner[index] * placement.scale + shift
        wide, high = extent[index] * placement.scale
        box = Box(float(left), float(top), float(left + wide), float(top + high))
        found.append(Face(box, (points[index] * placement.scale + shift).astype(np.float32), float(score[index])))
    return found
