"""What is really to be seen in a scenario, frame by frame and passage by passage, and what hides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Box, Landmarks
from hardware_sim.composed.tables import Posts
from hardware_sim.truth import HEAD, PROBES, Eligibility
from hardware_sim.view import View
from hardware_sim.walkers import Seen

RULE: Final = Eligibility()
ASIDE: Final = 35.0
"""Degrees of yaw and of pitch beyond which a face need not be recognised."""
COVERS: Final = {"surgical": ("nose", "mouth"), "scarf": ("mouth",), None: ()}
"""What masks hide of a face."""


class FaceSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One person in one frame. Pixels of the main stream, angles in degrees."""

    passage: int
    person: str
    box: tuple[float, float, float, float]
    """Left, top, right, bottom of the face."""
    landmarks: tuple[tuple[float, float], ...]
    """Right eye, left eye, nose, right and left mouth corner, as seen from left to right."""
    body: tuple[float, float, float, float]
    """Head, body and feet, as far as the picture goes on."""
    visible: float
    """0..1: the share of the face that is in the picture and behind nothing; 0 for a face that is turned away."""
    hidden_by: tuple[str, ...]
    """``edge``, ``turned``, ``post``, or ``passage N``: what hides a part of it."""
    parts: tuple[str, ...]
    """Which of ``eyes``, ``nose`` and ``mouth`` are seen."""
    yaw: float
    """0 looks into the lens, positive to the picture's right."""
    pitch: float
    """Positive up."""
    roll: float
    """Clockwise."""
    distance: float
    """Metres along the optical axis."""
    light: float
    """What the grey levels of the face are multiplied with."""
    defocus: float
    """Standard deviation of the lens's blur."""
    smear: tuple[int, int]
    """Length of motion blur across and down; 1 is none."""
    hat: str | None
    mask: str | None

    @property
    def face(self) -> Box:
        """The box of the face."""
        return Box(*self.box)

    @property
    def eligible(self) -> bool:
        """Whether it is large, whole and straight enough to be recognised by day; light and masks do not count."""
        return (
            self.face.height >= RULE.least_pixels
            and self.visible >= RULE.least_visible
            and abs(self.yaw) <= ASIDE
            and abs(self.pitch) <= ASIDE
        )


class FrameSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One frame."""

    frame: int
    second: float
    """Of its first row."""
    lux: float
    """From the sky."""
    exposure: float
    """Seconds."""
    gain: float
    noise: float
    """Standard deviation, grey levels."""
    infrared: bool
    rain: float
    glare: float
    headlights: int
    """Lamps that shine into the lens."""
    faces: tuple[FaceSeen, ...]
    """Nearest last; hidden ones too, while a part of the head may be in the picture."""


class PassageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One person going by once. Seconds from the start of the scene."""

    passage: int
    person: str
    listed: bool
    hat: str | None
    mask: str | None
    sets_out: float
    """They may still be outside the picture."""
    gone: float
    begins: float | None
    """A part of the face is seen for the first time; None where it never is."""
    ends: float | None
    eligible_from: float | None
    """The face is large, whole and straight enough for the first time."""
    eligible_to: float | None
    eligible: float
    """Seconds of that, all in all."""
    largest: float
    """Height of the face when it is nearest and seen, pixels."""


class Shown(NamedTuple):
    """What is seen of a face."""

    visible: float
    hidden_by: tuple[str, ...]
    parts: tuple[str, ...]


def shown(
    seen: Seen, landmarks: Landmarks, nearer: Sequence[Seen], posts: Sequence[Box], view: View, *, turned: bool
) -> Shown:
    """What is seen of a face. ``posts`` are those before it, ``turned`` is one whose features are out of sight."""
    points = np.concatenate([PROBES * seen.pixels + seen.face, landmarks])
    hidden: list[tuple[str, NDArray[np.bool_]]] = []
    inside = (points >= 0).all(axis=1) & (points[:, 0] < view.width) & (points[:, 1] < view.height)
    hidden.append(("edge", ~inside))
    for other in nearer:
        away = (points - other.face) / other.pixels / HEAD
        body = other.body()
        behind = (points[:, 0] > body.left) & (points[:, 0] < body.right) & (points[:, 1] > body.top)
        hidden.append((f"passage {other.walker.passage}", behind | ((away**2).sum(axis=1) <= 1)))
    for post in posts:
        across = (points[:, 0] > post.left) & (points[:, 0] < post.right)
        hidden.append(("post", across & (points[:, 1] > post.top) & (points[:, 1] < post.bottom)))
    if turned:
        hidden.append(("turned", np.ones(len(points), bool)))
    gone = np.logical_or.reduce([where for _, where in hidden])
    faces, features = ~gone[: len(PROBES)], ~gone[len(PROBES) :]
    parts = [part for part, rows in (("eyes", (0, 1)), ("nose", (2,)), ("mouth", (3, 4))) if features[list(rows)].all()]
    causes = tuple(cause for cause, where in hidden if where[: len(PROBES)].any())
    return Shown(float(faces.mean()), causes, tuple(parts))


def post_box(post: Posts, view: View) -> tuple[float, Box] | None:
    """How far away a post is, and where in the picture; None where it is beside or behind the lens."""
    (x, z) = post.at
    try:
        low, high = view.project(x, 0.0, z), view.project(x, min(post.height, view.raised + z), z)
    except ValueError:
        return None
    # Uprights stay upright, as those of the street do.
    half = post.width / 2 * low.scale
    return low.depth, Box(low.x - half, high.y, low.x + half, low.y)
