"""What the broker has said, counted under names from a closed set, for the device's health."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge.domain.link import Leave, Trouble

ANSWERS: Final = {
    "connack": PacketTypes.CONNACK,
    "puback": PacketTypes.PUBACK,
    "suback": PacketTypes.SUBACK,
    "disconnect": PacketTypes.DISCONNECT,
}
_REFUSALS: Final = frozenset({0x87, 0x90})
"""Not authorized; topic name invalid. Any other failure says that it did not work now, not that it may not."""


def named(answer: str, code: ReasonCode) -> str:
    """The counter of a reason code in a kind of answer."""
    return f"link-{answer}-{code.getName().lower().replace(' ', '-')}"


def _spelt() -> frozenset[str]:
    names = {f"link-ended-{trouble.value}" for trouble in Trouble}
    names |= {f"link-files-{trouble.value}" for trouble in Trouble}
    for answer, packet in ANSWERS.items():
        for value in range(256):
            try:
                names.add(named(answer, ReasonCode(packet, identifier=value)))
            except (KeyError, ValueError):  # the specification has no such code
                continue
    return frozenset(names)


NAMES: Final = _spelt() | {
    "link-up", "link-connections", "link-resumed", "link-unsent", "link-unacknowledged", "link-unsendable",
    "link-certificate-days", "link-hit-topic-refused", "link-order-topics-refused", "link-rotations",
    "link-publishing", "link-reading-paused",
}  # fmt: skip
"""Every name that a link's counters can have."""


class Account:
    """Written by the link's thread, read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.may_publish = Leave.UNKNOWN
        """Whether the topic that matters may be written. Stands until the broker says otherwise, connected or not."""
        self.may_hear = Leave.UNKNOWN
        """Whether everything that was asked for may be read."""

    def count(self, name: str, by: int = 1) -> None:
        """Count something."""
        with self._lock:
            self._counts[name] += by

    def counters(self) -> dict[str, int]:
        """Everything so far."""
        with self._lock:
            counts = dict(self._counts)
        counts["link-hit-topic-refused"] = int(self.may_publish is Leave.REFUSED)
        counts["link-order-topics-refused"] = int(self.may_hear is Leave.REFUSED)
        return counts

    def said(self, answer: str, code: ReasonCode) -> None:
        """Count the broker's answer, unless it is an ordinary yes to an ordinary message."""
        if answer != "puback" or code.is_failure:
            self.count(named(answer, code))

    def proved(self, code: ReasonCode) -> None:
        """The broker has answered a message on the topic that matters."""
        if not code.is_failure:
            self.may_publish = Leave.GRANTED
        elif code.value in _REFUSALS:
            self.may_publish = Leave.REFUSED

    def subscribed(self, codes: list[ReasonCode]) -> None:
        """The broker has answered the subscriptions, one by one."""
        for code in codes:
            self.said("suback", code)
        self.may_hear = Leave.REFUSED if any(code.is_failure for code in codes) else Leave.GRANTED
