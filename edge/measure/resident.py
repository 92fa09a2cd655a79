"""Memory: a process of its own with the models, a list of 10,000 entries open, and ten people passing.

It imports what the daemon imports, and nothing of the yardsticks that look at pictures. Run by ``lamppost bench``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from edge.domain.authorisation import MAX_LIST_ENTRIES
from edge.domain.capture import Picture
from edge.domain.errors import Misconfigured
from edge.steps.calibrate import Calibration
from edge.wire.signed import canonical

_PLANES = ("y", "u", "v")


class Memory(msgspec.Struct, frozen=True):
    """What the kernel says of a process, MB."""

    peak_mb: float
    """Most that was ever resident (VmHWM)."""
    resident_mb: float
    """At the end, with the list open."""


def measure(models: Path, calibration: Calibration, pictures: tuple[Picture, Picture]) -> Memory:
    """Start the process and wait for its answer. Raises Misconfigured where it fails."""
    with tempfile.TemporaryDirectory(prefix="lamppost-bench-") as name:
        folder = Path(name)
        for part, picture in zip(("main", "small"), pictures, strict=True):
            for plane in _PLANES:
                np.save(folder / f"{part}-{plane}.npy", getattr(picture, plane))
        (folder / "calibration.json").write_bytes(canonical(calibration))
        command = [sys.executable, "-m", "edge.measure.resident", name, str(models)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if ran.returncode:
            raise Misconfigured(f"Memory could not be measured: {ran.stderr[-400:]}", "Free memory, and try again.")
        return msgspec.json.decode(ran.stdout, type=Memory)


def _run(folder: Path, models: Path) -> Memory:
    import edge.adapters.files
    import edge.adapters.mqtt
    import edge.daemon.supervise  # noqa: F401
    from edge.adapters.tflite import Detector, Extractor
    from edge.measure.path import Path as FramePath
    from edge.measure.rig import deployed
    from edge.wire.signed import parse

    main, small = (
        Picture(*(np.load(folder / f"{part}-{plane}.npy") for plane in _PLANES)) for part in ("main", "small")
    )
    detector, extractor = Detector(models), Extractor(models)
    calibration = parse((folder / "calibration.json").read_bytes(), Calibration)
    rig = deployed(folder, detector, extractor, calibration, MAX_LIST_ENTRIES, (main, small))
    FramePath(rig, detector, extractor).passage(1)
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak, resident = (int(lines[name].split()[0]) / 1024 for name in ("VmHWM", "VmRSS"))
    return Memory(round(peak, 1), round(resident, 1))


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(_run(Path(sys.argv[1]), Path(sys.argv[2]))).decode())
