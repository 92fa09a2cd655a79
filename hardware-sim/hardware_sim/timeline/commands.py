"""The commands of the scripted grade: ``hardware-sim run`` and ``hardware-sim scenarios``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them."""
    run = commands.add_parser("run", help="play a scenario in the scripted grade, and score it")
    run.add_argument("scenario", type=Path, help="a TOML file: see hardware-sim/README.md")
    run.add_argument("--seed", type=int, help="another seed than the scenario's own")
    run.add_argument("--log", type=Path, help="write the event log here (JSON lines)")
    run.add_argument("--report", type=Path, help="write report.json and report.html to this folder")
    run.add_argument("--compare", type=Path, help="a report.json of an earlier run: fails where this one is worse")
    run.set_defaults(run=_run)

    gallery = commands.add_parser("scenarios", help="play a folder of scenarios, and print a table")
    gallery.add_argument("folder", type=Path)
    gallery.add_argument("--seed", type=int, help="another seed than the scenarios' own")
    gallery.add_argument("--jobs", type=int, help="how many beside each other; as many as there are processors")
    gallery.add_argument("--first", action="store_true", help="stop at the first that does not hold")
    gallery.set_defaults(run=_scenarios)

    campaign = commands.add_parser("campaign", help="random timelines, each held against every promise")
    campaign.add_argument("--timelines", type=int, default=10_000)
    campaign.add_argument("--seed", type=int, default=1, help="of the first")
    campaign.add_argument("--jobs", type=int, help="how many beside each other")
    campaign.add_argument(
        "--out", type=Path, default=Path("out/campaign"), help="folder for the shortest that break one"
    )
    campaign.set_defaults(run=_campaign)

    endurance = commands.add_parser("endurance", help="thirty simulated days of on and off, every promise each day")
    endurance.add_argument("--days", type=int, default=30)
    endurance.add_argument("--seed", type=int, default=1)
    endurance.set_defaults(run=_endurance)


def _run(options: argparse.Namespace) -> int:
    from hardware_sim.scoring import compare, page, score, text
    from hardware_sim.timeline.play import play
    from hardware_sim.timeline.scenario import read

    outcome = play(read(options.scenario, options.seed))
    found = score.of(outcome)
    print(text.table(found))
    if options.log is not None:
        options.log.write_text(outcome.log)
    if options.report is not None:
        page.write(options.report, found)
    worse = [] if options.compare is None else compare.worse(score.read(options.compare), found)
    for sentence in worse:
        print(f"worse: {sentence}")
    return int(not outcome.held or bool(worse))


def _scenarios(options: argparse.Namespace) -> int:
    from hardware_sim.timeline import gallery

    return gallery.run(gallery.files(options.folder), options.seed, options.jobs, first=options.first)


def _campaign(options: argparse.Namespace) -> int:
    from hardware_sim.campaign import run

    return run.run(options.seed, options.timelines, options.out, options.jobs)


def _endurance(options: argparse.Namespace) -> int:
    from hardware_sim.campaign import endurance

    return endurance.run(options.days, options.seed)
