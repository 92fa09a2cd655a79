"""Where everything of a scenario is at every moment: what the film is drawn from, and the truth about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edge.domain.face import Box
from hardware_sim.composed import curves, optics
from hardware_sim.composed.glare import BACKLIT
from hardware_sim.composed.heads import Heads, featureless
from hardware_sim.composed.lighting import Lighting
from hardware_sim.composed.optics import Lens
from hardware_sim.composed.passers import Facing, Passer, seen
from hardware_sim.composed.planning import planned
from hardware_sim.composed.tables import File, Posts
from hardware_sim.composed.truth import COVERS, FaceSeen, FrameSeen, PassageSeen, post_box, shown
from hardware_sim.composed.vehicles import Vehicles
from hardware_sim.portraits import Person
from hardware_sim.sight import in_picture
from hardware_sim.sprites import Transform
from hardware_sim.view import View
from hardware_sim.walkers import FACE_BELOW_TOP, SHOULDERS, Seen

AHEAD = Facing(0, 0, 0)
MOST_SMEAR = 61
"""Pixels of motion blur, at most: a person beside the lens."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody, or a post, at a moment."""

    depth: float
    light: float
    defocus: float
    post: tuple[Posts, Box] | None = None
    passer: Passer | None = None
    seen: Seen | None = None
    facing: Facing = AHEAD
    transform: Transform | None = None
    """From the head's sprite to the picture."""
    smear: tuple[int, int] = (1, 1)


