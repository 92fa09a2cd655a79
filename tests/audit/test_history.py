"""Every leaf has its place in the story."""

from __future__ import annotations

import dataclasses

from edge.audit import history
from edge.domain.leaves.deployment import Began, CaptureClosed, CaptureOpened
from edge.domain.leaves.hits import HitCommitted, HitHeld, HitReviewed, HitUnreviewed
from edge.domain.record import EVENTS


def test_every_leaf_of_a_deployment_or_a_hit_has_a_place_in_the_story() -> None:
    """A leaf that was added to the domain and forgotten here would be passed over in silence."""
    placed = {Began, CaptureOpened, CaptureClosed, HitCommitted, HitReviewed, HitUnreviewed, HitHeld}
    placed |= {*history._ONE, *history._MANY, *history._SETTLES}
    for event in EVENTS.values():
        fields = {field.name for field in dataclasses.fields(event)}
        if fields & {"authorisation", "sequence"}:
            assert event in placed, event.kind
