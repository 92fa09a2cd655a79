"""What every switch must do, whatever it is made of. Subclass it where a switch is tested, and give it one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from edge.domain.errors import CaptureLost, SwitchStuck
from edge.ports import Switch


class SwitchContract:
    """The tests. A subclass overrides the fixtures ``switch`` and ``jam``."""

    @pytest.fixture
    def switch(self) -> Switch:
        """A switch that obeys, off."""
        raise NotImplementedError

    @pytest.fixture
    def jam(self, switch: Switch) -> Callable[[], None]:
        """How to make this very switch stay as it is."""
        raise NotImplementedError

    def test_it_is_as_it_was_turned(self, switch: Switch) -> None:
        assert not switch.is_on()
        for on in (True, True, False, False, True):
            switch.turn(on=on)
            assert switch.is_on() is on

    def test_it_says_how_long_it_takes_to_settle(self, switch: Switch) -> None:
        assert timedelta(0) <= switch.settles <= timedelta(seconds=5)

    @pytest.mark.parametrize("on", [True, False])
    def test_one_that_does_not_obey_says_so(self, switch: Switch, jam: Callable[[], None], on: bool) -> None:
        switch.turn(on=not on)
        jam()
        with pytest.raises(SwitchStuck) as told:
            switch.turn(on=on)
        assert told.value.remedy
        # Whoever opens a camera and knows nothing of switches sees a camera that is lost.
        assert isinstance(told.value, CaptureLost)
