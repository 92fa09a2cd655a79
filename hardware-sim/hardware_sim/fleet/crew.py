"""The worker processes, from outside."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
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
    Broke,
    Built,
    Connect,
    Finish,
    Links,
    Order,
    Tallies,
    Walking,
    run,
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
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for number, names in enumerate(_shares(founded.names)):
            ours, theirs = context.Pipe()
            process = context.Process(target=run, args=(founded, names, port, seed * 100 + number, theirs), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
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
        return sum((cost.of(process.pid) for process in self._processes if process.pid), Cost(0, 0))

    def close(self) -> None:
        """End them, in good order where they still listen."""
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            if process.is_alive():
                pipe.send(Finish())
        for process in self._processes:
            process.join(20)
            if process.is_alive():
                process.kill()
                process.join()

    def _tell(self, order: Order) -> None:
        for pipe in self._pipes:
            pipe.send(order)

    def _answers(self, kind: type[T]) -> list[T]:
        found: list[T] = []
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            while not pipe.poll():
                if not process.is_alive():
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
