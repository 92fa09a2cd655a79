"""The unit's program where it has a camera: the product's own adapter on the kernel's device, within the sandbox."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from edge.adapters.camera import Dusk, Profile, SteadyCamera, Streams, V4l2Source
from edge.adapters.host import SystemClock
from edge.domain.capture import Frame
from edge.domain.errors import CaptureLost

STREAMS = Streams(width=640, height=360, small_width=320, small_height=180, frames_per_second=15)
PATIENCE = timedelta(seconds=20)
MANY = 12


def looked(profile: Profile) -> dict[str, object]:
    """Open the camera, take frames, and close it: what they were like."""
    clock = SystemClock()
    frames: list[Frame] = []
    ages: list[float] = []
    camera = SteadyCamera(V4l2Source(STREAMS, Path("/dev/video0"), encoding="YUYV"), STREAMS, clock, Dusk(profile))
    try:
        camera.open()
        while len(frames) < MANY and (frame := camera.next(PATIENCE)) is not None:
            frames.append(frame)
            ages.append(clock.now().since(frame.captured).total_seconds())
        camera.close()
    except CaptureLost as error:
        return {"lost": str(error)}
    return {"frames": len(frames), "oldest": round(max(ages, default=0), 2), **told(frames)}


def told(frames: list[Frame]) -> dict[str, object]:
    """Of the frames: sizes, order, and whether the pictures differ."""
    instants = [frame.captured.boot for frame in frames]
    return {
        "sizes": sorted({(one.main.width, one.main.height, one.small.width, one.small.height) for one in frames}),
        "in order": all(first < second for first, second in pairwise(instants)),
        "different": len({frame.main.y.tobytes() for frame in frames}),
        "levels": int(frames[-1].main.y.max()) - int(frames[-1].main.y.min()) if frames else 0,
    }


def main() -> None:
    """Look twice: as it comes, and with a gain that is set."""
    said = {
        "devices": sorted(path.name for path in Path("/dev").iterdir()),
        "looked": looked(Profile()),
        "with a gain": looked(Profile(gain=100)),
        "with a focus": looked(Profile(focus=1)),
    }
    (Path(os.environ["STATE_DIRECTORY"]) / "said").write_text(json.dumps(said))


if __name__ == "__main__":
    main()
