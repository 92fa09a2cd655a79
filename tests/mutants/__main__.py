"""``make mutants``: does a test fail when a door is changed?

Every mutant is one small change in one function of the doors, or of the steps that decide (``mutate``). It is killed
when a test that runs the changed lines fails (``runner``), or when the type checker, which ``make test`` runs too,
refuses it. Survivors stand in ``survivors.toml``, each with the reason why; one that is not listed there fails the run,
and so does a score below 97 %.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.mutants.mutate import Mutant, mutants
from tests.mutants.runner import Runner

TARGETS: Final = (
    "edge/safeguards", "edge/steps/decide.py", "edge/steps/compare.py", "edge/steps/calibrate.py",
    "edge/steps/mosaic.py", "edge/wire/custodians.py",
)  # fmt: skip
TESTS: Final = ("tests/doors", "tests/spec", "tests/steps", "tests/wire")
LISTED: Final = Path(__file__).parent / "survivors.toml"
LEAST: Final = 97.0
Key = tuple[str, str, tuple[str, ...]]
"""Path, function and changed lines: what tells a survivor apart, wherever its line has moved to."""


def main() -> int:
    """Run, print a table and the survivors, and say whether it is good enough."""
    options = _parser().parse_args()
    began = time.monotonic()
    paths = _paths(options.only or TARGETS)
    with ProcessPoolExecutor(options.children) as pool:
        found = [mutant for of_one_file in pool.map(mutants, paths) for mutant in of_one_file]
    tried = [mutant for mutant in found if not mutant.wording]
    print(f"{len(tried)} mutants of {len(paths)} files; {len(found) - len(tried)} changes of wording are not tried")
    verdicts: dict[Mutant, str] = {}

    def tell(mutant: Mutant, verdict: str, seconds: float) -> None:
        verdicts[mutant] = verdict
        if len(verdicts) % 100 == 0 or (verdict != "killed" and options.verbose):
            change = " | ".join(mutant.diff) if verdict != "killed" else ""
            print(
                f"{len(verdicts)}/{len(tried)} {verdict} {mutant.path} {mutant.function} {seconds:.1f} s {change}",
                flush=True,
            )

    runner = Runner(tried, paths, options.children, tell)
    code = int(pytest.main(["-p", "no:cacheprovider", "-p", "no:terminal", *options.tests], plugins=[runner]))
    if code not in (0, 5):
        return code
    _ask_the_type_checker(verdicts)
    good = _report(verdicts, _listed(), whole=not options.only and options.tests == TESTS)
    print(f"{len(tried)} mutants in {time.monotonic() - began:.0f} s, {options.children} at a time")
    return 0 if good else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="files or folders; all doors and deciding steps without any")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="tests that may kill them")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants tried at a time")
    parser.add_argument("--verbose", action="store_true", help="name every mutant that is not killed at once")
    return parser


def _paths(named: Iterable[str]) -> list[Path]:
    return [
        path
        for name in named
        for path in (sorted(Path(name).rglob("*.py")) if Path(name).is_dir() else [Path(name)])
        if path.name != "__init__.py"
    ]


def _ask_the_type_checker(verdicts: dict[Mutant, str]) -> None:
    """A mutant that no test noticed may still not pass ``make test``: mypy reads the file too."""
    with tempfile.TemporaryDirectory() as folder:
        changed = Path(folder) / "changed.py"
        for path in {mutant.path for mutant in verdicts}:
            changed.write_text(Path(path).read_text())
            if not _types_hold(path, changed):
                raise SystemExit(f"{path} does not pass mypy as it is: it could kill anything")
        for mutant, verdict in verdicts.items():
            if verdict in ("survived", "no tests"):
                changed.write_text(mutant.source)
                if not _types_hold(mutant.path, changed):
                    verdicts[mutant] = "types"


def _types_hold(path: str, changed: Path) -> bool:
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir", ".mypy_cache/mutants"]
    shadow = ["--shadow-file", path, str(changed), path]
    return subprocess.run([*command, *shadow], capture_output=True, check=False).returncode == 0


def _listed() -> dict[Key, str]:
    entries = tomllib.loads(LISTED.read_text()).get("survivor", [])
    return {(entry["path"], entry["function"], tuple(entry["change"])): entry["reason"] for entry in entries}


def _report(verdicts: dict[Mutant, str], listed: dict[Key, str], *, whole: bool) -> bool:
    by_file: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, verdict in verdicts.items():
        by_file[mutant.path][verdict] += 1
    columns = ("killed", "types", "timeout", "survived", "no tests")
    print(f"\n{'':34}" + "".join(f"{column:>10}" for column in columns) + "     score")
    for path, counts in sorted(by_file.items()):
        print(f"{path:34}" + "".join(f"{counts[column]:10}" for column in columns) + f"{_score(counts):9.1f} %")
    total = sum(by_file.values(), Counter[str]())
    print(f"{'all':34}" + "".join(f"{total[column]:10}" for column in columns) + f"{_score(total):9.1f} %\n")
    alive = [mutant for mutant, verdict in verdicts.items() if verdict in ("survived", "no tests")]
    unlisted = [mutant for mutant in alive if key(mutant) not in listed]
    for mutant in unlisted:
        print(f"not listed: {verdicts[mutant]} {mutant.path}:{mutant.lines[0]} {mutant.function}")
        print("".join(f"    {row}\n" for row in mutant.diff), end="")
    gone = set(listed) - {key(mutant) for mutant in alive} if whole else set()
    for path, function, change in sorted(gone):
        print(f"listed, but does not survive: {path} {function} {change}")
    return not unlisted and not gone and _score(total) >= LEAST


def key(mutant: Mutant) -> Key:
    """What a mutant is found by in the list of survivors."""
    return mutant.path, mutant.function, mutant.diff


def _score(counts: Counter[str]) -> float:
    dead: Sequence[str] = ("killed", "types", "timeout")
    return 100 * sum(counts[word] for word in dead) / max(1, counts.total())


if __name__ == "__main__":
    raise SystemExit(main())
