"""The file of a scenario, and what is wrong with one that cannot be played."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from edge.domain.errors import Misconfigured
from edge.domain.zone import Polygon, Zone

FORMAT: Final = "see hardware-sim/README.md"


class Set(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands there before anything happens."""

    witnesses: int = 0
    """Witnesses that are pinned and run; the policy asks for as many."""
    cosigned_within: float = 600.0
    """Seconds for which a cosignature is good, where there are witnesses."""
    independent: bool = False
    """Whether the policy asks for an independent person's signature too."""
    accuracy_test_within: float | None = None
    """Days for which an accuracy test is good, where the policy asks for one."""
    power: bool = False
    """Whether the device switches its camera's power."""
    lamp: bool = False
    """Whether it has a public lamp."""
    outline: Polygon | None = None
    """The zone of recognition, in ten-thousandths; the whole picture, where none is named."""
    masks: tuple[Polygon, ...] = ()

    def zone(self) -> Zone:
        """Where looking is allowed."""
        return Zone(masks=self.masks) if self.outline is None else Zone(outline=self.outline, masks=self.masks)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the timeline. Exactly one of ``do``, ``fault`` and ``expect`` is there."""

    second: float
    do: str = ""
    fault: str = ""
    expect: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    """What the act or the fault is told."""
    lasts: float | None = None
    """Of a fault: for how many seconds; None, for good."""
    refused: str = ""
    """The reason with which the device must refuse the act."""
    unanswered: bool = False
    """The device must not answer it at all."""

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.do or self.fault or "expect"


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it."""

    name: str
    says: str
    seed: int
    lasts: float
    set: Set
    rows: tuple[Row, ...]
    expect: dict[str, Any] = field(default_factory=dict)
    """What must be so at the end."""
    waives: tuple[str, ...] = ()
    """Promises that this scenario breaks by its nature, each named."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    says: str
    lasts: float
    seed: int = 1
    set: Set = Set()
    at: tuple[dict[str, Any], ...] = ()
    expect: dict[str, Any] = {}
    waives: tuple[str, ...] = ()
    # The same file may describe the street that is filmed: see hardware_sim.composed, which reads these.
    camera: Any = None
    light: Any = None
    weather: Any = None
    traffic: Any = None
    people: Any = None
    walkers: Any = None
    crowds: Any = None
    posts: Any = None


def read(path: Path, seed: int | None = None) -> Scenario:
    """A scenario from its file; another ``seed`` takes the place of its own. Raises Misconfigured."""
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
        rows = tuple(row(one, number) for number, one in enumerate(file.at, 1))
    except OSError as error:
        raise Misconfigured(f"The scenario {path} cannot be read: {error.strerror}.", "Name the right file.") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Misconfigured(f"The scenario {path} is not valid: {error}", f"For what it may say {FORMAT}.") from error
    late = next((one for one in rows if not 0 <= one.second <= file.lasts), None)
    if late is not None:
        raise Misconfigured(
            f"{path}: {late.name} at second {late.second:g} lies outside its {file.lasts:g} seconds.", "Move it."
        )
    ordered = tuple(sorted(rows, key=lambda one: one.second))
    return Scenario(
        path.stem, file.says, file.seed if seed is None else seed, file.lasts, file.set, ordered, file.expect,
        file.waives,
    )  # fmt: skip


def row(table: dict[str, Any], number: int) -> Row:
    """One row from its table. Raises ValueError."""
    rest = dict(table)
    kinds = [kind for kind in ("do", "fault", "expect") if kind in rest]
    if len(kinds) != 1:
        raise ValueError(f"row {number} of [[at]] needs exactly one of do, fault and expect")
    if not isinstance(rest.get("second"), (int, float)):
        raise ValueError(f"row {number} of [[at]] needs its second")
    kind = kinds[0]
    known: dict[str, Any] = {"second": float(rest.pop("second")), kind: rest.pop(kind)}
    if kind == "fault" and "lasts" in rest:
        known["lasts"] = float(rest.pop("lasts"))
    if kind == "do":
        known["refused"], known["unanswered"] = rest.pop("refused", ""), bool(rest.pop("unanswered", False))
    if kind == "expect" and rest:
        raise ValueError(f"row {number} of [[at]]: an expectation stands in expect = {{...}}, not {', '.join(rest)}")
    return Row(facts=rest, **known)
