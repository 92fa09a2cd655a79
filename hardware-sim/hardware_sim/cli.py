"""The command ``hardware-sim``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from edge.adapters.host import voice
from edge.domain.errors import LamppostError
from edge.settings import shared
from hardware_sim import yardsticks
from hardware_sim.composed import command as film
from hardware_sim.fleet import command as fleet
from hardware_sim.timeline import commands as timeline
from hardware_sim.yardsticks import scene

LIBRARY = "the product's own camera adapter looks, through a virtual picamera2"


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn errors into one line and an exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except LamppostError as error:
        print(f"hardware-sim: {error}", file=voice())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hardware-sim", description="Lamppost without a lamp post.")
    commands = parser.add_subparsers(required=True, metavar="command", title="commands")

    demo = commands.add_parser("demo", help="the main job, end to end, on a simulated street")
    scene(demo)
    demo.add_argument("--out", type=Path, default=Path("out"), help="folder for the annotated picture")
    demo.add_argument("--unauthorised", action="store_true", help="the same street, with one signature missing")
    demo.set_defaults(run=_demo)

    device = commands.add_parser("device", help="the real daemon on a simulated street")
    scene(device)
    device.add_argument("--config", type=Path, required=True)
    device.add_argument("--repeat", action="store_true", help="begin the scene again whenever it is over")
    device.add_argument("--crowd", action="store_true", help="a scene for measuring: always three people in view")
    device.add_argument("--picamera2", action="store_true", help=LIBRARY)
    device.set_defaults(run=_device)

    bench = commands.add_parser("bench", help="a broker and a device with everything to try the commands by hand")
    scene(bench)
    bench.add_argument("--folder", type=Path, required=True, help="a new folder for keys, certificates and files")
    bench.add_argument("--port", type=int, help="the broker's port on loopback")
    bench.add_argument("--picamera2", action="store_true", help=LIBRARY)
    bench.set_defaults(run=_bench)

    page = commands.add_parser("console", help="the main job on a page: the product's console on a simulated street")
    scene(page)
    page.add_argument("--port", type=int, default=0, help="of the page; any that is free, where it is not named")
    page.set_defaults(run=_console)

    replay = commands.add_parser("replay", help="footage through the real models, on its own clock")
    replay.add_argument("footage", type=Path, help="a video, an animated picture, or a folder of pictures")
    replay.add_argument("--models", type=Path, default=shared("models"))
    replay.add_argument("--calibration", type=Path, default=shared("calibration.json"))
    replay.add_argument("--truth", type=Path, help="who goes by and who is listed: what becomes of each passage")
    replay.set_defaults(run=_replay)

    record = commands.add_parser("record", help="a real camera, through the product's own adapter, as a video")
    record.add_argument(
        "camera", help="picamera2, a device like /dev/video0, or an address like rtsp://10.0.0.7/stream"
    )
    record.add_argument("--out", type=Path, required=True, help="the .mp4 file to write")
    record.add_argument("--seconds", type=float, default=60.0, help="for how long, at most an hour")
    record.add_argument("--fps", type=int, default=25)
    record.add_argument("--megabits", type=float, default=8.0, help="of the file, a second")
    record.add_argument("--login", type=Path, help="a file with user:password, for rtsp")
    record.add_argument("--everybody-agreed", action="store_true", help="say that all who may be seen are volunteers")
    record.set_defaults(run=_record)

    annotate = commands.add_parser("annotate", help="a truth about a video, for a person to finish and to replay with")
    annotate.add_argument("footage", type=Path, help="a video or an animated picture")
    annotate.add_argument("--out", type=Path, help="the file to write, by default beside the video, ending in .toml")
    annotate.add_argument("--models", type=Path, default=shared("models"))
    annotate.add_argument("--calibration", type=Path, default=shared("calibration.json"))
    annotate.set_defaults(run=_annotate)

    film.add_to(commands)
    fleet.add_to(commands)
    timeline.add_to(commands)
    yardsticks.add_to(commands)
    return parser


def _demo(options: argparse.Namespace) -> int:
    from hardware_sim import demo

    return demo.run(options.seed, options.pictures, options.people, options.out, authorised=not options.unauthorised)


def _bench(options: argparse.Namespace) -> None:
    from hardware_sim import by_hand

    by_hand.run(options.folder, options.port, options.seed, options.pictures, options.people, library=options.picamera2)


def _console(options: argparse.Namespace) -> int:
    from hardware_sim import on_a_page

    return on_a_page.run(options.seed, options.pictures, options.people, options.port)


def _record(options: argparse.Namespace) -> None:
    from hardware_sim.filmed import record

    camera = record.opened(options.camera, options.fps, options.login)
    asked = record.Asked(options.seconds, options.fps, options.megabits, options.everybody_agreed)
    print(f"{record.run(camera, options.out, asked)} frames written to {options.out}")


def _annotate(options: argparse.Namespace) -> None:
    from hardware_sim.filmed import draft

    out = options.out or options.footage.with_suffix(".toml")
    count = draft.write(options.footage, out, options.models, options.calibration)
    print(f"{count} passages written to {out}: name those who are on the list, then hardware-sim replay --truth {out}")


def _replay(options: argparse.Namespace) -> int:
    from hardware_sim import replay
    from hardware_sim.filmed import scored, truth
    from hardware_sim.stills import Stills
    from hardware_sim.video import Video

    footage = Stills.of(options.footage) if options.footage.is_dir() else Video(options.footage)
    if options.truth is not None:
        return scored.run(truth.read(options.truth), footage, options.models, options.calibration)
    replay.run(footage, options.models, options.calibration)
    return 0


def _device(options: argparse.Namespace) -> None:
    from hardware_sim import device

    device.run(
        options.config, options.seed, options.pictures, options.people, repeat=options.repeat, crowd=options.crowd,
        library=options.picamera2,
    )  # fmt: skip
