"""The part of a time service: a kernel that has none is told that its clock is disciplined, for a while."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from edge.adapters.host import SystemClock

ADJ_MAXERROR: Final = 0x0004
ADJ_STATUS: Final = 0x0010
STA_UNSYNC: Final = 0x0040
"""Of linux/timex.h."""


class Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2)."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    ]


@contextmanager
def disciplined() -> Iterator[bool]:
    """Says what a time service says, and takes it back at the end. Nothing is said where there is one.

    The clock itself is left alone. Yields whether the kernel took it: that asks for root and a kernel of its own.
    """
    libc, before = ctypes.CDLL(None, use_errno=True), Timex()
    if SystemClock().synchronised() or libc.adjtimex(ctypes.byref(before)) < 0:
        yield SystemClock().synchronised()
        return
    told = Timex(modes=ADJ_STATUS | ADJ_MAXERROR, status=before.status & ~STA_UNSYNC, maxerror=1000)
    libc.adjtimex(ctypes.byref(told))
    try:
        yield SystemClock().synchronised()
    finally:
        before.modes = ADJ_STATUS | ADJ_MAXERROR
        libc.adjtimex(ctypes.byref(before))
