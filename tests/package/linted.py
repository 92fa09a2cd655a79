"""What Debian's own examiner says of a package. What is overridden is explained beside each package's control files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.package.root import Failed

CAP = 20
"""Lines of complaint that are shown."""


def provide() -> None:
    """Install it where it is missing. Raises Failed."""
    if shutil.which("lintian") is not None:
        return
    print("setup: installing lintian with apt-get", flush=True)
    for command in (("update", "-q"), ("install", "-y", "-q", "--no-install-recommends", "lintian")):
        done = subprocess.run(["apt-get", *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"lintian cannot be installed: {done.stderr[-300:]}")


def clean(package: Path) -> str:
    """Have it examined. Raises Failed with what it complains of.

    It is packed anew, quickly: lintian of Debian 12 does not read the compression that dpkg of Debian 12 does.
    """
    with tempfile.TemporaryDirectory(prefix="lamppost-lint-", dir="/var/tmp") as name:
        tree, again = Path(name) / "tree", Path(name) / package.name
        subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
        built = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", str(tree), str(again)]
        subprocess.run(built, check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)
        said = subprocess.run(["lintian", "--allow-root", again], capture_output=True, text=True, check=False)
    found = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith(("E:", "W:"))]
    if found or (not said.stdout and said.returncode not in (0, 2)):
        raise Failed("lintian: " + "\n".join(found[:CAP] or [said.stderr[-300:]]))
    return "lintian finds nothing that is not overridden and explained"
