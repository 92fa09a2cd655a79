"""The simulated switch keeps the port's promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hardware_sim.switches import SimulatedSwitch
from tests.contracts.switch import SwitchContract


class TestSimulated(SwitchContract):
    @pytest.fixture
    def switch(self) -> SimulatedSwitch:
        return SimulatedSwitch()

    @pytest.fixture
    def jam(self, switch: SimulatedSwitch) -> Callable[[], None]:
        def stick() -> None:
            switch.sticks = True

        return stick
