"""Marked people go past the real daemon, with a real broker. Then everything that could hold a trace is searched.

``make canaries`` runs the same with thousands of people; ``make test`` with two hundred, and one kind of crash.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.canaries import marks
from tests.canaries.search import Found, Search, entry_of
from tests.canaries.stage import LISTED, Stage, stage

PEOPLE = int(os.environ.get("LAMPPOST_CANARIES", "200"))
CRASHES = [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL][: None if "LAMPPOST_CANARIES" in os.environ else 1]
CRASH_FOLDERS = [Path(folder) for folder in ("/var/crash", "/var/lib/systemd/coredump", "/var/lib/apport")]
SHARED = [Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"), *CRASH_FOLDERS]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path, PEOPLE) as made:
        yield made


def let_everybody_pass(scene: Stage) -> None:
    while scene.counted("searches") < PEOPLE or len(scene.hits) < len(LISTED):
        scene.listen(0.5)


def memory_of(scene: Stage) -> Found:
    try:
        return scene.search.memory(scene.pid)
    except PermissionError as error:
        pytest.skip(f"THE MEMORY OF THE DEVICE WAS NOT SEARCHED: only root with CAP_SYS_PTRACE may look: {error}")


def assert_nothing_lies_about(scene: Stage) -> None:
    """On disk, with the broker, in the log, in shared memory, in what other programs put away since it began."""
    search = scene.search
    assert search.files([scene.bench.folder, scene.cwd]) == {}
    assert search.changed_files(SHARED, scene.began) == {}
    assert sum((search.deep(message) for message in scene.traffic), Found()) == Found()


def test_when_it_is_over_nobody_is_left_in_memory_on_disk_or_on_the_wire(scene: Stage) -> None:
    scene.start()
    scene.deploy()
    let_everybody_pass(scene)
    during = memory_of(scene)
    scene.stop()
    scene.listen(0.5)
    after = memory_of(scene)
    # The control: while it looked, the very same search found the list, and whoever stood there.
    assert {"features", "entry", "plane"} <= set(during)
    assert after == Found()
    assert_nothing_lies_about(scene)
    assert {hit.content.entry for hit in scene.hits} == {entry_of(person) for person in LISTED}
    assert len(scene.traffic) > 10
    assert all(row.startswith("lamppost: ") for row in scene.log.read_text().splitlines())


@pytest.mark.parametrize("number", CRASHES)
def test_a_crash_in_the_middle_leaves_nothing(scene: Stage, number: signal.Signals) -> None:
    scene.start()
    scene.deploy()
    scene.until(lambda: len(scene.hits) >= len(LISTED))
    scene.kill(number)
    assert_nothing_lies_about(scene)
    assert list(scene.cwd.iterdir()) == []
    assert "Traceback" not in scene.log.read_text()
    assert "most recent call first" not in scene.log.read_text()


UNCONFINED = """
import os, resource, signal
from tests.canaries import marks
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
held = marks.features_of(7)
os.kill(os.getpid(), signal.SIGSEGV)
"""


def test_a_process_that_is_not_confined_leaves_a_core_in_which_the_search_finds_somebody(tmp_path: Path) -> None:
    """The control of the one above: where no core is ever written, that one shows little, and this says so."""
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY:
        pytest.skip("CORES ARE FORBIDDEN HERE ANYWAY: that a crash leaves none shows little")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", UNCONFINED], cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == -signal.SIGSEGV
    cores = list(tmp_path.iterdir())
    if not cores:
        pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
        pytest.skip(f"NOBODY WRITES A CORE FILE HERE (core_pattern {pattern!r}): that a crash leaves none shows little")
    assert Search().files([tmp_path])[cores[0]]["features"] > 0


class TestTheSearchItself:
    """A search that finds nobody proves something only where it finds whoever is there."""

    def test_it_finds_what_was_planted_in_files_of_every_kind(self, tmp_path: Path) -> None:
        features, key = marks.features_of(9), bytes(range(32))
        token = base64.urlsafe_b64encode(b"x" + features[3:30].tobytes()).rstrip(b"=").decode()
        inner = json.dumps({"content": token})
        nested = base64.urlsafe_b64encode(inner.encode()).decode()
        (tmp_path / "raw").write_bytes(b"abc" + features.tobytes())
        (tmp_path / "nested").write_text(json.dumps({"payload": nested}))
        (tmp_path / "entry").write_bytes(b"\0\0" + entry_of(9).encode() + b"\0")
        (tmp_path / "key").write_text(key.hex())
        (tmp_path / "nobody").write_bytes(os.urandom(1 << 20))
        found = Search(key=key).files([tmp_path])
        assert {path.name: set(hit) for path, hit in found.items()} == {
            "raw": {"features"},
            "nested": {"features"},
            "entry": {"entry"},
            "key": {"key in hexadecimal"},
        }

    def test_it_knows_somebody_scaled_averaged_or_in_part(self) -> None:
        features = marks.features_of(9)
        for changed in (features * np.float32(1.001), (features + features) / 2, features[50:60]):
            assert Search().raw(b"ab" + changed.tobytes())["features"]

    def test_a_face_is_known_by_its_colour_on_the_sample_and_the_picture_for_the_reviewer(self) -> None:
        from edge.domain.face import Box
        from edge.steps import align
        from tests.canaries.device import _black, _landmarks

        picture, box = _black(), Box(300, 300, 372, 372)
        marks.paint(picture, box, 4711)
        aligned = align.aligned(picture, box, _landmarks(box))
        context, _, _ = align.region(picture, box, 0.45)
        assert marks.read(aligned) == 4711
        assert Search().raw(aligned.tobytes())["sample"]
        assert Search().raw(context.tobytes())["sample"]
        assert Search().raw(np.ascontiguousarray(context[..., ::-1]).tobytes())["sample"]
        assert Search().raw(picture.y.tobytes())["plane"]
        assert not Search().raw(_black().y.tobytes())
