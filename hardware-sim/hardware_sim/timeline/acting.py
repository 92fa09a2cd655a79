"""How rows become calls: a name, and facts that fit the signature of whatever bears it."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from edge.domain.errors import Misconfigured

F = TypeVar("F", bound=Callable[..., Any])


class Named:
    """A closed set of things that a scenario may name."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.all: dict[str, Callable[..., Any]] = {}

    def __call__(self, name: str) -> Callable[[F], F]:
        """Give a function its name."""

        def named(function: F) -> F:
            if name in self.all:
                raise ValueError(f"two {self._kind}s called {name}")
            self.all[name] = function
            return function

        return named

    def bound(self, name: str, facts: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The function of that name, and the facts as it takes them. Raises Misconfigured."""
        function = self.all.get(name)
        if function is None:
            raise Misconfigured(
                f"There is no {self._kind} called {name!r}.", f"There are: {', '.join(sorted(self.all))}."
            )
        taken = list(inspect.signature(function).parameters.values())[1:]
        hints = typing.get_type_hints(function)
        names = [parameter.name for parameter in taken]
        for fact in facts:
            if fact not in names:
                raise Misconfigured(f"The {self._kind} {name} has no {fact!r}.", f"It takes: {', '.join(names)}.")
        for parameter in taken:
            if parameter.default is parameter.empty and parameter.name not in facts:
                raise Misconfigured(f"The {self._kind} {name} needs {parameter.name!r}.", "Say it in its row.")
        try:
            return function, {fact: msgspec.convert(value, hints[fact]) for fact, value in facts.items()}
        except msgspec.ValidationError as error:
            raise Misconfigured(f"The {self._kind} {name}: {error}.", "Correct it.") from error


act = Named("act")
fault = Named("fault")
expectation = Named("expectation")
