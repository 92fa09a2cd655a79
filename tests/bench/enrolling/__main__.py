"""``make enrol-10000``."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from pathlib import Path

from edge.control_room.enrolling.crew import usual
from edge.control_room.enrolling.worker import MEMORY
from edge.settings import shared
from tests.bench.enrolling import people
from tests.bench.enrolling.run import Watched, content, run
from tests.control_room.enrolling.bad import files
from tests.control_room.stills import portrait


def main() -> int:
    """Both enrolments, and what they show. Exit status 1 where they do not show it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    archive = options.data / "lfw-dev.tar"
    if not archive.is_file() or not shared("models").is_dir():
        print(f"skipped: there is no {archive}, or there are no models; name the folder with DATA=, run 'make models'")
        return 0
    with tempfile.TemporaryDirectory(prefix="lamppost-enrol-") as name:
        return _both(Path(name), archive, options.pictures, options.seed)


def _both(room: Path, archive: Path, count: int, seed: int) -> int:
    total = people.make(archive, room / "people", count, seed)
    entries = len(list((room / "people").iterdir()))
    print(f"{total:,} files of {entries:,} entries; {usual()} workers; load {os.getloadavg()[0]:.1f}", flush=True)
    whole, out = room / "whole", room / "killed"
    first = run(room / "people", _in(whole))
    _say("looked at without a stop", first, total)
    left_out = room / "left-out.txt"
    left_out.write_text("\n".join(first.result["faults"]))
    second = run(room / "people", whole / "list", left_out)
    print(f"run again with {len(first.result['faults'])} entries left out: {second.result['status']} in "
          f"{second.seconds:.0f} s, nothing looked at twice", flush=True)  # fmt: skip
    kept, went_on = 0, True
    for share in (0.1, 0.45, 0.8):
        cut = run(room / "people", _in(out), left_out, kill_at=int(share * total))
        went_on = went_on and _goes_on(cut, kept)
        kept = cut.looked
        print(f"killed with SIGKILL when {kept:,} were looked at", flush=True)
    last = run(room / "people", out / "list", left_out)
    _say("run once more to the end", last, total)
    return _judged(room, whole, out, went_on=went_on and _goes_on(last, kept))


def _goes_on(seen: Watched, kept: int) -> bool:
    """Whether a run took over all that was kept by the one before."""
    return f"going on: {kept:,} pictures" in seen.words if kept else "going on" not in seen.words


def _in(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder / "list"


def _say(what: str, seen: Watched, total: int) -> None:
    took = f"after {seen.seconds:.0f} s ({total / seen.seconds:.0f} pictures/s), {seen.cpu:.0f} s of processor"
    print(
        f"{what}: {seen.result['status']} {took}; peak {seen.peak / 2**20:.0f} MB for all processes together, "
        f"{seen.main / 2**20:.0f} MB for the enrolment itself, {seen.worker / 2**20:.0f} MB for a worker, of "
        f"{MEMORY / 2**20:.0f} MB that the kernel allows it",
        flush=True,
    )


def _judged(room: Path, whole: Path, out: Path, *, went_on: bool) -> int:
    """What has to be so."""
    reports = [json.loads((folder / "report" / "quality.json").read_bytes()) for folder in (whole, out)]
    named = [Counter(one["picture"] for one in report["pictures"]) for report in reports]
    left = {one for report in reports[:1] for one in report["left_out"]}
    listed = {entry.name for entry in (room / "people").iterdir()} - left
    there = Counter(
        f"{path.parent.name}/{path.name}" for entry in listed for path in (room / "people" / entry).iterdir()
    )
    made_bad = files(portrait("astronaut.png"))
    ids, templates = content(whole / "list")
    harmful = {one["picture"]: one["outcome"] for one in reports[1]["pictures"] if one["entry"] == "x-bad"}
    checks = {
        "both lists have the same entries and the same templates": content(out / "list") == (ids, templates),
        "every entry that was not left out stands on the list once": sorted(ids) == sorted(listed),
        "every file stands in both reports once": named[0] == named[1] == there,
        "after each kill all that was kept was gone on with": went_on,
        "every bad file is named": set(harmful) == {f"x-bad/{name}" for name in [*made_bad, "good.png"]},
        "none of them is used, and the good one beside them is": [
            name for name, outcome in harmful.items() if outcome == "used"
        ] == ["x-bad/good.png"],
        "nothing of the work is left": not list(room.glob("*/*.work")),
    }  # fmt: skip
    for what, holds in checks.items():
        print(f"{'yes' if holds else 'NO '}  {what}")
    outcomes = Counter(one["outcome"] for one in reports[0]["pictures"])
    print(f"     {len(ids):,} entries; " + ", ".join(f"{name} {number:,}" for name, number in outcomes.most_common()))
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
