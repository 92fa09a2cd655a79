"""Answers: signed, to where the order asked for them, and nowhere outside this device's own tree."""

from __future__ import annotations

import contextlib
from itertools import count

from edge.daemon.report import Identity
from edge.domain.capture import Instant
from edge.domain.errors import Undecodable
from edge.domain.jobs import Reply
from edge.domain.message import Outgoing
from edge.ports import Link, Signer
from edge.safeguards.jobs import Jobs
from edge.wire.events import CONTENT_TYPE, enclose
from edge.wire.signed import Kind, from_base64url, sign


class Answers:
    """Runs on the main thread alone."""

    def __init__(self, identity: Identity, jobs: Jobs, link: Link, signer: Signer) -> None:
        self._identity = identity
        self._jobs = jobs
        self._link = link
        self._signer = signer
        self._connections = 0
        self._number = count()

    def give(self, reply: Reply, respond_to: str | None, correlation: bytes | None, now: Instant) -> bool:
        """Answer. True where it was sent, or where nobody asked for an answer.

        Whoever asks does not choose where this device speaks: replies stay in its own tree.
        """
        topics = self._identity.topics
        if respond_to is None or not topics.is_reply(respond_to):
            return True
        name = f"reply-{reply.order}-{self._identity.boot}-{next(self._number)}"
        payload = enclose(
            sign(reply, Kind.REPLY, self._signer), Kind.REPLY, id=name, source=f"/{topics.base}", time=now.wall
        )
        return self._link.publish(Outgoing(respond_to, payload, correlation=correlation, content_type=CONTENT_TYPE))

    def step(self, now: Instant) -> None:
        """Say how jobs stand where that is new, and after every connection what is under way."""
        if not self._link.connected:
            return
        if self._link.connections != self._connections:
            self._connections = self._link.connections
            self._jobs.say_again()
        for job in self._jobs.unsaid():
            correlation = None
            with contextlib.suppress(Undecodable):
                correlation = None if job.correlation is None else from_base64url(job.correlation)
            if self.give(job.reply, job.respond_to, correlation, now):
                self._jobs.said(job.order)
