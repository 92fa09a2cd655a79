"""How fast this device is: every stage, the whole frame path against its bare models, searches, start and memory."""

from __future__ import annotations

import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from edge.adapters.tflite import Detector, Extractor
from edge.domain.errors import Misconfigured
from edge.domain.face import Probe
from edge.measure import resident, start, still
from edge.measure.path import Load
from edge.measure.path import Path as FramePath
from edge.measure.resident import Memory
from edge.measure.rig import Rig, deployed
from edge.measure.stages import Spread, search, stages
from edge.measure.start import Start
from edge.steps.calibrate import Calibration

FACES: Final = (0, 1, 4, 10)
ENTRIES: Final = (100, 1_000, 10_000)
SAMPLED_ROUNDS: Final = 40
PASSAGE_ROUNDS: Final = 2
HEADING: Final = "faces   frame p50   p95 ms   bare p50   ratio   (cpu)   close-ups  embeddings     fps"
COMPLETE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Bar:
    """Something measured, and the most that it may be."""

    measured: float
    bar: float

    @property
    def kept(self) -> bool:
        """Whether it is no more."""
        return self.measured <= self.bar


@dataclass(frozen=True, slots=True)
class Speed:
    """The figures."""

    machine: str
    load_average: float
    """How busy the machine was at the start: the ratios bear it, the times do not."""
    threads: int
    """Of each model's interpreter."""
    stages_ms: dict[str, Spread]
    search_ms: dict[int, Spread]
    """By entries of the list."""
    sampled: dict[int, Load]
    """By faces: every frame takes a sample of every face."""
    passage: dict[int, Load]
    """By faces: over passages of three seconds."""
    start: Start
    memory: Memory

    @property
    def bars(self) -> dict[str, Bar]:
        """What was promised."""
        promised = {f"{name} {faces} faces": loads[faces].ratio for faces in (1, 4)
                    for name, loads in (("sampled", self.sampled), ("passage", self.passage))}  # fmt: skip
        return {name: Bar(ratio, 1.35) for name, ratio in promised.items()} | {
            "search 1,000, ms": Bar(self.search_ms[1_000].p50, 0.05),
            "search 10,000, ms": Bar(self.search_ms[10_000].p50, 0.3),
            "timing, share of a frame": Bar(self.stages_ms["timing"].p50 / self.passage[1].frame_ms.p50, 0.005),
            "start, s": Bar(median(self.start.seconds), 2.0),
            "memory with 10,000, MB": Bar(self.memory.peak_mb, 200.0),
        }

    def as_json(self) -> dict[str, object]:
        """For a JSON document."""
        bars = {name: asdict(bar) | {"kept": bar.kept} for name, bar in self.bars.items()}
        return asdict(self) | {"memory": {name: getattr(self.memory, name) for name in self.memory.__struct_fields__},
                               "bars": bars}  # fmt: skip


def bench(models: Path, calibration: Calibration, pictures: Path, threads: int) -> Speed:
    """Measure. About a minute on a small computer. Raises Misconfigured where models or pictures are missing."""
    detector, extractor = Detector(models, threads=threads), Extractor(models, threads=threads)
    faces, load = still.faces_of(pictures, detector), os.getloadavg()[0]
    crowd = still.street(faces, max(FACES))
    sampled, passage, searches = {}, {}, {}
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-") as name:
        for entries in ENTRIES:
            folder = Path(name) / str(entries)
            folder.mkdir()
            rig = deployed(folder, detector, extractor, calibration, entries, crowd)
            searches[entries] = search(rig, _probe(rig, extractor), 120)
        by_stage = stages(rig, detector, extractor)
        path = FramePath(rig, detector, extractor)
        for count in FACES:
            rig.still.main, rig.still.small = still.street(faces, count)
            sampled[count] = _complete(path.sampled(SAMPLED_ROUNDS), count)
            passage[count] = path.passage(PASSAGE_ROUNDS)
    return Speed(
        machine=f"{platform.machine()}, {os.cpu_count()} processors, CPython {platform.python_version()}",
        load_average=round(load, 2),
        threads=threads,
        stages_ms=by_stage,
        search_ms=searches,
        sampled=sampled,
        passage=passage,
        start=start.measure(models, calibration),
        memory=resident.measure(models, calibration, crowd),
    )


def as_text(speed: Speed) -> str:
    """For a person."""
    lines = [f"{speed.machine}; load average {speed.load_average}; {speed.threads} threads a model", "",
             "stage          p50 ms   p95 ms"]  # fmt: skip
    lines += [f"{name:12} {one.p50:8.3f} {one.p95:8.3f}" for name, one in speed.stages_ms.items()]
    lines += [f"search {entries:>6,}{one.p50:8.3f} {one.p95:8.3f}" for entries, one in speed.search_ms.items()]
    for title, loads in (("a sample of every face in every frame", speed.sampled),
                         ("passages of three seconds", speed.passage)):  # fmt: skip
        lines += ["", f"{title}:", HEADING]
        lines += [
            f"{faces:5} {load.frame_ms.p50:11.2f} {load.frame_ms.p95:8.2f} {load.bare_ms.p50:10.2f} {load.ratio:7.2f} "
            f"{load.ratio_cpu:7.2f} {load.close_ups:11.2f} {load.embeddings:11.2f} {load.frames_per_second:7.1f}"
            for faces, load in loads.items()
        ]
    ready = ", ".join(f"{seconds:.2f}" for seconds in speed.start.seconds)
    library = "" if speed.start.camera_library else " (without picamera2: an empty module stood in)"
    memory = speed.memory
    lines += [
        "",
        f"lamppost run to READY: {ready} s, {speed.start.cpu_seconds:.2f} s of processor time{library}",
        f"memory with 10,000 entries open: {memory.resident_mb} MB, at most {memory.peak_mb} MB",
        "",
    ]
    for name, bar in speed.bars.items():
        lines.append(f"{name:24} {bar.measured:9.4g}  bar {bar.bar:g}: {'kept' if bar.kept else 'NOT KEPT'}")
    return "\n".join(lines)


def _probe(rig: Rig, extractor: Extractor) -> Probe:
    row = extractor.extract([rig.still.main.y[:112, :112, None].repeat(3, axis=2)])[0]
    return Probe(row, 1, rig.clock.now())


def _complete(load: Load, faces: int) -> Load:
    """Nearly every face must have been sampled, or the load would not be what it is called."""
    if load.embeddings < COMPLETE * faces:
        raise Misconfigured(
            f"Of {faces} faces only {load.embeddings} were sampled.", "Name pictures with clearer faces."
        )
    return load
