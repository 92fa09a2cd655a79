"""``python -m deploy.contract <folder>``: check the contract, and write it as ``index.html`` into a folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.models import npm
from deploy.models.__main__ import cache
from deploy.models.environment import say
from deploy.models.faults import BuildFailed
from edge.contract import asyncapi

HERE: Final = Path(__file__).resolve().parent


def main(out: Path) -> int:
    """Returns the exit status."""
    try:
        node, packages = npm.ready(cache(None), "contract-page", HERE, "about 410 MB on disk")
    except BuildFailed as error:
        say(str(error))
        return 1
    out.mkdir(parents=True, exist_ok=True)
    document = out / "asyncapi.json"
    document.write_text(asyncapi.published())
    rendered = subprocess.run([node, HERE / "page.mjs", packages, document.resolve(), out.resolve()], check=False)
    if rendered.returncode == 0:
        print(f"contract: {out / 'index.html'}")
    return rendered.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
