"""Whether any instance on this box has an authorisation in force: asked of the kernel, which no message can reach.

Each instance has a lock file in its state folder (:mod:`edge.adapters.undisturbed`) and holds it, shared, as long as a
deployment lasts. An update takes all of them for itself, and none begins meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LOCK: Final = "undisturbed.lock"


@contextlib.contextmanager
def undisturbed(instances: Path) -> Iterator[bool]:
    """Hold the lock of every instance that has a state folder. False where one will not be had: then none is held."""
    with contextlib.ExitStack() as held:
        try:
            # With a dynamic user each is a link to its private place, which only root can have made.
            folders = sorted({one.resolve() for one in instances.iterdir() if one.is_dir()})
        except FileNotFoundError:
            folders = []
        taken = all(_taken(held, folder) for folder in folders)
        if not taken:
            held.close()
        yield taken


def _taken(held: contextlib.ExitStack, folder: Path) -> bool:
    """The folder is its instance's own: nothing in it is followed, and what is made there is its owner's."""
    owner = folder.stat()
    opened = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    held.callback(os.close, opened)
    found = os.fstat(opened)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        return False
    if os.geteuid() == 0 and found.st_uid != owner.st_uid:
        os.fchown(opened, owner.st_uid, owner.st_gid)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
