"""``hardware-sim recall``: which faces of a street the detector finds, by size, and what else it takes for one.

People of a folder are laid on streets full of other things. Every frame is looked at in three ways: by the int8
detector on the small stream, by its float32 form there, and as the product does, with a second look at the main
stream wherever the first saw anything at all. A way's threshold is the one at which it has a wanted number of false
boxes a frame, so ways are compared at equal cost. Boxes on clothes and on what else is in a picture are false too;
those on bystanders, whom float32 finds in the picture at its full size, count neither way. Frames without anybody
come along to count false boxes only.

People of a folder are independent of each other; the frames of one street are not quite.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.random import Generator

from edge.adapters.pictures import files as pictures
from edge.adapters.tflite import Detector
from edge.adapters.tflite.detector import OneSize
from edge.domain.capture import Frame
from edge.domain.errors import Misconfigured
from edge.domain.face import Box, Face
from edge.measure.acquire import decode
from edge.steps.best_shot import Choosing
from edge.steps.decode import Detection
from hardware_sim import crowd
from hardware_sim.backdrop import Backdrops, Weather, weathered
from hardware_sim.spotted import Spotted, Tally, spotted
from hardware_sim.view import View

SMALLEST: Final = 12.0
LARGEST: Final = 64.0
"""Heights of the faces shown, pixels of the detector's plane; drawn evenly."""
BAND: Final = (20.0, 40.0)
"""The heights that the figure is about."""
RATE: Final = 0.01
"""False boxes a frame."""
FAINT: Final = 0.1
"""Score from which something in a picture at its full size may be a bystander."""
STEP: Final = 4.0
"""Width of the classes of height."""
RATES: Final = (0.003, 0.01, 0.03, 0.1, 0.3)
INPUT: Final = (640, 384)
SMALL: Final = (640, 360)
WAYS: Final = ("float32", "int8", "int8, second look")
LOOKS_AGAIN: Final = WAYS[2]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured."""

    images: Path
    """A folder, or tar archive, of people."""
    models: Path
    seed: int = 1
    limit: int | None = None
    """People's pictures taken, drawn at random."""
    empty: int = 200
    """Frames without anybody."""
    weather: Weather = Weather.PLAIN


class Class(msgspec.Struct, frozen=True):
    """Recall of the faces of some heights."""

    least: float
    most: float
    faces: int
    recall: float


class Way(msgspec.Struct, frozen=True):
    """What one way of looking gives."""

    name: str
    threshold: float
    """Above it there are ``RATE`` false boxes a frame."""
    recall: float
    """Of the faces in ``BAND``, at that threshold."""
    low: float
    high: float
    """Its 95 % interval."""
    by_height: tuple[Class, ...]
    by_strays: tuple[tuple[float, float], ...]
    """False boxes a frame, and the recall in the band there."""
    recall_as_set: float
    """In the band, at the score that the product demands of a sample."""
    strays_as_set: float
    """False boxes a frame at that score."""
    strays_empty: float
    """The same on frames without anybody."""
    doubles_as_set: float
    """Second boxes on a face, a frame, at that score."""


class Recall(msgspec.Struct, frozen=True):
    """All figures of a run."""

    weather: str
    seed: int
    frames: int
    empty_frames: int
    faces_in_band: int
    looks_per_frame: float
    """Close-ups that a second look at everything takes, on frames with people."""
    looks_per_empty_frame: float
    ways: tuple[Way, ...]


def measure(asked: Asked, progress: Callable[[int], None] = lambda _: None) -> Recall:
    """Compose and look. Raises Misconfigured, Undecodable."""
    rng = np.random.default_rng(asked.seed)
    product = Detector(asked.models, threads=2)
    exact = OneSize(asked.models, width=INPUT[0], height=INPUT[1], threads=2, precision="float32")
    looks: dict[bool, dict[str, list[Spotted]]] = {some: {way: [] for way in WAYS} for some in (True, False)}
    heights: list[list[float]] = []
    close_ups = {True: 0, False: 0}
    for done, (frame, shown, bystanders) in enumerate(_frames(asked, rng), 1):
        some = bool(shown)
        faces = [one.box for one in shown]
        found = _looked(frame, product, exact)
        for way in WAYS:
            looks[some][way].append(spotted(found[way], faces, bystanders))
        close_ups[some] += len(found["int8"])
        if some:
            heights.append([box.height * SMALL[0] / crowd.SIZE[0] for box in faces])
        progress(done)
    people = {way: Tally.of(heights, looks[True][way]) for way in WAYS}
    empty = {way: Tally.of([], looks[False][way]) for way in WAYS}
    frames, without = len(heights), empty[WAYS[0]].frames
    return Recall(
        asked.weather.value, asked.seed, frames, without, people[WAYS[0]].recall(*BAND, -1.0).of,
        round(close_ups[True] / max(1, frames), 3), round(close_ups[False] / max(1, without), 3),
        tuple(_way(way, people[way], empty[way]) for way in WAYS),
    )  # fmt: skip


