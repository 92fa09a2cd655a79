"""What happened, a line each, with the seconds since the machine was switched on."""

from __future__ import annotations

import time
from pathlib import Path


class Transcript:
    """Printed, and kept in a file."""

    def __init__(self, path: Path, heading: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._began = time.monotonic()
        self._write(f"\n== {heading}")

    def begin(self) -> None:
        """The machine is switched on."""
        self._began = time.monotonic()

    def say(self, what: str) -> None:
        """One line for each line of ``what``."""
        for line in what.splitlines():
            self._write(f"{time.monotonic() - self._began:6.1f} s  {line}")

    def _write(self, line: str) -> None:
        print(line, flush=True)
        with self._path.open("a") as file:
            file.write(line + "\n")
