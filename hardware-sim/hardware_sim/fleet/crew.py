"""The worker processes, from outside."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Listener
from typing import Final, TypeVar

from edge.domain.authority import Name
from edge.domain.errors import LamppostError
from hardware_sim.fleet import cost
from hardware_sim.fleet.cost import Cost
from hardware_sim.fleet.founding import Founded
from hardware_sim.fleet.worker import (
    Answer,
    AskLinks,
    AskTallies,
    Begin,
    Broke,
    Built,
    Connect,
    Finish,
    Links,
    Order,
    Tallies,
    Walking,
)

MOST: Final = 125
"""Devices of one process: paho waits with select(), which knows no descriptor above 1023."""
LEAST: Final = 2
Meanwhile = Callable[[], None]
T = TypeVar("T", bound=Answer)


class Crew:
    """All workers. What is asked is asked of all at once, and ``meanwhile`` is called until all have answered."""

    def __init__(self, founded: Founded, port: int, seed: int, meanwhile: Meanwhile) -> None:
        """Start the processes and wait until their devices are built."""
        self._meanwhile = meanwhile
        self._pipes: list[Connection] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        for number, names in enumerate(_shares(founded.names)):
            address = str(founded.folder / f"crew-{number}")
            with Listener(address, "AF_UNIX") as listener:
                self._processes.append(subprocess.Popen([sys.executable, "-m", "hardware_sim.fleet", address]))
                self._pipes.append(listener.accept())
            self._pipes[-1].send(Begin(founded, names, port, seed * 100 + number))
        self._answers(Built)

    def connect(self) -> None:
        """Every device begins to connect."""
        self._tell(Connect())

    def walking(self, every: float | None) -> None:
        """Somebody passes each device that often, or nobody does."""
        self._tell(Walking(every))

    def links(self) -> list[Links]:
        """How many are connected, process by process."""
        self._tell(AskLinks())
        return self._answers(Links)

    def tallies(self) -> list[Tallies]:
        """What each device has to show."""
        self._tell(AskTallies())
        return self._answers(Tallies)

    def cost(self) -> Cost:
        """Of all processes until now."""
        return sum((cost.of(process.pid) for process in self._processes), Cost(0, 0))

    def close(self) -> None:
        """End them, in good order where they still listen."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError):  # it has ended
                pipe.send(Finish())
            pipe.close()
        for process in self._processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _tell(self, order: Order) -> None:
        for pipe in self._pipes:
            pipe.send(order)

    def _answers(self, kind: type[T]) -> list[T]:
        found: list[T] = []
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            while not pipe.poll():
                if process.poll() is not None:
                    raise LamppostError("A process of devices ended.", "See what it wrote to the standard error.")
                self._meanwhile()
            answer: Answer = pipe.recv()
            if isinstance(answer, Broke):
                raise LamppostError("A process of devices cannot go on.", answer.why)
            if not isinstance(answer, kind):
                raise TypeError(f"{answer} where {kind.__name__} was asked for")
            found.append(answer)
        return found


def _shares(names: Sequence[Name]) -> list[tuple[Name, ...]]:
    """The devices of each process: as few processes as hold them all, and two where there are two devices."""
    processes = max(min(LEAST, len(names)), -(-len(names) // MOST))
    return [tuple(names[number::processes]) for number in range(processes)]
