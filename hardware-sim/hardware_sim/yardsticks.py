"""The yardsticks among the commands of ``hardware-sim``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from edge.settings import shared

WEATHER = ("plain", "dark", "noisy", "compressed", "blurred", "harsh")
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them all."""
    _of_following(commands)
    _of_detection(commands)
    _of_attacks(commands)
    _of_lenses(commands)


def scene(parser: argparse.ArgumentParser) -> None:
    """Which street, and who walks on it."""
    parser.add_argument("--seed", type=int, default=1, help="which scene")
    parser.add_argument("--people", type=Path, help="folder of people who walk, instead of the built-in cast")
    parser.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")


def _of_following(commands: Commands) -> None:
    latency = commands.add_parser("latency", help="how long a lead takes with three people in view, and what grows")
    scene(latency)
    latency.add_argument("--minutes", type=float, default=2.0, help="how long to watch")
    latency.add_argument("--json", action="store_true", help="print JSON instead of a table")
    latency.set_defaults(run=_latency)

    abreast = commands.add_parser("abreast", help="several cameras on one box: what is left of each one's throughput")
    abreast.add_argument("--seed", type=int, default=1, help="which scenes")
    abreast.add_argument("--devices", type=int, nargs="+", default=[1, 2, 4], help="how many side by side")
    abreast.add_argument("--minutes", type=float, default=1.0, help="how long to watch each")
    abreast.add_argument("--json", action="store_true", help="print JSON instead of a table")
    abreast.set_defaults(run=_abreast)

    control = commands.add_parser("control", help="how long orders take to have their effect, and hits to be read")
    control.add_argument("--seed", type=int, default=1)
    control.add_argument("--deployments", type=int, default=40, help="each with a start, presence, hits and a stop")
    control.add_argument("--json", action="store_true", help="print JSON instead of a table")
    control.set_defaults(run=_control)

    passages = commands.add_parser("passages", help="searches, hits and misses over many scenes, in lock-step")
    passages.add_argument("--seeds", default="101-120", metavar="FIRST-LAST", help="which scenes")
    passages.add_argument("--people", type=Path, help="folder of people who walk, instead of the built-in cast")
    passages.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")
    passages.set_defaults(run=_passages)

    following = commands.add_parser("following", help="searches per passage over scripted throngs, without models")
    following.add_argument("--seed", type=int, default=1, help="which throngs")
    following.add_argument("--scenes", type=int, default=1, help="throngs of each kind, a minute each")
    following.add_argument("--json", action="store_true", help="print JSON instead of lines")
    following.set_defaults(run=_following)


def _of_detection(commands: Commands) -> None:
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


def _of_attacks(commands: Commands) -> None:
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


def _of_lenses(commands: Commands) -> None:
    lens = commands.add_parser("lens", help="what is wrong with a lens: how soon it is noticed, and how often wrongly")
    lens.add_argument("--seeds", default="1-20", metavar="FIRST-LAST", help="one fault of each kind for each")
    lens.add_argument("--minutes", type=float, default=10.0, help="of each course without a fault, for each seed")
    lens.add_argument("--footage", type=Path, help="a film of a camera that stands still, instead of composed scenes")
    lens.add_argument("--people", type=Path, help="folder of people who walk, instead of the built-in cast")
    lens.add_argument("--pictures", type=Path, default=shared("pictures"), help="the built-in cast's pictures")
    lens.add_argument("--alarms", action="store_true", help="the courses without a fault, and nothing else")
    lens.add_argument("--cost", action="store_true", help="what watching the lens costs, and nothing else")
    lens.set_defaults(run=_lens)


def _lens(options: argparse.Namespace) -> int:
    from hardware_sim import lens_cost, noticed

    seeds, film = _range(options.seeds), options.footage
    sources = noticed.composed(options.pictures, options.people) if film is None else [noticed.filmed(film)]
    if options.alarms:
        return int(noticed.nothing(seeds, options.minutes, sources) > 0)
    return lens_cost.run(sources[0]) if options.cost else noticed.run(seeds, options.minutes, sources)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _passages(options: argparse.Namespace) -> int:
    from hardware_sim import passages

    return passages.run(_range(options.seeds), options.pictures, options.people)


def _following(options: argparse.Namespace) -> int:
    from hardware_sim import following

    return following.run(options.seed, options.scenes, as_json=options.json)


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


def _control(options: argparse.Namespace) -> int:
    from hardware_sim import control

    return control.run(options.seed, options.deployments, as_json=options.json)


def _abreast(options: argparse.Namespace) -> int:
    from hardware_sim import abreast

    return abreast.run(options.devices, options.seed, options.minutes, as_json=options.json)


def _latency(options: argparse.Namespace) -> int:
    from datetime import timedelta

    from hardware_sim import latency

    lasts = timedelta(minutes=options.minutes)
    return latency.run(options.seed, options.pictures, options.people, lasts, as_json=options.json)
