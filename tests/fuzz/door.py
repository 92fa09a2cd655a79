"""A whole device as a reader: whatever comes over the broker, nothing comes out of it but answers."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from random import Random

from edge.domain.message import Incoming
from hardware_sim.site import Site
from tests.fuzz.reader import Reader
from tests.fuzz.samples import lived


class Door:
    """A device that takes whatever message comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _site(self) -> Site:
        self._folder.mkdir(parents=True)
        return lived(self._folder)

    @cached_property
    def _topics(self) -> list[str]:
        return sorted({topic for topic, _ in self._messages})

    @cached_property
    def _messages(self) -> list[tuple[str, bytes]]:
        heard = [(one.topic, one.payload) for one in self._site.broker.heard]
        return [
            (topic, raw) for topic, raw in heard if "/cmd/" in topic or "/blob/" in topic or "/cosignature/" in topic
        ]

    def seeds(self, _random: Random) -> list[bytes]:
        """A byte for topic and flags, then the payload."""
        return [bytes([self._topics.index(topic) % 256]) + raw for topic, raw in self._messages]

    def __call__(self, raw: bytes) -> object:
        site = self._site
        topic = self._topics[raw[0] % len(self._topics)] if raw else "lamppost/v1/bench/post-1/cmd/nothing"
        retained = bool(raw) and raw[0] >= 128
        message = Incoming(topic, raw[1:], retained, site.topics.replies + "x", b"1")
        site.device.link._inbox.append(message)
        while site.device.daemon.obey.step(timedelta(0)):
            pass
        site.broker.heard.clear()
        return None


def doors(folder: Path) -> list[Reader]:
    door = Door(folder)
    covers = (
        "edge.safeguards.authorised:authorisation", "edge.safeguards.orders:verify", "edge.safeguards.orders:signer_of",
    )  # fmt: skip
    return [Reader("message to a device", door, door.seeds, (), covers, 2.0)]