class Layout:
    """A scenario, its cast, and everybody's way."""

    def __init__(self, file: File, people: Sequence[Person], listed: Sequence[str] = ()) -> None:
        """Plan it. Raises Misconfigured where it names people who are not in the cast."""
        self.file, self.listed = file, frozenset(listed)
        self.people = {person.id: person for person in people}
        self.view: View = optics.view(file.camera)
        self.lens = Lens.of(file.camera)
        self.lighting = Lighting(file.camera, file.light, self.view)
        self.register = planned(file, people, self.view)
        rng = np.random.default_rng([file.seed, 13])
        self.vehicles = Vehicles.drawn(self.view, file.traffic, file.lasts, rng)
        self.heads = Heads(self.people)
        boxes = ((post, post_box(post, self.view)) for post in file.posts)
        self._posts = [(post, *box) for post, box in boxes if box is not None]

    @property
    def frames(self) -> int:
        """How many frames the scene has."""
        return max(1, math.floor(self.file.lasts * self.file.camera.fps))

    def placed(self, seconds: float) -> list[Placed]:
        """Everybody and every post, the farthest first."""
        lit = self.lighting.at(seconds)
        backlit = 1 - BACKLIT * curves.at(self.file.light.glare, seconds)
        found = []
        for post, depth, box in self._posts:
            light = self.lighting.factor(lit, post.at[0], 1.5, post.at[1])
            found.append(Placed(depth, light, self.lens.blur(depth), (post, box)))
        for passer in self.register.walking(seconds):
            one = self._passing(passer, seconds, lit.exposure.seconds)
            if one is not None:
                light = self.lighting.factor(lit, one.pose.x, one.pose.top - FACE_BELOW_TOP, one.pose.z) * backlit
                found.append(self._person(passer, one, seconds, light, lit.exposure.seconds))
        return sorted(found, key=lambda each: -each.depth)

    def truth(self, number: int) -> FrameSeen:
        """What is really to be seen in a frame."""
        seconds = number / self.file.camera.fps
        lit, placed = self.lighting.at(seconds), self.placed(seconds)
        faces = [
            face
            for index, one in enumerate(placed)
            if one.seen is not None and in_picture(one.seen, self.view)
            for face in (self._face(one, placed[index + 1 :]),)
        ]
        cars = self.vehicles.at(seconds, self.file.camera.readout, lit.sky)
        return FrameSeen(
            frame=number, second=round(seconds, 4), lux=round(lit.sky, 4), exposure=round(lit.exposure.seconds, 6),
            gain=round(lit.exposure.gain, 3), noise=round(lit.exposure.noise, 3), infrared=lit.infrared,
            rain=round(curves.at(self.file.weather.rain, seconds), 3),
            glare=round(curves.at(self.file.light.glare, seconds), 3),
            headlights=sum(len(car.lamps) for car in cars), faces=tuple(faces),
        )  # fmt: skip

    @cached_property
    def passages(self) -> tuple[PassageSeen, ...]:
        """Every passage, in their order. Takes as long as looking at every frame in which somebody walks."""
        sights: dict[int, list[tuple[float, FaceSeen]]] = {one.passage: [] for one in self.register.all}
        for number in range(self.frames):
            if self.register.walking(number / self.file.camera.fps):
                for face in (frame := self.truth(number)).faces:
                    if face.visible > 0:
                        sights[face.passage].append((frame.second, face))
        return tuple(self._passage(one, sights[one.passage]) for one in self.register.all)

    def _passage(self, passer: Passer, sights: list[tuple[float, FaceSeen]]) -> PassageSeen:
        good = [second for second, face in sights if face.eligible]
        return PassageSeen(
            passage=passer.passage, person=passer.person, listed=passer.person in self.listed, hat=passer.hat,
            mask=passer.mask, sets_out=round(passer.starts, 4), gone=round(passer.ends, 4),
            begins=sights[0][0] if sights else None, ends=sights[-1][0] if sights else None,
            eligible_from=good[0] if good else None, eligible_to=good[-1] if good else None,
            eligible=round(len(good) / self.file.camera.fps, 4),
            largest=round(max((face.face.height for _, face in sights), default=0.0), 1),
        )  # fmt: skip

    def _passing(self, passer: Passer, seconds: float, exposure: float) -> Seen | None:
        """A passer at the moment at which the rows of their face are read, in the middle of its exposure."""
        one = seen(passer, seconds, self.view)
        if one is None:
            return None
        row = min(max(one.face[1] / self.view.height, 0.0), 1.0)
        return seen(passer, seconds + row * self.file.camera.readout + exposure / 2, self.view)

    def _person(self, passer: Passer, one: Seen, seconds: float, light: float, exposure: float) -> Placed:
        later = seen(passer, seconds + exposure, self.view) or one
        before = seen(passer, seconds, self.view) or one
        ways = (abs(then - now) for now, then in zip(before.face, later.face, strict=True))
        # Lengths in whole odd pixels: OpenCV's box is centred.
        across, down = (min(MOST_SMEAR, 1 + 2 * round(way / 2)) for way in ways)
        facing = passer.facing(seconds, self.view)
        box = self.people[passer.person].portraits[passer.picture].head.box
        scale, (cos, sin) = one.pixels / box.height, (math.cos(one.pose.roll), math.sin(one.pose.roll))
        turn = scale * np.array([[cos, -sin], [sin, cos]])
        transform = np.column_stack([turn, np.array(one.face) - turn @ np.array(box.centre)])
        return Placed(one.depth, light, self.lens.blur(one.depth), None, passer, one, facing, transform, (across, down))

    def _face(self, placed: Placed, nearer: Sequence[Placed]) -> FaceSeen:
        passer, one, facing = placed.passer, placed.seen, placed.facing
        assert passer is not None
        assert one is not None
        assert placed.transform is not None
        head = self.people[passer.person].portraits[passer.picture].head
        flat = self.heads.landmarks(passer, facing)
        landmarks = (flat @ placed.transform[:, :2].T + placed.transform[:, 2]).astype(np.float32)
        said = shown(
            one, landmarks, [each.seen for each in nearer if each.seen is not None],
            [each.post[1] for each in nearer if each.post is not None], self.view,
            turned=featureless(facing),
        )  # fmt: skip
        (x, y), high = one.face, one.pixels
        wide = high * head.box.width / head.box.height * max(0.5, math.cos(math.radians(facing.yaw)))
        half = SHOULDERS * one.scale
        return FaceSeen(
            passage=passer.passage, person=passer.person,
            box=_rounded(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2),
            landmarks=tuple((round(float(a), 2), round(float(b), 2)) for a, b in landmarks),
            body=_rounded(one.feet[0] - half, y - FACE_BELOW_TOP * one.scale, one.feet[0] + half, one.feet[1]),
            visible=round(said.visible, 4), hidden_by=said.hidden_by,
            parts=tuple(part for part in said.parts if part not in COVERS[passer.mask]),
            yaw=round(facing.yaw, 2), pitch=round(facing.pitch, 2), roll=round(math.degrees(one.pose.roll), 2),
            distance=round(one.depth, 3), light=round(placed.light, 3), defocus=round(placed.defocus, 3),
            smear=placed.smear, hat=passer.hat, mask=passer.mask,
        )  # fmt: skip


def _rounded(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return round(left, 2), round(top, 2), round(right, 2), round(bottom, 2)
