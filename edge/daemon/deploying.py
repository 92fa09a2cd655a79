"""What the orders of a deployment do, from its start to its end. Each was verified before it came here."""

from __future__ import annotations

from edge.daemon.obey import Executes, Outcome
from edge.daemon.report import Report
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal
from edge.domain.leaves.deployment import PresenceConfirmed
from edge.domain.orders import Load, Order, Presence, ResetClock, Start, Status, Stop, Verb
from edge.ports import Store
from edge.safeguards import presence as presence_door
from edge.safeguards.authorised import authorisation
from edge.safeguards.clock import Timekeeper
from edge.safeguards.gallery import Gallery
from edge.safeguards.gate import Gate
from edge.safeguards.hits import Hits
from edge.safeguards.jobs import Jobs
from edge.safeguards.journal import Journal
from edge.safeguards.transfers import Transfers, list_refused
from edge.safeguards.verify import Facts, Keys
from edge.wire.events import Deployment
from edge.wire.signed import key_id


class Deploying:
    """Runs on the main thread alone."""

    def __init__(
        self, *, keys: Keys, facts: Facts, gate: Gate, gallery: Gallery, hits: Hits, journal: Journal,
        presence: presence_door.Presence, report: Report, transfers: Transfers, jobs: Jobs, store: Store,
        time: Timekeeper,
    ) -> None:  # fmt: skip
        self._keys = keys
        self._facts = facts
        self._gate = gate
        self._gallery = gallery
        self._hits = hits
        self._journal = journal
        self._presence = presence
        self._report = report
        self._transfers = transfers
        self._jobs = jobs
        self._store = store
        self._time = time

    def verbs(self) -> dict[Verb, Executes]:
        """The orders that are executed here."""
        return {
            Verb.START: self.start,
            Verb.LOAD: self.load,
            Verb.STOP: self.stop,
            Verb.PRESENCE: self.presence,
            Verb.ACK: self.acknowledge,
            Verb.STATUS: self.status,
            Verb.RESET_CLOCK: self.reset_clock,
        }

    def start(self, order: Order, now: Instant) -> Outcome:
        """Put an authorisation in force and publish the one-time list key."""
        body = order.body
        assert isinstance(body, Start)
        believed = authorisation(body.authorisation, self._keys, self._facts, self._store, now)
        if isinstance(believed, Refusal):
            return believed
        document = believed.authorisation
        if key_id(order.key) not in document.operators:
            return Refusal(Reason.WRONG_ROLE, "the authorisation does not name this operator")
        prepared = self._gallery.prepare(believed)
        if isinstance(prepared, Refusal):
            return prepared
        list_key, threshold = prepared
        refusal = self._gate.begin(believed, list_key, threshold, now)
        if refusal is not None:
            self._gallery.destroy()
            return refusal
        self._report.in_force(
            Deployment(
                site=document.site,
                device=document.device,
                boot=self._report.boot,
                at=now.wall,
                authorisation=document.id,
                authorisation_digest=believed.digest,
                list_key=list_key,
                list_digest=document.watchlist.digest,
                list_entries=document.watchlist.entries,
                detector=document.models.detector,
                embedder=document.models.embedder,
                calibration=document.calibration,
                zone=self._facts.zone,
                configuration=self._facts.configuration,
                max_fpir=document.max_fpir,
                not_before=document.not_before,
                not_after=document.not_after,
            )
        )
        return {"list_key": list_key}

    def load(self, order: Order, now: Instant) -> Outcome:
        """Open the list, once its chunks are here."""
        body = order.body
        assert isinstance(body, Load)
        believed = self._gate.believed
        refusal = list_refused(believed, order, body.digest)
        if believed is None or refusal is not None:
            return refusal or Refusal(Reason.NO_AUTHORISATION)
        file = self._transfers.whole(body.digest)
        if file is None or len(file) != body.size:
            return Refusal(Reason.LIST_INCOMPLETE)
        return self._gallery.open(body, file, now) or {"entries": believed.authorisation.watchlist.entries}

    def stop(self, order: Order, now: Instant) -> Outcome:
        """End it for good."""
        body = order.body
        assert isinstance(body, Stop)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        if believed.authorisation.id != body.authorisation:
            return Refusal(Reason.OTHER_AUTHORISATION)
        self._gate.end(EndReason.STOPPED, now)
        return {}

    def presence(self, order: Order, now: Instant) -> Outcome:
        """An officer on scene signed a nonce."""
        assert isinstance(order.body, Presence)
        believed = self._gate.believed
        if believed is None:
            return Refusal(Reason.NO_AUTHORISATION)
        until = self._presence.confirm(order, believed.authorisation, now)
        if isinstance(until, Refusal):
            return until
        event = PresenceConfirmed(authorisation=believed.authorisation.id, key=key_id(order.key), until=until.wall)
        self._journal.record(event, now)
        self._gate.changed()
        return {"until": until.wall.isoformat()}

    def acknowledge(self, order: Order, now: Instant) -> Outcome:
        """A recipient signed for a hit."""
        return self._hits.acknowledge(order, now) or {}

    def reset_clock(self, order: Order, now: Instant) -> Outcome:
        """Custodians say what the latest time is that is known to have been reached."""
        assert isinstance(order.body, ResetClock)
        heading = order.heading
        refusal = self._time.reset(order.body.reset, now, site=heading.site, device=heading.device, epoch=heading.epoch)
        return refusal or {}

    def status(self, order: Order, now: Instant) -> Outcome:
        """How the device is."""
        assert isinstance(order.body, Status)
        state = self._report.state(now)
        facts: dict[str, str | int] = {"condition": state.condition.value, "reasons": ",".join(state.reasons)}
        return facts | self._report.counters() | self._jobs.facts()
