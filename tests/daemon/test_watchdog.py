"""The service manager's watchdog is fed when every thread is live, and not once more."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from edge.daemon.pulse import STUCK
from edge.daemon.supervise import Daemon
from edge.domain.remark import Part
from hardware_sim.clock import SteppedClock
from hardware_sim.host import Died, SimulatedHost
from hardware_sim.site import Site

SECOND = timedelta(seconds=1)
OTHERS = (Part.CAPTURE, Part.RECOGNISE, Part.WRITER)


class Manager(SimulatedHost):
    """A service manager that lets a second pass whenever it is told that all is well, in which some threads beat."""

    def __init__(self, daemon: Daemon, clock: SteppedClock, living: tuple[Part, ...]) -> None:
        super().__init__()
        self.daemon, self.clock, self.living = daemon, clock, living
        self.fed = 0
        self.statuses: list[str] = []

    def notify(self, state: str) -> None:
        if state.startswith("STATUS="):
            self.statuses.append(state.removeprefix("STATUS="))
        if state != "WATCHDOG=1":
            return
        self.fed += 1
        self.clock.advance(SECOND)
        for part in self.living:
            self.daemon.pulse.beat(part.value, self.clock.now())
        if self.fed >= 60:
            self.daemon.stop()


def supervised(folder: Path, living: tuple[Part, ...]) -> Manager:
    site = Site(folder)
    daemon = site.device.daemon
    manager = Manager(daemon, site.clock, living)
    daemon.host = manager
    daemon.pulse.expect((part.value for part in (Part.MAIN, *OTHERS)), site.clock.now())
    return manager


def test_while_every_thread_comes_round_the_watchdog_is_fed_and_the_status_told(tmp_path: Path) -> None:
    manager = supervised(tmp_path, OTHERS)
    manager.daemon._main()
    assert manager.fed == 60
    assert manager.statuses == ["Idle: looking at nobody, no authorisation is in force."]


@pytest.mark.parametrize("hung", OTHERS)
def test_once_one_thread_hangs_it_is_fed_no_more_and_the_process_ends(tmp_path: Path, hung: Part) -> None:
    manager = supervised(tmp_path, tuple(part for part in OTHERS if part is not hung))
    with pytest.raises(Died, match=f"why=stuck parts={hung.value}$"):
        manager.daemon._main()
    assert manager.fed == STUCK / SECOND + 1


def test_a_link_whose_thread_is_gone_ends_the_process_too(tmp_path: Path) -> None:
    manager = supervised(tmp_path, OTHERS)
    manager.daemon.link.alive = False  # type: ignore[misc]
    with pytest.raises(Died, match="why=stuck parts=link$"):
        manager.daemon._main()
    assert manager.fed == 0
