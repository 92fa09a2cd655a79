"""The command ``hardware-sim``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.domain.errors import LamppostError
from edge.settings import shared

WEATHER = ("plain", "dark", "noisy", "compressed", "blurred", "harsh")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn errors into one line and an exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    try:
        return int(options.run(options) or 0)
    except LamppostError as error:
        print(f"hardware-sim: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hardware-sim", description="Lamppost without a lamp post.")
    commands = parser.add_subparsers(required=True, metavar="command", title="commands")

    demo = commands.add_parser("demo", help="the main job, end to end, on a simulated street")
    _scene(demo)
    demo.add_argument("--out", type=Path, default=Path("out"), help="folder for the annotated picture")
    demo.add_argument("--unauthorised", action="store_true", help="the same street, with one signature missing")
    demo.set_defaults(run=_demo)

    device = commands.add_parser("device", help="the real daemon on a simulated street")
    _scene(device)
    device.add_argument("--config", type=Path, required=True)
    device.add_argument("--repeat", action="store_true", help="begin the scene again whenever it is over")
    device.add_argument("--crowd", action="store_true", help="a scene for measuring: always three people in view")
    device.set_defaults(run=_device)

    bench = commands.add_parser("bench", help="a broker and a device with everything to try the commands by hand")
    _scene(bench)
    bench.add_argument("--folder", type=Path, required=True, help="a new folder for keys, certificates and files")
    bench.add_argument("--port", type=int, help="the broker's port on loopback")
    bench.set_defaults(run=_bench)

    latency = commands.add_parser("latency", help="how long a lead takes with three people in view, and what grows")
    _scene(latency)
    latency.add_argument("--minutes", type=float, default=2.0, help="how long to watch")
    latency.add_argument("--json", action="store_true", help="print JSON instead of a table")
    latency.set_defaults(run=_latency)

    replay = commands.add_parser("replay", help="footage through the real models, on its own clock")
    replay.add_argument("footage", type=Path, help="a video, an animated picture, or a folder of pictures")
    replay.add_argument("--models", type=Path, default=shared("models"))
    replay.add_argument("--calibration", type=Path, default=shared("calibration.json"))
    replay.set_defaults(run=_replay)

    passages = commands.add_parser("passages", help="searches, hits and misses over many scenes, in lock-step")
    passages.add_argument("--seeds", default="101-120", metavar="FIRST-LAST", help="which scenes")
    passages.add_argument("--people", type=Path, help="folder of people who walk, instead of the built-in cast")
    passages.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")
    passages.set_defaults(run=_passages)

    attack = commands.add_parser("attack", help="pictures held before the camera: how many are noticed")
    attack.add_argument("--people", type=Path, help="folder or tar of people, instead of the built-in cast")
    attack.add_argument("--tuned", action="store_true", help="the half of them on whom the settings were chosen")
    attack.add_argument("--subjects", type=int, default=300, help="people who walk by as themselves, at most")
    attack.add_argument("--attackers", type=int, default=100, help="of these, whose pictures are held up too")
    attack.add_argument("--footage", type=Path, nargs="+", default=[], help="films of faces instead")
    attack.add_argument("--least-height", type=float, default=60.0, help="of a face in a film, pixels")
    attack.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")
    attack.add_argument("--models", type=Path, default=shared("models"))
    attack.add_argument("--json", action="store_true", help="print JSON instead of a table")
    attack.set_defaults(run=_attack)
    recall = commands.add_parser(
        "recall", help="which faces the detector finds, by size, and what else it takes for one"
    )
    recall.add_argument("--images", type=Path, required=True, help="folder or tar archive of people")
    recall.add_argument("--models", type=Path, default=shared("models"))
    recall.add_argument("--weather", default="plain", choices=WEATHER, help="in what state frames arrive")
    recall.add_argument("--seed", type=int, default=1)
    recall.add_argument("--limit", type=int, help="take so many pictures only")
    recall.add_argument("--empty", type=int, default=200, help="frames without anybody, for false boxes")
    recall.add_argument("--json", action="store_true", help="print all figures as JSON")
    recall.add_argument("--plot", type=Path, help="write the curves as a picture")
    recall.set_defaults(run=_recall)

    close_ups = commands.add_parser("close-ups", help="how many second looks a frame takes, with 0 to 10 faces in view")
    close_ups.add_argument("--images", type=Path, required=True, help="folder or tar archive of people")
    close_ups.add_argument("--models", type=Path, default=shared("models"))
    close_ups.add_argument("--seed", type=int, default=1)
    close_ups.set_defaults(run=_close_ups)
    crowd = commands.add_parser("crowd", help="people of a folder on frames of a street: what is lost, what it costs")
    crowd.add_argument("--images", type=Path, required=True, help="folder or tar with one subfolder per person")
    crowd.add_argument("--errata", type=Path, help="known label errors (JSON)")
    crowd.add_argument("--models", type=Path, default=shared("models"))
    crowd.add_argument(
        "--small", default="640x360", metavar="WxH", help="the detector's stream: 320x180, 640x360, 960x540"
    )
    crowd.add_argument("--seed", type=int, default=1, help="where faces lie and how large they are")
    crowd.add_argument("--limit", type=int, help="take so many pictures only")
    crowd.add_argument("--json", action="store_true", help="print all figures as JSON")
    crowd.set_defaults(run=_crowd)
    following = commands.add_parser("following", help="searches per passage over scripted throngs, without models")
    following.add_argument("--seed", type=int, default=1, help="which throngs")
    following.add_argument("--scenes", type=int, default=1, help="throngs of each kind, a minute each")
    following.add_argument("--json", action="store_true", help="print JSON instead of lines")
    following.set_defaults(run=_following)
    return parser


def _scene(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1, help="which scene")
    parser.add_argument("--people", type=Path, help="folder of people who walk, instead of the built-in cast")
    parser.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")


def _demo(options: argparse.Namespace) -> int:
    from hardware_sim import demo

    return demo.run(options.seed, options.pictures, options.people, options.out, authorised=not options.unauthorised)


def _bench(options: argparse.Namespace) -> None:
    from hardware_sim import by_hand

    by_hand.run(options.folder, options.port, options.seed, options.pictures, options.people)


def _replay(options: argparse.Namespace) -> None:
    from hardware_sim import replay
    from hardware_sim.stills import Stills
    from hardware_sim.video import Video

    footage = Stills.of(options.footage) if options.footage.is_dir() else Video(options.footage)
    replay.run(footage, options.models, options.calibration)


def _attack(options: argparse.Namespace) -> None:
    from edge.adapters.tflite import Detector
    from hardware_sim import attack
    from hardware_sim.video import Video

    detector = Detector(options.models)
    for path in options.footage:
        tally = attack.in_footage(Video(path), detector, options.least_height)
        print(f"{path.name}: looked at {tally.acquired} faces, flagged {tally.flagged} {attack.said(tally)}")
    if options.footage:
        return
    if options.people is None:
        portraits = attack.cast(options.pictures, detector, options.subjects)
    else:
        portraits = attack.people_of(options.people, detector, options.subjects, others=not options.tuned)
    tallies = attack.measure(portraits, detector, attackers=options.attackers)
    print(attack.as_json(tallies) if options.json else attack.as_text(tallies))


def _passages(options: argparse.Namespace) -> int:
    from hardware_sim import passages

    first, _, last = options.seeds.partition("-")
    return passages.run(range(int(first), int(last or first) + 1), options.pictures, options.people)


def _recall(options: argparse.Namespace) -> None:
    from hardware_sim import recall
    from hardware_sim.backdrop import Weather

    asked = recall.Asked(
        options.images, options.models, options.seed, options.limit, options.empty, Weather(options.weather)
    )
    recall.run(asked, as_json=options.json, plot=options.plot)


def _close_ups(options: argparse.Namespace) -> None:
    from hardware_sim import close_ups

    close_ups.run(options.images, options.models, options.seed)


def _crowd(options: argparse.Namespace) -> None:
    from hardware_sim import crowded

    asked = crowded.Asked(
        options.images, options.models, options.errata, crowded.parse_size(options.small), options.seed, options.limit
    )
    crowded.run(asked, as_json=options.json)


def _following(options: argparse.Namespace) -> int:
    from hardware_sim import following

    return following.run(options.seed, options.scenes, as_json=options.json)


def _device(options: argparse.Namespace) -> None:
    from hardware_sim import device

    device.run(
        options.config, options.seed, options.pictures, options.people, repeat=options.repeat, crowd=options.crowd
    )


def _latency(options: argparse.Namespace) -> int:
    from datetime import timedelta

    from hardware_sim import latency

    lasts = timedelta(minutes=options.minutes)
    return latency.run(options.seed, options.pictures, options.people, lasts, as_json=options.json)
