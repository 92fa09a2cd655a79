"""A textured surface in space, as a pinhole camera sees it: a flat or bent sheet, or the relief of a face.

A surface is a plane with a depth over each of its points. The plane is projected exactly; the depth shifts a point in
the picture as it does under weak perspective, which for a few centimetres at several metres is exact enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Landmarks
from hardware_sim.planes import Image

Array = NDArray[np.float64]
Field = NDArray[np.float32]

FINER: Final = 2
"""Points per pixel and direction at which a surface is looked at before the sensor's pixels gather them."""
SETTLED: Final = 3
"""Rounds in which the point that a relief shifts into a pixel is found."""

HALF_HEAD: Final = (0.075, 0.11, 0.09)
"""Half the width, height and depth of a head, metres: an ellipsoid."""
NOSE: Final = (0.022, 0.013)
"""How far the tip of a nose stands out, and how broad the rise is, metres."""
EYES_APART: Final = 0.063
"""Between the pupils of an adult, metres."""


class Attitude(NamedTuple):
    """Where the middle of a surface is, and how it is turned."""

    x: float
    """Pixels, with :attr:`y` the middle of the surface in the picture."""
    y: float
    scale: float
    """Pixels per metre."""
    yaw: float = 0.0
    """Radians about the upright axis."""
    pitch: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What is looked at."""

    image: Image = field(repr=False)
    """(H, W, 3) uint8 RGB."""
    alpha: NDArray[np.uint8] = field(repr=False)
    """(H, W) uint8, 255 where there is something."""
    metre: float
    """Texels per metre."""
    middle: tuple[float, float]
    """The texel that :class:`Attitude` places, about which the surface turns."""
    depth: Field = field(repr=False)
    """(H, W) float32 metres towards the camera."""


class Looked(NamedTuple):
    """A surface in the picture."""

    left: int
    top: int
    colour: Field
    """(h, w, 3) float32 RGB 0..255."""
    cover: Field
    """(h, w) float32 0..1."""
    texel: Field
    """(h, w, 2) float32: the texel in the middle of each pixel."""


def look(surface: Surface, attitude: Attitude, focal: float, sharp: float) -> Looked:
    """Project a surface. ``focal`` is in pixels, ``sharp`` the standard deviation of the lens's blur, pixels."""
    turn = rotation(attitude.yaw, attitude.pitch, attitude.roll)
    flat = _homography(surface, attitude, turn, focal)
    high, wide = surface.image.shape[:2]
    corners = np.array([(0, 0, 1), (wide, 0, 1), (0, high, 1), (wide, high, 1)], np.float64) @ flat.T
    corners = corners[:, :2] / corners[:, 2:]
    reach = 0.1 * attitude.scale
    low, far = np.floor(corners.min(axis=0) - reach), np.ceil(corners.max(axis=0) + reach)
    left, top = int(low[0]), int(low[1])
    size = int(far[0]) - left, int(far[1]) - top
    texel = _texels(surface, np.linalg.inv(flat).astype(np.float64), turn, attitude.scale, (left, top), size)
    # Each texel that is looked at stands for its neighbourhood where the surface is far away.
    spread = surface.metre / attitude.scale / FINER
    layers = []
    # Colour goes on beyond the edge, cover does not: an edge must not darken by being mixed with nothing.
    for plane, beyond in ((surface.image, cv2.BORDER_REPLICATE), (surface.alpha, cv2.BORDER_CONSTANT)):
        source = cv2.GaussianBlur(plane, (0, 0), 0.4 * spread) if spread > 1 else plane
        seen = _sampled(source, texel, beyond).astype(np.float32)
        layers.append(cv2.GaussianBlur(cv2.resize(seen, size, interpolation=cv2.INTER_AREA), (0, 0), sharp))
    middle = cv2.resize(texel, size, interpolation=cv2.INTER_AREA)
    return Looked(
        left, top, layers[0].astype(np.float32), (layers[1] / 255).astype(np.float32), middle.astype(np.float32)
    )


def placed(surface: Surface, attitude: Attitude, focal: float, points: Landmarks) -> Landmarks:
    """Where (n, 2) float32 points of the surface, in texels, are in the picture."""
    turn = rotation(attitude.yaw, attitude.pitch, attitude.roll)
    flat = np.column_stack([points, np.ones(len(points))]) @ _homography(surface, attitude, turn, focal).T
    texel = (points - 0.5).astype(np.float32)[:, None]
    depth = _sampled(surface.depth, texel, cv2.BORDER_REPLICATE)
    there: Landmarks = (flat[:, :2] / flat[:, 2:] + attitude.scale * turn[:2, 2] * depth).astype(np.float32)
    return there


