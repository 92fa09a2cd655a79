"""One device's end of the wire, on a thread of its own: what comes is taken in, what is asked is done, one at a time.

Nobody else touches the desk. Whoever wants something of the device gives a job and is given a future; hits are taken in
while a job waits for its answer too.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from edge.control_room import deploy
from edge.control_room.console.place import Post
from edge.control_room.console.views import Doing
from edge.control_room.desk import Desk, Opened, Reader
from edge.control_room.upkeep import Standing, Upkeep
from edge.domain.authority import Identifier
from edge.domain.errors import LamppostError, Misconfigured
from edge.domain.message import Incoming, Outgoing
from edge.ports import Clock, Link
from edge.wire.signed import Signs

T = TypeVar("T")

STEP: Final = timedelta(milliseconds=100)
"""How long a message is waited for at a time, and a job at most."""
ENDED: Final = 10.0


class Heard:
    """A link that says when the message before has been taken in."""

    def __init__(self, link: Link, each: Callable[[], None]) -> None:
        self._link = link
        self._each = each

    def receive(self, timeout: timedelta) -> Incoming | None:
        """The next message."""
        self._each()
        return self._link.receive(timeout)

    def publish(self, message: Outgoing) -> bool:
        """Over the link."""
        return self._link.publish(message)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 what else a link has
        return getattr(self._link, name)


@dataclass(frozen=True, slots=True)
class _Job:
    does: Callable[[Desk], Any]
    future: Future[Any]
    words: str


class Line:
    """One device's. Call :meth:`start`, then :meth:`close`."""

    def __init__(
        self, post: Post, link: Link, clock: Clock, operator: Signs, reader: Reader, *, name: str,
        on_hit: Callable[[Opened], None], changed: Callable[[Line], None],
    ) -> None:  # fmt: skip
        self.post = post
        self.doing = Doing()
        self._link = link
        self._operator = operator
        self._changed = changed
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._upkeep: Upkeep | None = None
        self._ended = threading.Event()
        heard = Heard(link, lambda: changed(self))
        topics = post.known.topics
        self.desk = Desk(
            heard, topics, post.known.device_key, clock, name=name, reader=reader, on_hit=on_hit
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name=f"line-{post.name}", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker can be reached."""
        return self._link.connected

    @property
    def alive(self) -> bool:
        """Whether its thread still runs, and what works behind its link."""
        return self._thread.is_alive() and self._link.alive

    def start(self) -> None:
        """Connect, and go on connecting."""
        self._link.connect()
        self._thread.start()

    def close(self) -> None:
        """Disconnect. What is asked no more is not done."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(ENDED)
        self._link.close()

    def ask(self, does: Callable[[Desk], T], words: str = "") -> Future[T]:
        """Have something done with the desk. ``words`` are shown meanwhile, and what came of it afterwards."""
        future: Future[T] = Future()
        self._jobs.put(_Job(does, future, words))
        return future

    def begin(self, desk: Desk) -> None:
        """A job: start the deployment that this control room may start, load its list, and look after it from now on.

        Raises Refused, BrokerLost, Misconfigured.
        """
        post = self.post
        if post.authorisation is None or post.watchlist is None:
            raise Misconfigured(
                f"Nothing is laid ready for {post.label}.", "Name its authorisation and its list in the place's file."
            )
        signed, sealed = deploy.read_signed(post.authorisation), deploy.read_list(post.watchlist)
        upkeep = Upkeep(desk, signed, sealed, self._operator)
        upkeep.begin()
        self._upkeep = upkeep

    def stop(self, desk: Desk, authorisation: Identifier) -> None:
        """A job: end a deployment for good. Raises Refused, BrokerLost."""
        self._upkeep = None
        deploy.stop(desk, authorisation, self._operator)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                self.desk.step(STEP)
            else:
                self._do(job)
            self._keep_up()
            self._changed(self)

    def _do(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        self._say(Doing(job.words))
        try:
            found = job.does(self.desk)
        except LamppostError as error:
            self._say(Doing("", error.what, error.remedy) if job.words else Doing())
            job.future.set_exception(error)
        else:
            self._say(Doing())
            job.future.set_result(found)

    def _keep_up(self) -> None:
        """Begin again after a restart of the device, while the authorisation stands."""
        upkeep = self._upkeep
        if upkeep is None:
            return
        with contextlib.suppress(LamppostError):  # it is tried again
            standing = upkeep.step()
            if standing is Standing.OVER:
                self._say(Doing("", f"The deployment is over: {upkeep.why}", ""))
                self._upkeep = None

    def _say(self, doing: Doing) -> None:
        self.doing = doing
        self._changed(self)
