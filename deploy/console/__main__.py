"""``python -m deploy.console``: fetch the parts of the control room's pages, where they are not there already.

``python -m deploy.console axe`` fetches what judges pages in tests instead, into ``out/axe.js``.
"""

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
ROOT: Final = HERE.parent.parent
PARTS: Final = ROOT / "edge" / "control_room" / "web" / "parts"
TAKEN: Final = {
    "render.js": "htm/preact/standalone.module.js",
    "text.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "LICENCE.htm": "htm/LICENSE",
    "LICENCE.inter": "@fontsource-variable/inter/LICENSE",
}
"""What it is called here, and where it lies in the packages. The rest of them is not used."""
JUDGE: Final = ROOT / "tests" / "browser" / "axe"
JUDGED: Final = {"axe.js": "axe-core/axe.min.js"}


def main(what: str = "console") -> int:
    """Returns the exit status."""
    lock, taken, folder = (JUDGE, JUDGED, ROOT / "out") if what == "axe" else (HERE, TAKEN, PARTS)
    try:
        _, packages = npm.ready(cache(None), what, lock, "3 MB on disk")
    except BuildFailed as error:
        say(str(error))
        return 1
    folder.mkdir(exist_ok=True)
    for name, origin in taken.items():
        source = packages / "node_modules" / origin
        if not (folder / name).is_file() or (folder / name).read_bytes() != source.read_bytes():
            shutil.copyfile(source, folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
