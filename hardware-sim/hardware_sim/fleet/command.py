"""The commands ``hardware-sim fleet`` and ``hardware-sim idle``."""

from __future__ import annotations

import argparse
import sys
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them."""
    fleet = commands.add_parser("fleet", help="hundreds of devices over TLS against a real broker that dies once")
    fleet.add_argument("--devices", type=_count, default=500)
    fleet.add_argument("--brokers", type=int, choices=(1, 2), default=1, help="2: a site's, bridged to the centre's")
    fleet.add_argument("--seconds", type=float, default=60.0, help="for which people walk by, outage not included")
    fleet.add_argument("--every", type=float, default=30.0, help="seconds between two passages at a device")
    fleet.add_argument("--outage", type=float, default=10.0, help="seconds for which the broker is away")
    fleet.add_argument("--consoles", type=_count, default=2, help="that share the hits between them")
    fleet.add_argument("--seed", type=int, default=1, help="when people walk by")
    fleet.add_argument("--json", action="store_true", help="print JSON instead of a table")
    fleet.set_defaults(run=_run)

    idle = commands.add_parser("idle", help="how much of a processor one real daemon takes with nothing in force")
    idle.add_argument("--seconds", type=float, default=60.0)
    idle.add_argument("--json", action="store_true", help="print JSON instead of a line")
    idle.set_defaults(run=_idle)


def _run(options: argparse.Namespace) -> int:
    from hardware_sim.fleet import trial

    plan = trial.Plan(
        devices=options.devices, brokers=options.brokers, seconds=options.seconds, every=options.every,
        outage=options.outage, consoles=options.consoles, seed=options.seed,
    )  # fmt: skip
    figures = trial.run(plan, lambda line: print(f"fleet: {line}", file=sys.stderr, flush=True))
    print(figures.as_json() if options.json else figures.as_text())
    for promise in figures.broken():
        print(f"fleet: broken: {promise}", file=sys.stderr)
    return 1 if figures.broken() else 0


def _idle(options: argparse.Namespace) -> int:
    from hardware_sim.fleet import idle

    figures = idle.run(options.seconds)
    print(figures.as_json() if options.json else figures.as_text())
    for promise in figures.broken():
        print(f"idle: broken: {promise}", file=sys.stderr)
    return 1 if figures.broken() else 0


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
