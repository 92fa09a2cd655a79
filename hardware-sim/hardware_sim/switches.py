"""Switches that can stick."""

from __future__ import annotations

from datetime import timedelta

from edge.domain.errors import SwitchStuck


class SimulatedSwitch:
    """Power or lamp of a simulated device."""

    def __init__(self, *, on: bool = False, settles: timedelta = timedelta(0)) -> None:
        self._on = on
        self.settles = settles
        self.sticks = False
        """Set: it stays as it is, and says so."""
        self.turns: list[bool] = []
        """What it was turned to, as often as it obeyed."""

    def turn(self, *, on: bool) -> None:
        """Obey, unless it sticks."""
        if self.sticks and on is not self._on:
            raise SwitchStuck("The simulated switch sticks.", "Free it.")
        self._on = on
        self.turns.append(on)

    def is_on(self) -> bool:
        """How it is."""
        return self._on

    def fail(self) -> None:
        """The bulb blows, the cable breaks: off, and nobody turned it."""
        self._on = False
