"""What a device says of its own health: numbers about the machine and its work, never about anybody.

A histogram's counts are cumulative, as in Prometheus: ``counts[i]`` is how many took at most ``BOUNDS_MS[i]``
milliseconds, and the last is how many there were at all. Everything is a whole number.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta

from edge.domain.authority import Count
from edge.domain.errors import UNSEEING, Reason

BOUNDS_MS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 60_000)

CounterName = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,63}\Z", description="Of a counter: spelt in the program, never from outside.")
]
Version = Annotated[str, Meta(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,31}\Z", description="Of the software.")]


class Stage(enum.Enum):
    """What is timed. A span that ends in an acknowledgement or a commit begins at the capture or the publication."""

    CAPTURE_TO_DETECT = "capture-to-detect"
    """From the capture of a frame until the detector is given it."""
    DETECT = "detect"
    SAMPLE = "sample"
    """The close-ups, the alignment and the quality of one frame's faces."""
    EXTRACT = "extract"
    SEARCH = "search"
    SEAL = "seal"
    COMMIT = "commit"
    """Leaf and outbox row, durably on disk."""
    CAPTURE_TO_COMMIT = "capture-to-commit"
    """From the capture of a hit's last sample until the hit is on disk."""
    PUBLISH_TO_ACK = "publish-to-ack"
    """From the first publication of a hit until a recipient's signed acknowledgement is recorded."""


class Concern(enum.Enum):
    """What a person must see to, although it may not stop the looking. Each has a remedy."""

    CLOCK_UNTRUSTED = "clock-untrusted"
    HOT = "hot"
    THROTTLED = "throttled"
    DISK_LOW = "disk-low"
    OUTBOX_WAITS = "outbox-waits"
    CERTIFICATE_EXPIRES = "certificate-expires"
    BROKER_REFUSES = "broker-refuses"
    UNSEEING = "unseeing"
    UPDATE_WENT_BACK = "update-went-back"


ADVICE: Final[dict[Concern, str]] = {
    Concern.CLOCK_UNTRUSTED: "See to the device's time source.",
    Concern.HOT: "See to its ventilation and shade; it looks at fewer frames when it gets hotter.",
    Concern.THROTTLED: "See to its power supply and its cooling.",
    Concern.DISK_LOW: "Export the evidence, and make room in the state folder.",
    Concern.OUTBOX_WAITS: "See whether a recipient is watching, and whether the link holds.",
    Concern.CERTIFICATE_EXPIRES: "Issue a new certificate for its connection to the broker.",
    Concern.BROKER_REFUSES: "See the broker's access list and log for this device.",
    Concern.UNSEEING: "See to its camera, as the reason says: it is degraded and looks at nobody.",
    Concern.UPDATE_WENT_BACK: "See in its journal why the new version was undone, and publish a mended one.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long one stage took, since boot."""

    stage: Stage
    counts: Annotated[tuple[Count, ...], Meta(min_length=len(BOUNDS_MS) + 1, max_length=len(BOUNDS_MS) + 1)]
    """Cumulative, one for each of ``BOUNDS_MS``; the last is all of them."""
    sum_ms: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sealed hits that nobody has signed for yet."""

    hits: Count
    bytes: Count
    oldest_seconds: Count
    """Since the oldest was committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkQuality:
    """The connection to the broker."""

    connected: bool
    connections: Count
    """How often it was made since boot: one more than it was lost."""
    counters: dict[CounterName, int]
    """What the broker has said, by its reason codes, and how the connection fares."""
    certificate_expires: datetime | None
    """Where the certificate can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockQuality:
    """The clock: what its door says, and what the kernel estimates."""

    trusted: bool
    synchronised: bool
    behind_seconds: Count
    """How far it lies behind what is known to have been reached."""
    offset_us: int | None
    """What the time daemon has yet to correct."""
    error_us: Count | None
    """The kernel's bound of the error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine under the daemon. None is what it does not tell."""

    celsius: int | None
    throttled: bool
    memory_bytes: Count | None
    """Resident."""
    disk_free_bytes: Count | None
    """Where the state folder lies."""
    store_bytes: Count | None
    """The journal's file and its write-ahead log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerning:
    """From where on something concerns a person."""

    celsius: int = 80
    disk_free_bytes: int = 200 * 1024 * 1024
    outbox_seconds: int = 30
    certificate: timedelta = timedelta(days=14)


def concerns(
    machine: Machine,
    clock: ClockQuality,
    outbox: Outbox,
    link: LinkQuality,
    now: datetime,
    settings: Concerning,
    reasons: Collection[Reason] = (),
    *,
    went_back: bool = False,
) -> tuple[Concern, ...]:
    """What a person must see to, in the order of :class:`Concern`. ``now`` is wall time; ``reasons``, the state's."""
    free, celsius, ends = machine.disk_free_bytes, machine.celsius, link.certificate_expires
    stands = {
        Concern.CLOCK_UNTRUSTED: not clock.trusted,
        Concern.HOT: celsius is not None and celsius >= settings.celsius,
        Concern.THROTTLED: machine.throttled,
        Concern.DISK_LOW: free is not None and free < settings.disk_free_bytes,
        Concern.OUTBOX_WAITS: outbox.hits > 0 and outbox.oldest_seconds >= settings.outbox_seconds,
        Concern.CERTIFICATE_EXPIRES: ends is not None and ends - now < settings.certificate,
        Concern.BROKER_REFUSES: _refused(link),
        Concern.UNSEEING: not UNSEEING.isdisjoint(reasons),
        Concern.UPDATE_WENT_BACK: went_back,
    }
    return tuple(concern for concern in Concern if stands[concern])


def _refused(link: LinkQuality) -> bool:
    """The broker said no, and it is still so: to the connection, or to a topic that matters."""
    said = {name for name, count in link.counters.items() if count}
    answers = {name for name in said if name.startswith("link-connack-")} - {"link-connack-success"}
    return bool(answers and not link.connected) or bool(said & {"link-hit-topic-refused", "link-order-topics-refused"})
