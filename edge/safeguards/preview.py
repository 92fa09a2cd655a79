"""The preview's door: what anybody sees of the view is a mosaic in which nobody can be told, and only where authorised.

It is the only way from a frame to a preview. The mosaic is made here (``steps.mosaic``, which says why nobody can be
told in it), sealed to the recipients of the authorisation in force and signed; nothing of it is kept on the device but
the levels that were shown last, in memory, until the permit lapses.

An authorisation that says nothing of a preview allows none. However often it allows one, there are ten seconds from one
to the next, whatever permit lapses and whichever deployment begins meanwhile.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from msgspec import UnsetType

from edge.domain.authorisation import MIN_PREVIEW_INTERVAL, Authorisation
from edge.domain.authority import Identifier, Name
from edge.domain.capture import Frame, Instant
from edge.domain.comparison import Permit
from edge.ports import Clock, Signer
from edge.safeguards.gate import FRESH, Gate
from edge.steps import mosaic
from edge.steps.mosaic import COLUMNS, ROWS, Levels
from edge.wire.events import PreviewContent, SealedPreview, enclose
from edge.wire.sealed import PreviewBinding, seal
from edge.wire.signed import Kind, canonical, sign

LEAST: Final = MIN_PREVIEW_INTERVAL
"""From one to the next, whatever any authorisation says."""
LIFE: Final = timedelta(seconds=60)
"""Nobody shows one afterwards: what it shows would be taken for now."""


class Previews:
    """One thread asks for them."""

    def __init__(self, gate: Gate, clock: Clock, signer: Signer, *, site: Name, device: Name, boot: Identifier) -> None:
        self._gate = gate
        self._clock = clock
        self._signer = signer
        self._site = site
        self._device = device
        self._boot = boot
        self._made: Instant | None = None
        self._number = 0
        self._lapsed: Instant | None = None
        self._shown: Levels | None = None
        gate.on_lapse(self._forget)

    def of(self, frame: Frame, now: Instant) -> bytes | None:
        """The message with a preview of a frame, for those who may see it; None where there is none to be.

        The frame is neither kept nor changed.
        """
        authorisation = self._allows(frame, now)
        if authorisation is None:
            return None
        self._made, self._number = now, self._number + 1
        self._shown = mosaic.of(frame.small.y, self._shown)
        return self._sealed(authorisation, self._shown, frame, now)

    def _allows(self, frame: Frame, now: Instant) -> Authorisation | None:
        """The authorisation that allows it, where there is one in force, under which the frame was captured."""
        believed = self._gate.believed
        if believed is None or isinstance(believed.authorisation.preview, UnsetType):
            return None
        if self._made is not None and now.since(self._made) < max(believed.authorisation.preview.every, LEAST):
            return None
        permit, lapsed = self._gate.permit(now), self._lapsed
        if not isinstance(permit, Permit) or permit.authorisation != believed.authorisation.id:
            return None
        if now.since(frame.captured) > FRESH or (lapsed is not None and frame.captured.boot <= lapsed.boot):
            return None
        return believed.authorisation

    def _sealed(self, authorisation: Authorisation, levels: Levels, frame: Frame, now: Instant) -> bytes:
        identifier = uuid.uuid4().hex
        content = PreviewContent(
            preview=identifier,
            captured=frame.captured.wall,
            columns=COLUMNS,
            rows=ROWS,
            levels="".join(map(str, levels.reshape(-1).tolist())),
        )
        binding = PreviewBinding(
            site=self._site, device=self._device, authorisation=authorisation.id, preview=identifier
        )
        document = SealedPreview(
            id=identifier,
            site=self._site,
            device=self._device,
            boot=self._boot,
            authorisation=authorisation.id,
            number=self._number,
            made=now.wall,
            expires=now.wall + LIFE,
            box=seal(canonical(content), [recipient.seal for recipient in authorisation.recipients], binding),
        )
        source = f"/lamppost/v1/{self._site}/{self._device}"
        signed = sign(document, Kind.PREVIEW, self._signer)
        return enclose(signed, Kind.PREVIEW, id=identifier, source=source, time=now.wall)

    def _forget(self, _: int) -> None:
        """The permit lapsed, or what is in flight is to be forgotten: frames of before are not shown either."""
        self._shown, self._lapsed = None, self._clock.now()
