"""A pytest plugin that runs mutants instead of tests: all tests are collected once, and each mutant is a fork.

First every test runs once, in a fork too, to learn which lines it executes. A mutant is then tried on the tests that
run its lines, those of its own file and the quickest first, until one fails or they have taken their time: a door that
only a slow test of the whole device holds to account has no test of its own.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

import coverage
import pytest

from tests.mutants.mutate import Mutant
from tests.mutants.transplant import transplant

KILLED: Final = 10
SURVIVED: Final = 0
UNTESTED: Final = 11
TIMEOUT: Final = 12
WORDS: Final = {KILLED: "killed", SURVIVED: "survived", UNTESTED: "no tests", TIMEOUT: "timeout"}
BUDGET: Final = 10.0
"""Seconds of tests, as they take without a change, that a mutant is tried on."""
PATIENCE: Final = 4.0
"""Seconds that a mutant may take, and how many times as long as its tests."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a test executes, and how long it takes."""

    lines: Mapping[str, Mapping[int, frozenset[int]]]
    """Path to line to indexes of tests."""
    seconds: tuple[float, ...]
    names: tuple[str, ...]


class Runner:
    """Runs every mutant on the tests that reach it."""

    def __init__(
        self,
        mutants: Sequence[Mutant],
        paths: Sequence[Path],
        children: int,
        tell: Callable[[Mutant, str, float], None],
    ) -> None:
        self._mutants = mutants
        self._paths = paths
        self._children = children
        self._tell = tell

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running the tests."""
        reach = _reach(session, self._paths)
        running: dict[int, tuple[Mutant, float, float]] = {}
        for mutant in self._mutants:
            while len(running) >= self._children:
                self._reap(running)
            chosen = _chosen(mutant, reach)
            if not chosen:
                self._tell(mutant, WORDS[UNTESTED], 0.0)
                continue
            began = time.monotonic()
            child = os.fork()
            if child == 0:
                _in_child(lambda: _verdict(session, mutant, chosen))  # noqa: B023
            limit = PATIENCE + PATIENCE * sum(reach.seconds[index] for index in chosen)
            running[child] = (mutant, began, began + limit)
        while running:
            self._reap(running)
        return True

    def _reap(self, running: dict[int, tuple[Mutant, float, float]]) -> None:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            for late, (_, _, until) in running.items():
                if time.monotonic() > until:
                    os.kill(late, signal.SIGKILL)
            time.sleep(0.005)
            return
        mutant, began, until = running.pop(child)
        code = os.waitstatus_to_exitcode(status)
        verdict = TIMEOUT if code == -signal.SIGKILL and time.monotonic() > until else code
        # A crash of the interpreter is noticed by whoever runs the tests.
        self._tell(mutant, WORDS.get(verdict, WORDS[KILLED]), time.monotonic() - began)


def _chosen(mutant: Mutant, reach: Reach) -> list[int]:
    reached = _reaching(mutant.path, mutant.lines, reach)
    if not reached or mutant.lines[0] == mutant.whole[0]:
        # Default values are read on import: whoever calls the function uses them.
        reached = _reaching(mutant.path, mutant.whole, reach)
    stem = Path(mutant.path).stem
    ordered = sorted(reached, key=lambda index: (stem not in reach.names[index], reach.seconds[index]))
    spent = accumulate(reach.seconds[index] for index in ordered)
    return [index for index, until in zip(ordered, spent, strict=True) if until <= BUDGET] or ordered[:1]


def _reaching(path: str, span: tuple[int, int], reach: Reach) -> frozenset[int]:
    lines = reach.lines.get(path, {})
    return frozenset[int]().union(*(lines.get(line, frozenset()) for line in range(span[0], span[1] + 1)))


def _verdict(session: pytest.Session, mutant: Mutant, chosen: Sequence[int]) -> int:
    module = mutant.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    try:
        transplant(module, mutant.source)
    except Exception:  # noqa: BLE001 it does not even import
        return KILLED
    return KILLED if any(_fails(session, index) for index in chosen) else SURVIVED


def _fails(session: pytest.Session, index: int) -> bool:
    session.testsfailed = 0
    session.config.hook.pytest_runtest_protocol(item=session.items[index], nextitem=None)
    return bool(session.testsfailed)


def _in_child(work: Callable[[], int]) -> None:
    """Never returns. What a mutant prints is nobody's concern, and it may not eat the machine."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(nowhere, number)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    code = KILLED
    try:
        code = work()
    finally:
        os._exit(code)


def _reach(session: pytest.Session, paths: Sequence[Path]) -> Reach:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "reach"
        child = os.fork()
        if child == 0:
            _in_child(lambda: _learn(session, paths, out))
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            failed = out.read_text() if out.exists() else "the run ended early"
            print(f"the tests must pass before mutants mean anything: {failed}", flush=True)
            pytest.exit("no mutant was tried", returncode=3)
        return pickle.loads(out.read_bytes())  # type: ignore[no-any-return]


def _learn(session: pytest.Session, paths: Sequence[Path], out: Path) -> int:
    seconds = []
    measured = coverage.Coverage(data_file=None, include=[str(path.resolve()) for path in paths], config_file=False)
    measured.start()
    for index, item in enumerate(session.items):
        measured.switch_context(str(index))
        began = time.process_time()  # another job on this machine must not make a test look dear
        if _fails(session, index):
            out.write_text(item.nodeid)
            return 1
        seconds.append(time.process_time() - began)
    measured.stop()
    names = tuple(item.nodeid for item in session.items)
    out.write_bytes(pickle.dumps(Reach(dict(_lines(measured, paths)), tuple(seconds), names)))
    return 0


def _lines(measured: coverage.Coverage, paths: Sequence[Path]) -> Iterator[tuple[str, dict[int, frozenset[int]]]]:
    data = measured.get_data()
    for path in paths:
        contexts = data.contexts_by_lineno(str(path.resolve()))
        yield str(path), {line: frozenset(int(name) for name in names if name) for line, names in contexts.items()}
