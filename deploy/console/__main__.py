"""``python -m deploy.console``: fetch the parts of the control room's pages, where they are not there already."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from deploy.models import npm
from deploy.models.__main__ import cache
from deploy.models.environment import say
from deploy.models.faults import BuildFailed

HERE: Final = Path(__file__).resolve().parent
PARTS: Final = HERE.parent.parent / "edge" / "control_room" / "web" / "parts"
TAKEN: Final = {
    "render.js": "htm/preact/standalone.module.js",
    "text.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "LICENCE.htm": "htm/LICENSE",
    "LICENCE.inter": "@fontsource-variable/inter/LICENSE",
}
"""What it is called here, and where it lies in the packages. The rest of them is not used."""


def main() -> int:
    """Returns the exit status."""
    try:
        _, packages = npm.ready(cache(None), "console", HERE, "3 MB on disk")
    except BuildFailed as error:
        say(str(error))
        return 1
    PARTS.mkdir(exist_ok=True)
    for name, origin in TAKEN.items():
        source = packages / "node_modules" / origin
        if not (PARTS / name).is_file() or (PARTS / name).read_bytes() != source.read_bytes():
            shutil.copyfile(source, PARTS / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
