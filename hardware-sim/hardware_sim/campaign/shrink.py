"""A timeline that breaks a promise, made as short as it gets while it still breaks the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hardware_sim.timeline.scenario import Row, Scenario

Breaks = Callable[[Scenario], bool]
"""Whether a timeline still breaks the promise in question."""


def shrunk(scenario: Scenario, breaks: Breaks, most: int = 60) -> Scenario:
    """Without every row that is not needed, and no longer than it has to be. Tries ``most`` timelines at most."""
    tries = 0

    def still(candidate: Scenario) -> bool:
        nonlocal tries
        tries += 1
        return tries <= most and breaks(candidate)

    size = max(1, len(scenario.rows) // 2)
    while size:
        start = 0
        while start < len(scenario.rows):
            rows = scenario.rows[:start] + scenario.rows[start + size :]
            candidate = replace(scenario, rows=rows)
            if still(candidate):
                scenario = candidate
            else:
                start += size
        size //= 2
    last = max((row.second for row in scenario.rows), default=0.0)
    for lasts in (last + 1.0, last + 20.0, last + 60.0):
        shorter = replace(scenario, lasts=lasts)
        if lasts < scenario.lasts and still(shorter):
            return shorter
    return scenario


def written(scenario: Scenario) -> str:
    """The timeline as a file that can be played: ``hardware-sim run``."""
    lines = [f'says = "{scenario.says}"', f"seed = {scenario.seed}", f"lasts = {scenario.lasts}"]
    if scenario.waives:
        lines.append(f"waives = {_value(list(scenario.waives))}")
    wanted = scenario.set
    lines += [
        "",
        "[set]",
        f"witnesses = {wanted.witnesses}",
        f"power = {_value(wanted.power)}",
        f"lamp = {_value(wanted.lamp)}",
    ]
    for row in scenario.rows:
        lines += ["", "[[at]]", f"second = {row.second}", *_row(row)]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> list[str]:
    kind = "do" if row.do else "fault"
    lines = [f'{kind} = "{row.name}"']
    if row.lasts is not None:
        lines.append(f"lasts = {row.lasts}")
    return lines + [f"{name} = {_value(fact)}" for name, fact in row.facts.items()]


def _value(fact: object) -> str:
    if isinstance(fact, bool):
        return "true" if fact else "false"
    if isinstance(fact, str):
        return f'"{fact}"'
    if isinstance(fact, list):
        return "[" + ", ".join(_value(one) for one in fact) + "]"
    return str(fact)
