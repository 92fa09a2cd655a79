"""The console between its parts: lines to devices, cases, what the page is told, and what falls due."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.adapters.keys import FileSigner
from edge.control_room import keeping
from edge.control_room.authority.keys import signer
from edge.control_room.console import views
from edge.control_room.console.cases import Case, Cases
from edge.control_room.console.line import Line
from edge.control_room.console.live import Live
from edge.control_room.console.place import Place, Post
from edge.control_room.console.shelf import Shelf
from edge.control_room.desk import Desk, Opened, Reader, Refused
from edge.control_room.keyring import sealing_key
from edge.control_room.onvif import Emitter
from edge.domain.authority import Identifier, Signed
from edge.domain.capture import Instant
from edge.domain.errors import BrokerLost, LamppostError, Reason
from edge.domain.orders import Review, Verb, Verdict
from edge.ports import Clock, Link
from edge.wire.signed import Signs

TICK: Final = 0.25
"""Seconds between two looks into the folder."""
AGAIN: Final = timedelta(seconds=5)
"""After which a verdict that a device did not take in is sent again."""
SWEPT: Final = timedelta(seconds=20)
"""How often what is over is destroyed."""


@dataclass(frozen=True, slots=True)
class Hands:
    """The keys that one operator brings: to give orders, to decide, to open hits. No key has two of these roles."""

    operator: Signs
    reviewer: Signs
    reader: Reader
    recipient: Path
    """Where the recipient's keys lie; they are destroyed with the last hit."""

    @classmethod
    def of(cls, folder: Path) -> Hands:
        """From ``operator.pem``, ``reviewer.pem``, ``recipient.pem`` and its ``.seal``. Raises Misconfigured."""
        recipient = folder / "recipient.pem"
        return cls(
            signer(folder / "operator.pem"),
            signer(folder / "reviewer.pem"),
            Reader(FileSigner(recipient), sealing_key(recipient)),
            recipient,
        )


class Room:
    """One operator's. Call :meth:`start`, then :meth:`close`."""

    def __init__(
        self, place: Place, hands: Hands, clock: Clock, links: Callable[[Post, tuple[str, ...]], Link],
        emitters: Mapping[str, Emitter] | None = None,
    ) -> None:  # fmt: skip
        """``emitters`` tell other systems of what comes from a device, by its name."""
        self.place = place
        self.hands = hands
        self.live = Live()
        self._clock = clock
        self._emitters = emitters or {}
        name = uuid.uuid4().hex
        shelves = {post.name: Shelf.of(place, post) for post in place.posts}
        self.cases = Cases(shelves, hands.reader, hands.reviewer, place.second, clock)
        self.lines = {
            post.name: Line(
                post, links(post, Desk.subscriptions(post.known.topics, name)), clock, hands.operator, hands.reader,
                name=name, on_hit=self._came(post), changed=self._changed,
            )
            for post in place.posts
        }  # fmt: skip
        self._shelves = shelves
        self._announced: dict[str, Identifier] = {}
        self._sent: dict[Identifier, Instant] = {}
        self._swept: Instant | None = None
        self._telling = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="room", daemon=True)

    def start(self) -> None:
        """Look into the folder, connect, and go on."""
        self.live.put("place", views.place(self.place) | {"me": self.cases.me[: views.SHORT]})
        self.tick()
        for line in self.lines.values():
            line.start()
        self._thread.start()

    def close(self) -> None:
        """Disconnect."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(5)
        for line in self.lines.values():
            line.close()

    def show(self, case: Case) -> None:
        """Tell the page how a hit is: as it is now, whatever it was when somebody wanted it told."""
        with self._telling:
            now = self.cases.now(case)
            document = views.hit(now.arrived, self.cases.me, self.cases.second, closed=self.cases.closed(now))
            self.live.put(f"hit/{case.arrived.sealed.id}", document)

    def tick(self) -> None:
        """Whatever falls due: what others wrote, verdicts that devices must be told, hits whose time is over."""
        for case in self.cases.scan():
            self.show(case)
        for case, verdict, seconds in self.cases.untold():
            self._tell(case, verdict, seconds)
        now = self._clock.now()
        for hit in self.cases.forget(now.wall):
            self.live.drop(f"hit/{hit}")
        if self._swept is None or now.since(self._swept) >= SWEPT:
            self._swept = now
            keeping.sweep([kept for shelf in self._shelves.values() for kept in shelf.deployments()],
                          self.hands.recipient, now.wall)  # fmt: skip

    def _came(self, post: Post) -> Callable[[Opened], None]:
        def came(opened: Opened) -> None:
            self.show(self.cases.took(post.name, opened))
            emitter = self._emitters.get(post.name)
            if emitter is not None:
                emitter.offer(opened)

        return came

    def _changed(self, line: Line) -> None:
        emitter, seen = self._emitters.get(line.post.name), line.desk.seen
        if emitter is not None:
            emitter.step()
        said = seen.deployment
        if said is not None and self._announced.get(line.post.name) != said.authorisation:
            try:
                self.cases.expect(line.post.name, said)
                self._announced[line.post.name] = said.authorisation
            except LamppostError as error:
                self.live.put("trouble", {"what": str(error)})
        document = views.device(line.post, seen, line.doing, connected=line.connected)
        self.live.put(f"device/{line.post.name}", document)

    def _tell(self, case: Case, verdict: Verdict, seconds: int) -> None:
        """Have the device told what became of a hit, unless that was tried a moment ago."""
        sealed, now = case.arrived.sealed, self._clock.now()
        last = self._sent.get(sealed.id)
        if last is not None and now.since(last) < AGAIN:
            return
        self._sent[sealed.id] = now
        body = Review(hit=sealed.id, sequence=sealed.sequence, verdict=verdict, seconds=seconds)

        def tell(desk: Desk) -> None:
            answer: Signed | None = None
            try:
                answer = desk.ask(Verb.REVIEW, body, self.hands.reviewer)[1]
            except Refused as error:
                if error.reason != Reason.ALREADY_DECIDED.value:
                    self.cases.trouble(case, str(error))
                    self.show(case)
                    return
            except BrokerLost as error:
                self.cases.trouble(case, str(error))
                self.show(case)
                return
            self.cases.told(case, answer)
            self.show(case)

        self.lines[case.arrived.device].ask(tell)

    def _run(self) -> None:
        while not self._ended.wait(TICK):
            try:
                self.tick()
                dead = [line.post.label for line in self.lines.values() if not line.alive]
                what = f"Nothing of {', '.join(dead)} is taken in any more: start the console again." if dead else ""
                self.live.put("trouble", {"what": what})
            except LamppostError as error:
                self.live.put("trouble", {"what": str(error)})
