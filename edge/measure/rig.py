"""A device for measuring: the real doors, models and store, a list of nobody, and a still picture for a camera.

Every key is made here, in memory, and so is the trust root, which is marked as test: what is authorised with it is
accepted by this device, for as long as this process lasts, and by no other. Time moves when it is told to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.adapters.host import SystemHost
from edge.adapters.store import SqliteStore
from edge.domain import orders
from edge.domain.authorisation import MAX_WINDOW, AuthorisedModels, Category, ImageSource, SourceCount
from edge.domain.authority import Recipient, Role
from edge.domain.capture import Frame, Instant, Picture
from edge.domain.comparison import Permit
from edge.domain.errors import Misconfigured, Refusal
from edge.domain.zone import Zone
from edge.measure.people import UNSIGNED, MemoryKey, authorisation, trust_root
from edge.ports import Detector, Extractor
from edge.safeguards import verify
from edge.safeguards.authorised import authorisation as authorised
from edge.safeguards.breaker import Breaker
from edge.safeguards.clock import Timekeeper
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.journal import Journal
from edge.safeguards.outbox import Outbox
from edge.safeguards.presence import Presence
from edge.safeguards.reviews import Reviews
from edge.safeguards.shutter import Shutter
from edge.steps import align
from edge.steps.calibrate import Calibration
from edge.wire import watchlist
from edge.wire.sealed import ListBinding, public_of, wrap
from edge.wire.signed import Kind, canonical, digest, sign

T = TypeVar("T")

SITE: Final = "bench"
DEVICE: Final = "bench"
BOOT: Final = "bench"
CONFIGURATION: Final = "0" * 64
FRAME: Final = timedelta(milliseconds=40)
MAX_FPIR: Final = Decimal("0.5")
"""So high that every size of list is admitted: nobody is on it, and nothing is proved about anybody."""


class RigClock:
    """Moves by one frame's time whenever it is told to."""

    def __init__(self) -> None:
        self._now = Instant(datetime.now(UTC).replace(microsecond=0), timedelta(minutes=1))

    def now(self) -> Instant:
        """This instant."""
        return self._now

    def synchronised(self) -> bool:
        """Always: it is the only clock there is."""
        return True

    def advance(self, span: timedelta = FRAME) -> None:
        """Let time pass."""
        self._now = self._now.later(span)


@dataclass(slots=True)
class Still:
    """What the camera shows; another picture may be put in its place."""

    main: Picture
    small: Picture


