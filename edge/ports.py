"""What the world must offer, on one page. ``adapters`` implement it for real, the simulator for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.domain.authority import Digest, Identifier, Key
from edge.domain.capture import Frame, Instant
from edge.domain.face import Face, Features
from edge.domain.host import Heat, Vitals
from edge.domain.link import Leave
from edge.domain.message import Incoming, Outgoing
from edge.domain.record import OutboxRow, Waiting
from edge.domain.remark import Dying, Remark, Said


class Clock(Protocol):
    """Wall and boot time."""

    def now(self) -> Instant:
        """This instant on both clocks."""

    def synchronised(self) -> bool:
        """Whether wall time is disciplined by a trusted source."""


class Camera(Protocol):
    """One capture device. Only the gate holds it."""

    @property
    def simulated(self) -> bool:
        """True for the simulator's, which runs test authorisations and no others."""

    def open(self) -> None:
        """Start capturing. Raises CaptureLost."""

    def next(self, timeout: timedelta) -> Frame | None:
        """The next frame, or None after the timeout or :meth:`cancel`. Raises CaptureLost.
        Its pixels are the caller's alone: they may be overwritten, and are seen by no later frame.
        """

    def cancel(self) -> None:
        """Make :meth:`next` return at once. May be called from any thread."""

    def close(self) -> None:
        """Stop capturing and give every buffer back. Does nothing where it is closed."""


class Switch(Protocol):
    """Something that is on or off: the capture device's power, or the lamp that tells the public."""

    @property
    def settles(self) -> timedelta:
        """How long what is behind it needs after it was switched on."""

    def turn(self, *, on: bool) -> None:
        """Switch, and see that it obeyed. Raises SwitchStuck where it did not."""

    def is_on(self) -> bool:
        """How it is now. Raises SwitchStuck where that cannot be told."""


class Detector(Protocol):
    """Finds faces, and nothing else about them."""

    @property
    def identity(self) -> Digest:
        """Which model this is: source digests and recipe."""

    def detect(self, frame: Frame) -> list[Face]:
        """The frame's faces in pixels of its main stream, best first."""

    def refine(self, frame: Frame, face: Face) -> Face | None:
        """The same face, found again on a close-up of the main stream: exact landmarks, or None if it is no face."""

    def forget(self) -> None:
        """Overwrite the last picture and all that was computed from it."""


class Extractor(Protocol):
    """Computes features from aligned samples."""

    @property
    def identity(self) -> Digest:
        """Which model this is: source digests and recipe."""

    def extract(self, aligned: Sequence[NDArray[np.uint8]]) -> Features:
        """``aligned`` are (112, 112, 3) uint8 RGB. Returns (n, dimension) float32, L2-normalised rows."""

    def forget(self) -> None:
        """Overwrite the last sample and all that was computed from it."""


class Signer(Protocol):
    """The device's signing key."""

    @property
    def public(self) -> Key:
        """Ed25519 public key."""

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature."""


class LockedMemory(Protocol):
    """Memory that is neither swapped, dumped nor inherited."""

    @property
    def view(self) -> memoryview:
        """All of it, writable."""

    def wipe(self) -> None:
        """Overwrite all of it with zeros."""


class Host(Protocol):
    """The operating system."""

    def locked(self, size: int) -> LockedMemory:
        """``size`` bytes, zeroed. Raises Unsafe where memory cannot be locked."""

    def notify(self, state: str) -> None:
        """Tell the service manager (sd_notify), where there is one."""

    def heat(self) -> Heat:
        """How hot the processor is, and whether it is being slowed down."""

    def vitals(self) -> Vitals:
        """Memory, disk and the kernel's estimate of its clock."""

    def scrub(self, secret: bytes) -> None:
        """Overwrite a key that came as ``bytes`` and that nobody needs any more."""

    def say(self, remark: Remark) -> None:
        """Write a remark to the device's log. There is no other way into it."""

    def said(self) -> tuple[Said, ...]:
        """The latest remarks, of earlier lives too where they are kept, the oldest first; no more than so many."""

    def die(self, why: Dying) -> None:
        """End the process at once, as a last resort. A simulator raises instead."""


