"""A scene through the real models and the whole daemon, in whatever environment this runs; its outcome as JSON.

    python -I tests/package/replayed.py --beside <checkout> --models <folder> --pictures <folder> --calibration <file>

Beside an installed package it uses that package's program, and takes from the checkout only what a pole does not have:
the simulator, and the office that signs. ``agrees`` says whether two environments came to the same.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TOLERANCE = 0.08
"""Of a cosine: far below what separates one person from another, and above what two releases of OpenCV's resampling
and two processors' int8 arithmetic make of the same pictures."""
SEED = 1


def beside(checkout: Path) -> None:
    """Let what the installed program leaves out be found in the checkout; what it has stays its own."""
    sys.path.append(str(checkout / "hardware-sim"))
    try:
        edge = importlib.import_module("edge")
    except ModuleNotFoundError:
        sys.path.append(str(checkout))
        edge = importlib.import_module("edge")
    for name in ("edge", "edge.audit", "edge.measure"):
        package = importlib.import_module(name)
        package.__path__.append(str(checkout / name.replace(".", "/")))
    print(f"replay: edge {edge.__version__} from {Path(str(edge.__file__)).parent}", file=sys.stderr)


def replay(models: Path, pictures: Path, calibration: Path, *, passages: int, seconds: float) -> dict[str, Any]:
    """Play the scene. Returns who was found, what was counted, and how portraits compare."""
    import cv2
    import numpy as np

    from edge.adapters.tflite import Detector, Extractor
    from edge.steps import align
    from hardware_sim.cast_list import listed
    from hardware_sim.clock import SteppedClock
    from hardware_sim.registry import gather_registry
    from hardware_sim.replay import Replay
    from hardware_sim.scene import SceneSettings
    from hardware_sim.stage import set_stage

    detector, extractor = Detector(models), Extractor(models)
    people = gather_registry(pictures, detector.detect_rgb)
    faces = [align.aligned_rgb(one.still, one.face.landmarks) for person in people for one in person.portraits]
    features = np.stack([row for face in faces for row in extractor.extract([face])])
    stage = set_stage(
        SEED, detector.detect_rgb, pictures, settings=SceneSettings(passages=passages, seconds=seconds, fps=5.0)
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lamppost-replayed-") as folder:
        sealed = listed(stage, detector, extractor, 100, SteppedClock().now().wall)
        played = Replay.of(stage.composer(), Path(folder), models, calibration, sealed=sealed)
        played.play()
        counts = played.counters
        hits = sorted(hit.content.entry for hit in played.site.hits)
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "interpreter": next(name for name in ("ai_edge_litert", "tflite_runtime") if name in sys.modules),
        "frames": counts["frames"],
        "searches": counts.get("searches", 0),
        "listed": sorted(f"volunteer-{one.person}" for one in stage.scene.passages() if one.listed),
        "hits": hits,
        "scores": [[round(float(score), 4) for score in row] for row in features @ features.T],
        "seconds": round(time.monotonic() - began, 1),
    }


def agrees(one: dict[str, Any], other: dict[str, Any]) -> str:
    """In words, in what two outcomes differ; empty where they agree."""
    if one["hits"] != other["hits"]:
        return f"hits {one['hits']} and {other['hits']}"
    if len(one["scores"]) != len(other["scores"]):
        return f"{len(one['scores'])} and {len(other['scores'])} portraits"
    apart = max(abs(a - b) for left, right in zip(one["scores"], other["scores"], strict=True) for a, b in
                zip(left, right, strict=True))  # fmt: skip
    return f"comparison scores {apart:.3f} apart" if apart > TOLERANCE else ""


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    beside(chosen.beside)
    found = replay(chosen.models, chosen.pictures, chosen.calibration, passages=chosen.passages, seconds=chosen.seconds)
    if chosen.out is not None:
        chosen.out.write_text(json.dumps(found))
    shown = {name: value for name, value in found.items() if name != "scores"}
    print(json.dumps(shown))
    return 0 if found["hits"] and found["hits"] == found["listed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
