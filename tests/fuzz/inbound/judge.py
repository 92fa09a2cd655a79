"""What became of each message, and whether the device is still what it was."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.domain.comparison import Permit
from edge.domain.condition import Condition
from edge.domain.errors import Reason
from edge.domain.leaves.device import Refused
from edge.domain.message import Incoming
from edge.domain.orders import Verb
from edge.wire.log import decode_leaf
from edge.wire.merkle import Frontier, frontier_of
from hardware_sim.site import Site
from tests.fuzz.inbound.messages import Message

NOW: Final = timedelta(0)
SLOW: Final = 1.0
"""Seconds of processor time that no message may take."""
MOST_FAULTS: Final = 20
EXECUTED: Final = tuple(f"orders-{verb.value}" for verb in Verb)
REFUSED: Final = "orders-refused-"
REASONS: Final = frozenset(reason.value for reason in Reason)
REFUSALS_EVERY: Final = 10.0
"""Seconds: a key's refused orders get one leaf in these."""
REPLY_MOST: Final = 64 * 1024


@dataclass(slots=True)
class Verdicts:
    """What became of all messages so far."""

    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind of message, and by executed, refused, counted or repeated."""
    reasons: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    executed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    leaves: int = 0
    replies: int = 0

    def add(self, other: Verdicts) -> None:
        """Those of another life."""
        self.ended += other.ended
        self.reasons += other.reasons
        self.counted += other.counted
        self.executed += other.executed
        self.faults = [*self.faults, *other.faults][:MOST_FAULTS]
        self.slowest = max(self.slowest, other.slowest)
        self.leaves += other.leaves
        self.replies += other.replies

    @property
    def total(self) -> int:
        """How many messages there were."""
        return sum(self.ended.values())


class Judge:
    """Watches one life of a device."""

    def __init__(self, site: Site, where: str) -> None:
        """``where`` tells which life it is, for whoever has to have it again."""
        self._site = site
        self._where = where
        self._frontier = Frontier()
        self.verdicts = Verdicts()
        self.shut = True
        """Whether the camera must stay shut."""

    def send(self, message: Message, number: int) -> None:
        """Let the device have a message, and say what became of it."""
        site, before = self._site, self._site.device.daemon.pulse.counters()
        site.broker.heard.clear()
        site.device.link._inbox.append(message.incoming)
        began = time.process_time()
        try:
            while site.device.daemon.obey.step(NOW):
                pass
        except Exception:  # noqa: BLE001 finding these is what it is for
            self.fault(f"message {number} ({message.kind}): {traceback.format_exc(limit=-4)}")
        took = time.process_time() - began
        self.verdicts.slowest = max(self.verdicts.slowest, took)
        if took > SLOW:
            self.fault(f"message {number} ({message.kind}) took {took:.1f} s")
        after = site.device.daemon.pulse.counters()
        new = {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}
        self._judge(message, new, number)
        self._judge_said(message.incoming, number)

    def look(self, *, closed: tuple[Condition, ...] = ()) -> None:
        """After a turn: is the camera open for a permit only, and the condition one of those that it may have."""
        device, now = self._site.device, self._site.clock.now()
        if self._site.camera.is_open and not isinstance(device.daemon.gate.permit(now), Permit):
            self.fault("the camera is open without a permit")
        if self.shut and self._site.camera.opens:
            self.fault("the camera was opened, and nobody had confirmed presence")
        if closed and self._site.condition not in closed:
            self.fault(f"it is {self._site.condition.value}: {', '.join(self._site.reasons)}")

    def batch(self, seconds: float, *, clock: bool = True) -> None:
        """After many messages: does the journal verify, and has it grown no more than it may."""
        store, journal = self._site.device.store, self._site.device.daemon.obey._journal
        raw = store.leaves(self._frontier.size, store.size())
        self._frontier = frontier_of(raw, self._frontier)
        if journal.unsafe is not None:
            self.fault(f"the journal is unsafe: {journal.unsafe}")
        elif (journal.size, journal._frontier.root()) != (self._frontier.size, self._frontier.root()):
            self.fault("the journal does not verify")
        self.verdicts.leaves += len(raw)
        if not clock:
            return
        refusals = Counter(event.key for leaf in raw if isinstance(event := decode_leaf(leaf).event, Refused))
        for key, count in refusals.items():
            if count > seconds / REFUSALS_EVERY + 1:
                self.fault(f"{count} refusals of key {key} were written down in {seconds:.0f} s")

    def fault(self, what: str) -> None:
        """Something is wrong."""
        if len(self.verdicts.faults) < MOST_FAULTS:
            self.verdicts.faults.append(f"{self._where}: {what}")

    def _judge(self, message: Message, new: dict[str, int], number: int) -> None:
        verdicts = self.verdicts
        executed = [name for name in new if name in EXECUTED]
        refused = [name.removeprefix(REFUSED) for name in new if name.startswith(REFUSED)]
        if "unsafe" in new or len(refused) > 1 or len(executed) > 1:
            self.fault(f"message {number} ({message.kind}) counted {new}")
        if refused:
            end = "refused"
            verdicts.reasons[refused[0]] += 1
            if refused[0] not in REASONS:
                self.fault(f"message {number} was refused for {refused[0]!r}, which is no reason")
        elif executed:
            end = "executed"
            verdicts.executed[executed[0].removeprefix("orders-")] += 1
        elif new:
            end = "counted"
            verdicts.counted[min(new)] += 1
        elif any(heard.topic == message.incoming.respond_to for heard in self._site.broker.heard):
            end = "answered again"
        else:
            end = "without a trace"
            # Of an order that was executed before, damaged where nothing is signed or not at all, the answer may have
            # nowhere to go. No other may vanish.
            asked = message.incoming.respond_to
            if message.kind not in ("again", "damaged") or asked == f"{self._site.topics.replies}fuzz":
                self.fault(
                    f"message {number} ({message.kind}) left no trace: {message.incoming.topic[:80]!r}, to be answered "
                    f"on {(asked or '')[:40]!r}"
                )
        verdicts.ended[message.kind, end] += 1

    def _judge_said(self, incoming: Incoming, number: int) -> None:
        own, replies = f"{self._site.topics.base}/", self._site.topics.replies
        for heard in self._site.broker.heard:
            if not heard.topic.startswith(own) or set("+#\0") & set(heard.topic):
                self.fault(f"message {number} made it speak on {heard.topic[:80]!r}")
            if heard.topic.startswith(replies):
                self.verdicts.replies += 1
                if heard.topic != incoming.respond_to or heard.retain or len(heard.payload) > REPLY_MOST:
                    self.fault(f"message {number} was answered on {heard.topic[:80]!r}")
