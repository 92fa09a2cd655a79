"""``python -m deploy.models``: build the models into the cache, or find that they are built."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.models import environment, fetch, index, manifest, pictures, recipe
from deploy.models.environment import say
from deploy.models.faults import BuildFailed


def cache(chosen: str | None) -> Path:
    """The cache folder: what was chosen, else LAMPPOST_CACHE, else the user's cache folder."""
    if chosen or (chosen := os.environ.get("LAMPPOST_CACHE")):
        return Path(chosen).expanduser().resolve()
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser().resolve() / "lamppost"


def build(root: Path, folder: Path) -> None:
    """Fetch, convert and check everything into ``folder``. Raises BuildFailed; leaves nothing half-done."""
    python, archive, sources = gathered(root)
    for left in folder.parent.glob(".building-*"):
        shutil.rmtree(left)  # of a build that was killed: nobody else builds while we hold the lock
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as temporary:
        made = Path(temporary) / folder.name
        made.mkdir()
        environment.inner(python, "deploy.models.build", str(archive), str(sources), str(made))
        os.replace(made, folder)


def gathered(root: Path) -> tuple[Path, Path, Path]:
    """The build environment's interpreter, the archive with the weights, and the folder of pictures."""
    python = environment.ready(root)
    fetcher = fetch.Fetcher(index.origins(Path(sys.executable)), root / "sources")
    say(f"fetching or checking {recipe.FACESDK.file} and the calibration pictures")
    archive = fetcher.fetch(recipe.FACESDK)
    pictures.gather(fetcher, python)
    return python, archive, fetcher.folder


def run(root: Path, folder: Path, check: bool) -> None:
    """Build where nothing is built, and check where that is asked for. Raises BuildFailed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds at once: the second finds the first one's work
        if not manifest.verified(folder):
            build(root, folder)
        elif not check:
            say("up to date")
        if check:
            python, archive, sources = gathered(root)
            environment.inner(python, "deploy.models.checks", str(archive), str(sources), str(folder))


def main(arguments: list[str]) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.models", description=__doc__)
    parser.add_argument("--cache", metavar="DIR", help="where to keep everything (default: $LAMPPOST_CACHE)")
    parser.add_argument("--print-path", action="store_true", help="only print the folder of the built models")
    parser.add_argument("--check", action="store_true", help="also run the numerical checks on what is built")
    chosen = parser.parse_args(arguments)
    root = cache(chosen.cache)
    folder = root / "models" / recipe.key()
    if not chosen.print_path:
        try:
            run(root, folder, chosen.check)
        except BuildFailed as error:
            say(str(error))
            return 1
        except OSError as error:
            say(f"{error}. Check that {root} can be written to and is not full, or choose another with --cache.")
            return 1
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
