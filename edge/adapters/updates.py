"""What this process shares with ``lamppost-update``, which runs as root and replaces it.

========================================  ====================================================================
``/var/lib/lamppost-update/state.json``   written by root alone: whether a version is on trial, and what became
                                          of the latest updates
``undisturbed.lock``, in the state folder held, shared, while a deployment is in force; by the updater, alone,
                                          while it is at work
``standing.json``, in the state folder    which run this is, and what of its self-test failed
========================================  ====================================================================
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge.domain.updates import UpdateRecord

FOLDER: Final = Path("/var/lib/lamppost-update")
STATE: Final = "state.json"
LOCK: Final = "undisturbed.lock"
STANDING: Final = "standing.json"
TRYING: Final = "trying"
_LARGEST: Final = 256 * 1024


class _State(msgspec.Struct, frozen=True):
    stage: str
    records: tuple[msgspec.Raw, ...]


class UpdaterFiles:
    """One instance's end. ``folder`` is the updater's, ``own`` the instance's state folder."""

    def __init__(
        self, own: Path, folder: Path = FOLDER, *, writer: int = 0, environment: Mapping[str, str] = os.environ
    ) -> None:  # fmt: skip
        """``writer`` is the user id of whoever alone may have written there."""
        self._own = own
        self._folder = folder
        self._writer = writer
        self._run = environment.get("INVOCATION_ID", "")
        self._lock: int | None = None

    def records(self) -> tuple[UpdateRecord, ...]:
        """What became of the latest updates, the oldest first. What cannot be read is none."""
        found = []
        state = self._state()
        for raw in () if state is None else state.records:
            with contextlib.suppress(msgspec.MsgspecError, ValueError, RecursionError):
                found.append(msgspec.json.decode(raw, type=UpdateRecord))
        return tuple(found)

    def tried(self, test: Callable[[], Sequence[str]]) -> bool:
        """Where this version is on trial, tell the updater what fails: it decides, so that this is always True.

        Where the disk will not take it, this run has not passed, and the version is undone.
        """
        state = self._state()
        if state is None or state.stage != TRYING:
            return True
        path = self._own / STANDING
        fresh = path.with_name(f".{path.name}.new")
        said = json.dumps({"run": self._run, "failed": list(test())})
        with contextlib.suppress(OSError):
            fresh.write_text(said)
            fresh.replace(path)
        return True

    def held(self, *, off: bool) -> bool:
        """Take the lock, shared, or give it back; the kernel does so too when this process ends.

        False where it will not be had.
        """
        if not off:
            self._release()
        elif self._lock is None:
            self._lock = self._locked()
        return self._lock is not None or not off

    def _locked(self) -> int | None:
        try:
            opened = os.open(self._own / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            return None
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            os.close(opened)
            return None
        return opened

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _state(self) -> _State | None:
        """What the updater says; None where there is none, or where somebody else may have written it."""
        try:
            opened = os.open(self._folder / STATE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(opened, "rb") as file:
                if not self._is_its_own(os.fstat(file.fileno())) or not self._is_its_own(self._folder.stat()):
                    return None
                return msgspec.json.decode(file.read(_LARGEST), type=_State)
        except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
            return None

    def _is_its_own(self, found: os.stat_result) -> bool:
        return found.st_uid == self._writer and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
