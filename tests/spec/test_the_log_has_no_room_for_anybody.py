"""The log of a device is a closed set of typed remarks: there is no free text anywhere on the pole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args

import edge
from edge.domain import remark

HOME = Path(edge.__file__).parent
NOT_IN_THE_DAEMON = {"control_room", "measure", "audit", "updating"}
"""The updater is on the pole, as a program of its own that knows of no frame, no list and no hit (import-linter)."""
MOUTH = HOME / "adapters/host/voice.py"
"""The one module that writes to the log; it takes remarks alone."""
COMMANDS = (HOME / "cli.py", HOME / "provision/commands.py")
"""Print for whoever typed a command."""
FORBIDDEN_MODULES = {"logging", "traceback", "syslog", "warnings", "pdb", "faulthandler", "cgitb", "pprint"}
FORBIDDEN_CALLS = {"print", "breakpoint", "input"}
RAW = {("os", "write"), ("os", "writev")}
FORBIDDEN_ATTRIBUTES = {"stderr", "stdout", "__stderr__", "__stdout__", "print_exc", "displayhook", "print_exception"}


def on_the_pole() -> list[Path]:
    paths = [path for path in HOME.rglob("*.py") if path.relative_to(HOME).parts[0] not in NOT_IN_THE_DAEMON]
    assert len(paths) > 50
    return [path for path in paths if path not in (MOUTH, *COMMANDS)]


def words_of(source: str) -> Iterator[str]:
    """Everything in a module that could put free text into a log."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module.partition(".")[0]]
        yield from (f"{where}: {name}" for name in names if name in FORBIDDEN_MODULES)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"{where}: {node.func.id}()"
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            yield f"{where}: {node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("say", "die"):
            yield from _unless_typed(node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in RAW:
            yield f"{where}: os.{node.attr}"


def _unless_typed(call: ast.Call) -> Iterator[str]:
    """A remark is made on the spot, from its class: no text comes from elsewhere."""
    made = call.args[0] if len(call.args) == 1 else None
    target = made.func if isinstance(made, ast.Call) else None
    name = target.value if isinstance(target, ast.Attribute) else target
    if not (isinstance(name, ast.Name) and name.id in {kind.__name__ for kind in get_args(remark.Remark)}):
        yield f"line {call.lineno}: says what is no remark"


def test_nothing_on_the_pole_prints_or_logs() -> None:
    found = {
        str(path.relative_to(HOME)): words for path in on_the_pole() if (words := list(words_of(path.read_text())))
    }
    assert found == {}


def test_whatever_could_print_or_log_would_be_noticed() -> None:
    for source in (
        "import logging",
        "from logging import getLogger",
        "import os, traceback",
        "print('Grace')",
        "sys.stderr.write(name)",
        "traceback.print_exc()",
        "self.host.say(name)",
        "host.say(f'{name}')",
        "host.die('Grace')",
        "os.write(2, b'Grace')",
        "sys.stdout",
    ):
        assert list(words_of(source)), source
    assert not list(words_of("host.say(Failed.of(part, error))\nhost.die(Dying(Cause.STUCK))"))


def test_the_mouth_takes_remarks_alone_and_they_hold_no_free_text() -> None:
    tree = ast.parse(MOUTH.read_text())
    writers = [
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "write"
    ]
    assert writers == ["say"]
    for kind in get_args(remark.Remark):
        assert is_dataclass(kind)
        texts = {field.name for field in fields(kind) if field.type == "str"}
        assert texts <= {"error", "category", "at"}, kind  # names of types, and places in the code
