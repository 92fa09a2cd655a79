"""What strangers, thieves of keys and whoever holds the broker try."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from edge.adapters.store import SqliteStore
from edge.control_room import collecting
from edge.domain.errors import Misconfigured
from edge.domain.message import Outgoing
from edge.domain.orders import MAX_ORDER_LIFE, Ack, Heading, Status, Stop, Verb
from edge.wire.events import enclose, order_document
from edge.wire.signed import Kind
from hardware_sim.office import MemoryKey
from hardware_sim.timeline.acting import act
from hardware_sim.timeline.story import Story

DAY: Final = timedelta(days=1)
FLAWS: Final[dict[str, Callable[[Heading], Heading]]] = {
    "none": lambda heading: heading,
    "expired": lambda heading: replace(
        heading, issued=heading.issued - 2 * MAX_ORDER_LIFE, expires=heading.expires - 2 * MAX_ORDER_LIFE
    ),
    "long-lived": lambda heading: replace(heading, expires=heading.expires + DAY),
    "other-device": lambda heading: replace(heading, device="post-2"),
    "other-epoch": lambda heading: replace(heading, epoch="epoch-0"),
    "future": lambda heading: replace(heading, issued=heading.issued + DAY, expires=heading.expires + DAY),
}
"""What may be wrong with an order's heading."""


@act("forge")
def forge(story: Story, flaw: str = "none", by: str = "operator", named: str = "", retained: bool = False) -> None:
    """Somebody asks for the status with an order that has a flaw. ``named`` is whose key they claim to have."""
    stand = story.stand
    if flaw not in FLAWS:
        raise Misconfigured(f"No order has the flaw {flaw!r}.", f"There are: {', '.join(FLAWS)}.")
    key = stand.office.key(by)
    if named:
        key = MemoryKey()
        key.public = stand.office.key(named).public
    now = stand.clock.now().wall
    sound = Heading(
        id=uuid.uuid4().hex, verb=Verb.STATUS, site=stand.topics.site, device=stand.topics.device, epoch=stand.epoch,
        issued=now, expires=now + MAX_ORDER_LIFE, counter=_next_counter(story),
    )  # fmt: skip
    heading = FLAWS[flaw](sound)
    payload = enclose(
        order_document(heading, Status(), key), Kind.ORDER, id=heading.id, source="/forged", time=heading.issued
    )
    stand.broker.forge(Outgoing(stand.topics.order(Verb.STATUS), payload, retain=retained))
    if retained:
        stand.device.link.connect()
    story.settle()


@act("replay-order")
def replay_order(story: Story, verb: str, back: int = 1, as_verb: str = "") -> None:
    """Whoever holds the broker sends an order once more that somebody sent before."""
    kept = story.orders.get(Verb(verb), [])
    if len(kept) < back:
        raise Misconfigured(f"No order {verb} was sent before.", "Let somebody send one.")
    message = kept[-back]
    if as_verb:
        message = replace(message, topic=story.stand.topics.order(Verb(as_verb)))
    story.stand.broker.forge(message)
    story.settle()


@act("keep-stop")
def keep_stop(story: Story) -> None:
    """The operator signs a stop, and whoever holds the broker keeps it for later (``deliver-stop``)."""
    stand = story.stand
    now = stand.clock.now().wall
    heading = Heading(
        id=uuid.uuid4().hex, verb=Verb.STOP, site=stand.topics.site, device=stand.topics.device, epoch=stand.epoch,
        issued=now, expires=now + MAX_ORDER_LIFE, counter=_next_counter(story),
    )  # fmt: skip
    order = order_document(heading, Stop(authorisation=story.latest.document.id), stand.office.operator)
    payload = enclose(order, Kind.ORDER, id=heading.id, source="/late", time=now)
    story.kept = Outgoing(stand.topics.order(Verb.STOP), payload)


@act("deliver-stop")
def deliver_stop(story: Story) -> None:
    """The stop that was kept arrives at last."""
    if story.kept is None:
        raise Misconfigured("No stop was kept.", "Have one kept first (keep-stop).")
    story.stand.broker.forge(story.kept)
    story.stand.truth.ended()
    story.settle()


@act("sign-for-anothers-hit")
def sign_for_anothers_hit(story: Story, hit: int) -> None:
    """The office's recipient signs for a hit that was sealed to somebody else."""
    stand = story.stand
    if hit not in story.sealed:
        raise Misconfigured(f"No hit {hit} has crossed the broker.", "Let it be sent before.")
    name, digest = story.sealed[hit]
    now = stand.clock.now().wall
    heading = Heading(
        id=uuid.uuid4().hex, verb=Verb.ACK, site=stand.topics.site, device=stand.topics.device, epoch=stand.epoch,
        issued=now, expires=now + MAX_ORDER_LIFE, counter=_next_counter(story),
    )  # fmt: skip
    order = order_document(heading, Ack(hit=name, sequence=hit, digest=digest), stand.office.reader.signer)
    payload = enclose(order, Kind.ORDER, id=heading.id, source="/another", time=now)
    stand.broker.forge(Outgoing(stand.topics.order(Verb.ACK), payload))
    story.settle()


@act("send-chunk")
def send_chunk(story: Story, announced: bool = False) -> None:
    """Somebody sends a chunk: of something that nobody announced, or in the place of the list's own."""
    stand = story.stand
    blob = story.latest.document.watchlist.digest if announced else "f" * 64
    stand.broker.forge(Outgoing(stand.topics.chunk(blob, 0), b"\x00" * 64))
    story.settle()


@act("collect-evidence")
def collect_evidence(story: Story, by: str = "operator") -> None:
    """Somebody asks for the device's evidence over the broker, and looks at what came."""
    stand = story.stand
    folder = stand.folder.parent / "collected"
    collecting.collect(stand.desk, stand.office.key(by), folder)
    store = SqliteStore(folder / collecting.STORE)
    try:
        with store.transaction() as transaction:
            names = {name.partition("/")[0] for name in transaction.names("")}
    finally:
        store.close()
    story.record.add("evidence", names=sorted(names))
    story.collected |= names


def _next_counter(story: Story) -> int:
    """What the office's own orders go on counting from."""
    desk = story.stand.desk
    desk._counter = max(desk._counter + 1, time.time_ns() // 1000)
    return desk._counter
