"""Seeded accuracy tests: what a force has measured with consenting volunteers, at this site, with this very chain.

Where the policy asks for one, no ordinary authorisation begins without a report that is recent enough. A test itself is
always admissible: otherwise there would be no way to the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from edge.domain.authorisation import AccuracyReport, Authorisation, Category, UseCase
from edge.domain.authority import Identifier, KeyId, Role, Signed
from edge.domain.capture import Instant
from edge.domain.condition import EndReason
from edge.domain.errors import Reason, Refusal, SealBroken, Undecodable, Unsafe
from edge.domain.leaves.deployment import AccuracyTested
from edge.domain.leaves.hits import HitCommitted
from edge.ports import Store, Transaction
from edge.safeguards import papers
from edge.safeguards.journal import Journal
from edge.safeguards.recalled import recalled
from edge.safeguards.verify import Believed, Facts, Keys, one_signed
from edge.wire.signed import Kind, canonical, digest, parse, payload_of

_LATEST: Final = "accuracy/latest"
_REPORTED: Final = "accuracy/reported/"
_SOON: Final = timedelta(seconds=5)
_REMEDY: Final = "Keep the disk for examination; two people must open a new provisioning epoch."


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The latest test that counts, and whose word it is."""

    tested: datetime
    chain: tuple[str, ...]
    """Site, device, zone, configuration, models and calibration that it was made with."""
    signer: KeyId


class AccuracyTests:
    """A demand, and the door for reports."""

    def __init__(self, keys: Keys, facts: Facts, store: Store, journal: Journal) -> None:
        self._keys = keys
        self._facts = facts
        self._store = store
        self._journal = journal

    # A demand.

    def refuses(self, believed: Believed, now: Instant) -> Refusal | None:
        """No ordinary authorisation without a recent test of this very chain at this very place."""
        within = self._keys.root.policy.accuracy_test_within
        if within is None or believed.authorisation.use_case is UseCase.ACCURACY_TEST:
            return None
        try:
            latest = self._latest()
        except Unsafe as error:
            return Refusal(Reason.UNSAFE, error.what)
        if latest is None:
            return Refusal(Reason.ACCURACY_TEST_DUE, "none was reported")
        if latest.chain != _chain_here(self._facts):
            return Refusal(Reason.ACCURACY_TEST_DUE, "the latest was made with another chain or zone")
        if self._keys.role(latest.signer) is not Role.EVALUATOR:
            return Refusal(Reason.ACCURACY_TEST_DUE, "its evaluator is no longer believed")
        if now.wall - latest.tested > within:
            return Refusal(Reason.ACCURACY_TEST_DUE, f"the latest was made at {latest.tested:%Y-%m-%d %H:%M}Z")
        return None

    def missing(self, believed: Believed, now: Instant) -> Reason | None:
        """Nothing: a test that was recent at the start is recent for the length of a window."""
        return None

    def over(self, believed: Believed, now: Instant) -> EndReason | None:
        """Never, for this."""
        return None

    # Reports.

    def take(self, signed: Signed, now: Instant) -> Refusal | None:
        """Take a report in. The same one again changes nothing. Raises Unsafe."""
        signer = one_signed(signed, Kind.ACCURACY_REPORT, self._keys, Role.EVALUATOR)
        if isinstance(signer, Refusal):
            return signer
        try:
            payload = payload_of(signed)
            report = parse(payload, AccuracyReport)
            ran = self._ran(report)
        except Undecodable as error:
            return Refusal(Reason.MALFORMED, error.what)
        refusal = self._is_of_here(report) or _is_of(report, ran, now)
        if refusal is not None:
            return refusal
        name, before = digest(payload), self._store.get(_REPORTED + report.digest)
        if before is not None:
            return None if before.decode() == name else Refusal(Reason.ALREADY_DECIDED, "another report of this test")
        committed = self._committed(report.authorisation)
        if report.found + report.false > committed:
            return Refusal(Reason.NOT_BORNE_OUT, f"{committed} hits of that test are recorded")
        latest = self._latest()
        found = Latest(tested=report.tested, chain=_chain_here(self._facts), signer=signer)

        def write(transaction: Transaction) -> None:
            papers.keep(transaction, signed)
            transaction.put(_REPORTED + report.digest, name.encode())
            if latest is None or latest.tested <= found.tested or latest.chain != found.chain:
                transaction.put(_LATEST, canonical(found))

        event = AccuracyTested(
            authorisation=report.authorisation,
            digest=name,
            passages=report.passages,
            found=report.found,
            tested=report.tested,
        )
        self._journal.record(event, now, write)
        return None

    def _ran(self, report: AccuracyReport) -> Authorisation | None:
        """The test that a report is of. Its paper was kept in the very transaction that put it in force here."""
        paper = papers.find(self._store, report.digest)
        return None if paper is None else parse(payload_of(paper), Authorisation)

    def _committed(self, authorisation: Identifier) -> int:
        """How many hits the journal has of a test. Raises Unsafe.

        Each passage that was found gave one at least, and each false alert is one; a passage may give two. A test
        of an epoch that has ended is borne out by nothing any more.
        """
        hits = recalled(self._store, HitCommitted)
        return sum(isinstance(hit, HitCommitted) and hit.authorisation == authorisation for hit in hits)

    def _is_of_here(self, report: AccuracyReport) -> Refusal | None:
        facts = self._facts
        if (report.site, report.device) != (facts.site, facts.device):
            return Refusal(Reason.WRONG_DEVICE, f"it names {report.site}/{report.device}")
        if report.zone != facts.zone:
            return Refusal(Reason.WRONG_ZONE)
        if report.configuration != facts.configuration:
            return Refusal(Reason.WRONG_CONFIGURATION)
        if (report.models.detector, report.models.embedder) != (facts.detector, facts.embedder):
            return Refusal(Reason.WRONG_MODEL)
        if report.calibration != facts.calibration:
            return Refusal(Reason.WRONG_CALIBRATION)
        return None

    def _latest(self) -> Latest | None:
        stored = self._store.get(_LATEST)
        try:
            return None if stored is None else parse(stored, Latest)
        except Undecodable as error:
            raise SealBroken(f"The latest accuracy test cannot be read: {error.what}", _REMEDY) from error


def _is_of(report: AccuracyReport, ran: Authorisation | None, now: Instant) -> Refusal | None:
    """Whether a report is of a test that ran here, says nothing that cannot be, and was made within its window."""
    if ran is None or ran.id != report.authorisation or ran.use_case is not UseCase.ACCURACY_TEST:
        return Refusal(Reason.OTHER_AUTHORISATION, "it names no accuracy test that ran on this device")
    then = (ran.zone, ran.configuration, ran.models, ran.calibration)
    if then != (report.zone, report.configuration, report.models, report.calibration):
        return Refusal(Reason.OTHER_AUTHORISATION, "the test was made with another chain or zone")
    volunteers = sum(one.entries for one in ran.watchlist.categories if one.category is Category.VOLUNTEER)
    if report.volunteers > volunteers:
        return Refusal(Reason.WRONG_LIST, f"{volunteers} volunteers were listed")
    if not ran.not_before <= report.tested <= min(ran.not_after, now.wall + _SOON):
        return Refusal(Reason.EXPIRED, "it was not made in the test's window")
    return None


def _chain_here(facts: Facts) -> tuple[str, ...]:
    return (
        facts.site, facts.device, facts.zone, facts.configuration, facts.detector, facts.embedder, facts.calibration,
    )  # fmt: skip
