"""A file system on a disk that loses what it was not made to keep: ext4, as a card has it. Asks for root."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edge.domain.errors import Misconfigured

PATIENCE: Final = 60.0
DETACHES: Final = 2.0


@dataclass(frozen=True, slots=True)
class Fell:
    """What became of writes that were under way when the power failed."""

    kept: int
    lost: int
    torn: int


class CutDisk:
    """The disk, mounted or not. ``place`` is where its file system appears."""

    def __init__(self, folder: Path, place: Path, *, megabytes: int) -> None:
        """Make an empty one in a folder. Raises Misconfigured where the tools are missing."""
        self.place = place
        folder.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._safe, self._seen, self._target = folder / "safe", folder / "seen", folder / "disk"
        self._target.touch()
        with self._safe.open("wb") as file:
            file.truncate(megabytes << 20)
        _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", str(self._safe))
        self._server: subprocess.Popen[bytes] | None = None
        self._loop = ""

    @property
    def image(self) -> Path:
        """What outlives a cut, block by block."""
        return self._safe

    def begin_as(self, image: Path) -> None:
        """Be a copy of another's image. Not while it is mounted."""
        shutil.copyfile(image, self._safe)

    def mount(self) -> None:
        """Plug it in. ext4 recovers what it finds. Raises Misconfigured where it cannot."""
        shutil.copyfile(self._safe, self._seen)
        command = [
            sys.executable,
            "-m",
            "hardware_sim.powercut.fuse",
            *map(str, (self._seen, self._safe, self._target)),
        ]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        _expect(self._server, "serving")
        self._loop = _run("losetup", "--find", "--show", str(self._target)).strip()
        _run("mount", "-t", "ext4", self._loop, str(self.place))

    def count(self) -> int:
        """Writes and flushes so far."""
        writes, flushes = self._tell("count")
        return int(writes) + int(flushes)

    def fail_after(self, seed: int, steps: int) -> None:
        """Let the power fail at so many more writes or flushes from now."""
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.write(f"cut {seed} {steps}\n".encode())
        self._server.stdin.flush()

    def failed(self, seconds: float = 0.0) -> Fell | None:
        """What fell, once the power has failed; None where it has not within so many seconds."""
        assert self._server is not None
        line = _line(self._server, seconds)
        return None if line is None else Fell(*map(int, line.split()[1:]))

    def cut(self, seed: int) -> Fell:
        """Let the power fail now. Nothing is answered any more: whoever waits for the disk waits for ever."""
        self.fail_after(seed, 0)
        fell = self.failed(PATIENCE)
        assert fell is not None
        return fell

    def gone(self) -> None:
        """Take a disk without power away. Whoever still waits for it gets an error: kill them first."""
        if self._server is not None:
            self._server.kill()  # it answers nothing any more, and with it go the kernel's questions
            _hang_up(self._server)
            self._server = None
        self._clear()

    def unmount(self) -> None:
        """In good order."""
        _run("umount", str(self.place))
        _run("losetup", "-d", self._loop)
        self._loop = ""
        _run("umount", str(self._target))
        if self._server is not None:
            _hang_up(self._server)
            self._server = None

    def close(self) -> None:
        """Whatever state it is in, leave nothing mounted."""
        if self._server is not None and self._server.poll() is None and self._loop:
            with contextlib.suppress(Misconfigured):
                self.unmount()
        self.gone()

    def _clear(self) -> None:
        for command in (
            ["umount", "-l", str(self.place)], ["losetup", "-d", self._loop], ["umount", "-l", str(self._target)],
        ):  # fmt: skip
            if command[-1]:
                subprocess.run(command, check=False, capture_output=True)
        # Who still has a file open there keeps the device; nothing behind it answers, and the kernel clears it later.
        deadline = time.monotonic() + DETACHES
        while self._loop and _attached(self._loop) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._loop = ""

    def _tell(self, line: str) -> list[str]:
        assert self._server is not None
        assert self._server.stdin is not None
        self._server.stdin.write(f"{line}\n".encode())
        self._server.stdin.flush()
        return (_line(self._server, PATIENCE) or "").split()


def _attached(loop: str) -> bool:
    return Path(f"/sys/block/{Path(loop).name}/loop/backing_file").exists()


def _hang_up(server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        server.stdin.close()
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout is not None:
        server.stdout.close()


def _expect(server: subprocess.Popen[bytes], wanted: str) -> None:
    if _line(server, PATIENCE) != wanted:
        raise Misconfigured("The disk does not come up.", "Is there a /dev/fuse, and are you root?")


def _line(server: subprocess.Popen[bytes], seconds: float) -> str | None:
    """One line; the other end writes each at once. None where none comes, or no more."""
    assert server.stdout is not None
    if not select.select([server.stdout], [], [], seconds)[0]:
        return None
    found = b""
    while not found.endswith(b"\n"):
        piece = os.read(server.stdout.fileno(), 1)
        if not piece:
            return None
        found += piece
    return found.decode().strip()


def _run(*command: str) -> str:
    try:
        ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except FileNotFoundError as error:
        raise Misconfigured(f"{command[0]} is not here.", "Install e2fsprogs and mount.") from error
    except subprocess.CalledProcessError as error:
        raise Misconfigured(f"{' '.join(command)}: {error.stderr.strip()}", "Run this as root.") from error
    return ran.stdout
