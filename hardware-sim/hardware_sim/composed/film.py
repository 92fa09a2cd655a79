"""A scenario as footage: every frame as the camera would give it, and the truth about it.

A frame is put together in the order in which light and signal come: the street under the light of the moment, and over
it, the farthest first, cars, people and posts, each with the light of its place, blurred by lens and motion, placed at
the moment at which the shutter reads their rows; then what shines into the lens, rain and drops; then the sensor's
noise and the compression. What lasts is drawn once and kept: the street for each step of light, every turned head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.domain.capture import Picture
from hardware_sim import bodies
from hardware_sim.composed import curves, glare, wardrobe, weather
from hardware_sim.composed.ground import Grounds
from hardware_sim.composed.layout import Layout, Placed
from hardware_sim.composed.lighting import Lit
from hardware_sim.composed.sensor import COLOURED, LOOSE, Kept, Noise, compressed, flattened, tone
from hardware_sim.composed.truth import FrameSeen
from hardware_sim.composed.vehicles import Car
from hardware_sim.footage import Pictures
from hardware_sim.planes import Buffers, copy_into, smaller
from hardware_sim.sprites import lay

GAIN_OF_COLOUR = 3.0
"""From which on the chroma planes are noisy too."""


@dataclass(frozen=True, slots=True)
class _Shot:
    film: Film
    number: int

    @property
    def offset(self) -> timedelta:
        return self.film.offset(self.number)

    def pictures(self) -> Pictures:
        return self.film.render(self.number)


class Film:
    """Implements :class:`hardware_sim.footage.Footage`. Frame n is the same in whatever order they are rendered.

    Pictures come from pools of buffers: see :class:`hardware_sim.planes.Buffers`. One thread renders.
    """

    def __init__(self, layout: Layout) -> None:
        """Draw what lasts; takes a second or two."""
        self.layout, file, view = layout, layout.file, layout.view
        self._seed = file.seed
        self._grounds = Grounds(layout, file.seed)
        self._wardrobe = wardrobe.Wardrobe(layout.people, self._rng(22))
        self._noise = Noise(view.width, view.height, self._rng(23))
        self._glare = glare.Glare(file.light)
        self._rain: Kept[NDArray[np.uint8]] = Kept(3)
        drops = self._rng(24)
        drawn = (weather.Drop.drawn(view, drops) for _ in range(file.weather.drops))
        self._drops = [one for one in drawn if one is not None]
        self._main, self._small = Buffers(view.width, view.height), Buffers(*file.camera.small)

    @property
    def interval(self) -> timedelta:
        """The time between two frames."""
        return timedelta(seconds=1 / self.layout.file.camera.fps)

    @property
    def frames(self) -> int:
        """How many there are."""
        return self.layout.frames

    def offset(self, number: int) -> timedelta:
        """When the first row of a frame is exposed, from the start of the scene."""
        return timedelta(seconds=number / self.layout.file.camera.fps)

    def shots(self) -> Iterator[_Shot]:
        """All frames, rendered when their pictures are asked for."""
        return (_Shot(self, number) for number in range(self.frames))

    def truth(self, number: int) -> FrameSeen:
        """What is really to be seen in a frame."""
        return self.layout.truth(number)

    def render(self, number: int) -> Pictures:
        """Frame ``number``, counted from 0."""
        file, seconds = self.layout.file, number / self.layout.file.camera.fps
        lit = self.layout.lighting.at(seconds)
        rain = curves.at(file.weather.rain, seconds)
        shift = self._rng(30, number).integers(0, (LOOSE, LOOSE, LOOSE, LOOSE, weather.LOOSE, weather.LOOSE))
        picture = self._main.take()
        copy_into(picture, self._grounds.under(lit, wet=rain >= weather.WET))
        cars = list(self.layout.vehicles.at(seconds, file.camera.readout, lit.sky))
        for car in cars:
            self._car(picture, car, lit)
        for placed in self.layout.placed(seconds):
            self._placed(picture, placed, lit)
        for car in cars:
            self._glare.lamps(picture, car)
        self._glare.sun(picture, curves.at(file.light.glare, seconds))
        self._weather(picture, rain, lit, (int(shift[4]), int(shift[5])))
        self._sense(picture, lit, shift)
        small = self._small.take()
        copy_into(small, smaller(picture, *file.camera.small))
        return Pictures(picture, small)

    def _car(self, picture: Picture, car: Car, lit: Lit) -> None:
        light = tone(self.layout.lighting.factor(lit, 0.0, 0.8, car.z), lit.exposure.colour, lit.warm)
        if car.between is None:
            lay(picture, car.sprite, car.transform, soft=self.layout.lens.blur(car.z), tone=light)
            return
        left, right = (min(picture.width, max(0, edge // 2 * 2)) for edge in car.between)
        if right - left < 4:
            return
        inside = Picture(
            picture.y[:, left:right], picture.u[:, left // 2 : right // 2], picture.v[:, left // 2 : right // 2]
        )
        moved = car.transform - np.array([[0, 0, left], [0, 0, 0]])
        lay(inside, car.sprite, moved, soft=self.layout.lens.blur(car.z), tone=light)

    def _placed(self, picture: Picture, placed: Placed, lit: Lit) -> None:
        if placed.post is not None:
            self._grounds.post(picture, placed.post, lit, placed.light, placed.defocus)
            return
        assert placed.seen is not None
        seen, facing, passer = placed.seen, placed.facing, placed.passer
        assert passer is not None
        assert placed.transform is not None
        light = tone(placed.light, lit.exposure.colour, lit.warm)
        bodies.shadow(picture, seen)
        body = self._wardrobe.of(passer, seen.pose, facing, infrared=lit.infrared)
        head = self.layout.heads.of(passer, facing, infrared=lit.infrared)
        for sprite, transform in ((body, wardrobe.placement(seen, facing)), (head, placed.transform)):
            lay(picture, sprite, transform, None, placed.smear, soft=placed.defocus, tone=light)

    def _weather(self, picture: Picture, rain: float, lit: Lit, shift: tuple[int, int]) -> None:
        if rain > 0:
            step = max(1, round(rain * 2))
            exposure = lit.exposure.seconds
            key = (step, round(np.log2(exposure) * 2), lit.infrared)
            drawn = self._rain.of(key, lambda: self._streaks(step / 2, lit))
            flattened(picture, weather.veil(rain), 120 * min(1.0, lit.exposure.bright))
            top, left = shift
            cv2.add(picture.y, drawn[top : top + picture.height, left : left + picture.width], dst=picture.y)
        for drop in self._drops:
            drop.over(picture)

    def _streaks(self, rate: float, lit: Lit) -> NDArray[np.uint8]:
        drawn = weather.streaks(self.layout.view, rate, lit.exposure.seconds, self._rng(25, round(rate * 2)))
        # Lamps beside the lens light the drops before it.
        return drawn if not lit.infrared else np.minimum(drawn.astype(np.uint16) * 3 // 2, 255).astype(np.uint8)

    def _sense(self, picture: Picture, lit: Lit, shift: NDArray[np.int64]) -> None:
        exposure, quality = lit.exposure, self.layout.file.camera.compression
        rows, columns, more, less = (int(value) for value in shift[:4])
        self._noise.over(picture.y, exposure.noise, (rows, columns))
        if exposure.colour > 0 and exposure.gain > GAIN_OF_COLOUR:
            self._noise.over(picture.u, exposure.noise * COLOURED, (columns, more))
            self._noise.over(picture.v, exposure.noise * COLOURED, (less, rows))
        if quality is not None:
            compressed(picture, quality)

    def _rng(self, *what: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, *what])
