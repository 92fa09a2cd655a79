"""The shutter: capture device, its power and the public lamp, which move together.

Lamp and power go on before the capture device is opened, and off after it was closed: a lamp that will not burn keeps
it shut, and one that goes out shuts it. The lamp goes off only when the power is off, so that it burns for as long as
the capture device may see. What cannot be switched off is said, and nobody is looked at until it obeys.

A device has neither switch unless its settings name them; then this is the capture device alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from edge.domain.capture import Frame, Instant
from edge.domain.errors import SwitchStuck
from edge.ports import Camera, Switch

CHECKED: Final = timedelta(milliseconds=500)
"""How often the switches are read back while the capture device is open."""


class Shutter:
    """Used by one thread; :meth:`cancel`, :meth:`powered` and :meth:`lit` may be called from any."""

    def __init__(self, camera: Camera, power: Switch | None = None, lamp: Switch | None = None) -> None:
        self._camera = camera
        self._power = power
        self._lamp = lamp
        self._ready: Instant | None = None
        self._open = False
        self._checked: Instant | None = None
        self._settled = False
        self.stuck = False
        """Whether power or lamp would not go off. Nothing is opened until they do."""

    @property
    def switched(self) -> bool:
        """Whether there is anything to switch."""
        return self._power is not None or self._lamp is not None

    @property
    def on(self) -> bool:
        """Whether lamp and power were switched on and not yet off again."""
        return self._ready is not None

    def open(self, now: Instant) -> bool:
        """Lamp, power and, once they have settled, the capture device: True from then on; call it until then.

        Raises CaptureLost where any of them fails; :meth:`close` then undoes the rest.
        """
        if self._ready is None:
            self._settled = False
            ready = now
            for switch in (self._lamp, self._power):
                if switch is not None:
                    switch.turn(on=True)
                    ready = max(ready, now.later(switch.settles), key=_boot)
            self._ready = ready
        if self._ready.boot > now.boot:
            return False
        self._check(now)
        if not self._open:
            self._camera.open()
            self._open = True
        return True

    def next(self, timeout: timedelta) -> Frame | None:
        """The capture device's next frame. Raises CaptureLost."""
        return self._camera.next(timeout)

    def cancel(self) -> None:
        """Make :meth:`next` return at once."""
        self._camera.cancel()

    def close(self) -> None:
        """Close the capture device, then cut its power, then put the lamp out. What will not go off is ``stuck``."""
        self._camera.close()
        self.stuck = not (_off(self._power) and _off(self._lamp))
        self._settled = not self.stuck
        self._ready = self._checked = None
        self._open = False

    def settle(self) -> None:
        """See that all is off, where that is not known: at the start, and while something is stuck."""
        if not self._settled:
            self.close()

    def powered(self) -> bool | None:
        """Whether the capture device has power; True where that cannot be told, None without such a switch."""
        return _on(self._power)

    def lit(self) -> bool | None:
        """Whether the lamp burns; True where that cannot be told, None without a lamp."""
        return _on(self._lamp)

    def _check(self, now: Instant) -> None:
        if self._checked is not None and now.since(self._checked) < CHECKED:
            return
        self._checked = now
        for switch in (self._lamp, self._power):
            if switch is not None and not switch.is_on():
                raise SwitchStuck("A switch went off by itself.", "Look for what else drives it, and for its cable.")


def _off(switch: Switch | None) -> bool:
    if switch is None:
        return True
    try:
        switch.turn(on=False)
    except SwitchStuck:
        return False
    return True


def _on(switch: Switch | None) -> bool | None:
    if switch is None:
        return None
    try:
        return switch.is_on()
    except SwitchStuck:
        return True


def _boot(instant: Instant) -> timedelta:
    return instant.boot
