"""Cuts a head with its hair out of a photograph: upright, graded to daylight, with a soft edge."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Box, Face, Landmarks
from hardware_sim.planes import Image

Array = NDArray[np.float64]
Mask = NDArray[np.uint8]

FULL: Final = 240.0
"""Face heights above it are reduced to it: no walker comes nearer."""
HALF_WIDTH: Final = 1.2
ABOVE: Final = 1.3
BELOW: Final = 1.2
"""How far the cut-out reaches from the middle of the face, in face heights."""
UPRIGHTED: Final = 0.85
"""Share of the head's roll that is taken out."""
WORKING: Final = 72.0
"""Face height in pixels at which the outline is sought."""


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One head."""

    image: Image = field(repr=False)
    """(H, W, 3) uint8 RGB, what lies around the head included."""
    alpha: Mask = field(repr=False)
    """(H, W) uint8: 255 belongs to the head, 0 does not."""
    box: Box
    """The face, in pixels of the image."""
    landmarks: Landmarks = field(repr=False)
    """(5, 2) float32, in pixels of the image."""
    skin: tuple[float, float, float]
    """Mean colour of the cheeks, RGB 0..255."""


def cut(image: Image, face: Face, others: list[Face]) -> Cutout:
    """Cut one face out of an (H, W, 3) uint8 RGB photograph in which ``others`` are seen too."""
    transform, scale = _upright(image, face)
    high = face.box.height * scale
    size = (int(2 * HALF_WIDTH * high), int((ABOVE + BELOW) * high))
    source = cv2.GaussianBlur(image, (0, 0), 0.4 / scale) if scale < 0.75 else image
    upright = cv2.warpAffine(source, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.full(image.shape[:2], 255, np.uint8), transform, size, flags=cv2.INTER_LINEAR)
    middle = np.array([HALF_WIDTH, ABOVE]) * high
    box = Box(
        float(middle[0] - face.box.width * scale / 2),
        float(middle[1] - high / 2),
        float(middle[0] + face.box.width * scale / 2),
        float(middle[1] + high / 2),
    )
    landmarks = (face.landmarks @ transform[:, :2].T + transform[:, 2]).astype(np.float32)
    strangers = [(transform[:, :2] @ np.array(o.box.centre) + transform[:, 2], o.box.height * scale) for o in others]
    alpha = _outline(upright.astype(np.uint8, copy=False), middle, high, strangers)
    graded = _graded(upright.astype(np.uint8, copy=False), landmarks)
    return Cutout(
        graded, _faded(alpha, inside.astype(np.uint8), middle, high), box, landmarks, _skin(graded, landmarks)
    )


def _upright(image: Image, face: Face) -> tuple[Array, float]:
    """The (2, 3) transform from photograph to cut-out, and its scale."""
    across = face.landmarks[1].astype(np.float64) - face.landmarks[0]
    roll = math.atan2(across[1], across[0]) * UPRIGHTED
    scale = min(1.0, FULL / face.box.height)
    turn = scale * np.array([[math.cos(roll), math.sin(roll)], [-math.sin(roll), math.cos(roll)]])
    middle = np.array([HALF_WIDTH, ABOVE]) * face.box.height * scale
    return np.column_stack([turn, middle - turn @ np.array(face.box.centre)]), scale


def _outline(image: Image, middle: Array, high: float, strangers: list[tuple[Array, float]]) -> Mask:
    """Which pixels belong to the head: (H, W) uint8, 0 or 255, soft between.

    Head and hair are told from the background by colour (GrabCut), beginning with ellipses that fit most heads.
    """
    shrink = WORKING / high
    small = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    guess = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    x, y = middle * shrink

    def ellipse(value: int, dy: float, wide: float, tall: float) -> None:
        axes = (round(wide * WORKING), round(tall * WORKING))
        cv2.ellipse(guess, (round(x), round(y + dy * WORKING)), axes, 0, 0, 360, value, -1)

    ellipse(cv2.GC_PR_BGD, -0.05, 0.78, 1.1)
    ellipse(cv2.GC_PR_FGD, -0.12, 0.54, 0.78)
    neck = [round(value) for value in (x - 0.3 * WORKING, y + 0.3 * WORKING, x + 0.3 * WORKING, y + 0.95 * WORKING)]
    cv2.rectangle(guess, (neck[0], neck[1]), (neck[2], neck[3]), cv2.GC_PR_FGD, -1)
    for place, size in strangers:
        spot = (round(float(place[0]) * shrink), round(float(place[1]) * shrink))
        cv2.ellipse(guess, spot, (round(0.5 * size * shrink), round(0.65 * size * shrink)), 0, 0, 360, cv2.GC_BGD, -1)
    ellipse(cv2.GC_FGD, -0.06, 0.42, 0.58)
    cv2.setRNGSeed(1)  # GrabCut's clustering draws from OpenCV's own generator
    models = np.zeros((2, 1, 65))
    cv2.grabCut(small, guess, (0, 0, 1, 1), models[0], models[1], 4, cv2.GC_INIT_WITH_MASK)
    head = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    _, parts = cv2.connectedComponents(head)
    whole = np.where(parts == parts[round(y), round(x)], np.uint8(255), np.uint8(0))
    whole = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(np.uint8)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)).astype(np.uint8)
    whole = cv2.erode(whole, np.ones((3, 3), np.uint8)).astype(np.uint8)
    soft = cv2.resize(whole, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(soft, (0, 0), 0.018 * high).astype(np.uint8, copy=False)


def _faded(alpha: Mask, inside: Mask, middle: Array, high: float) -> Mask:
    """Fade towards an ellipse, towards the shoulders and towards the photograph's own edge."""
    rows, columns = np.mgrid[: alpha.shape[0], : alpha.shape[1]].astype(np.float32)
    radius = np.hypot((columns - middle[0]) / (0.66 * high), (rows - middle[1] + 0.02 * high) / (0.98 * high))
    keep = np.clip((1 - radius) / 0.15, 0, 1)
    keep *= np.clip((0.98 - (rows - middle[1]) / high) / 0.25, 0, 1)
    near = cv2.distanceTransform(np.pad((inside > 250).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    keep *= np.clip(near / (0.1 * high), 0, 1)
    faded: Mask = (alpha * keep).astype(np.uint8)
    return faded


def _cheeks(image: Image, landmarks: Landmarks) -> NDArray[np.uint8]:
    """Small squares between eyes and mouth corners, (n, 3) uint8 RGB."""
    side = max(2, round(float(np.linalg.norm(landmarks[1] - landmarks[0])) * 0.12))
    patches = []
    for eye, mouth in ((0, 3), (1, 4)):
        x, y = (landmarks[eye] * 0.45 + landmarks[mouth] * 0.55).round().astype(int)
        patches.append(image[max(0, y - side) : y + side, max(0, x - side) : x + side].reshape(-1, 3))
    return np.concatenate(patches)


def _skin(image: Image, landmarks: Landmarks) -> tuple[float, float, float]:
    red, green, blue = np.median(_cheeks(image, landmarks), axis=0)
    return float(red), float(green), float(blue)


def _graded(image: Image, landmarks: Landmarks) -> Image:
    """Bring the exposure of a photograph near to daylight, and take out half of a colour cast.

    Skin keeps its tone: only luma far outside what daylight gives is moved.
    """
    luma, u, v = (float(x) for x in np.median(_ycc(_cheeks(image, landmarks)[None]), axis=(0, 1)))
    wanted = luma + 0.7 * (float(np.clip(luma, 105, 165)) - luma)
    planes = _ycc(image).astype(np.float32)
    planes[..., 0] *= wanted / max(luma, 1.0)
    planes[..., 1] += 0.5 * (152.0 - u)
    planes[..., 2] += 0.5 * (112.0 - v)
    return cv2.cvtColor(np.clip(planes, 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB).astype(np.uint8, copy=False)


def _ycc(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2YCrCb).astype(np.uint8, copy=False)
