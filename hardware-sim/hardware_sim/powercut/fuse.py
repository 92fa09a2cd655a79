"""A medium as one file: the kernel's FUSE protocol (include/uapi/linux/fuse.h, 7.31), as much as a loop device needs.

Runs in a process of its own, told what to do by lines on its standard input. Spoken here and not through libfuse,
because a disk without power answers nothing at all: a library would.
"""

from __future__ import annotations

import errno
import mmap
import os
import select
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

from hardware_sim.powercut.medium import Medium

_IN: Final = struct.Struct("<IIQQIIII")
_OUT: Final = struct.Struct("<IiQ")
_INIT: Final = struct.Struct("<IIIIHHIIHHI28x")
_ATTRIBUTES: Final = struct.Struct("<QIIQQQQQQIIIIIIIIII")
_OPENED: Final = struct.Struct("<QII")
_READ: Final = struct.Struct("<QQI20x")
_WRITE: Final = struct.Struct("<QQI20x")
_WRITTEN: Final = struct.Struct("<II")
_VERSION: Final = (7, 31)
_BIG_WRITES: Final = 1 << 5
_MOST: Final = 128 * 1024
"""Bytes in one write."""
_REGULAR: Final = 0o100600
_FORGET, _GETATTR, _SETATTR, _OPEN, _READING, _WRITING = 2, 3, 4, 14, 15, 16
_RELEASE, _FSYNC, _FLUSH, _INITIATE, _INTERRUPT, _DESTROY, _FORGETS = 18, 20, 25, 26, 36, 38, 42
_SILENT: Final = (_FORGET, _FORGETS, _INTERRUPT)


class Served:
    """The answers. None: there is none."""

    def __init__(self, medium: Medium) -> None:
        self.medium = medium
        self.writes = 0
        self.flushes = 0
        self._known: dict[int, Callable[[bytes], bytes]] = {
            _INITIATE: self._initiate,
            _GETATTR: lambda _: self._attributes(),
            _SETATTR: lambda _: self._attributes(),
            _OPEN: lambda _: _OPENED.pack(0, 0, 0),
            _READING: self._read,
            _WRITING: self._write,
            _FSYNC: self._flush,
            _FLUSH: lambda _: b"",
            _RELEASE: lambda _: b"",
            _DESTROY: lambda _: b"",
        }

    def answer(self, request: bytes) -> bytes | None:
        """To one request of the kernel."""
        _, kind, unique, *_ = _IN.unpack_from(request)
        if kind in _SILENT:
            return None
        known, error, said = self._known.get(kind), 0, b""
        if known is None:
            error = -errno.ENOSYS
        else:
            try:
                said = known(request[_IN.size :])
            except ValueError:
                error = -errno.EIO
        return _OUT.pack(_OUT.size + len(said), error, unique) + said

    def _initiate(self, _: bytes) -> bytes:
        return _INIT.pack(*_VERSION, _MOST, _BIG_WRITES, 16, 12, _MOST, 1, 0, 0, 0)

    def _attributes(self) -> bytes:
        size = len(self.medium.seen)
        return _ATTRIBUTES.pack(3600, 0, 0, 1, size, size // 512, 0, 0, 0, 0, 0, 0, _REGULAR, 1, 0, 0, 0, 4096, 0)

    def _read(self, said: bytes) -> bytes:
        _, offset, size = _READ.unpack_from(said)
        return self.medium.read(offset, size)

    def _write(self, said: bytes) -> bytes:
        _, offset, size = _WRITE.unpack_from(said)
        self.medium.write(offset, said[_WRITE.size : _WRITE.size + size])
        self.writes += 1
        return _WRITTEN.pack(size, 0)

    def _flush(self, _: bytes) -> bytes:
        self.medium.flush()
        self.flushes += 1
        return b""


class Server:
    """The two ends: the kernel's questions, and what it is told on its standard input."""

    def __init__(self, served: Served, device: int) -> None:
        self._served, self._device = served, device
        self._seed, self._left = 0, -1

    def run(self) -> None:
        """Until the disk is unmounted, or nobody is at the other end any more, or the power has failed."""
        told = sys.stdin.fileno()
        while True:
            ready, _, _ = select.select([self._device, told], [], [])
            if (told in ready and not self._told(os.read(told, 256).decode().split())) or (
                self._device in ready and not self._asked()
            ):
                return

    def _told(self, line: list[str]) -> bool:
        if line[:1] == ["count"]:
            _say(f"{self._served.writes} {self._served.flushes}")
        elif line:
            self._seed, self._left = int(line[1]), int(line[2])
            if not self._left:
                return self._cut()
        return bool(line)

    def _asked(self) -> bool:
        try:
            request = os.read(self._device, _MOST + 4096)
        except OSError as error:
            return error.errno == errno.ENOENT  # withdrawn meanwhile; anything else: unmounted
        kind = _IN.unpack_from(request)[1]
        if self._left == 1 and kind in (_WRITING, _FSYNC):
            if kind == _WRITING:
                self._served.answer(request)  # taken into the cache, and never answered
            return self._cut()
        said = self._served.answer(request)
        if said is not None:
            os.write(self._device, said)
        if self._left > 0 and kind in (_WRITING, _FSYNC):
            self._left -= 1
        return True

    def _cut(self) -> bool:
        """Decide what is left, say so, and answer nothing any more, until the other end hangs up."""
        fate = self._served.medium.cut(Random(self._seed))  # noqa: S311
        _say(f"cut {fate.kept} {fate.lost} {fate.torn}")
        while os.read(sys.stdin.fileno(), 256):
            pass
        return False


def main() -> int:
    """``fuse SEEN SAFE TARGET``: serve. ``count`` is answered, ``cut SEED STEPS`` obeyed so many steps on."""
    seen, safe, target = map(Path, sys.argv[1:])
    served = Served(Medium(_mapped(seen), _mapped(safe)))
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=100000,user_id=0,group_id=0"
    subprocess.run(
        ["/bin/mount", "-i", "-t", "fuse", "-o", options, "lamppost-disk", str(target)], pass_fds=[device], check=True
    )
    _say("serving")
    Server(served, device).run()
    return 0


def _mapped(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def _say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


if __name__ == "__main__":
    raise SystemExit(main())
