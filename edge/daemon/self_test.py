"""The self-test: each part is tried with something made up, and says whether it works. The camera stays shut.

Models are tried with a drawn picture whose features were computed when the models were built: what comes out has to
point the same way, within what int8 arithmetic differs by between processors. Nothing of it is kept.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.daemon.obey import Executes, Outcome
from edge.domain.authority import Digest
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.errors import LamppostError, Reason, Refusal, Unsafe
from edge.domain.face import Box, Face
from edge.domain.jobs import Facts
from edge.domain.orders import Order, Verb
from edge.ports import Clock, Detector, Extractor, Host, Link, Store
from edge.safeguards.disk import TO_BEGIN
from edge.safeguards.gate import Gate

SETTLED: Final = timedelta(seconds=5)
"""After an end, so that nobody is still at work with the models."""
LEAST_COSINE: Final = 0.99
"""Between what the drawn picture gives and what it gave where the models were built. Different models gave 0.1 and
less."""
LEAST_DAYS: Final = 7
"""That the certificate for the broker has still to last."""
MEMORY: Final = 4096
DRAWN: Final = 112
"""Width and height of the drawn face's picture, pixels."""
LANDMARKS: Final = np.array([(38.3, 51.6), (73.5, 51.6), (56, 71.7), (45, 92.3), (67, 92.3)], np.float32)
"""Eyes, tip of the nose, corners of the mouth, as they are drawn."""

OK: Final = "ok"
FAILED: Final = "failed"
UNKNOWN: Final = "no-known-answer"
"""It works, and nobody has said what it should give: models that were sent, or a simulator's."""

KNOWN: Final[dict[Digest, str]] = {
    "e586b432bd7884318c763dea47432b9911b7f48daece5227837ddaa0615d6cd7": (
        "OgQbNxwP9PsM6zXKCdnq/qjvGPzU+wMB6xL7mRr94Ms9CMUC/O8A2MfbuDDDD/cRBAcEhdCB9tZP9PgEP94VLe8i"
        "PxgaFU4QA54N4z75QvHuwUTOEg7u4gvLzCc24+s27Mol39NR7MTcHc/kAFEC/vH9HiPh+KjZsygFGiJEDy4="
    )
}
"""Features of the drawn face by the embedder's identity: int8, scaled to 127, base64."""
KNOWN_DETECTORS: Final = frozenset({"8563bed1e453c58c3f9934ddfe5bdf001afcdfb4f276c4daf469081f0ab930f0"})
"""Those that find the drawn face, each of its landmarks within a tenth of its width."""
LEAST_SCORE: Final = 0.8
MOST_OFF: Final = 0.1


