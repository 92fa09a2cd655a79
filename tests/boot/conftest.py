"""One booted machine for each Debian."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boot.machine import Machine
from tests.boot.post import Post
from tests.boot.root import CHECKOUT, NEWER, SUITES, Packages, build, install, unpack
from tests.boot.transcript import Transcript

SHARE = Path(sys.prefix) / "share" / "lamppost"


def _missing() -> str | None:
    if "LAMPPOST_BOOT" not in os.environ:
        return "a target of its own: make boot"
    if os.geteuid() != 0:
        return "NOT RUN: only root can boot a machine: sudo make boot"
    if shutil.which("systemd-nspawn") is None and shutil.which("apt-get") is None:
        return "NOT RUN: systemd-nspawn is not here and cannot be installed: try this on Debian"
    return None


@pytest.fixture(scope="package", params=SUITES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Packages]:
    """The package for each Debian."""
    missing = _missing()
    if missing:
        pytest.skip(missing)
    suite: str = request.param
    folder = tmp_path_factory.mktemp("packages")
    return suite, Packages(build(suite, folder / "now"), build(suite, folder / "newer", "--as-version", NEWER))


@pytest.fixture
def packages(built: tuple[str, Packages]) -> Packages:
    """The packages that lie in the machine's /var/tmp."""
    return built[1]


@pytest.fixture(scope="package")
def machine(built: tuple[str, Packages]) -> Iterator[Machine]:
    """A fresh Debian with the product in it, booted."""
    suite, packages = built
    transcript = Transcript(CHECKOUT / "out" / "boot.txt", f"Debian {suite}, amd64, in systemd-nspawn")
    with tempfile.TemporaryDirectory(prefix="lamppost-boot-", dir="/var/tmp") as name:
        root = Path(name)
        root.chmod(0o755)
        unpack(suite, root)
        transcript.say("a fresh root file system is unpacked")
        install(root, packages.now, packages.newer)
        transcript.say(f"apt install ./{packages.now.name}, without a network")
        made = Machine(root, transcript)
        try:
            made.boot()
            transcript.say(f"booted: {made.run('systemctl', '--version').splitlines()[0]}")
            yield made
        finally:
            made.power_off()
            transcript.say("powered off")


@pytest.fixture(scope="package")
def posts(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Post, Post]]:
    """Two cameras on it, provisioned and not started."""
    made: list[Post] = []
    try:
        for name in ("cam0", "cam1"):
            made.append(Post.provisioned(machine, name, tmp_path_factory.mktemp(name) / "bench", SHARE))
            machine.transcript.say(f"{name} is provisioned: keys sealed to the machine, documents, configuration")
        yield made[0], made[1]
    finally:
        for post in made:
            post.close()


@pytest.fixture
def post(posts: tuple[Post, Post]) -> Post:
    """The first of them."""
    return posts[0]
