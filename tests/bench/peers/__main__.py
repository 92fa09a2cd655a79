"""``python -m tests.bench.peers --data FOLDER [--pictures N] [--out FOLDER]``: all of it, in one run."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from deploy.models.faults import BuildFailed
from edge.adapters.tflite import Detector
from edge.domain.errors import LamppostError
from edge.measure import errata
from edge.settings import shared
from tests.bench.peers import environments, table
from tests.bench.peers.chains import Chain, ChainStopped, Running, everyone
from tests.bench.peers.sights import EACH, SIDE_BY_SIDE, Picture, choose, kin, sights, write
from tests.bench.peers.tally import FOLDS, Figures, Tally, figures

ROUNDS = 12
"""Frames of each number of faces that count for time."""


def main() -> int:
    """Measure and write. Returns 1 where a bar is missed, 2 where nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(), help="folder with lfw-dev.tar and lfw-errata.json")
    parser.add_argument("--pictures", type=int, default=1500, help="pictures taken, about")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop looking then: what was shown counts")
    parser.add_argument("--out", type=Path, default=environments.FOLDER, help="where the page goes")
    parser.add_argument("--show", action="store_true", help="measure nothing: page and picture of the last run anew")
    parser.add_argument("--only", action="append", metavar="CHAIN", help="besides Lamppost, only these")
    options = parser.parse_args()
    if options.show:
        show(options.out)
        return 0
    archive = options.data / "lfw-dev.tar"
    if not archive.is_file():
        say(f"SKIPPED: {archive} is absent. Name the folder with the pictures: make bench-peers DATA=...")
        return 0
    # Ended from outside, it still takes the folder with the frame away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return run(archive, options.data / "lfw-errata.json", options)
    except LamppostError as error:
        say(str(error))
        return 2


def run(archive: Path, known: Path, options: argparse.Namespace) -> int:
    """Everything. Raises LamppostError."""
    errors = errata.load(known if known.is_file() else None)
    chosen, numbers = choose(archive, errors, options.pictures)
    wanted = [chain for chain in everyone() if options.only is None or chain.name in ("lamppost", *options.only)]
    with tempfile.TemporaryDirectory(prefix="lamppost-peers-") as folder, contextlib.ExitStack() as open_chains:
        running, absent = _started(wanted, Path(folder), open_chains)
        say(f"{len(chosen)} pictures of {len(numbers)} people, {len(running)} chains")
        tallies, shown = _looked(running, Path(folder), chosen, options.minutes * 60)
    chosen = chosen[:shown]
    relatives = kin(errors, numbers)
    measured = [figures(tally, tallies[0], chosen, relatives) for tally in tallies]
    _write(options.out, measured, _about(chosen, tallies[0]), absent)
    missed = [bar for bar in table.bars(measured) if not bar.kept]
    for bar in missed:
        say(f"MISSED: {bar.what}: {bar.found}")
    return int(bool(missed))


def _started(
    wanted: list[Chain], folder: Path, open_chains: contextlib.ExitStack
) -> tuple[list[Running], dict[str, str]]:
    """The chains that run here, and why the others do not. Lamppost must."""
    running: list[Running] = []
    absent: dict[str, str] = {}
    for chain in wanted:
        try:
            running.append(open_chains.enter_context(Running(chain, folder, shared("models"))))
        except (BuildFailed, ChainStopped) as error:
            if chain.name == "lamppost":
                raise
            absent[chain.title] = " ".join(str(error).split())
            say(f"SKIPPED: {chain.title}: {error}")
    return running, absent


def _looked(running: list[Running], folder: Path, chosen: list[Picture], limit: float) -> tuple[list[Tally], int]:
    """Every chain looks at every frame; where time counts one after the other, and another one first each time.

    Returns what they saw, and how many of the pictures were shown before so many seconds were over.
    """
    tallies = [Tally(one.chain) for one in running]
    detector = Detector(shared("models"))
    begun, shown = time.monotonic(), 0
    for count, sight in enumerate(sights(chosen, detector, ROUNDS)):
        if count % 25 == 24:
            say(f"{count + 1} frames, {time.monotonic() - begun:.0f} s")
        write(sight.frame, folder)
        if sight.timed is None:
            if time.monotonic() - begun > limit:
                say("time is up: what was shown so far counts")
                break
            # Nothing is timed, so all may look at once: half the wait with two processors.
            for one in running:
                one.ask()
            for one, tally in zip(running, tallies, strict=True):
                tally.add(sight, one.seen())
            shown += len(sight.shown)
            continue
        for turn in range(len(running)):
            number = (count + turn) % len(running)
            running[number].ask(timed=True)
            tallies[number].add(sight, running[number].seen())
    return tallies, shown


def _about(chosen: list[Picture], tally: Tally) -> dict[str, str]:
    people = len({one.person for one in chosen})
    rounds = min(len(values) for values in tally.seconds.values())
    return {
        "people": f"{people} of lfw-dev, {len(chosen)} pictures, at most {EACH} of each, known label errors corrected",
        "frames": f"{SIDE_BY_SIDE} people on each for accuracy; {rounds} of each number of faces for time",
        "lists": f"{FOLDS} drawn ones, one picture as reference, all others as probes",
        "machine": f"{_processor()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "threads": "one asked of every library; while one chain is timed the others wait",
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _write(out: Path, measured: list[Figures], about: Mapping[str, str], absent: Mapping[str, str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    document = {
        "about": about,
        "absent": absent,
        "chains": [one.as_json() for one in measured],
        "bars": [{"what": bar.what, "found": bar.found, "kept": bar.kept} for bar in table.bars(measured)],
    }
    (out / "results.json").write_text(json.dumps(_rounded(document), indent=1) + "\n")
    show(out)


def show(out: Path) -> None:
    """Write the page and the picture of what the folder's ``results.json`` says. Raises LamppostError."""
    kept = json.loads((out / "results.json").read_text())
    measured = msgspec.convert(kept["chains"], list[Figures], strict=False)
    page = table.markdown(measured, kept["about"], kept["absent"], "results.png")
    (out / "RESULTS.md").write_text(page)
    python = environments.python(environments.PLOT)
    subprocess.run([python, environments.FOLDER / "plot.py", out / "results.json", out / "results.png"], check=True)
    print(page)


def _rounded(value: object) -> object:
    """Five significant digits: what is measured has no more."""
    match value:
        case float():
            return float(f"{value:.5g}")
        case dict():
            return {str(key): _rounded(item) for key, item in value.items()}
        case list() | tuple() | Iterator():
            return [_rounded(item) for item in value]
        case _:
            return value


def say(text: str) -> None:
    """One line of progress."""
    print(f"bench-peers: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
