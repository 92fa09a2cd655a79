"""The auditor's limits are written down twice on purpose; here the two are held against each other."""

from __future__ import annotations

from edge.audit import limits
from edge.daemon import heartbeat
from edge.safeguards import breaker, clock, deployment, gate, presence, reviews


def test_the_auditors_limits_are_the_doors_own() -> None:
    assert limits.LEASE == presence.LEASE
    assert limits.PAUSE_LIMIT == deployment.PAUSE_LIMIT
    assert limits.LIST_LIFE == deployment.LIST_LIFE
    assert limits.CLOCK_STEP == deployment.CLOCK_STEP
    assert limits.ALIVE_IDLE == heartbeat.IDLE
    assert limits.ALIVE_DEPLOYED == heartbeat.DEPLOYED
    assert limits.APART == clock.APART
    assert limits.REVIEW_WITHIN == reviews.REVIEW_WITHIN
    assert limits.FLOOD_SPAN == breaker.FLOOD_SPAN
    assert limits.FLOOD_HITS == breaker.FLOOD_HITS
    assert limits.FLOOD_SUSPECTED == breaker.FLOOD_SUSPECTED
    assert limits.SHUT == gate.CLOSING + deployment.CLOCK_STEP
