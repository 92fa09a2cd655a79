"""Workers: real processes, bounded by the kernel, each of which a picture may end without ending anything else."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.control_room.enrolling import stills
from edge.control_room.enrolling.crew import Crew
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import Shot, Wanted
from edge.control_room.enrolling.worker import MEMORY
from edge.domain.errors import Misconfigured
from edge.settings import shared
from tests.control_room.enrolling import bad
from tests.control_room.enrolling.alone import Desk
from tests.control_room.stills import portrait


def limits(process: int) -> dict[str, str]:
    lines = Path(f"/proc/{process}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): line[26:].split()[0] for line in lines}


def kilobytes(process: int, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def test_workers_see_what_one_alone_sees_and_give_it_back_in_order(desk: Desk, models: Path) -> None:
    names = sorted(path for path in shared("pictures").iterdir() if path.suffix in (".jpg", ".png"))
    pictures = [(path.name, Wanted(path.read_bytes(), anybody=True)) for path in names]
    alone = dict(desk.alone().look(pictures))
    with Crew(models, 2) as crew:
        assert (crew.detector, crew.embedder) == (desk.detector.identity, desk.extractor.identity)
        together = list(crew.look(iter(pictures)))
    assert [tag for tag, _ in together] == [path.name for path in names]
    for tag, look in together:
        other = alone[tag]
        if isinstance(look, Rejected):
            assert look == other
        else:
            assert isinstance(other, Shot)
            assert np.array_equal(look.features, other.features)
            assert look.quality == other.quality


def test_a_worker_that_ends_costs_one_picture_and_is_replaced(models: Path) -> None:
    good = Wanted(bad.encoded(portrait("astronaut.png"), ".jpg"))
    with Crew(models, 1) as crew:
        (first,) = crew.processes

        def pictures() -> Iterator[tuple[str, Wanted]]:
            yield "before", good
            os.kill(first, signal.SIGKILL)
            yield "during", good
            yield "after", good

        looks = dict(crew.look(pictures()))
        assert crew.processes != (first,)
    assert isinstance(looks["before"], Shot)
    assert looks["during"] == Rejected(Outcome.DECODER_FAILED, "looking at it ended the process: SIGKILL")
    assert isinstance(looks["after"], Shot)


def test_a_picture_that_takes_too_long_is_given_up(models: Path) -> None:
    slow = Wanted(bad.png(7_000, 7_000, rows=bytes(49_007_000)))
    with Crew(models, 1, timedelta(milliseconds=20)) as crew:
        (first,) = crew.processes
        ((_, look),) = crew.look([("slow", slow)])
        assert isinstance(look, Rejected)
        assert look.outcome is Outcome.DECODER_FAILED
        assert "took more than" in look.why
        assert crew.processes != (first,)


def test_whoever_has_seen_enough_leaves_nothing_behind_for_the_next(models: Path) -> None:
    good = Wanted(bad.encoded(portrait("astronaut.png"), ".jpg"))
    with Crew(models, 2) as crew:
        assert next(iter(crew.look((number, good) for number in range(6))))[0] == 0
        assert [tag for tag, _ in crew.look([("a", good), ("b", Wanted(b"no"))])] == ["a", "b"]


def test_the_kernel_bounds_what_a_worker_may_have_and_the_largest_picture_fits_into_it(models: Path) -> None:
    largest = np.zeros((7_000, 7_000, 3), np.uint8)
    largest[::2] = 200
    _, progressive = cv2.imencode(
        ".jpg", largest, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
    )
    wanted = [bad.png(7_000, 7_000, rows=bytes(49_007_000)), progressive.tobytes()]
    assert 0.97 * stills.MOST_PIXELS < 7_000 * 7_000
    with Crew(models, 1) as crew:
        (worker,) = crew.processes
        assert limits(worker)["Max data size"] == str(MEMORY)
        assert {limits(worker)[name] for name in ("Max open files", "Max file size", "Max core file size")} == {"0"}
        looks = [look for _, look in crew.look((0, Wanted(raw)) for raw in wanted)]
        assert [look.outcome for look in looks if isinstance(look, Rejected)] == [Outcome.NO_FACE] * 2
        assert crew.processes == (worker,)
        assert kilobytes(worker, "VmHWM") * 1024 < MEMORY


def test_a_picture_that_needs_more_than_a_worker_may_have_is_named(models: Path) -> None:
    with Crew(models, 1) as crew:
        (worker,) = crew.processes
        room = 160 << 20
        resource.prlimit(worker, resource.RLIMIT_DATA, (room, room))
        ((_, look),) = crew.look([("large", Wanted(bad.png(7_000, 7_000, rows=bytes(49_007_000))))])
        assert isinstance(look, Rejected)
        assert look.outcome is Outcome.DECODER_FAILED
        ((_, look),) = crew.look([("small", Wanted(bad.encoded(portrait("astronaut.png"), ".jpg")))])
        assert isinstance(look, Shot)


def test_no_more_files_than_workers_are_in_memory_at_once(models: Path) -> None:
    alive, most = 0, 0

    class Counted(Wanted):
        __slots__ = ()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def pictures() -> Iterator[tuple[int, Wanted]]:
        nonlocal alive, most
        for number in range(40):
            alive += 1
            most = max(most, alive)
            yield number, Counted(b"no picture")

    with Crew(models, 2) as crew:
        assert len(list(crew.look(pictures()))) == 40
    assert most <= 3  # one for each worker, and the one that is being handed over


def test_no_worker_outlives_the_enrolment(models: Path) -> None:
    with Crew(models, 2) as crew:
        workers = crew.processes
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_models_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="manifest"):
        Crew(tmp_path, 2)
