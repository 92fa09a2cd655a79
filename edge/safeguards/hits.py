"""The way out: a hit leaves only sealed to its recipients, recorded, and while its permit holds.

The leaf and the outbox row are written in one transaction, in which the gate is asked once more; so there is no hit
without a leaf, no leaf without a hit, and none after a permit lapsed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import cv2

from edge.domain.authorisation import Authorisation
from edge.domain.authority import Digest, Identifier, Name
from edge.domain.capture import Instant
from edge.domain.comparison import Hit, Permit
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.hits import HitAcknowledged, HitCommitted, HitWithheld
from edge.domain.orders import Ack, Order
from edge.domain.record import Deadline, Event, OutboxRow
from edge.ports import Signer, Store, Transaction
from edge.safeguards.gate import Gate
from edge.safeguards.journal import Journal
from edge.safeguards.outbox import LAST, Outbox
from edge.safeguards.reviews import Reviews
from edge.wire.events import STATEMENT, HitContent, SealedHit, enclose
from edge.wire.sealed import Box, HitBinding, seal
from edge.wire.signed import Kind, canonical, digest, key_id, payload_of, sign, to_base64url

_JPEG_QUALITY: Final = 90


@dataclass(frozen=True, slots=True)
class Sealed:
    """A hit that nobody on the device can read any more, waiting to be committed."""

    hit: Identifier
    permit: Permit
    box: Box
    commitment: Digest
    authorisation: Authorisation
    captured: Instant
    suspected: bool
    """Whether it looks like a picture held up."""


class Hits:
    """Sealing, committing and acknowledging hits."""

    def __init__(
        self, gate: Gate, journal: Journal, store: Store, signer: Signer, reviews: Reviews, outbox: Outbox, *,
        site: Name, device: Name, epoch: Identifier, boot: Identifier,
    ) -> None:  # fmt: skip
        self._gate = gate
        self._reviews = reviews
        self._outbox = outbox
        self._journal = journal
        self._store = store
        self._signer = signer
        self._site = site
        self._device = device
        self._epoch = epoch
        self._boot = boot

    def seal(self, hit: Hit) -> Sealed | Refusal:
        """Seal a hit to the recipients that its authorisation names. From here on only they can read it."""
        believed = self._gate.believed
        if believed is None or believed.authorisation.id != hit.permit.authorisation:
            return Refusal(Reason.PERMIT_LAPSED)
        authorisation = believed.authorisation
        salt = os.urandom(32)
        content = _content(hit)
        binding = HitBinding(site=self._site, device=self._device, authorisation=authorisation.id, hit=hit.id)
        clear = canonical(replace(content, salt=to_base64url(salt)))
        box = seal(clear, [recipient.seal for recipient in authorisation.recipients], binding)
        return Sealed(
            hit.id,
            hit.permit,
            box,
            commitment(salt, content),
            authorisation,
            hit.captured,
            hit.presentation_suspected,
        )

    def commit(self, sealed: Sealed, now: Instant) -> bool:
        """Record and queue a sealed hit, if its permit still holds. False where it was dropped.

        Raises Unsafe where nothing can be recorded.
        """
        told = False

        def write(transaction: Transaction) -> Event:
            nonlocal told
            told = self._gate.holds(sealed.permit, now)
            if not told:
                return HitWithheld(authorisation=sealed.permit.authorisation, why="permit-lapsed")
            sequence = int(transaction.get(LAST) or b"0") + 1
            row, destroy_by = self._row(sealed, sequence, now)
            told = self._outbox.takes(len(row.message))
            if not told:
                return HitWithheld(authorisation=sealed.permit.authorisation, why="outbox-full")
            transaction.put(LAST, str(sequence).encode())
            transaction.enqueue(row)
            self._reviews.remember(transaction, sequence, sealed.hit, sealed.authorisation, destroy_by)
            return HitCommitted(
                authorisation=sealed.permit.authorisation, sequence=sequence, commitment=sealed.commitment
            )

        self._journal.record_in(write, now)
        if told:
            self._reviews.told(now, suspected=sealed.suspected)
        return told

    def acknowledge(self, order: Order, now: Instant) -> Refusal | None:
        """A recipient took a hit over: its ciphertext is deleted here. Doing it again does no harm."""
        body = order.body
        if not isinstance(body, Ack):
            return Refusal(Reason.MALFORMED)
        row = self._store.waiting(body.hit)
        if row is None:
            return None
        if row.deadline.over(now, self._boot):
            return Refusal(Reason.EXPIRED, "nobody has signed for the hit while it was of use")
        if order.key not in row.recipients:
            return Refusal(Reason.WRONG_ROLE, "the hit was not sealed to this recipient")
        if (body.sequence, body.digest) != (row.sequence, row.digest):
            return Refusal(Reason.MALFORMED, "it names another hit's sequence or digest")

        def write(transaction: Transaction) -> Event | None:
            if not transaction.dequeue(row.sequence):
                return None
            self._reviews.delivered(transaction, row.sequence, now)
            return HitAcknowledged(sequence=row.sequence, key=key_id(order.key))

        self._journal.record_in(write, now)
        return None

    def _row(self, sealed: Sealed, sequence: int, now: Instant) -> tuple[OutboxRow, Deadline]:
        """The hit as it waits, and when it must be destroyed wherever it is."""
        retention = sealed.authorisation.retention
        deadline = Deadline.after(now, retention.undelivered, self._boot)
        destroy_by = Deadline.after(sealed.captured, retention.hit, self._boot)
        document = SealedHit(
            id=sealed.hit,
            site=self._site,
            device=self._device,
            epoch=self._epoch,
            boot=self._boot,
            authorisation=sealed.permit.authorisation,
            sequence=sequence,
            committed=now.wall,
            expires=deadline.wall,
            destroy_by=destroy_by.wall,
            box=sealed.box,
        )
        signed = sign(document, Kind.HIT, self._signer)
        source = f"/lamppost/v1/{self._site}/{self._device}"
        message = enclose(signed, Kind.HIT, id=sealed.hit, source=source, time=now.wall)
        recipients = tuple(recipient.sign for recipient in sealed.authorisation.recipients)
        return OutboxRow(sequence, sealed.hit, message, digest(payload_of(signed)), recipients, deadline), destroy_by


def commitment(salt: bytes, content: HitContent) -> Digest:
    """What the journal says of a hit: SHA-256 over a 32-byte salt and the content with an empty salt."""
    return hashlib.sha256(salt + canonical(replace(content, salt=""))).hexdigest()


def _content(hit: Hit) -> HitContent:
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(hit.face, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    box = hit.box
    return HitContent(
        statement=STATEMENT,
        hit=hit.id,
        entry=hit.candidate.entry,
        category=hit.candidate.category,
        band=hit.candidate.band,
        captured=hit.captured.wall,
        searched=hit.searched.wall,
        samples=hit.samples,
        seen_for_ms=max(0, int(hit.seen_for / timedelta(milliseconds=1))),
        box=(int(box.left), int(box.top), int(box.right), int(box.bottom)),
        face=to_base64url(jpeg.tobytes()),
        presentation=hit.cues,
        salt="",
    )
