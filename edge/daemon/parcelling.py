"""What orders ask to be sent: some of the evidence, or what helps whoever mends the device."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from edge.daemon.obey import Executes, Outcome, Running
from edge.daemon.report import Identity, Report
from edge.domain.authority import Digest, Identifier
from edge.domain.capture import Instant
from edge.domain.errors import Reason, Refusal, Undecodable, Unsafe
from edge.domain.jobs import Facts, JobState
from edge.domain.message import Outgoing
from edge.domain.orders import Export, Order, Verb
from edge.domain.record import Leaf
from edge.domain.remark import Said
from edge.ports import Link, Signer, Store
from edge.safeguards.handing import pieces
from edge.safeguards.jobs import Jobs
from edge.safeguards.journal import Journal
from edge.safeguards.verify import Facts as DeviceFacts
from edge.wire.events import CONTENT_TYPE, enclose
from edge.wire.parcels import SUPPORT, Parcel, Piece, Recent, Support, packed, piece
from edge.wire.signed import Kind, canonical, sign

EXPIRES: Final = timedelta(minutes=5)
GIVEN_UP: Final = timedelta(minutes=10)
"""So long without the connection taking a parcel."""
RECENT: Final = 50


@dataclass(slots=True)
class _Sending:
    order: Identifier
    facts: Facts
    since: Instant
    parcels: deque[Parcel] = field(default_factory=deque)


class Parcelling:
    """Runs on the main thread alone. One parcel a turn, so that nothing waits for it."""

    def __init__(
        self, identity: Identity, facts: DeviceFacts, *, journal: Journal, store: Store, jobs: Jobs, report: Report,
        link: Link, signer: Signer, trust_root: Callable[[], Digest], said: Callable[[], tuple[Said, ...]],
    ) -> None:  # fmt: skip
        self._identity = identity
        self._facts = facts
        self._journal = journal
        self._store = store
        self._jobs = jobs
        self._report = report
        self._link = link
        self._signer = signer
        self._trust_root = trust_root
        self._said = said
        self._queue: deque[_Sending] = deque()

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {Verb.EXPORT: self.export, Verb.SUPPORT: self.support}

    def export(self, order: Order, now: Instant) -> Outcome:
        """Send the evidence that follows what whoever asks has already."""
        body = order.body
        assert isinstance(body, Export)
        refusal = self._jobs.refuses()
        if refusal is not None:
            return refusal
        try:
            found, more = pieces(self._journal, self._store, body.after, now)
        except Undecodable:
            return Refusal(Reason.MALFORMED, "there is no such piece")
        last = found[-1].name if found else body.after
        return self._begin(order, found, {"last": last, "more": int(more), "pieces": len(found)}, now)

    def support(self, order: Order, now: Instant) -> Outcome:
        """Send what helps whoever mends the device."""
        refusal = self._jobs.refuses()
        if refusal is not None:
            return refusal
        return self._begin(order, [piece(SUPPORT, canonical(self.bundle(now)))], {"pieces": 1}, now)

    def bundle(self, now: Instant) -> Support:
        """Everything that it says."""
        state, facts, size = self._report.state(now), self._facts, self._journal.size
        try:
            leaves: list[Leaf] = self._journal.leaves(max(0, size - RECENT), size)
        except (Unsafe, Undecodable):
            leaves = []
        return Support(
            site=facts.site,
            device=facts.device,
            epoch=self._identity.epoch,
            boot=self._identity.boot,
            at=now.wall,
            version=self._identity.version,
            condition=state.condition,
            reasons=state.reasons,
            health=self._report.observer.latest,
            remarks=self._said(),
            detector=facts.detector,
            embedder=facts.embedder,
            calibration=facts.calibration,
            zone=facts.zone,
            configuration=facts.configuration,
            trust_root=self._trust_root(),
            leaves=size,
            recent=tuple(Recent(at=leaf.at, kind=leaf.event.kind) for leaf in leaves),
        )

    def step(self, now: Instant) -> None:
        """Send the next parcel. Where the connection takes none for too long, it is given up."""
        if not self._queue:
            return
        sending = self._queue[0]
        if sending.parcels and self._publish(sending.parcels[0], now):
            sending.parcels.popleft()
            sending.since = now
        if sending.parcels and now.since(sending.since) < GIVEN_UP:
            return
        self._queue.popleft()
        try:
            if sending.parcels:
                self._jobs.end(sending.order, JobState.TIMED_OUT, now, Refusal(Reason.NOT_TAKEN))
            else:
                self._jobs.end(sending.order, JobState.SUCCEEDED, now, facts=sending.facts)
            if self._queue:
                self._queue[0].since = now
                self._jobs.start(self._queue[0].order, now)
        except Unsafe:
            return  # the store keeps the reason, and the state says so

    def _begin(self, order: Order, found: list[Piece], facts: Facts, now: Instant) -> Outcome:
        packs = list(packed(found))
        parcels = (
            Parcel(
                site=self._identity.site, device=self._identity.device, order=order.heading.id, index=index,
                parcels=len(packs), pieces=pack,
            )
            for index, pack in enumerate(packs)
        )  # fmt: skip
        facts = {**facts, "parcels": len(packs)}
        waits = bool(self._queue)
        self._queue.append(_Sending(order.heading.id, facts, now, deque(parcels)))
        return Running(facts, JobState.QUEUED if waits else JobState.IN_PROGRESS)

    def _publish(self, parcel: Parcel, now: Instant) -> bool:
        topics = self._identity.topics
        message = enclose(
            sign(parcel, Kind.PARCEL, self._signer), Kind.PARCEL, id=f"parcel-{parcel.order}-{parcel.index}",
            source=f"/{topics.base}", time=now.wall,
        )  # fmt: skip
        topic = topics.parcel(parcel.order, parcel.index)
        return self._link.publish(Outgoing(topic, message, expires=EXPIRES, content_type=CONTENT_TYPE))
