"""A drawn scene, laid into a machine for its camera to show, and the list of those volunteers whom it shows."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.models.__main__ import cache
from edge.adapters.tflite import Detector, Extractor
from edge.control_room.deploy import SealedList
from hardware_sim.cast_list import entry_of, listed
from hardware_sim.scene import SceneSettings
from hardware_sim.stage import set_stage
from tests.boot.root import TESTED

CAMERA: Final = "\n[camera]\nwidth = 1920\nheight = 1080\nframes_per_second = 5\n"
SETTINGS: Final = SceneSettings(passages=2, seconds=10, fps=5)
APT: Final = "usr/lib/python3/dist-packages"
SEED: Final = 1


def laid(root: Path, share: Path) -> tuple[SealedList, set[str]]:
    """Lay scene and camera library into a root. Returns the list, and who of it passes, over and over."""
    detector, extractor = Detector(share / "models"), Extractor(share / "models")
    stage = set_stage(SEED, detector.detect_rgb, cache(None) / "sources", settings=SETTINGS)
    with (root / TESTED / "scene.i420").open("wb") as file:
        for shot in stage.composer().shots():
            picture = shot.pictures().main
            for plane in (picture.y, picture.u, picture.v):
                file.write(plane.tobytes())
    for name in ("picamera2", "libcamera"):
        shutil.move(root / TESTED / f"{name}.py", root / APT / f"{name}.py")
    sealed = listed(stage, detector, extractor, len(stage.listed), datetime.now(UTC).replace(microsecond=0))
    passing = {one.person for one in stage.scene.passages() if one.listed}
    return sealed, {entry_of(person) for person in stage.listed if person.id in passing}


def taken_away(root: Path) -> None:
    """The machine has no camera any more."""
    for name in ("picamera2", "libcamera"):
        (root / APT / f"{name}.py").unlink()
