"""The inner build, in the build environment: weights to networks to LiteRT files, checked.

``python -m deploy.models.build ARCHIVE SOURCES OUT``
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from deploy.models import checks, manifest, material, recipe
from deploy.models.embedder import SIDE
from deploy.models.environment import say
from deploy.models.equalise import equalised
from deploy.models.faults import BuildFailed
from deploy.models.flatbuffer import Rounding
from deploy.models.graph import Network
from deploy.models.observe import Image, Runner, watched
from deploy.models.operators import written
from deploy.models.quantise import corrected, rounding
from deploy.models.scenes import crops, frames

FRAME: Final = (384, 640)
"""Height and width of the frames that the detector is calibrated on; its ranges serve every size."""
FRAMES: Final = 48
CROPS_A_FACE: Final = 12


def main(archive: Path, sources: Path, out: Path) -> None:
    """Build everything into ``out``. Raises BuildFailed."""
    detector, embedder = material.networks(archive)
    seen = material.photographs(detector, sources, held_out=False)
    unseen = material.photographs(detector, sources, held_out=True)
    say(f"calibrating on {sum(len(picture.faces) for picture in seen)} faces")
    roundings = (
        rounded(detector, list(frames(seen, FRAMES, *FRAME, recipe.SEED)), *FRAME),
        rounded(embedder, list(crops(seen, CROPS_A_FACE, recipe.SEED)), SIDE, SIDE),
    )
    say("writing and checking the models")
    models = []
    for (network, whole), sizes in zip(roundings, (recipe.DETECTOR_SIZES, ((SIDE, SIDE),)), strict=True):
        for width, height in sizes:
            exact, small = written(network, height, width), written(network, height, width, whole)
            results = checks.compared(network.name, width, height, exact, small, unseen)
            contract = Runner(small).contract
            for precision, data, said in (("int8", small, results), ("float32", exact, {})):
                (out / recipe.file_name(network.name, width, height, precision)).write_bytes(data)
                models.append(manifest.entry(network.name, width, height, precision, contract, said))
            say(f"  {models[-2]['file']}: {checks.in_words(results)}")
    manifest.write(out, models, tools())


def rounded(network: Network, images: list[Image], height: int, width: int) -> tuple[Network, Rounding]:
    """The network with like channels, which computes the same, and how that becomes int8."""
    network = equalised(network, watched(network, images, height, width))
    seen = watched(network, images, height, width)
    return network, corrected(network, rounding(network, seen), seen, images, height, width)


def tools() -> dict[str, str]:
    """What built this, for the manifest."""
    names = ("ai-edge-litert", "numpy", "opencv-python-headless")
    return {name: version(name) for name in names} | {
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    try:
        main(*(Path(argument) for argument in sys.argv[1:4]))
    except BuildFailed as failure:
        say(str(failure))
        sys.exit(1)
