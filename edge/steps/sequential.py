"""Whether so many false alerts can still be chance: a sequential test, for an auditor to run again.

The question is asked at every false alert of a deployment, for as long as it lasts; a test that is right once at one
per cent is wrong far more often when it is asked again and again. So the error is spent (Lan and DeMets, Biometrika 70,
1983), a share of it on every count of false alerts: the *k*-th one suspends where *k* or more were to be expected in so
many searches, at the authorised rate, with a probability of at most ``ERROR / (k (k - 1))``. These shares add up to
``ERROR`` over all *k* from two on, so that a device which keeps its authorised rate is suspended in less than one
deployment in a hundred, however long it is and however often it is asked (Boole's inequality: there is no horizon, and
the questions need not be independent). In fact it is 0.0072 over 20 false alerts to be expected. One false alert alone
never suspends. One and the same lookalike who comes by again and again is no Poisson process: that suspends sooner, as
it should.

Why not a likelihood ratio (Wald, 1945; an e-process): two false alerts in 1,000 searches at 1 in 10,000 must suspend.
The largest likelihood ratio that any alternative has there is 60, and Ville's inequality asks for 100 at one per cent.
Their Poisson probability is 0.0047, which is why half of the error is spent on the second.

Its power, of deployments authorised at 1 in 10,000 (tests/steps/test_sequential.py): false alerts ten times as
frequent suspend 92 % of them within 10,000 searches, five times as frequent 67 % within 20,000, three times 47 %
within 50,000; twice as many are found in one of ten. It stops what is badly wrong, not what is a little off.

Searches stand in for passages: there is at least one search to a passage, so the authorised rate explains no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from edge.domain.leaves.deployment import Flooded, Searched, Suspended
from edge.domain.leaves.hits import HitReviewed, HitUnreviewed
from edge.domain.orders import Verdict
from edge.domain.record import Event

ERROR: Final = 0.01
"""The most that a device which keeps its rate may be suspended, per deployment."""
LEAST: Final = 2
"""False alerts that it takes at least."""
_NEGLIGIBLE: Final = 1e-16


def chance(count: int, expected: float) -> float:
    """Probability of ``count`` or more where ``expected`` are to be expected (Poisson)."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    # From the largest term outwards, so that nothing that counts is too small for a float.
    peak = max(count, math.floor(expected))
    largest = math.exp(peak * math.log(expected) - expected - math.lgamma(peak + 1))
    total, term, at = largest, largest, peak
    while term > total * _NEGLIGIBLE:
        at += 1
        term *= expected / at
        total += term
    term, at = largest, peak
    while at > count and term > total * _NEGLIGIBLE:
        term *= at / expected
        at -= 1
        total += term
    return min(total, 1.0)


def spent(count: int) -> float:
    """The share of the error that is spent on the ``count``-th false alert."""
    return ERROR / (count * (count - 1))


def suspends(false: int, searches: int, max_fpir: Decimal) -> bool:
    """Whether so many false alerts in so many searches suspend a deployment with this authorised FPIR."""
    return false >= LEAST and chance(false, searches * float(max_fpir)) <= spent(false)


@dataclass(slots=True)
class Course:
    """One authorisation's searches and false alerts, told by the journal's leaves in their order."""

    searches: int = 0
    false: int = 0
    """Confirmed false, or not reviewed in time."""
    raised: list[tuple[int, int]] = field(default_factory=list)
    """Searches and false alerts whenever there was one more of the latter."""
    closed: bool = False
    """Whether the journal says that the breaker opened."""
    _unreviewed: set[int] = field(default_factory=set)

    def take(self, event: Event) -> None:
        """Take the next leaf of this authorisation into account; most say nothing here.

        A review that came late takes the place of its hit's having been counted as false.
        """
        if isinstance(event, Searched):
            self.searches += event.searches
        elif isinstance(event, HitUnreviewed):
            self._unreviewed.add(event.sequence)
            self._raise()
        elif isinstance(event, HitReviewed):
            late = event.sequence in self._unreviewed
            self._unreviewed.discard(event.sequence)
            if event.verdict is Verdict.FALSE and not late:
                self._raise()
            elif event.verdict is not Verdict.FALSE and late:
                self.false -= 1
        elif isinstance(event, Suspended | Flooded):
            self.closed = True

    def suspends(self, max_fpir: Decimal) -> bool:
        """Whether the test has suspended it at any time so far."""
        return self.closed or any(suspends(false, searches, max_fpir) for searches, false in self.raised)

    def _raise(self) -> None:
        self.false += 1
        self.raised.append((self.searches, self.false))
