"""What the device of a chaos run sees: people who stand somewhere for a moment and are gone, so that hits never stop.

Only the pace differs from the scripted street of other tests. Camera, transactions and publishing leave a mark, a line
each, in a file that outlives the process: the ledger holds it against what the device says of itself.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from edge.adapters.store import SqliteStore, SqliteTransaction
from edge.daemon.watch import Watching
from edge.domain.capture import Frame, Instant
from edge.domain.face import Box
from edge.domain.message import Outgoing
from edge.domain.record import OutboxRow
from edge.ports import Clock, Link
from edge.steps.best_shot import Choosing
from edge.steps.follow import Following
from hardware_sim.chaos.points import FLOWS
from hardware_sim.scripted import FACE, ScriptedCamera, Street, Walk

PERIOD: Final = timedelta(milliseconds=40)
PEOPLE: Final = 16
"""Who come in turn, all of them listed."""
_PLACES: Final = ((60, 40), (360, 40), (210, 210), (460, 210), (60, 210), (260, 40))
"""Left and top. A group stands elsewhere than the two before it, or it would be taken for the same passage."""
_SECOND: Final = timedelta(seconds=0.3)
WATCHING: Final = Watching(
    Following(patience=_SECOND, glimpse=_SECOND, searched_life=_SECOND),
    Choosing(keep=2, apart=timedelta(milliseconds=40), watch_for=timedelta(milliseconds=160),
             closing=timedelta(milliseconds=80), lost_for=timedelta(milliseconds=200)),
)  # fmt: skip
"""People who are gone at once are searched at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How many people come, how long each group stays, and how long after it the next one comes."""

    group: int = 1
    stay: timedelta = timedelta(milliseconds=800)
    every: timedelta = timedelta(milliseconds=800)


STEADY: Final = Pace()
"""As many hits as a scenario of seconds needs: 25 times what is taken for a flood."""
BUSY: Final = Pace(3, timedelta(milliseconds=400), timedelta(milliseconds=400))
"""More hits than any street gives: 150 times what is taken for a flood."""
CROWDED: Final = Pace(1, timedelta(milliseconds=800), timedelta(seconds=4))
"""Five times what is taken for a flood: what must find room in the outbox for the ten minutes that a hit may wait."""


@dataclass(frozen=True, slots=True)
class Stand(Walk):
    """Somebody who stands still."""

    left: int = 0

    def box(self, now: Instant) -> Box | None:
        """Where the face is, or None where it is not in view."""
        inside = 0 <= now.since(self.begins) / self.lasts < 1
        return Box(self.left, self.row, self.left + FACE, self.row + FACE) if inside else None


class Marks:
    """Lines in a file, written at once: life, what, boot seconds, and what more there is to say."""

    def __init__(self, path: Path, life: str, clock: Clock) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._life = life
        self._clock = clock

    def leave(self, what: str, about: str = "-") -> None:
        """One line. Several threads may write."""
        now = self._clock.now()
        line = f"{self._life} {what} {now.boot.total_seconds():.6f} {now.wall.isoformat()} {about}\n"
        os.write(self._file, line.encode())


class BusyCamera(ScriptedCamera):
    """Twenty-five frames a second of real time."""

    def __init__(self, clock: Clock, marks: Marks, pace: Pace) -> None:
        self._pace = pace
        self.street = Street()
        super().__init__(self.street, clock)
        self._marks = marks
        self._pause = threading.Event()
        self._group = -1

    def open(self) -> None:
        """Start."""
        self._marks.leave("camera-open")
        super().open()

    def next(self, timeout: timedelta) -> Frame | None:
        """The next frame, with whoever stands there now."""
        self._pause.wait(min(PERIOD, timeout).total_seconds())
        now = self._clock.now()
        group = int(now.boot / self._pace.every)
        if group != self._group:
            self._group = group
            self.street.walks = [self._comer(group, number, now) for number in range(self._pace.group)]
        frame = super().next(timeout)
        if frame is not None:
            self._marks.leave("frame")
        return frame

    def close(self) -> None:
        """Stop."""
        if self.is_open:
            self._marks.leave("camera-close")
        super().close()

    def _comer(self, group: int, number: int, now: Instant) -> Stand:
        comer = group * self._pace.group + number
        left, top = _PLACES[comer % len(_PLACES)]
        return Stand(1 + comer % PEOPLE, now, self._pace.stay - PERIOD, row=top, left=left)


class MarkedStore(SqliteStore):
    """Leaves a mark when a hit is written, sealed, and when it is committed."""

    marks: Marks | None = None

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """As the store's."""
        with super().transaction() as transaction:
            noted = _Noted(transaction, self.marks)
            yield noted  # type: ignore[misc]
        if self.marks is not None and noted.hit is not None:
            self.marks.leave("committed", noted.hit)
            FLOWS.set()


class _Noted:
    """A transaction, and the hit that it queued."""

    def __init__(self, transaction: SqliteTransaction, marks: Marks | None) -> None:
        self._transaction = transaction
        self._marks = marks
        self.hit: str | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._transaction, name)

    def enqueue(self, row: OutboxRow) -> None:
        """Add a sealed hit to the outbox."""
        self.hit = row.hit
        if self._marks is not None:
            self._marks.leave("sealed", row.hit)
        self._transaction.enqueue(row)


class MarkedLink:
    """The product's own link, which leaves a mark when a hit is handed to the connection."""

    def __init__(self, link: Link, marks: Marks) -> None:
        self._link = link
        self._marks = marks

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._link, name)

    def publish(self, message: Outgoing) -> bool:
        """Hand a message over."""
        handed = self._link.publish(message)
        if handed and message.topic.endswith("/hit"):
            self._marks.leave("published", str(json.loads(message.payload)["id"]))
        return handed
