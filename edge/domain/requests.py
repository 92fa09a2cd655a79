"""What a device may be asked to try, or to send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """Say of each part whether it works. The camera stays shut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Send what helps whoever mends the device: versions, digests, counters. Nothing about anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Send some of the evidence, in parcels: the journal as far as a signed head covers it, its heads, and the papers
    that it names. The answer names the last piece that was sent, and whether there are more; the next order goes on
    after that, so that a bad link never has to carry much at once, or anything twice.
    """

    after: Annotated[str, Meta(pattern=r"^([a-z-]{1,16}/[a-z0-9./-]{1,120})?\Z")]
    """The name of the last piece that is there already; empty at the beginning."""
