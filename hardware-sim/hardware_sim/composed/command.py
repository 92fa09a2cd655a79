"""The command ``hardware-sim film``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

from edge.settings import shared

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add it."""
    film = commands.add_parser("film", help="street video from a scenario file, with the truth about every frame")
    film.add_argument("scenario", type=Path, help="a TOML file; see hardware-sim/scenes")
    film.add_argument("--out", type=Path, help="write it as H.264, to this .mp4 file")
    film.add_argument("--megabits", type=float, default=6.0, help="of that file, a second")
    film.add_argument("--truth", type=Path, help="write the truth as JSON lines")
    film.add_argument(
        "--still", type=float, metavar="SECOND", help="draw one frame only, and write it as a picture to --out"
    )
    film.add_argument("--speed", action="store_true", help="say how fast it is drawn by one process and by two")
    film.add_argument("--natural", action="store_true", help="say what detector and embedder make of it, by condition")
    film.add_argument("--people", type=Path, help="for --natural: a folder of people instead of the built-in cast")
    film.add_argument("--json", action="store_true", help="print JSON instead of lines")
    film.add_argument("--models", type=Path, default=shared("models"))
    film.add_argument("--calibration", type=Path, default=shared("calibration.json"), help="for --natural")
    film.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")
    film.set_defaults(run=_film)


def _film(options: argparse.Namespace) -> None:
    from edge.adapters.tflite import Detector
    from hardware_sim.annotate import save
    from hardware_sim.composed import natural, speed
    from hardware_sim.composed.cast import opened
    from hardware_sim.composed.writing import write, write_truth
    from hardware_sim.planes import to_rgb

    if options.speed:
        speed.run(options.scenario, options.models, options.pictures, as_json=options.json)
        return
    if options.natural:
        natural.run(
            options.scenario,
            options.models,
            options.calibration,
            options.pictures,
            options.people,
            as_json=options.json,
        )
        return
    film = opened(options.scenario, Detector(options.models).detect_rgb, options.pictures)
    if options.still is not None:
        number = min(film.frames - 1, max(0, round(options.still * film.layout.file.camera.fps)))
        save(to_rgb(film.render(number).main), options.out or Path(f"{options.scenario.stem}-{number}.png"))
        return
    print(f"{film.layout.file.says} {film.frames} frames, {len(film.layout.register.all)} passages")
    if options.truth is not None:
        write_truth(film, options.truth)
    if options.out is not None:
        write(film, options.out, options.megabits, lambda done: _progress(done, film.frames))


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty() and done % 25 == 0:
        print(f"\r{done} of {of} frames", end="", file=sys.stderr, flush=True)
