"""A value that is still good, and the next that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.audit.failures import Failure
from tests.audit.story import Story


@dataclass(frozen=True, slots=True)
class Edge:
    """A value that is still good, the next that is not, and what that is found out by."""

    name: str
    good: float
    bad: float
    failure: Failure
    make: Callable[[float], Story]


class Edges(list[Edge]):
    """Those of one file of tests."""

    def edge(
        self, good: float, bad: float, failure: Failure
    ) -> Callable[[Callable[[float], Story]], Callable[[float], Story]]:
        """A story that depends on one value."""

        def register(make: Callable[[float], Story]) -> Callable[[float], Story]:
            self.append(Edge(make.__name__.replace("_", " "), good, bad, failure, make))
            return make

        return register


def unwitnessed(story: Story) -> Story:
    """Without the head that was cosigned of what followed."""
    story.cosigned = story.cosigned[:1]
    return story
