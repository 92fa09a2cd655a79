"""The chains, and the processes that run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from edge.domain.errors import LamppostError
from hardware_sim.crowd import SIZE, Looking
from tests.bench.peers import environments
from tests.bench.peers.assign import Rectangle
from tests.bench.peers.rates import Measure

ROOT: Final = environments.FOLDER.parents[2]
ONE_THREAD: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
WORKERS: Final = "tests.bench.peers.workers"
SHRINK: Final = SIZE[0] // Looking().small[0]
"""How much smaller Lamppost's small stream is than the frame."""


class ChainStopped(LamppostError):
    """A chain's process ended before it was told to."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One way from a frame to features."""

    name: str
    title: str
    pixels: str
    """Suffix of the file that it reads."""
    measure: Measure
    command: Callable[[str, Path], list[str]] = field(repr=False)
    """Of the frame's file, and of the folder of Lamppost's models. Makes the environment. Raises BuildFailed."""
    usual: float | None = None
    """The score at which its authors call two faces the same person, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a chain made of a frame."""

    seconds: float
    cpu: float
    peak: int
    """Most resident memory so far, bytes."""
    boxes: tuple[Rectangle, ...]
    features: tuple[list[float], ...] = field(repr=False)


def everyone() -> tuple[Chain, ...]:
    """All chains, Lamppost first."""
    return (
        Chain("lamppost", "Lamppost", "i420", Measure.COSINE, _lamppost()),
        Chain(
            "lamppost-once", "Lamppost without second look", "i420", Measure.COSINE, _lamppost("without-second-look")
        ),
        Chain("lamppost-passage", "Lamppost, over a passage", "i420", Measure.COSINE, _lamppost("over-a-passage")),
        Chain("face_recognition", "face_recognition", "rgb", Measure.DISTANCE, _face_recognition(), -0.6),
        Chain(
            "face_recognition-small", f"face_recognition, faces found at 1/{SHRINK}", "rgb", Measure.DISTANCE,
            _face_recognition(str(SHRINK)), -0.6,
        ),
        Chain("blazeface", "BlazeFace + MobileFaceNet, whole frame", "rgb", Measure.COSINE, _blazeface()),
        Chain("blazeface-2", "BlazeFace + MobileFaceNet, 2 squares", "rgb", Measure.COSINE, _blazeface("1080")),
        Chain("blazeface-15", "BlazeFace + MobileFaceNet, 15 squares", "rgb", Measure.COSINE, _blazeface("540")),
        Chain("face-api", "face-api", "rgb", Measure.DISTANCE, _face_api, -0.6),
    )  # fmt: skip


def _lamppost(*options: str) -> Callable[[str, Path], list[str]]:
    def command(frame: str, models: Path) -> list[str]:
        return [sys.executable, "-m", f"{WORKERS}.lamppost", frame, str(models), *options]

    return command


def _face_recognition(*options: str) -> Callable[[str, Path], list[str]]:
    def command(frame: str, _: Path) -> list[str]:
        return [str(environments.face_recognition()), "-m", f"{WORKERS}.face_recognition", frame, *options]

    return command


def _blazeface(*options: str) -> Callable[[str, Path], list[str]]:
    def command(frame: str, models: Path) -> list[str]:
        python, embedder = environments.python(environments.BLAZEFACE), models / "embedder.float32.tflite"
        return [str(python), "-m", f"{WORKERS}.blazeface", frame, str(embedder), *options]

    return command


def _face_api(frame: str, _: Path) -> list[str]:
    node, folder = environments.node()
    return [str(node), str(environments.FOLDER / "workers" / "face_api.cjs"), frame, str(folder)]


class Running:
    """A chain's process. A context manager; raises ChainStopped where the process ends by itself."""

    def __init__(self, chain: Chain, folder: Path, models: Path) -> None:
        """Start it and wait until its models are loaded. Raises BuildFailed, ChainStopped."""
        self.chain = chain
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process runs
        self._process = subprocess.Popen(
            chain.command(str(folder / f"frame.{chain.pixels}"), models),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | ONE_THREAD | {"PYTHONPATH": f"{ROOT}:{ROOT / 'hardware-sim'}"},
        )
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, *, timed: bool = False) -> None:
        """Have it look at the frame that is in the folder now, several times over where the time counts."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write("time\n" if timed else "once\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._stopped() from None

    def seen(self) -> Look:
        """What it made of the frame that it was asked about."""
        said = self._answer()
        found = said["found"]
        return Look(
            said["seconds"], said["cpu"], said["peak"],
            tuple(Rectangle(*one["box"]) for one in found), tuple(one["features"] for one in found),
        )  # fmt: skip

    def close(self) -> None:
        """End it."""
        self._process.communicate()  # closes its input, at which it ends
        self._errors.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._stopped()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _stopped(self) -> ChainStopped:
        status = self._process.wait()
        self._errors.seek(0)
        last = "\n".join(self._errors.read().strip().splitlines()[-6:])
        return ChainStopped(f"{self.chain.name} ended with status {status}:\n{last}\n", "What went wrong stands above.")