def _looked(frame: Frame, product: Detector, exact: OneSize) -> dict[str, list[Face]]:
    """The faces of a frame, by the way of looking."""
    first = product.detect(frame)
    again = [closer for face in first if (closer := product.refine(frame, face)) is not None]
    whole = exact.on_planes(frame.small, frame.main.width, frame.main.height)
    return {"float32": whole, "int8": first, LOOKS_AGAIN: again}


def _frames(asked: Asked, rng: Generator) -> Iterator[tuple[Frame, list[crowd.Pasted], list[Box]]]:
    """Frames with people, and the bystanders in their pictures; then frames with none."""
    backdrops = Backdrops(View(*crowd.SIZE), rng)
    finds = Detector(asked.models, settings=Detection(min_score=0.5))  # on portraits, where faces are large
    thorough = OneSize(asked.models, precision="float32", settings=Detection(min_score=FAINT))
    scale = crowd.SIZE[0] / SMALL[0]
    looking = crowd.Looking(least=SMALLEST * scale, most=LARGEST * scale, small=SMALL)
    people = _drawn(asked, rng)
    for number in range(0, len(people), looking.columns):
        canvas, shown, bystanders = backdrops.one(rng), list[crowd.Pasted](), list[Box]()
        for column, (name, raw) in enumerate(people[number : number + looking.columns]):
            box, whole = crowd.paste(canvas, decode(name, raw), finds, rng, looking, column)
            shown.append(crowd.Pasted(name, number + column, box, whole))
            left, top, right, bottom = (int(edge) for edge in (whole.left, whole.top, whole.right, whole.bottom))
            bystanders += [face.box.moved(left, top) for face in thorough.on_rgb(canvas[top:bottom, left:right])]
        yield crowd.frame_of(weathered(canvas, asked.weather, rng), number, SMALL), shown, bystanders
    for number in range(asked.empty):
        yield crowd.frame_of(weathered(backdrops.one(rng), asked.weather, rng), len(people) + number, SMALL), [], []


def _drawn(asked: Asked, rng: Generator) -> list[tuple[str, bytes]]:
    """Pictures of people in random order. Raises Misconfigured where there are none."""
    known = [(name, raw) for _, name, raw in pictures(asked.images)]
    if not known:
        raise Misconfigured(f"{asked.images} holds no pictures.", "Name one with a subfolder per person.")
    return [known[int(index)] for index in rng.permutation(len(known))[: asked.limit]]


def _way(name: str, people: Tally, empty: Tally) -> Way:
    threshold = people.threshold(RATE)
    share = people.recall(*BAND, threshold)
    edges = np.arange(SMALLEST, LARGEST, STEP)
    classes = [(float(edge), people.recall(float(edge), float(edge) + STEP, threshold)) for edge in edges]
    least = Choosing().least_score
    return Way(
        name, round(threshold, 4), round(share.value, 4), round(share.interval[0], 4), round(share.interval[1], 4),
        tuple(Class(edge, edge + STEP, one.of, round(one.value, 4)) for edge, one in classes),
        tuple((rate, round(people.recall(*BAND, people.threshold(rate)).value, 4)) for rate in RATES),
        round(people.recall(*BAND, np.nextafter(least, 0)).value, 4),
        round(people.strays_a_frame(least), 4), round(empty.strays_a_frame(least), 4),
        round(people.doubles_a_frame(least), 4),
    )  # fmt: skip


def run(asked: Asked, *, as_json: bool, plot: Path | None) -> None:
    """Measure, and say what came out."""
    result = measure(asked, _progress)
    if plot is not None:
        from hardware_sim import recall_plot

        recall_plot.draw(result, plot)
    if as_json:
        print(msgspec.json.encode(result).decode())
    else:
        print("\n".join(in_words(result)))


def in_words(result: Recall) -> Sequence[str]:
    """The figures for a person."""
    least, most = BAND
    lines = [
        f"{result.faces_in_band} faces {least:.0f} to {most:.0f} px high on the detector's {SMALL[0]} x {SMALL[1]}"
        f" plane, {result.frames} frames ({result.weather}), seed {result.seed}",
        f"{'':18} recall at {RATE} false boxes a frame   score   at score {Choosing().least_score}: recall, "
        f"false a frame, on {result.empty_frames} empty frames, doubles",
    ]
    lines += [
        f"{way.name:18} {way.recall:.4f} ({way.low:.3f} to {way.high:.3f}) {way.threshold:17.3f} "
        f"{way.recall_as_set:18.4f} {way.strays_as_set:12.4f} {way.strays_empty:18.4f} "
        f"{way.doubles_as_set:10.4f}"
        for way in result.ways
    ]
    lines.append(
        f"close-ups, if every box were looked at again on every frame: {result.looks_per_frame} a frame with people, "
        f"{result.looks_per_empty_frame} on an empty one"
    )
    return lines


def _progress(done: int) -> None:
    if sys.stderr.isatty() and done % 10 == 0:
        print(f"\r{done} frames", end="", file=sys.stderr, flush=True)
