"""The topic tree: ``lamppost/v1/<site>/<device>/...``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from edge.domain.authority import Digest, Identifier, Name
from edge.domain.errors import Undecodable
from edge.domain.orders import Verb

ROOT: Final = "lamppost/v1"
LOST: Final = b'{"state":"lost"}'
"""The will, on the topic of the state: unsigned, so that it means only that the connection was lost."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one device."""

    site: Name
    device: Name

    @property
    def base(self) -> str:
        """What all of them begin with."""
        return f"{ROOT}/{self.site}/{self.device}"

    @property
    def state(self) -> str:
        """Signed, retained. The unsigned will means only that the connection was lost."""
        return f"{self.base}/state"

    @property
    def health(self) -> str:
        """Signed, retained, expiring."""
        return f"{self.base}/health"

    @property
    def deployment(self) -> str:
        """Signed, retained."""
        return f"{self.base}/deployment"

    @property
    def hit(self) -> str:
        """Signed, sealed, never retained.

        An empty message here is no hit: with it the device asks the broker, at every connect and once a minute, whether
        it would take one. Only this very topic can answer that (an access list may allow one below it and not this
        one), and only without content is the question harmless: whoever hears it ignores it. It is never retained, and
        expires after a second.
        """
        return f"{self.base}/hit"

    @property
    def preview(self) -> str:
        """Signed, sealed, never retained."""
        return f"{self.base}/preview"

    @property
    def public(self) -> str:
        """What anybody may know: signed, retained, expiring."""
        return f"{self.base}/public"

    @property
    def checkpoint(self) -> str:
        """The journal's signed head (C2SP tlog-checkpoint), retained."""
        return f"{self.base}/checkpoint"

    def add_checkpoint(self, witness: str) -> str:
        """Where a witness is asked to cosign the head (C2SP tlog-witness ``add-checkpoint``), retained.

        ``witness`` is its key id in a signed note, eight hexadecimal digits.
        """
        return f"{self.base}/add-checkpoint/{witness}"

    def cosignature(self, witness: str) -> str:
        """Where a witness answers: a status on a line, then cosignature lines, or the size that it last cosigned."""
        return f"{self.base}/cosignature/{witness}"

    @property
    def cosignatures(self) -> str:
        """Subscription to every witness's answers."""
        return f"{self.base}/cosignature/+"

    @property
    def heard(self) -> tuple[str, ...]:
        """Everything that the device subscribes to."""
        return (self.orders, self.chunks, self.cosignatures)

    @property
    def replies(self) -> str:
        """What every response topic begins with."""
        return f"{self.base}/reply/"

    def is_reply(self, topic: str) -> bool:
        """Whether a topic is one that may be answered on: of this device's own tree, and of plain letters."""
        name = topic.removeprefix(self.replies)
        return topic.startswith(self.replies) and _PLAIN.fullmatch(name) is not None

    @property
    def orders(self) -> str:
        """Subscription to every order."""
        return f"{self.base}/cmd/+"

    @property
    def chunks(self) -> str:
        """Subscription to every chunk."""
        return f"{self.base}/blob/+/+"

    def order(self, verb: Verb) -> str:
        """Where an order is sent."""
        return f"{self.base}/cmd/{verb.value}"

    def chunk(self, blob: Digest, index: int) -> str:
        """Where a chunk of a blob is sent."""
        return f"{self.base}/blob/{blob}/{index}"

    def parcel(self, order: Identifier, index: int) -> str:
        """Where the device sends a part of what an order asked for."""
        return f"{self.base}/parcel/{order}/{index}"

    @property
    def parcels(self) -> str:
        """Subscription to every part of whatever is asked for."""
        return f"{self.base}/parcel/+/+"

    def verb_of(self, topic: str) -> Verb:
        """The verb of an order's topic. Raises Undecodable."""
        try:
            return Verb(topic.removeprefix(f"{self.base}/cmd/"))
        except ValueError:
            known = ", ".join(verb.value for verb in Verb)
            raise Undecodable("There is no such order.", f"Orders are: {known}.") from None

    def chunk_of(self, topic: str) -> tuple[Digest, int]:
        """Blob digest and index of a chunk's topic. Raises Undecodable."""
        blob, _, index = topic.removeprefix(f"{self.base}/blob/").partition("/")
        if len(blob) != 64 or set(blob) - set("0123456789abcdef") or not index.isascii() or not index.isdigit():
            raise Undecodable("Not a chunk's topic.", "Chunks go to blob/<SHA-256>/<index>.")
        if len(index) > 6:
            raise Undecodable("The chunk's index is too high.", "Chunks are counted from 0.")
        return blob, int(index)
