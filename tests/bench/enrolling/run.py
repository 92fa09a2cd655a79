"""One enrolment by the real command, watched from outside: how long, how much memory, how many pictures so far."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.control_room import deploy
from edge.wire import watchlist

BETWEEN = 0.5


@dataclass
class Watched:
    """What was seen of a run."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of all processes together, which depend less on what else the machine does."""
    peak: int = 0
    """Bytes of the whole family at once: what each has of its own, and its share of what is shared (PSS)."""
    main: int = 0
    """Bytes of the enrolment's own process at its peak (VmHWM)."""
    worker: int = 0
    """Of the worker that had the most."""
    looked: int = 0
    """Pictures in the work file when it ended."""
    words: str = ""
    """That it said."""
    result: dict[str, Any] = field(default_factory=dict)


def command(people: Path, out: Path, left_out: Path | None) -> list[str]:
    """The command line."""
    less = [] if left_out is None else ["--leave-out-from", str(left_out)]
    return [
        sys.executable, "-m", "edge", "enrol", "--images", str(people), "--category", "volunteer", "--source",
        "volunteer", "--out", str(out), "--report", str(out.with_name("report")), "--result", *less,
    ]  # fmt: skip


def run(people: Path, out: Path, left_out: Path | None = None, *, kill_at: int | None = None) -> Watched:
    """Run it to the end, or kill it once so many pictures are in the work file."""
    seen, begun, work = Watched(), time.monotonic(), Frames(out.with_name(f"{out.name}.work"))
    spent = _spent()
    words = out.with_name("words.txt")
    with words.open("w") as said, subprocess.Popen(command(people, out, left_out), stdout=said, stderr=said) as child:
        while child.poll() is None:
            _measure(child.pid, seen)
            if kill_at is not None and work.count() >= kill_at:
                child.send_signal(signal.SIGKILL)
                child.wait()
                break
            time.sleep(BETWEEN)
    seen.seconds, seen.cpu, seen.looked = time.monotonic() - begun, _spent() - spent, work.count()
    seen.words = words.read_text()
    lines = [line for line in seen.words.splitlines() if line.startswith("{")]
    seen.result = json.loads(lines[-1]) if lines else {}
    if kill_at is None and not lines:
        raise SystemExit(f"the enrolment ended without a result:\n{seen.words}")
    return seen


class Frames:
    """Whole frames of a work file, counted as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._count = 0

    def count(self) -> int:
        """How many there are."""
        try:
            with self._path.open("rb") as file:
                while True:
                    file.seek(self._place)
                    length = int.from_bytes(file.read(4), "big")
                    if not length or len(file.read(length)) < length:
                        return self._count
                    self._place += 4 + length
                    self._count += 1
        except FileNotFoundError:
            return self._count


def content(out: Path) -> tuple[list[str], list[list[float]]]:
    """Ids and templates of a sealed list."""
    sealed = deploy.read_list(out)
    header = watchlist.header_of(sealed.file)
    opened = watchlist.open_into(memoryview(bytearray(header.content_bytes())), sealed.file, sealed.key)
    return [opened.entry(row).id for row in range(header.entries)], opened.templates.tolist()


def _spent() -> float:
    """Seconds of the processor that ended children and their children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _measure(parent: int, seen: Watched) -> None:
    """Peaks of a process and its children; one that has just ended has none."""
    family = [parent, *_children(parent)]
    sizes = [_kilobytes(Path(f"/proc/{one}/smaps_rollup"), "Pss:") for one in family]
    seen.peak = max(seen.peak, sum(sizes) * 1024)
    highs = [_kilobytes(Path(f"/proc/{one}/status"), "VmHWM:") * 1024 for one in family]
    seen.main, seen.worker = max(seen.main, highs[0]), max([seen.worker, *highs[1:]])


def _children(parent: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def _kilobytes(path: Path, name: str) -> int:
    try:
        return int(next(line for line in path.read_text().splitlines() if line.startswith(name)).split()[1])
    except (OSError, StopIteration):
        return 0
