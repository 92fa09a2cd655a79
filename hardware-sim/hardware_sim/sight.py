"""Where in the picture a walker is at a moment: the link between world, portraits and truth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edge.domain.face import Box
from hardware_sim.portraits import Portrait
from hardware_sim.sprites import Transform
from hardware_sim.truth import FaceTruth
from hardware_sim.view import View
from hardware_sim.walkers import FACE_BELOW_TOP, Seen, Walker


def look(walker: Walker, seconds: float, view: View) -> Seen:
    """A walker as the camera sees them at a moment."""
    pose = walker.pose(seconds)
    face = view.project(pose.x + pose.sway, pose.top - FACE_BELOW_TOP, pose.z)
    # Feet are drawn straight below the head: uprights stay upright, as in the street behind.
    ground = (view.width / 2 + pose.x * face.scale, view.project(pose.x, 0.0, pose.z).y)
    return Seen(walker, pose, face.depth, face.scale, (face.x, face.y), walker.face * face.scale, ground)


def everybody(walkers: Sequence[Walker], seconds: float, view: View) -> list[Seen]:
    """All who are on their way at a moment, the farthest first."""
    found = [look(walker, seconds, view) for walker in walkers if walker.walking(seconds)]
    return sorted(found, key=lambda one: -one.depth)


def placement(portrait: Portrait, seen: Seen) -> Transform:
    """The (2, 3) float64 transform from a portrait's cut-out to the frame."""
    box = portrait.head.box
    scale = seen.pixels / box.height
    cos, sin = math.cos(seen.pose.roll), math.sin(seen.pose.roll)
    turn = scale * np.array([[cos, -sin], [sin, cos]]) @ np.diag([seen.pose.narrow, 1.0])
    return np.column_stack([turn, np.array(seen.face) - turn @ np.array(box.centre)])


def in_picture(seen: Seen, view: View) -> bool:
    """Whether a part of the head may be."""
    (x, y), reach = seen.face, seen.pixels
    return -reach < x < view.width + reach and -reach < y < view.height + reach


def face_truth(seen: Seen, portrait: Portrait, shown: float) -> FaceTruth:
    """The truth about a face of which the share ``shown`` can be seen."""
    transform = placement(portrait, seen)
    landmarks = (portrait.head.landmarks @ transform[:, :2].T + transform[:, 2]).astype(np.float32)
    (x, y), box = seen.face, portrait.head.box
    wide = seen.pixels * box.width / box.height * seen.pose.narrow
    edges = Box(x - wide / 2, y - seen.pixels / 2, x + wide / 2, y + seen.pixels / 2)
    return FaceTruth(seen.walker.passage, seen.walker.person, edges, landmarks, shown)
