"""Workers at work: each looks at one picture at a time, and is replaced when a picture was too much for it.

Processes rather than threads: a fault in a decoder then costs one picture and not the enrolment, its memory can be
bounded, and Python's part of the work (a third of it) runs in parallel too. The files are read here; a worker is sent
bytes. At most one file for each worker is in memory here at a time.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from edge.control_room.enrolling import answers, stills
from edge.control_room.enrolling.findings import Outcome, Rejected
from edge.control_room.enrolling.looking import Shot, T, Wanted
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured, Undecodable

PATIENCE: Final = timedelta(seconds=60)
"""For one picture. The largest that is decoded takes a few seconds."""
_START: Final = 120.0
_AHEAD: Final = 8
"""Looks for each worker that may wait for an earlier picture."""
MOST: Final = 16


def usual() -> int:
    """As many workers as there are processors to use."""
    return min(len(os.sched_getaffinity(0)), MOST)


@dataclass(slots=True)
class _Slot:
    tag: Any
    look: Shot | Rejected | None = None


@dataclass(slots=True, eq=False)
class _Hand:
    """One worker, and what it is looking at."""

    models: Path
    child: subprocess.Popen[bytes] = field(init=False)
    peer: socket.socket = field(init=False)
    slot: _Slot | None = None
    until: float = 0.0

    def __post_init__(self) -> None:
        self.peer, other = socket.socketpair()
        command = [sys.executable, "-m", "edge.control_room.enrolling.worker", str(other.fileno()), str(self.models)]
        quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", **stills.ENVIRONMENT}
        with other:
            self.child = subprocess.Popen(  # noqa: S603
                command, pass_fds=[other.fileno()], env={**os.environ, **quiet}, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def ready(self) -> answers.Ready:
        """Wait until it can look. Raises Misconfigured."""
        said = self._said(_START)
        if isinstance(said, answers.Unable):
            raise Misconfigured(said.what, said.remedy)
        if not isinstance(said, answers.Ready):
            raise Misconfigured(f"A worker does not start: {self.ended()}.", "Run it again; see that there is memory.")
        return said

    def give(self, slot: _Slot, wanted: Wanted, patience: float) -> None:
        """Have it look at a picture."""
        self.slot, self.until = slot, time.monotonic() + patience
        head, raw = answers.as_bytes(wanted)
        try:
            self.peer.settimeout(patience)
            self.peer.sendall(head)
            self.peer.sendall(raw)
        except OSError:
            pass  # it is gone, which its answer will tell

    def look(self, patience: float) -> Shot | Rejected:
        """Its answer, or that it had none."""
        said = self._said(max(0.01, self.until - time.monotonic()))
        if said is not None:
            try:
                return answers.look_of(said)
            except Undecodable:
                self.child.kill()
        elif self.child.poll() is None and time.monotonic() >= self.until:
            self.end()
            return Rejected(Outcome.DECODER_FAILED, f"looking at it took more than {patience:.0f} seconds")
        return Rejected(Outcome.DECODER_FAILED, f"looking at it ended the process: {self.ended()}")

    def ended(self) -> str:
        """How it ended, which it now has."""
        self.peer.close()
        try:
            status = self.child.wait(5)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = self.child.wait()
        return signal.Signals(-status).name if status < 0 else f"status {status}"

    @property
    def lives(self) -> bool:
        return self.peer.fileno() >= 0 and self.child.poll() is None

    def end(self) -> None:
        """Let it go, whatever it does."""
        self.peer.close()
        self.child.kill()
        self.child.wait()

    def _said(self, patience: float) -> answers.Answer | None:
        try:
            self.peer.settimeout(patience)
            raw = answers.receive(self.peer, answers.LARGEST_ANSWER)
            return None if raw is None else answers.read(raw)
        except (OSError, Undecodable):
            return None


class Crew:
    """Implements :class:`~edge.control_room.enrolling.looking.Looks`. Belongs to one thread; use it as a context."""

    def __init__(self, models: Path, workers: int, patience: timedelta = PATIENCE) -> None:
        """``workers`` processes with the models of a folder. Raises Misconfigured where they cannot look."""
        self._models = models
        self._patience = patience.total_seconds()
        self._hands = [_Hand(models) for _ in range(max(1, min(workers, MOST)))]
        try:
            self._identities = [hand.ready() for hand in self._hands]
        except Misconfigured:
            self.__exit__()
            raise

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for hand in self._hands:
            hand.end()

    @property
    def detector(self) -> Digest:
        """Identity of the detector."""
        return self._identities[0].detector

    @property
    def embedder(self) -> Digest:
        """Identity of the embedder."""
        return self._identities[0].embedder

    @property
    def processes(self) -> tuple[int, ...]:
        """Of the workers, for yardsticks."""
        return tuple(hand.child.pid for hand in self._hands)

    def look(self, pictures: Iterable[tuple[T, Wanted]]) -> Iterator[tuple[T, Shot | Rejected]]:
        """Look at each, several at once, and give them back in the same order."""
        slots = deque[_Slot]()
        try:
            yield from self._looks(iter(pictures), slots)
        finally:
            while any(hand.slot is not None for hand in self._hands):  # whoever asked has enough
                self._gather()

    def _looks(self, source: Iterator[tuple[T, Wanted]], slots: deque[_Slot]) -> Iterator[tuple[T, Shot | Rejected]]:
        more = True
        while more or slots:
            for hand in self._hands:
                if more and hand.slot is None and len(slots) < _AHEAD * len(self._hands):
                    drawn = next(source, None)
                    more = drawn is not None
                    if drawn is not None:
                        slots.append(_Slot(drawn[0]))
                        hand.give(slots[-1], drawn[1], self._patience)
            self._gather()
            while slots and slots[0].look is not None:
                done = slots.popleft()
                assert done.look is not None
                yield done.tag, done.look

    def _gather(self) -> None:
        """Wait for one of the workers, at least, and take the answers that there are."""
        busy = [hand for hand in self._hands if hand.slot is not None]
        if not busy:
            return
        with selectors.DefaultSelector() as answered:
            for hand in busy:
                answered.register(hand.peer, selectors.EVENT_READ, hand)
            rest = min(hand.until for hand in busy) - time.monotonic()
            ready = {key.fd for key, _ in answered.select(max(0.0, rest))}
        for place, hand in enumerate(self._hands):
            late = hand.slot is not None and time.monotonic() >= hand.until
            if hand.slot is None or not (hand.peer.fileno() in ready or late):
                continue
            hand.slot.look, hand.slot = hand.look(self._patience), None
            if not hand.lives:
                hand.end()
                self._hands[place] = _Hand(self._models)
                self._hands[place].ready()
