"""Switches that the kernel shows as a file: an LED's brightness, a GPIO line's value, a regulator's state, a USB port.

For example ``/sys/class/leds/lamppost/brightness`` (1 and 0), ``/sys/class/gpio/gpio17/value`` (1 and 0),
``/sys/devices/platform/camera-supply/state`` (enabled and disabled) or, the other way round,
``/sys/bus/usb/devices/1-0:1.0/usb1-port2/disable`` (0 and 1). An LED needs the trigger ``none``.

What is read back is what the kernel believes: that a lamp really burns only an eye or a photodiode can tell.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from edge.domain.errors import SwitchStuck

_REMEDY = "Check the path and the words in [switches], and that the service may write there."


class FileSwitch:
    """One of them."""

    def __init__(self, path: Path, *, on: str = "1", off: str = "0", settles: timedelta = timedelta(0)) -> None:
        """``on`` and ``off`` are what the file is to hold."""
        self._path = path
        self._on = on
        self._off = off
        self._settles = settles

    @property
    def settles(self) -> timedelta:
        """How long what is behind it needs after it was switched on."""
        return self._settles

    def turn(self, *, on: bool) -> None:
        """Write, and read back. Raises SwitchStuck where it did not obey."""
        word = self._on if on else self._off
        try:
            # Never created: a file that the kernel does not show switches nothing.
            with open(os.open(self._path, os.O_WRONLY | os.O_TRUNC), "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(word)
        except OSError as error:
            raise SwitchStuck(f"The switch {self._path} cannot be written: {error.strerror}.", _REMEDY) from error
        if self.is_on() is not on:
            raise SwitchStuck(f"The switch {self._path} did not obey.", _REMEDY)

    def is_on(self) -> bool:
        """What the kernel says. Raises SwitchStuck where it says neither."""
        try:
            said = self._path.read_bytes()[:64].decode("ascii", "replace").strip()
        except OSError as error:
            raise SwitchStuck(f"The switch {self._path} cannot be read: {error.strerror}.", _REMEDY) from error
        if said == self._off:
            return False
        # An LED clamps its brightness: written 255, it may say 1.
        if said == self._on or (said.isdecimal() and self._on.isdecimal()):
            return True
        raise SwitchStuck(f"The switch {self._path} is neither {self._on} nor {self._off}.", _REMEDY)