def rotation(yaw: float, pitch: float, roll: float) -> Array:
    """(3, 3): x to the right, y down, z towards the camera."""
    cy, sy, cp, sp, cr, sr = (trig(angle) for angle in (yaw, pitch, roll) for trig in (math.cos, math.sin))
    about_y = np.array([(cy, 0, sy), (0, 1, 0), (-sy, 0, cy)])
    about_x = np.array([(1, 0, 0), (0, cp, -sp), (0, sp, cp)])
    about_z = np.array([(cr, -sr, 0), (sr, cr, 0), (0, 0, 1)])
    turned: Array = about_z @ about_x @ about_y
    return turned


def flat(shape: tuple[int, int], bend: float = 0.0, metre: float = 1.0) -> Field:
    """The depth of a sheet, (H, W): flat, or bent about an upright axis by so many 1 / metres."""
    across = (np.arange(shape[1], dtype=np.float32) - shape[1] / 2) / np.float32(metre)
    return np.broadcast_to(np.float32(-bend / 2) * across**2, shape).astype(np.float32)


def relief(shape: tuple[int, int], landmarks: Landmarks, share: float = 1.0) -> tuple[Field, float]:
    """The depth of a head, (H, W) float32 metres, and its texels per metre.

    ``landmarks`` are in texels; ``share`` makes all of it deeper or shallower. The zero is where the eyes lie.
    """
    metre = float(np.linalg.norm(landmarks[1] - landmarks[0])) / EYES_APART
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    x, y = eyes * 0.5 + mouth * 0.5
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    round_ = ((columns - x) / metre / HALF_HEAD[0]) ** 2 + ((rows - y) / metre / HALF_HEAD[1]) ** 2
    skull = HALF_HEAD[2] * np.sqrt(np.clip(1 - round_, 0.0, 1))
    eye = HALF_HEAD[2] * math.sqrt(max(0.0, 1 - (EYES_APART / 2 / HALF_HEAD[0]) ** 2 - 0.05))
    tip = landmarks[2]
    away = ((columns - tip[0]) / metre) ** 2 + ((rows - tip[1]) / metre) ** 2
    nose = NOSE[0] * np.exp(-away / (2 * NOSE[1] ** 2))
    return (share * (skull - eye + nose)).astype(np.float32), metre


def _homography(surface: Surface, attitude: Attitude, turn: Array, focal: float) -> Array:
    """(3, 3): texels of the plane to pixels."""
    distance = focal / attitude.scale
    middle_x, middle_y = surface.middle
    to_metres = np.array([
        (1 / surface.metre, 0, -middle_x / surface.metre), (0, 1 / surface.metre, -middle_y / surface.metre), (0, 0, 1),
    ])  # fmt: skip
    # A point (X, Y) of the plane lies at turn[:, 0] X + turn[:, 1] Y, and z counts towards the camera.
    lay = np.column_stack([turn[:, 0], turn[:, 1], np.zeros(3)])
    camera = np.array([(focal, 0, 0), (0, focal, 0), (0, 0, 0)], np.float64) @ lay
    camera[2] = np.array([0, 0, distance]) - np.array([turn[2, 0], turn[2, 1], 0])
    shift = np.array([(1, 0, attitude.x), (0, 1, attitude.y), (0, 0, 1)])
    whole: Array = shift @ camera @ to_metres
    return whole


def _texels(
    surface: Surface, back: Array, turn: Array, scale: float, corner: tuple[int, int], size: tuple[int, int]
) -> Field:
    """(h, w, 2) float32: the texel that is seen at each point of a part of the picture."""
    step = 1 / FINER
    columns = corner[0] + (np.arange(size[0] * FINER) + 0.5) * step
    rows = corner[1] + (np.arange(size[1] * FINER) + 0.5) * step
    x, y = np.meshgrid(columns, rows)
    shift = scale * turn[:2, 2]
    texel = _mapped(back, x, y)
    if not surface.depth.any():
        return texel
    for _ in range(SETTLED):
        depth = _sampled(surface.depth, texel, cv2.BORDER_REPLICATE)
        texel = _mapped(back, x - shift[0] * depth, y - shift[1] * depth)
    return texel


def _sampled(plane: NDArray[Any], texel: Field, beyond: int) -> NDArray[Any]:
    return cv2.remap(plane, texel[..., 0], texel[..., 1], cv2.INTER_LINEAR, borderMode=beyond)


def _mapped(back: Array, x: Array, y: Array) -> Field:
    bottom = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / bottom
    v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / bottom
    return np.dstack([u - 0.5, v - 0.5]).astype(np.float32)
