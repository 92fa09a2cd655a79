"""Renders the frames of a scene as the planes that a camera would give.

The street is drawn and converted once. A frame is a copy of it, over which the moving things are laid, the farthest
first; the low-resolution stream is copied likewise, and only what changed is resized into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured
from hardware_sim import bodies, traffic
from hardware_sim.footage import Pictures
from hardware_sim.pieces import Piece, apart, cut
from hardware_sim.planes import Buffers, copy_into, from_rgb, smaller
from hardware_sim.scene import Scene
from hardware_sim.sight import look, placement
from hardware_sim.sprites import Patch, Sprite, lay
from hardware_sim.street import street
from hardware_sim.walkers import Seen

NOISE: Final = 1.6
"""Standard deviation of the sensor's noise, grey levels."""
NOISY: Final = 4
"""Versions of the street that differ in noise alone; frames take one or another."""
LOOSE: Final = 64
"""How far the grain over moving things may be shifted, pixels."""
EXPOSURE: Final = 1 / 120
"""Seconds; what moves faster is blurred."""
CYCLE: Final = 997
"""Frames after which the noise repeats."""


@dataclass(frozen=True, slots=True)
class _Shot:
    composer: Composer
    number: int

    @property
    def offset(self) -> timedelta:
        return self.composer.scene.offset(self.number)

    def pictures(self) -> Pictures:
        return self.composer.render(self.number)


@dataclass(frozen=True, slots=True, eq=False)
class _Costume:
    """What a walker looks like."""

    head: Sprite
    outfit: bodies.Outfit
    cloth: NDArray[np.int16] = field(repr=False)


class Composer:
    """A scene as footage. Frame n is the same whenever and in whatever order it is rendered.

    Pictures come from pools of buffers: see :class:`hardware_sim.planes.Buffers` for how long they last. One thread
    renders.
    """

    def __init__(
        self, scene: Scene, rng: Generator, small: tuple[int, int] = (640, 360), *, remembers: bool = False
    ) -> None:
        """Draw the street and dress the walkers; takes about a second.

        ``small`` is the size of the low-resolution stream. One that ``remembers`` what moves in a frame draws it once,
        for a scene that is shown again and again: half a megabyte for everybody in every frame. Raises Misconfigured
        where the small stream does not divide the full one.
        """
        self.scene = scene
        width, height = scene.settings.view.width, scene.settings.view.height
        self._ratio = width // small[0]
        if (small[0] * self._ratio, small[1] * self._ratio) != (width, height) or small[0] % 2 or small[1] % 2:
            raise Misconfigured(
                f"A small stream of {small[0]}x{small[1]} does not divide {width}x{height}.",
                "Choose even sides that are a whole fraction of the full picture's.",
            )
        self._grain = _grain(rng, height + LOOSE, width + LOOSE)
        self._streets = _streets(from_rgb(street(scene.settings.view, rng)), rng)
        self._small_streets = [smaller(picture, *small) for picture in self._streets]
        self._traffic = traffic.Traffic(scene.settings.view, rng)
        self._costumes = {walker.passage: self._dressed(walker.passage - 1, rng) for walker in scene.walkers}
        self._shuffle = rng.integers(0, 1 << 16, CYCLE)
        self._main, self._small = Buffers(width, height), Buffers(*small)
        self._remembers = remembers
        self._drawn: dict[int, tuple[Piece, ...]] = {}

    @property
    def interval(self) -> timedelta:
        """The time between two frames."""
        return timedelta(seconds=1 / self.scene.settings.fps)

    def shots(self) -> Iterator[_Shot]:
        """All frames of the scene, rendered when their pictures are asked for."""
        return (_Shot(self, number) for number in range(self.scene.frames))

    def render(self, number: int) -> Pictures:
        """Frame ``number``, counted from 0."""
        draw = int(self._shuffle[number % CYCLE])
        main, small = self._main.take(), self._small.take()
        copy_into(main, self._streets[draw % NOISY])
        copy_into(small, self._small_streets[draw % NOISY])
        if number in self._drawn:
            for piece in self._drawn[number]:
                piece.lay(main, small)
            return Pictures(main, small)
        seconds = number / self.scene.settings.fps
        grain = self._grain[draw // NOISY % LOOSE :, draw // NOISY // LOOSE % LOOSE :]
        changed = self._traffic.draw(main, seconds, grain)
        for seen in self.scene.seen(seconds):
            changed += self._person(main, seen, seconds, grain)
        for patch in changed:
            self._shrink(main, small, patch)
        if self._remembers:
            self._drawn[number] = tuple(Piece.of(main, small, patch, self._ratio) for patch in apart(changed))
        return Pictures(main, small)

    def _dressed(self, index: int, rng: Generator) -> _Costume:
        head = self.scene.portrait(self.scene.walkers[index]).head
        return _Costume(Sprite.of(head.image, head.alpha), bodies.dressed(head.skin, rng), bodies.folds(rng))

    def _person(self, main: Picture, seen: Seen, seconds: float, grain: NDArray[np.int8]) -> list[Patch]:
        costume = self._costumes[seen.walker.passage]
        transform = placement(self.scene.portrait(seen.walker), seen)
        later = look(seen.walker, seconds + EXPOSURE, self.scene.settings.view)
        # Lengths of motion blur in whole odd pixels: OpenCV's box is centred.
        across, down = (1 + 2 * round(abs(now - then) / 2) for now, then in zip(seen.face, later.face, strict=True))
        drawn = [
            bodies.draw(main, seen, costume.outfit, costume.cloth, grain),
            lay(main, costume.head, transform, grain, (across, down)),
        ]
        return [patch for patch in drawn if patch is not None]

    def _shrink(self, main: Picture, small: Picture, patch: Patch) -> None:
        """Resize a patch into the small stream, widened to whole pixels of its chroma planes."""
        less = patch.reduced(self._ratio)
        for source, target in zip(cut(main, less.times(self._ratio)), cut(small, less), strict=True):
            target[...] = cv2.resize(source, target.shape[::-1], interpolation=cv2.INTER_AREA)


def _grain(rng: Generator, height: int, width: int) -> NDArray[np.int8]:
    """(height, width) int8 noise for what is laid over the street, as strong as the street's own."""
    return np.clip(np.round(rng.standard_normal((height, width), np.float32) * NOISE), -8, 8).astype(np.int8)


def _streets(clean: Picture, rng: Generator) -> list[Picture]:
    """The street with different noise in its luma; the chroma planes are shared."""
    versions = []
    for _ in range(NOISY):
        noise = rng.standard_normal(clean.y.shape, np.float32) * NOISE
        luma = np.clip(clean.y + noise, 0, 255).astype(np.uint8)
        versions.append(Picture(luma, clean.u, clean.v))
    return versions
