"""The machine: its clocks, its memory, its service manager, its heat."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.adapters.host.memory import LockedBuffer, scrub
from edge.adapters.host.voice import RING, say
from edge.domain.capture import Instant
from edge.domain.host import Heat, Vitals
from edge.domain.remark import Dying, Remark, Said

_THROTTLED_NOW: Final = 0xF
_POSSIBLE: Final = (-60.0, 150.0)
"""Degrees Celsius: what a sensor says beyond them is a fault of the sensor."""
_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5
_MAX_ERROR: Final = 2_000_000
"""Microseconds. The kernel's own estimate grows by half a millisecond a second while nothing disciplines the clock: two
seconds after a good hour, where a time daemon asks at least every 34 minutes.
"""

_STA_NANO: Final = 0x2000
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")

_libc = ctypes.CDLL(None, use_errno=True)


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2); ``offset``, ``maxerror`` and ``status`` are read."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    ]


class SystemClock:
    """The kernel's clocks."""

    def now(self) -> Instant:
        """CLOCK_REALTIME and CLOCK_BOOTTIME."""
        boot = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Instant(datetime.now(UTC), timedelta(microseconds=boot // 1000))

    def synchronised(self) -> bool:
        """Whether a time daemon disciplines the kernel's clock, and did so of late (adjtimex(2))."""
        state = _Timex()
        answer = _libc.adjtimex(ctypes.byref(state))
        disciplined = 0 <= answer < _TIME_ERROR and not state.status & _STA_UNSYNC
        return bool(disciplined and state.maxerror <= _MAX_ERROR)


class SystemHost:
    """The real machine."""

    def __init__(self, sys: Path = Path("/sys"), store: Path | None = None) -> None:
        """``sys`` is where the kernel shows its devices, ``store`` the journal's file."""
        self._sys = sys
        self._store = store
        if store is not None:
            RING.keep_in(store.parent)

    def locked(self, size: int) -> LockedBuffer:
        """``size`` bytes, zeroed and locked. Raises Unsafe."""
        return LockedBuffer(size)

    def notify(self, state: str) -> None:
        """Tell the service manager, as sd_notify(3) does. Does nothing where there is none."""
        address = os.environ.get("NOTIFY_SOCKET")
        if not address:
            return
        name = "\0" + address[1:] if address.startswith("@") else address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.connect(name)
            channel.sendall(state.encode())

    def heat(self) -> Heat:
        """The hottest of the processor's sensors, and what a Raspberry Pi's firmware says of itself."""
        return Heat(_hottest(self._sys), _throttled(self._sys))

    def vitals(self) -> Vitals:
        """From /proc, stat(2) and adjtimex(2)."""
        state = _Timex()
        known = _libc.adjtimex(ctypes.byref(state)) >= 0
        offset = state.offset // 1000 if state.status & _STA_NANO else state.offset
        return Vitals(
            memory_bytes=_resident(),
            store_bytes=None if self._store is None else _size(self._store),
            clock_offset_us=offset if known else None,
            clock_error_us=state.maxerror if known else None,
        )

    def scrub(self, secret: bytes) -> None:
        """Overwrite a key that nobody needs any more."""
        scrub(secret)

    def say(self, remark: Remark) -> None:
        """Write a remark to the log."""
        say(remark)

    def said(self) -> tuple[Said, ...]:
        """The latest remarks, the oldest first."""
        return RING.said()

    def die(self, why: Dying) -> None:
        """End the process at once: the service manager restarts it, with the camera shut."""
        say(why)
        os.kill(os.getpid(), signal.SIGKILL)


def _resident() -> int | None:
    """The second figure of /proc/self/statm, in pages."""
    figures = _read(Path("/proc/self/statm")).split()
    return int(figures[1]) * _PAGE if len(figures) > 1 and figures[1].isdigit() else None


def _size(store: Path) -> int:
    """Of the file and what SQLite keeps beside it."""
    total = 0
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            total += store.with_name(store.name + suffix).stat().st_size
    return total


def _hottest(sys: Path) -> float | None:
    """Degrees Celsius of the hottest thermal zone; of the processor's own zones alone, where they are named so."""
    zones: dict[bool, list[float]] = {True: [], False: []}
    for zone in sys.glob("class/thermal/thermal_zone*"):
        kind, temperature = _read(zone / "type").lower(), _read(zone / "temp")
        with contextlib.suppress(ValueError):
            zones["cpu" in kind or "soc" in kind or "x86_pkg" in kind].append(int(temperature) / 1000)
    found = [celsius for celsius in zones[True] or zones[False] if _POSSIBLE[0] < celsius < _POSSIBLE[1]]
    return max(found, default=None)


def _throttled(sys: Path) -> bool:
    """Whether the firmware says so now. Bits 0-3: too little voltage, frequency capped, throttled, soft limit."""
    for flags in sys.glob("devices/platform/soc*/*firmware/get_throttled"):
        with contextlib.suppress(ValueError):
            return bool(int(_read(flags), 16) & _THROTTLED_NOW)
    return False


def _read(path: Path) -> str:
    """A line that the kernel shows; empty where it does not."""
    try:
        return path.read_bytes()[:64].decode("ascii", "replace").strip()
    except OSError:
        return ""
