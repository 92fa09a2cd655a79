"""What the control room's package goes through on a Debian: installed, used, kept apart from a pole's, purged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.package.course import needs
from tests.package.root import Root

NAME = "lamppost-control-room"


def course(root: Root, package: Path, pole: Path | None) -> Iterator[str]:
    """All of it, a line for each step. ``pole``: the other package, for the same Debian and processor."""
    yield install(root, package)
    yield signs(root)
    if pole is not None:
        yield stands_apart(root, pole)
    root.run("dpkg", "--purge", NAME)
    needs(not root.has(f"/usr/lib/{NAME}") and not root.has("/usr/bin/lamppost"), "purging left the program")
    yield "purge: nothing is left"


def install(root: Root, package: Path) -> str:
    """One command, without a network; nothing is started by it."""
    inside = root.put(package, f"/tmp/{package.name}")
    began = time.monotonic()
    root.run("apt-get", "install", "--yes", "--quiet", inside)
    took = time.monotonic() - began
    said = root.run("lamppost", "--version").stdout.strip()
    needs(said.startswith("lamppost "), f"lamppost --version said {said!r}")
    needs(not list(root.folder.glob("usr/lib/systemd/system/lamppost*")), "it has units")
    sizes = f"{package.stat().st_size / 1e6:.0f} MB, {root.megabytes(f'/usr/lib/{NAME}')} MB installed"
    return f"{said}, control room: {took:.0f} s, {sizes}"


def signs(root: Root) -> str:
    """Somebody makes a key with it; and what a pole must not have is there."""
    root.run("lamppost", "authority", "key", "authorising-officer", "--unlocked", "--out", "/tmp/officer.pem")
    made = root.folder / "tmp/officer.pem"
    needs("PRIVATE KEY" in made.read_text() and made.stat().st_mode & 0o077 == 0, "no key that only its owner reads")
    offered = root.run("lamppost", "--help").stdout
    missing = [name for name in ("authority", "enrol", "start", "verify") if name not in offered]
    needs(not missing, f"it does not offer {missing}")
    return "it makes a key, and offers what signs, enrols and examines"


def stands_apart(root: Root, pole: Path) -> str:
    """The two are never installed beside each other."""
    inside = root.put(pole, f"/tmp/{pole.name}")
    refused = root.run("dpkg", "--install", inside, check=False)
    needs(refused.returncode != 0 and "conflict" in refused.stderr, f"not refused: {refused.stderr[-300:]}")
    return "a pole's package is refused beside it"
