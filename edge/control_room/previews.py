"""Previews as a recipient sees them: verified, opened, and no older than they may be.

One that is finer than 256 cells, or has other levels than eight, is none by its very type, whoever signed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.domain.authority import Count, Identifier, Key
from edge.domain.errors import Undecodable
from edge.wire.events import PreviewContent, SealedPreview, disclose
from edge.wire.sealed import PreviewBinding, unseal
from edge.wire.signed import Kind, holds, parse, payload_of
from edge.wire.topics import Topics

AHEAD: Final = timedelta(seconds=5)
"""By which a device's clock may be before this one's."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A mosaic, to be drawn as rectangles."""

    boot: Identifier
    number: Count
    """Rises in one life of the device: an older one has been replayed."""
    authorisation: Identifier
    captured: datetime
    expires: datetime
    """It is taken off the screen then."""
    rows: tuple[tuple[int, ...], ...]
    """From the top: 0 is black, 7 white."""

    def follows(self, earlier: Preview | None) -> bool:
        """Whether it is newer than the one that is shown. In another life of the device the clocks must say so."""
        if earlier is None:
            return True
        if earlier.boot == self.boot:
            return self.number > earlier.number
        return self.captured > earlier.captured


def opened(message: bytes, device_key: Key, topics: Topics, private: X25519PrivateKey, now: datetime) -> Preview:
    """Read a message of the topic ``preview``. Raises Undecodable where it is not to be believed, or over."""
    signed = disclose(message, Kind.PREVIEW)
    if not holds(signed, Kind.PREVIEW, device_key):
        raise Undecodable("The preview is not signed by the device.", "Look for whoever publishes in its name.")
    sealed = parse(payload_of(signed), SealedPreview)
    if (sealed.site, sealed.device) != (topics.site, topics.device):
        raise Undecodable("The preview is another device's.", "Look for whoever publishes in its name.")
    if not sealed.made - AHEAD <= now < sealed.expires:
        raise Undecodable("The preview is not of now.", "Compare the clocks; wait for the next one.")
    binding = PreviewBinding(
        site=sealed.site, device=sealed.device, authorisation=sealed.authorisation, preview=sealed.id
    )
    content = parse(unseal(sealed.box, private, binding), PreviewContent)
    if content.preview != sealed.id:
        raise Undecodable("The preview contains another one.", "Distrust the device.")
    return Preview(
        sealed.boot, sealed.number, sealed.authorisation, content.captured, sealed.expires, _rows(content)
    )  # fmt: skip


def _rows(content: PreviewContent) -> tuple[tuple[int, ...], ...]:
    wide, high, levels = content.columns, content.rows, content.levels
    if wide * high != len(levels):
        raise Undecodable("The preview is no mosaic as it is allowed.", "Run the device's version of this program.")
    return tuple(tuple(map(int, levels[row * wide : (row + 1) * wide])) for row in range(high))
