"""The auditor's limits are written down twice on purpose; here the two are held against each other."""

from __future__ import annotations

from edge.audit import limits
from edge.daemon import heartbeat
from edge.safeguards import clock, deployment, gate, presence


def test_the_auditors_limits_are_the_doors_own() -> None:
    assert limits.LEASE == presence.LEASE
    assert limits.PAUSE_LIMIT == deployment.PAUSE_LIMIT
    assert limits.LIST_LIFE == deployment.LIST_LIFE
    assert limits.CLOCK_STEP == deployment.CLOCK_STEP
    assert limits.ALIVE_IDLE == heartbeat.IDLE
    assert limits.ALIVE_DEPLOYED == heartbeat.DEPLOYED
    assert limits.APART == clock.APART
    assert limits.SHUT == gate.CLOSING + deployment.CLOCK_STEP
