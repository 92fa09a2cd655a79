"""Puts a mutant's code into the living module: nothing has to be imported, or collected, again."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any


def transplant(module: str, source: str) -> None:
    """Give every function of a module that was imported the code that it has in a changed source.

    Raises whatever the source raises when it is run, as an import of it would.
    """
    living = vars(sys.modules[module])
    grown: dict[str, Any] = {"__name__": module, "__file__": living["__file__"], "__package__": living["__package__"]}
    twin = type(sys)(module)
    twin.__dict__.update(grown)
    kept = sys.modules[module]
    sys.modules[module] = twin  # dataclasses look their module up by its name
    try:
        exec(compile(source, living["__file__"], "exec"), twin.__dict__)
    finally:
        sys.modules[module] = kept
    _into(living, twin.__dict__, module)


def _into(living: Any, grown: Any, module: str) -> None:
    for name, new in list(grown.items()):
        old = living.get(name)
        if isinstance(new, type) and isinstance(old, type) and new.__module__ == module:
            _into(vars(old), vars(new), module)
        else:
            for one, other in zip(_functions(old), _functions(new), strict=False):
                if other.__module__ == module and one.__qualname__ == other.__qualname__:
                    one.__code__ = other.__code__
                    one.__defaults__, one.__kwdefaults__ = other.__defaults__, other.__kwdefaults__


def _functions(thing: Any) -> list[FunctionType]:
    """The functions behind a function, a method, a property or a decorator."""
    if isinstance(thing, property):
        return [part for part in (thing.fget, thing.fset, thing.fdel) if isinstance(part, FunctionType)]
    if isinstance(thing, (staticmethod, classmethod)):
        return _functions(thing.__func__)
    wrapped = getattr(thing, "__wrapped__", None)
    if isinstance(wrapped, FunctionType):
        return [wrapped]
    return [thing] if isinstance(thing, FunctionType) else []
