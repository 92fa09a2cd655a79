"""Memory that leaves no trace: locked, undumped, unswapped, and overwritten when it is given back. Linux and glibc."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
from pathlib import Path
from typing import Final

from edge.domain.errors import Unsafe

_MADV_DONTFORK: Final = 10
_MADV_DONTDUMP: Final = 16
_PR_SET_DUMPABLE: Final = 4
_M_PERTURB: Final = -6
_CLEARED: Final = 0xFF
"""What glibc fills freed memory with; what it hands out then holds zeros."""
_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_MCL_ONFAULT: Final = 4
_CAP_IPC_LOCK: Final = 14

_libc = ctypes.CDLL(None, use_errno=True)


class LockedBuffer:
    """An anonymous mapping that is never swapped, dumped or inherited."""

    def __init__(self, size: int) -> None:
        """Map and lock ``size`` bytes, zeroed. Raises Unsafe where the kernel will not lock them."""
        self._map = mmap.mmap(-1, max(size, 1))
        self._view = memoryview(self._map)[:size]
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        address, length = ctypes.c_void_p(self._address), ctypes.c_size_t(len(self._map))
        if _libc.mlock(address, length):
            raise Unsafe(
                f"{size} bytes cannot be locked in memory: {os.strerror(ctypes.get_errno())}.",
                "Raise the limit of locked memory (LimitMEMLOCK= in the unit, ulimit -l on a bench).",
            )
        for advice in (_MADV_DONTDUMP, _MADV_DONTFORK):
            if _libc.madvise(address, length, advice):
                raise Unsafe("Memory cannot be kept out of dumps.", "Run on Linux 3.4 or later.")

    @property
    def view(self) -> memoryview:
        """All of it, writable."""
        return self._view

    def wipe(self) -> None:
        """Overwrite all of it with zeros."""
        ctypes.memset(self._address, 0, len(self._map))


def scrub(secret: bytes) -> None:
    """Overwrite a key that came as ``bytes``, in place, when nobody needs it any more.

    CPython keeps the characters of ``bytes`` right behind the object's header; without this they would lie in freed
    memory until something else happens to be put there.
    """
    if len(secret) > 1:  # shorter ones are shared by the whole interpreter
        ctypes.memset(id(secret) + bytes.__basicsize__ - 1, 0, len(secret))


def forbid_dumps() -> None:
    """No core file, and no other process may read this one's memory. Raises Unsafe where the kernel refuses."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise Unsafe("The process cannot be made undumpable.", "Run on Linux.")


def clear_what_is_freed() -> None:
    """Have the C library overwrite whatever is freed, by any library: pictures, tensors, keys. Raises Unsafe.

    Memory that was mapped by itself goes back to the kernel, which clears it. Blocks of up to 1 KiB may wait in a
    thread's cache uncleared: what is small and private is overwritten by its holder.
    """
    if not (hasattr(_libc, "mallopt") and _libc.mallopt(_M_PERTURB, _CLEARED)):
        raise Unsafe("This C library does not clear what is freed.", "Run on a system with glibc, such as Debian.")


def keep_out_of_swap(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> bool:
    """Lock all memory of the process, as it comes into use. True where nothing of it can be swapped out.

    Where the limit does not allow it, that is so only if the machine has no swap, or none for this service.
    """
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    # Under a limit that is merely high, some later allocation would fail instead.
    if (unlimited or _may_lock(proc)) and not _libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT):
        return True
    return not _has_swap(proc) or _is_denied_swap(proc, cgroups)


def _may_lock(proc: Path) -> bool:
    for line in _lines(proc / "self" / "status"):
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> _CAP_IPC_LOCK & 1)
    return False


def _has_swap(proc: Path) -> bool:
    """Whether a swap device or file is in use; so too where the kernel does not tell."""
    listed = _lines(proc / "swaps")
    return len(listed) != 1 or not listed[0].startswith("Filename")


def _is_denied_swap(proc: Path, cgroups: Path) -> bool:
    """Whether this control group, or one that it lies in, may not swap at all (``MemorySwapMax=0``)."""
    for line in _lines(proc / "self" / "cgroup"):
        if line.startswith("0::/"):
            group = cgroups / line.removeprefix("0::/")
            for folder in (group, *group.parents):
                if _lines(folder / "memory.swap.max") == ["0"]:
                    return True
    return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii", "replace").splitlines()
    except OSError:
        return []
