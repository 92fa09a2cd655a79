"""How many searches a passage makes, and who is found: many composed scenes through the real models, in lock-step.

A calibration needs the first figure, because a track that breaks gives a stranger a second draw.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from edge.adapters.tflite import Detector, Extractor
from edge.measure.calibrate import poisson_upper
from edge.settings import shared
from hardware_sim.cast_list import listed
from hardware_sim.clock import BEGIN
from hardware_sim.replay import Replay
from hardware_sim.stage import set_stage

LENGTH = 100


def run(seeds: Sequence[int], pictures: Path, people: Path | None) -> int:
    """Print a line for each scene and the sum. Returns 1 if somebody was missed or wrongly found."""
    models, calibration = shared("models"), shared("calibration.json")
    detector, extractor = Detector(models), Extractor(models)
    total: Counter[str] = Counter()
    for seed in seeds:
        stage = set_stage(seed, detector.detect_rgb, pictures, people)
        sealed = listed(stage, detector, extractor, LENGTH, BEGIN)
        with tempfile.TemporaryDirectory(prefix="lamppost-passages-") as folder:
            replay = Replay.of(stage.composer(), Path(folder), models, calibration, sealed=sealed)
            replay.play()
        expected = Counter(f"volunteer-{p.person}" for p in stage.scene.passages() if p.listed)
        told = Counter(hit.content.entry for hit in replay.site.hits)
        scene = Counter(
            passages=len(stage.scene.walkers),
            searches=replay.counters.get("searches", 0),
            listed=expected.total(),
            found=(expected & told).total(),
            false=(told - expected).total(),
        )
        total += scene
        print(f"scene {seed}: " + _line(scene), flush=True)
    extra = max(0, total["searches"] - total["passages"])
    mean = total["searches"] / total["passages"]
    upper = 1 + poisson_upper(extra) / total["passages"]
    print(f"all: {_line(total)}; searches per passage {mean:.3f}, at most {upper:.3f} with 97.5 % confidence")
    return int(total["found"] < total["listed"] or total["false"] > 0)


def _line(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {counts[name]}" for name in ("passages", "searches", "listed", "found", "false"))
