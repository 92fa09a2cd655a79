"""One change each to a story in which all is well, and the failures by which it must be found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.audit.failures import Failure
from tests.audit.mornings import a_morning
from tests.audit.story import Story


@dataclass(frozen=True, slots=True)
class Fault:
    """A negative bundle."""

    name: str
    """Of its folder."""
    about: str
    failures: frozenset[Failure]
    make: Callable[[], Story]


FAULTS: list[Fault] = []


def fault(
    *failures: Failure, start: Callable[[], Story] = a_morning
) -> Callable[[Callable[[Story], None]], Callable[[Story], None]]:
    """A change to a story, by which exactly these failures come about. Its docstring says what was done."""

    def register(change: Callable[[Story], None]) -> Callable[[Story], None]:
        def make() -> Story:
            story = start()
            change(story)
            return story

        name = change.__name__.replace("_", "-")
        FAULTS.append(Fault(name, (change.__doc__ or "").strip(), frozenset(failures), make))
        return change

    return register
