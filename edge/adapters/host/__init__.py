"""The operating system: clocks, locked memory, the log, the service manager. Linux only."""

from __future__ import annotations

from edge.adapters.host.machine import SystemClock as SystemClock
from edge.adapters.host.machine import SystemHost as SystemHost
from edge.adapters.host.memory import LockedBuffer as LockedBuffer
from edge.adapters.host.memory import clear_what_is_freed, forbid_dumps, keep_out_of_swap
from edge.adapters.host.voice import hush
from edge.adapters.host.voice import voice as voice


def confine() -> bool:
    """Keep everything in this process: no dump, no core, no swap, no word but typed remarks, freed memory cleared.

    The first thing that a daemon does. Returns False where the kernel might still swap some of it out, which the caller
    must refuse or say. Raises Unsafe where any of the rest cannot be had.
    """
    forbid_dumps()
    hush()
    clear_what_is_freed()
    return keep_out_of_swap()
