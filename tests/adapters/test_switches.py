"""The kernel's switches, on files that stand for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge import machine, settings
from edge.adapters.switches import FileSwitch
from edge.domain.errors import Misconfigured, SwitchStuck
from edge.wire.signed import canonical
from hardware_sim.bench import Bench
from hardware_sim.made_up import CALIBRATION
from tests.contracts.switch import SwitchContract


@pytest.fixture
def brightness(tmp_path: Path) -> Path:
    path = tmp_path / "sys" / "class" / "leds" / "lamppost" / "brightness"
    path.parent.mkdir(parents=True)
    path.write_text("0\n")
    return path


class TestLed(SwitchContract):
    @pytest.fixture
    def switch(self, brightness: Path) -> FileSwitch:
        return FileSwitch(brightness, settles=timedelta(seconds=1))

    @pytest.fixture
    def jam(self, brightness: Path) -> Callable[[], None]:
        def unplug() -> None:
            brightness.unlink()

        return unplug


class TestRegulator(SwitchContract):
    """Words instead of numbers; jammed, the file swallows what is written, as a broken driver does."""

    @pytest.fixture
    def switch(self, brightness: Path) -> FileSwitch:
        brightness.write_text("disabled\n")
        return FileSwitch(brightness, on="enabled", off="disabled")

    @pytest.fixture
    def jam(self, brightness: Path) -> Callable[[], None]:
        def swallow() -> None:
            brightness.unlink()
            brightness.symlink_to(os.devnull)

        return swallow


class TestUsbPort(SwitchContract):
    """The other way round: its file is called ``disable``."""

    @pytest.fixture
    def switch(self, brightness: Path) -> FileSwitch:
        brightness.write_text("1\n")
        return FileSwitch(brightness, on="0", off="1")

    @pytest.fixture
    def jam(self, brightness: Path) -> Callable[[], None]:
        def misread() -> None:
            brightness.unlink()
            brightness.mkdir()

        return misread


def test_an_led_that_clamps_its_brightness_burns(brightness: Path) -> None:
    lamp = FileSwitch(brightness, on="255")
    brightness.write_text("1\n")
    assert lamp.is_on()
    brightness.write_text("0\n")
    assert not lamp.is_on()


@pytest.mark.parametrize("said", ["", "unknown", "-1", "enabled", "\xff" * 100])
def test_what_is_neither_on_nor_off_is_not_taken_for_either(brightness: Path, said: str) -> None:
    brightness.write_text(said, encoding="latin-1")
    with pytest.raises(SwitchStuck, match="neither 1 nor 0"):
        FileSwitch(brightness).is_on()


def test_a_number_says_nothing_about_a_switch_that_speaks_in_words(brightness: Path) -> None:
    brightness.write_text("1")
    with pytest.raises(SwitchStuck, match="neither"):
        FileSwitch(brightness, on="enabled", off="disabled").is_on()


def test_a_switch_that_the_kernel_does_not_show_is_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "gpio17" / "value"
    path.parent.mkdir()
    with pytest.raises(SwitchStuck, match="cannot be written: No such file"):
        FileSwitch(path).turn(on=True)
    with pytest.raises(SwitchStuck, match="cannot be read: No such file"):
        FileSwitch(path).is_on()
    assert not path.exists()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    calibration = tmp_path / "calibration.json"
    calibration.write_bytes(canonical(CALIBRATION))
    return Bench.make(tmp_path / "bench", models=tmp_path, calibration=calibration).config


def with_switches(config: Path, text: str) -> settings.SwitchesSettings:
    config.write_text(config.read_text() + text)
    return settings.load(config).switches


def test_a_device_has_no_switches_unless_its_settings_name_them(config: Path) -> None:
    assert settings.load(config).switches == settings.SwitchesSettings()


def test_settings_name_each_switch_by_its_file_and_words(config: Path) -> None:
    found = with_switches(
        config,
        """
[switches.power]
path = "/sys/bus/usb/devices/1-0:1.0/usb1-port2/disable"
on = "0"
off = "1"
settles = 2.5

[switches.lamp]
path = "lamp"
""",
    )
    assert found.power is not None
    assert found.lamp is not None
    assert (found.power.on, found.power.off, found.power.settles) == ("0", "1", 2.5)
    assert found.power.path == Path("/sys/bus/usb/devices/1-0:1.0/usb1-port2/disable")
    assert found.lamp.path == config.parent / "lamp"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[switches.lamp]\npath = "lamp"\non = "1"\noff = "1"\n', "one word for on and another for off"),
        ('[switches.lamp]\npath = "lamp"\nsettles = 6\n', "<= 5"),
        ('[switches.lamp]\non = "1"\n', "missing required field `path`"),
        ('[switches.siren]\npath = "siren"\n', "unknown field `siren`"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_words(config: Path, text: str, what: str) -> None:
    with pytest.raises(Misconfigured, match=what):
        with_switches(config, text)


def test_the_machine_drives_what_the_settings_name(config: Path, brightness: Path) -> None:
    lamp = settings.SwitchSettings(path=brightness, on="255", settles=0.5)
    assert machine.switch(None) is None
    made = machine.switch(lamp)
    assert made is not None
    assert made.settles == timedelta(seconds=0.5)
    made.turn(on=True)
    assert brightness.read_text() == "255"