class Transaction(Protocol):
    """Everything in it is committed together, durably, or not at all."""

    def append(self, leaf: bytes) -> int:
        """Append a leaf to the log; returns its index."""

    def put(self, name: str, value: bytes) -> None:
        """Set a named value."""

    def get(self, name: str) -> bytes | None:
        """A named value, as this transaction sees it."""

    def delete(self, name: str) -> None:
        """Forget a named value."""

    def names(self, prefix: str) -> list[str]:
        """The names that begin so."""

    def enqueue(self, row: OutboxRow) -> None:
        """Add a sealed hit to the outbox."""

    def dequeue(self, sequence: int) -> bool:
        """Remove a hit from the outbox. False where it was not there."""


class Store(Protocol):
    """Durable storage of log, outbox and named values. Any thread may use it.
    Everything raises SealBroken where what is found is not what was written, and JournalUnwritable where the disk does
    not answer; DiskFull, which is one, where it is full.
    """

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back on an exception."""

    def get(self, name: str) -> bytes | None:
        """A named value as last committed."""

    def leaves(self, start: int, stop: int) -> list[bytes]:
        """Committed leaves by index, ``stop`` not included."""

    def size(self) -> int:
        """How many leaves are committed."""

    def waits(self) -> list[Waiting]:
        """Every waiting hit without its message, in the order of their sequence. Cheap."""

    def recipients(self) -> frozenset[Key]:
        """Of all waiting hits together. Reads none of them."""

    def outbox(self, most: int) -> list[OutboxRow]:
        """Waiting hits in the order of their sequence."""

    def waiting(self, hit: Identifier) -> OutboxRow | None:
        """One waiting hit."""

    def compact(self) -> None:
        """Leave nothing of deleted rows on disk. Costs nothing where nothing was deleted. Raises JournalUnwritable."""

    def survey(self) -> int:
        """Bytes left on the disk. Raises JournalUnwritable where what is written now would not be there later."""

    def give_way(self) -> bool:
        """Give up room that was kept for an emergency. False where there is none left."""


class Files(Protocol):
    """Chunks of blobs that are on their way, by the blob's digest. Survives restarts."""

    def keep(self, digest: Digest, index: int, chunk: bytes) -> bool:
        """Keep a chunk, whole or not at all. False where the disk will not."""

    def chunk(self, digest: Digest, index: int) -> bytes | None:
        """A chunk, or None where it is not here or cannot be read."""

    def held(self) -> list[Digest]:
        """The blobs of which something is here."""

    def drop(self, digest: Digest) -> None:
        """Delete every chunk of a blob."""


class Link(Protocol):
    """The connection to the broker."""

    def connect(self) -> None:
        """Begin to connect, and keep reconnecting in the background."""

    @property
    def connections(self) -> int:
        """How many times the connection has been made; rises with each."""

    @property
    def connected(self) -> bool:
        """Whether it stands now."""

    @property
    def alive(self) -> bool:
        """Whether what works behind it still comes round, connected or not. For ever False, once it does not."""

    @property
    def may_publish(self) -> Leave:
        """Whether the broker takes hits, as far as it has said. Its last word stands while the connection is down."""

    @property
    def may_hear(self) -> Leave:
        """Whether the broker has granted every subscription, likewise."""

    @property
    def certificate_ends(self) -> datetime | None:
        """When the certificate in use ends, by which this end shows itself. None where it shows none."""

    def counters(self) -> Mapping[str, int]:
        """What the broker has said, by its reason codes, and how the connection fares: a closed set of names."""

    def publish(self, message: Outgoing) -> bool:
        """Hand a message to the connection. False where it is down or congested: try again later.
        True does not mean that it arrived: what a connection that is lost had not sent is forgotten.
        """

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message, or None after the timeout."""

    def close(self) -> None:
        """Disconnect in good order."""
