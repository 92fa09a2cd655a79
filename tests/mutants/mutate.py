"""Which mutants there are: mutmut's operators over every function of a file, one change each.

mutmut itself leaves decorated functions out, because it cannot call them through its trampolines; here they are in.
Changes of nothing but the words of an error or of a refusal's detail are set apart: people read them, tests do not.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, OuterFunctionProvider
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

WORDED: Final = {
    "Refusal": 1, "Undecodable": 0, "Misconfigured": 0, "Unsafe": 0, "SealBroken": 0, "JournalUnwritable": 0,
    "ClockUntrusted": 0, "ValueError": 0, "CaptureLost": 0, "SwitchStuck": 0,
}  # fmt: skip
"""Calls, and after how many arguments there are words alone."""
WORDS: Final = {"detail", "what", "remedy"}
"""Names of variables that hold them."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change in one function."""

    path: str
    function: str
    """Qualified: ``Gate.begin``."""
    lines: tuple[int, int]
    """First and last line of what is changed."""
    whole: tuple[int, int]
    """First and last line of the function."""
    source: str
    """The whole file, changed."""
    diff: tuple[str, ...]
    """Removed (``-``) and added (``+``) lines, without indentation."""
    wording: bool


class _Everywhere(MutationVisitor):  # type: ignore[misc]  # the library's types are not looked at
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef) and node.decorators:
            return False
        return bool(super()._skip_node_and_children(node))


def mutants(path: Path) -> list[Mutant]:
    """All of a file, in the order of its text."""
    return list(_mutants(path))


def _mutants(path: Path) -> Iterator[Mutant]:
    source = path.read_text()
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Everywhere(mutation_operators, IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    outer = wrapper.resolve(OuterFunctionProvider)
    names = _names(wrapper.module)
    worded = _without_words(source)
    seen = {source}
    for mutation in visitor.mutations:
        function = outer.get(mutation.original_node)
        if function not in names:
            continue  # on import or in a class body
        changed = module.deep_replace(mutation.original_node, mutation.mutated_node).code
        if changed in seen:
            continue
        seen.add(changed)
        place, whole = positions[mutation.original_node], positions[function]
        yield Mutant(
            path=str(path),
            function=names[function],
            lines=(place.start.line, place.end.line),
            whole=(whole.start.line, whole.end.line),
            source=changed,
            diff=_difference(source, changed),
            wording=_without_words(changed) == worded,
        )


def _names(module: cst.Module) -> dict[object, str]:
    found: dict[object, str] = {}
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef):
            found[statement] = statement.name.value
        elif isinstance(statement, cst.ClassDef):
            for inner in statement.body.body:
                if isinstance(inner, cst.FunctionDef):
                    found[inner] = f"{statement.name.value}.{inner.name.value}"
    return found


def _difference(source: str, changed: str) -> tuple[str, ...]:
    rows = difflib.unified_diff(source.splitlines(), changed.splitlines(), n=0, lineterm="")
    return tuple(f"{row[0]} {row[1:].strip()}" for row in rows if row[:3] not in ("---", "+++") and row[0] in "+-")


class _Unworded(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in WORDED:
            node.args, node.keywords = node.args[: WORDED[node.func.id]], []
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if all(isinstance(target, ast.Name) and target.id in WORDS for target in node.targets):
            node.value = ast.Constant("")
        return node


def _without_words(source: str) -> str:
    try:
        return ast.dump(_Unworded().visit(ast.parse(source)))
    except SyntaxError:
        return source
