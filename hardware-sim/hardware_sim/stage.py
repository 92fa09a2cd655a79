"""The demonstration's scene: who walks, who is on the list. Drawn from a seed, so that two processes see the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.domain.face import Face
from hardware_sim.composer import Composer
from hardware_sim.portraits import Person, gather_folder
from hardware_sim.registry import gather_registry
from hardware_sim.scene import Scene, SceneSettings, plan

LISTED: Final = 2
MOST: Final = 60
CROWD: Final = SceneSettings(
    passages=12, seconds=32.0, most_in_view=3, group_sizes=(0.0, 0.0, 1.0), crossing=0.0, most_hidden=0.5
)
"""Three people in view nearly all the time."""

Finder = Callable[[NDArray[np.uint8]], list[Face]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A planned scene and its cast."""

    seed: int
    scene: Scene
    listed: tuple[Person, ...]

    def composer(self, least_small: int = 640, *, remembers: bool = False) -> Composer:
        """The scene as footage, its low-resolution stream at least so wide: a whole fraction of the full picture.

        One that ``remembers`` draws every frame once.
        """
        view = self.scene.settings.view
        whole = [n for n in range(1, view.width) if view.width % (2 * n) == view.height % (2 * n) == 0]
        ratio = max(n for n in whole if n == 1 or view.width // n >= least_small)
        small = view.width // ratio, view.height // ratio
        return Composer(self.scene, np.random.default_rng([self.seed, 2]), small, remembers=remembers)


def set_stage(
    seed: int, find: Finder, pictures: Path, people: Path | None = None, settings: SceneSettings | None = None
) -> Stage:
    """Gather the cast and plan the scene.

    The cast comes from the registry's pictures, or from a folder of people. Those of whom there are two different
    pictures are listed first, because being found again on the very picture that one was enrolled from proves little.
    """
    draw = np.random.default_rng([seed, 0])
    cast = gather_registry(pictures, find) if people is None else gather_folder(people, find, MOST, draw)
    listed = _listed(cast, draw)
    wanted = replace(settings or SceneSettings(), listed=tuple(person.id for person in listed))
    return Stage(seed, plan(wanted, cast, np.random.default_rng([seed, 1])), listed)


def set_crowd(seed: int, find: Finder, pictures: Path, people: Path | None = None) -> Stage:
    """A busier scene for measuring: people come in threes, one group after the other, and all of them are listed."""
    draw = np.random.default_rng([seed, 0])
    cast = gather_registry(pictures, find) if people is None else gather_folder(people, find, MOST, draw)
    order = [cast[index] for index in draw.permutation(len(cast))]
    wanted = replace(CROWD, listed=tuple(person.id for person in order))
    return Stage(seed, plan(wanted, order, np.random.default_rng([seed, 1])), tuple(order))


def _listed(cast: Sequence[Person], rng: np.random.Generator) -> tuple[Person, ...]:
    order = [cast[index] for index in rng.permutation(len(cast))]
    return tuple(sorted(order, key=lambda person: not person.two_pictures)[:LISTED])
