"""Lamp, power and camera move together; what does not move keeps everything shut. Asked at the shutter itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edge.domain.errors import CaptureLost, SwitchStuck
from edge.safeguards.shutter import CHECKED, Shutter
from hardware_sim.clock import SteppedClock
from hardware_sim.scripted import ScriptedCamera, Street
from hardware_sim.switches import SimulatedSwitch

NOW = timedelta(0)


class Bench:
    """A camera with both switches, which all write into one list what they did."""

    def __init__(self, settles: timedelta = NOW) -> None:
        self.clock = SteppedClock()
        self.did: list[str] = []
        did = self.did

        class Camera(ScriptedCamera):
            def open(self) -> None:
                did.append("open")
                super().open()

            def close(self) -> None:
                did.append("close")
                super().close()

        class Noted(SimulatedSwitch):
            name = "lamp"

            def turn(self, *, on: bool) -> None:
                super().turn(on=on)
                did.append(f"{self.name} {'on' if on else 'off'}")

        class Power(Noted):
            name = "power"

        self.camera = Camera(Street(), self.clock)
        self.lamp, self.power = Noted(), Power(settles=settles)
        self.shutter = Shutter(self.camera, self.power, self.lamp)

    def open(self) -> bool:
        return self.shutter.open(self.clock.now())


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_lamp_burns_before_the_camera_opens_and_until_it_has_no_power(bench: Bench) -> None:
    assert bench.open()
    assert bench.did == ["lamp on", "power on", "open"]
    bench.did.clear()
    bench.shutter.close()
    assert bench.did == ["close", "power off", "lamp off"]


def test_it_says_that_it_is_on_from_when_both_are_to_when_both_are_off(bench: Bench) -> None:
    seen: list[bool] = []
    turn = bench.power.turn

    def watched(*, on: bool) -> None:
        seen.append(bench.shutter.on)
        turn(on=on)

    bench.power.turn = watched  # type: ignore[method-assign]
    assert not bench.shutter.on
    bench.open()
    assert bench.shutter.on
    bench.shutter.close()
    assert not bench.shutter.on
    assert seen == [False, True]


def test_it_opens_once_however_often_it_is_asked(bench: Bench) -> None:
    for _ in range(20):
        assert bench.open()
        bench.clock.advance(CHECKED / 2)
    assert bench.did.count("open") == 1


def test_a_camera_is_opened_when_its_power_has_settled_and_not_before() -> None:
    bench = Bench(settles=timedelta(seconds=2))
    assert not bench.open()
    bench.clock.advance(timedelta(milliseconds=1999))
    assert not bench.open()
    assert bench.did == ["lamp on", "power on"]
    bench.clock.advance(timedelta(milliseconds=1))
    assert bench.open()


def test_a_pause_between_power_and_camera_undoes_both() -> None:
    bench = Bench(settles=timedelta(seconds=2))
    bench.open()
    bench.shutter.close()
    assert not bench.lamp.is_on()
    assert not bench.power.is_on()
    assert bench.camera.opens == 0
    assert not bench.open()  # and it begins anew
    assert bench.power.is_on()


def test_a_lamp_that_will_not_burn_keeps_camera_and_power_off(bench: Bench) -> None:
    bench.lamp.sticks = True
    with pytest.raises(CaptureLost):
        bench.open()
    assert bench.did == []
    bench.shutter.close()
    assert not bench.shutter.stuck


def test_a_power_that_will_not_come_on_keeps_the_camera_shut(bench: Bench) -> None:
    bench.power.sticks = True
    with pytest.raises(CaptureLost):
        bench.open()
    bench.shutter.close()
    assert bench.camera.opens == 0
    assert not bench.lamp.is_on()


@pytest.mark.parametrize("which", ["lamp", "power"])
def test_one_that_goes_out_while_the_camera_is_open_is_noticed_within_half_a_second(bench: Bench, which: str) -> None:
    bench.open()
    getattr(bench, which).fail()
    assert bench.open()
    bench.clock.advance(CHECKED)
    with pytest.raises(SwitchStuck, match="went off by itself"):
        bench.open()


def test_a_power_that_will_not_go_off_keeps_the_lamp_burning_and_is_said(bench: Bench) -> None:
    bench.open()
    bench.power.sticks = True
    bench.shutter.close()
    assert bench.shutter.stuck
    assert bench.lamp.is_on()
    assert bench.shutter.powered() is True
    assert not bench.camera.is_open


def test_a_lamp_that_will_not_go_out_is_said(bench: Bench) -> None:
    bench.open()
    bench.lamp.sticks = True
    bench.shutter.close()
    assert bench.shutter.stuck
    assert bench.shutter.powered() is False
    assert bench.shutter.lit() is True


def test_what_is_stuck_is_tried_again_until_it_obeys(bench: Bench) -> None:
    bench.open()
    bench.power.sticks = True
    bench.shutter.close()
    bench.shutter.settle()
    assert bench.shutter.stuck
    bench.power.sticks = False
    bench.shutter.settle()
    assert not bench.shutter.stuck
    assert not bench.lamp.is_on()
    bench.did.clear()
    bench.shutter.settle()
    assert bench.did == []


def test_what_was_left_on_before_the_start_is_put_off(bench: Bench) -> None:
    bench.power.turn(on=True)
    bench.lamp.turn(on=True)
    bench.shutter.settle()
    assert not bench.power.is_on()
    assert not bench.lamp.is_on()


def test_a_device_without_switches_says_that_it_has_none() -> None:
    clock = SteppedClock()
    camera = ScriptedCamera(Street(), clock)
    shutter = Shutter(camera)
    assert not shutter.switched
    assert shutter.open(clock.now())
    assert (shutter.powered(), shutter.lit()) == (None, None)
    shutter.close()
    assert not camera.is_open
    assert not shutter.stuck


def test_a_switch_that_cannot_be_read_is_taken_for_on() -> None:
    class Unreadable(SimulatedSwitch):
        def is_on(self) -> bool:
            raise SwitchStuck("It says nothing.", "Look at it.")

    clock = SteppedClock()
    shutter = Shutter(ScriptedCamera(Street(), clock), Unreadable(), Unreadable())
    assert shutter.switched
    assert (shutter.powered(), shutter.lit()) == (True, True)


def test_one_switch_is_enough_to_have_something_to_switch() -> None:
    camera = ScriptedCamera(Street(), SteppedClock())
    assert Shutter(camera, power=SimulatedSwitch()).switched
    assert Shutter(camera, lamp=SimulatedSwitch()).switched