class SelfTest:
    """Runs on the main thread alone."""

    def __init__(
        self, *, gate: Gate, detector: Detector, extractor: Extractor, host: Host, store: Store, link: Link,
        clock: Clock, width: int, height: int,
    ) -> None:  # fmt: skip
        """``width`` and ``height`` are those of the camera's main stream."""
        self._gate = gate
        self._detector = detector
        self._extractor = extractor
        self._host = host
        self._store = store
        self._link = link
        self._clock = clock
        self._size = width, height
        self._ended: Instant | None = None
        gate.on_end(self._has_ended)

    def verbs(self) -> dict[Verb, Executes]:
        """The order that is executed here."""
        return {Verb.SELF_TEST: self.test}

    def test(self, _: Order, now: Instant) -> Outcome:
        """Try everything. Refused while a deployment is in force, and just after one."""
        if self._gate.believed is not None:
            return Refusal(Reason.IN_DEPLOYMENT)
        if self._gate.frames.is_open or (self._ended is not None and now.since(self._ended) < SETTLED):
            return Refusal(Reason.BUSY)
        return self.facts(now)

    def facts(self, now: Instant) -> Facts:
        """Try everything. Only where nobody is at work with the models."""
        free = self._free()
        facts: Facts = {
            "detector": _tried(self._detects),
            "embedder": _tried(self._embeds),
            "journal": _tried(self._keeps),
            "memory": _tried(self._locks),
            "clock": OK if self._clock.synchronised() else FAILED,
            "disk": OK if free >= TO_BEGIN else FAILED,
            "disk-free-mb": free // (1024 * 1024),
            "camera": "not-tried",
            "outbox": len(self._store.waits()),
        }
        ends = self._link.certificate_ends
        if ends is not None:
            days = (ends - now.wall) // timedelta(days=1)
            facts |= {"certificate": OK if days >= LEAST_DAYS else FAILED, "certificate-days": days}
        return {**facts, "failed": sum(value == FAILED for value in facts.values())}

    def _free(self) -> int:
        """Bytes left on the disk, looked at anew; none where it does not answer."""
        try:
            return self._store.survey()
        except Unsafe:
            return 0

    def _has_ended(self) -> None:
        self._ended = self._clock.now()

    def _detects(self) -> str:
        """Nobody is found on an empty wall; on a close-up, the drawn face is found where it was drawn."""
        now, known = self._clock.now(), self._detector.identity in KNOWN_DETECTORS
        wall, (drawn, wanted) = _wall(*self._size), _drawn(*self._size)
        try:
            seen = self._detector.detect(Frame(1, now, wall, wall))
            found = self._detector.refine(Frame(2, now, drawn, drawn), wanted)
        finally:
            self._detector.forget()
        if not known:
            return FAILED if seen else UNKNOWN
        if seen or found is None or found.score < LEAST_SCORE:
            return FAILED
        off = float(np.abs(found.landmarks - wanted.landmarks).max())
        return OK if off <= MOST_OFF * DRAWN else FAILED

    def _embeds(self) -> str:
        try:
            row = self._extractor.extract([drawn_face()])[0]
            again = self._extractor.extract([drawn_face()])[0]
        finally:
            self._extractor.forget()
        length = float(np.linalg.norm(row))
        if row.shape != again.shape or not np.isfinite(row).all() or abs(length - 1) > 1e-3 or (row != again).any():
            return FAILED
        known = KNOWN.get(self._extractor.identity)
        if known is None:
            return UNKNOWN
        wanted = np.frombuffer(base64.b64decode(known), np.int8).astype(np.float32)
        if wanted.shape != row.shape:
            return FAILED
        return OK if float(row @ wanted) >= LEAST_COSINE * float(np.linalg.norm(wanted)) else FAILED

    def _keeps(self) -> str:
        with self._store.transaction() as transaction:
            transaction.put("self-test", b"")
            transaction.delete("self-test")
        return OK

    def _locks(self) -> str:
        self._host.locked(MEMORY).wipe()
        return OK


def drawn_face() -> NDArray[np.uint8]:
    """A drawn face: nobody. (112, 112, 3) uint8 RGB, as the alignment would give it."""
    rows, columns = np.mgrid[0:112, 0:112].astype(np.float32)
    picture = np.full((112, 112, 3), 90, np.float32)

    def oval(x: float, y: float, across: float, down: float, colour: tuple[int, int, int]) -> None:
        inside = ((columns - x) / across) ** 2 + ((rows - y) / down) ** 2 <= 1
        picture[inside] = colour

    oval(56, 60, 40, 52, (205, 160, 135))
    oval(56, 20, 44, 22, (60, 45, 35))
    for x in (38.3, 73.5):
        oval(x, 44, 10, 3, (80, 60, 50))
        oval(x, 51.6, 8, 5, (245, 245, 240))
        oval(x, 51.6, 4, 4, (50, 40, 30))
    oval(56, 71.7, 6, 9, (185, 140, 118))
    oval(56, 92.3, 15, 4, (150, 70, 70))
    return picture.astype(np.uint8)


def _wall(width: int, height: int) -> Picture:
    half = (height // 2, width // 2)
    return Picture(np.full((height, width), 110, np.uint8), np.full(half, 128, np.uint8), np.full(half, 128, np.uint8))


def _drawn(width: int, height: int) -> tuple[Picture, Face]:
    """A wall with the drawn face in the middle, and where it is. Limited-range luma and chroma, as a camera gives."""
    left, top = (width - DRAWN) // 4 * 2, (height - DRAWN) // 4 * 2
    rgb = np.full((height, width, 3), 110, np.uint8)
    rgb[top : top + DRAWN, left : left + DRAWN] = drawn_face()
    planes = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
    luma, chroma = planes[:height], planes[height:].reshape(2, height // 2, width // 2)
    corner = np.array([left, top], np.float32)
    box = Box(left + 14, top + 8, left + 98, top + 108)
    y, u, v = (plane.astype(np.uint8) for plane in (luma, *chroma))
    return Picture(y, u, v), Face(box, LANDMARKS + corner, 1.0)


def _tried(part: Callable[[], str]) -> str:
    """What a part says; an error that it names itself is a failure, and any other is a fault of ours."""
    try:
        return part()
    except LamppostError:
        return FAILED