class StillCamera:
    """Gives the same picture for every frame."""

    simulated = True

    def __init__(self, clock: RigClock, still: Still) -> None:
        self._clock = clock
        self._still = still
        self._sequence = 0

    def open(self) -> None:
        """There is nothing to open."""

    def next(self, timeout: timedelta) -> Frame:
        """The picture, captured now."""
        self._sequence += 1
        return Frame(self._sequence, self._clock.now(), self._still.main, self._still.small)

    def cancel(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """There is nothing to close."""


@dataclass(frozen=True, slots=True)
class Rig:
    """The device, deployed and looking."""

    clock: RigClock
    still: Still
    gate: Gate
    gallery: Gallery
    hits: Hits
    journal: Journal
    store: SqliteStore
    presence: Presence
    believed: verify.Believed
    officer: MemoryKey

    def frame(self) -> Frame:
        """The next frame, through the gate."""
        self.clock.advance()
        self.journal.reserve(self.clock.now())
        frame = self.gate.frames.poll(timedelta(0))
        if frame is None:
            raise Misconfigured(f"The bench's own gate is shut: {self.gate.reasons(self.clock.now())}.", "Report this.")
        return frame

    def permit(self) -> Permit:
        """The gate's word that looking is allowed."""
        return _granted(self.gate.permit(self.clock.now()))

    def confirm_presence(self) -> None:
        """Renew the lease."""
        now, authorised = self.clock.now(), self.believed.authorisation
        body = orders.Presence(authorisation=authorised.id, boot=BOOT, nonce=self.presence.nonce(now).nonce)
        heading = orders.Heading(
            id="presence", verb=orders.Verb.PRESENCE, site=SITE, device=DEVICE, epoch=BOOT, issued=now.wall,
            expires=now.wall + orders.MAX_ORDER_LIFE, counter=1,
        )  # fmt: skip
        order = orders.Order(heading=heading, body=body, key=self.officer.public, signed=UNSIGNED)
        _granted(self.presence.confirm(order, authorised, now))


def deployed(
    folder: Path, detector: Detector, extractor: Extractor, calibration: Calibration, entries: int,
    pictures: tuple[Picture, Picture],
) -> Rig:  # fmt: skip
    """Authorise a list of so many random entries, open it, and have the camera opened for it.

    ``folder`` holds the journal. Raises Misconfigured where the calibration is for other models.
    """
    clock, keys = RigClock(), {role: MemoryKey() for role in Role}
    now = clock.now()
    root = trust_root(
        [*((role, key.public) for role, key in keys.items()), (Role.CUSTODIAN, MemoryKey().public)], now.wall
    )
    file, secret = _nobody(entries, extractor, now.wall)
    trusted, zone = verify.Keys(root), Zone()
    evidence = _granted(verify.evidence(sign(calibration, Kind.CALIBRATION, keys[Role.EVALUATOR]), trusted))
    models = AuthorisedModels(detector=detector.identity, embedder=extractor.identity)
    recipient = Recipient(sign=MemoryKey().public, seal=public_of(X25519PrivateKey.generate()))
    document = authorisation(
        file, {role: key.public for role, key in keys.items()}, recipient, now.wall, site=SITE, device=DEVICE,
        models=models, calibration=evidence.digest, zone=digest(canonical(zone)), configuration=CONFIGURATION,
        max_fpir=MAX_FPIR, lasts=MAX_WINDOW,
    )  # fmt: skip
    facts = verify.Facts(
        site=SITE,
        device=DEVICE,
        simulated=True,
        detector=detector.identity,
        embedder=extractor.identity,
        calibration=evidence.digest,
        zone=digest(canonical(zone)),
        configuration=CONFIGURATION,
    )
    store, host, presence = SqliteStore(folder / "journal.sqlite"), SystemHost(), Presence(BOOT)
    journal = Journal(store, keys[Role.DEVICE], origin=f"lamppost/{SITE}/{DEVICE}", boot=BOOT)
    journal.open(now, facts.booted("bench", digest(canonical(root)), keys[Role.DEVICE].public))
    still = Still(*pictures)
    time = Timekeeper(clock, journal, store, lambda: root)
    gate = Gate(Shutter(StillCamera(clock, still)), time, journal, presence, host, zone, ())
    gallery = Gallery(gate, journal, host, store, evidence, site=SITE, device=DEVICE)
    reviews = Reviews(gate, Breaker(), journal, BOOT)
    outbox = Outbox(store, BOOT)
    hits = Hits(
        gate, journal, store, keys[Role.DEVICE], reviews, outbox, site=SITE, device=DEVICE, epoch=BOOT, boot=BOOT
    )
    signed = sign(document, Kind.AUTHORISATION, keys[Role.AUTHORISING_OFFICER], keys[Role.COUNTERSIGNING_OFFICER])
    believed = _granted(authorised(signed, trusted, facts, store, now))
    list_key, threshold = _granted(gallery.prepare(believed))
    _granted(gate.begin(believed, list_key, threshold, now))
    binding = ListBinding(site=SITE, device=DEVICE, authorisation=document.id, digest=document.watchlist.digest)
    wrapped = wrap(secret, list_key, binding)
    order = orders.Load(authorisation=document.id, digest=document.watchlist.digest, size=len(file), key=wrapped)
    _granted(gallery.open(order, file, now))
    rig = Rig(clock, still, gate, gallery, hits, journal, store, presence, believed, keys[Role.PRESENCE])
    rig.confirm_presence()
    return rig


def _granted(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise Misconfigured(f"The bench's own deployment was refused: {answer}", "Check models and calibration.")
    return answer


def _nobody(entries: int, extractor: Extractor, built: datetime) -> tuple[bytes, bytes]:
    """A sealed list of random unit vectors, and its key."""
    dimension = int(extractor.extract([np.zeros((align.SIDE, align.SIDE, 3), np.uint8)]).shape[1])
    rows = np.random.default_rng(1).standard_normal((entries, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    listed = [watchlist.Entry(f"nobody-{number:05d}", Category.SYNTHETIC, 1) for number in range(entries)]
    sources = (SourceCount(source=ImageSource.NONE, entries=entries),)
    return watchlist.seal(
        listed, rows, embedder=extractor.identity, alignment=align.RECIPE, built=built, sources=sources
    )
