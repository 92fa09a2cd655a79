"""Five-point alignment, straight from the full-resolution planes.

The template is the 112 x 112 one that ArcFace (Deng et al., 2019) and its relatives are trained on. Only the
pixels around a face are converted to RGB, never the frame.
"""

from __future__ import annotations

import enum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture
from edge.domain.face import Box, Landmarks

SIDE: Final = 112
TEMPLATE: Final = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)], np.float32
)
RECIPE: Final = "arcface-112 similarity bilinear, as it is and mirrored"
"""Names what the extractor is shown in a calibration and a list: scores from another view are not comparable."""

Image = NDArray[np.uint8]


def similarity(landmarks: Landmarks) -> NDArray[np.float64]:
    """The similarity transform that lays landmarks over the template, in the least-squares sense (Umeyama, 1991).

    ``landmarks`` is (5, 2) float32 in the picture's pixels. Returns (2, 3) float64, picture to template.
    Raises ValueError where the points coincide.
    """
    source = landmarks.astype(np.float64)
    target = TEMPLATE.astype(np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source, target = source - source_mean, target - target_mean
    spread = float((source**2).sum())
    if spread < 1e-6:
        raise ValueError("the landmarks coincide")
    # In two dimensions, with reflection ruled out, rotation and scale have a closed form.
    a = float((source * target).sum()) / spread
    b = float((source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum()) / spread
    linear = np.array([[a, -b], [b, a]])
    return np.column_stack([linear, target_mean - linear @ source_mean])


class Order(enum.Enum):
    """In which order a region's colours come."""

    RGB = cv2.COLOR_YUV2RGB_I420
    BGR = cv2.COLOR_YUV2BGR_I420


def region(picture: Picture, box: Box, margin: float = 0.0, *, order: Order = Order.RGB) -> tuple[Image, int, int]:
    """Convert the part of a picture under a box, grown by ``margin`` times its size on each side.

    Returns the (H, W, 3) uint8 region, clipped to the picture, and the x and y of its top left pixel.
    Raises ValueError where the box lies outside the picture.
    """
    grow_x, grow_y = box.width * margin, box.height * margin
    left = max(0, int(box.left - grow_x) // 2 * 2)
    top = max(0, int(box.top - grow_y) // 2 * 2)
    right = min(picture.width, (int(box.right + grow_x) + 2) // 2 * 2)
    bottom = min(picture.height, (int(box.bottom + grow_y) + 2) // 2 * 2)
    if right - left < 2 or bottom - top < 2:
        raise ValueError("the box lies outside the picture")
    high, wide = bottom - top, right - left
    chroma = np.s_[top // 2 : bottom // 2, left // 2 : right // 2]
    packed = np.empty((high * 3 // 2, wide), np.uint8)
    packed[:high] = picture.y[top:bottom, left:right]
    quarter = high // 2 * (wide // 2)
    flat = packed[high:].reshape(-1)
    flat[:quarter] = picture.u[chroma].reshape(-1)
    flat[quarter : 2 * quarter] = picture.v[chroma].reshape(-1)
    return cv2.cvtColor(packed, order.value).astype(np.uint8, copy=False), left, top


def aligned(picture: Picture, box: Box, landmarks: Landmarks) -> Image:
    """The face, upright and centred: (112, 112, 3) uint8 RGB.

    Raises ValueError where the landmarks coincide or the box lies outside the picture.
    """
    transform = similarity(landmarks)
    # The template shows a little more than the box: convert what its corners reach, and no more.
    corners = np.array([(0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)], np.float64) - transform[:, 2]
    reached = corners @ np.linalg.inv(transform[:, :2]).T
    low, high = reached.min(axis=0), reached.max(axis=0)
    image, left, top = region(picture, Box(float(low[0]), float(low[1]), float(high[0]), float(high[1])), 0.02)
    transform[:, 2] += transform[:, :2] @ np.array([left, top], np.float64)
    warped = cv2.warpAffine(image, transform, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return warped.astype(np.uint8, copy=False)


def aligned_rgb(image: Image, landmarks: Landmarks) -> Image:
    """As :func:`aligned`, from an (H, W, 3) uint8 RGB still instead of a camera's planes."""
    warped = cv2.warpAffine(image, similarity(landmarks), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return warped.astype(np.uint8, copy=False)
