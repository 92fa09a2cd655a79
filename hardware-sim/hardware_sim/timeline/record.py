"""The event log of one run: what happened, in the order in which it did, by the scenario's clock.

Whatever is drawn anew in every run (keys, ids, salts, signatures, digests) is left out, or named by who holds it; so
the same scenario and seed give the same bytes.
"""

from __future__ import annotations

import enum
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from edge.control_room.desk import Opened
from edge.domain.authority import KeyId
from edge.domain.condition import Condition
from edge.domain.record import Leaf
from edge.wire.log import decode_leaf
from hardware_sim.timeline.stand import Stand

LEFT_OUT: Final = frozenset({"version", "uncounted", "device_key", "list_key", "digest", "order", "commitment"})
"""Fields of leaves that differ from run to run, or from release to release."""
_DRAWN: Final = re.compile(r"[0-9a-f]{32,}|[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A leaf, and when the scenario saw it."""

    at: timedelta
    leaf: Leaf
    life: int
    """In which of the device's lives."""


@dataclass(slots=True)
class Record:
    """What one run leaves behind."""

    stand: Stand
    lines: list[str] = field(default_factory=list)
    leaves: list[Recorded] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    on_leaf: list[Callable[[Recorded], None]] = field(default_factory=list)
    """Told of every leaf."""
    keep: bool = True
    """Whether lines are kept; a campaign of thousands of runs needs none."""
    _condition: Condition | None = None
    _reasons: tuple[str, ...] = ()
    _read: int = 0

    def add(self, what: str, **facts: object) -> None:
        """One more line."""
        if not self.keep:
            return
        line = {"t": round(self.stand.clock.seconds, 3), "what": what}
        self.lines.append(json.dumps(line | {name: _plain(fact) for name, fact in facts.items()}, ensure_ascii=False))

    def look(self) -> None:
        """After a turn: leaves that are new, and a condition that is another."""
        stand = self.stand
        if stand.off:
            self._said(None, ())
            return
        self.take_leaves()
        now = stand.clock.now()
        condition, reasons = stand.device.daemon.report.observer.condition(now)
        self._said(condition, tuple(reason.value for reason in reasons if reason.value != "picture-unproven"))

    @property
    def active(self) -> bool:
        """Whether the device said at the last turn that it was looking."""
        return self._condition is Condition.ACTIVE

    def take_leaves(self) -> None:
        """Leaves that are new."""
        store = self.stand.device.store
        size = self.stand.device.daemon.gate._journal.size
        if size <= self._read:
            return
        start, self._read = self._read, size
        for raw in store.leaves(start, size):
            leaf = decode_leaf(raw)
            recorded = Recorded(self.stand.clock.elapsed, leaf, self.stand.starts)
            self.leaves.append(recorded)
            self.counts[leaf.event.kind] += 1
            self.add("leaf", kind=leaf.event.kind, **self._facts(leaf))
            for told in self.on_leaf:
                told(recorded)

    def opened(self, hit: Opened) -> None:
        """The control room has opened a hit."""
        content = hit.content
        self.add(
            "hit",
            sequence=hit.sealed.sequence,
            entry=content.entry,
            band=content.band,
            late=round(hit.lateness.total_seconds(), 1),
            cues=[cue.value for cue in content.presentation],
        )

    def _said(self, condition: Condition | None, reasons: tuple[str, ...]) -> None:
        if (condition, reasons) == (self._condition, self._reasons):
            return
        self._condition, self._reasons = condition, reasons
        self.add("condition", condition="off" if condition is None else condition.value, reasons=list(reasons))

    def _facts(self, leaf: Leaf) -> dict[str, object]:
        facts: dict[str, object] = {}
        for one in fields(leaf.event):
            value = getattr(leaf.event, one.name)
            if one.name in LEFT_OUT or value is None:
                continue
            if one.name == "key":
                value = self._who(value)
            elif isinstance(value, datetime):
                value = round((value - self.stand.clock.true).total_seconds(), 3)
            elif isinstance(value, str) and _DRAWN.fullmatch(value):
                continue
            facts[one.name] = value
        return facts

    def _who(self, key: KeyId) -> str:
        return self.stand.office.name_of(key)


def _plain(fact: object) -> object:
    if isinstance(fact, enum.Enum):
        return fact.value
    if isinstance(fact, Decimal):
        return str(fact)
    return fact
