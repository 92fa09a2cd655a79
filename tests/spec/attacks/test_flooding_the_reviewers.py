"""A crowd holds up printed pictures of listed people, to bury the reviewers in alerts."""

from __future__ import annotations

from dataclasses import replace

from edge.domain.authorisation import UseCase
from edge.domain.condition import Condition, EndReason
from edge.domain.leaves.deployment import Ended, Flooded
from edge.safeguards import breaker
from edge.safeguards.breaker import FLOOD_HITS, FLOOD_SUSPECTED
from hardware_sim.site import Site


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def crowded(site: Site) -> None:
    """Forty listed people go by within a minute."""
    people = range(40)
    site.run(1)
    site.deploy(*people, use_case=UseCase.CRIME_HOTSPOT)
    site.confirm_presence()
    site.run(1)
    for person in people:
        site.walk(person, after=(person // 4) * 4, lasts=3, row=20 + 85 * (person % 4))
    site.run(70)


def test_pictures_held_up_end_the_looking_after_a_handful(site: Site) -> None:
    """Painted people do not turn as faces do: every hit looks like a picture held up."""
    crowded(site)
    assert ends(site) == [EndReason.SUSPENDED]
    (leaf,) = [event for event in site.journal() if isinstance(event, Flooded)]
    assert leaf.suspected == leaf.hits == FLOOD_SUSPECTED
    kinds = [event.kind for event in site.journal()]
    assert kinds.count("hit-committed") == FLOOD_SUSPECTED
    assert kinds.index("flooded") < kinds.index("list-destroyed")
    assert site.condition is Condition.IDLE
    assert not site.camera.is_open


def test_however_well_the_pictures_are_made_more_hits_than_people_can_decide_end_it(site: Site) -> None:
    """Nothing looks like a picture here; there are just too many."""
    hits = site.device.daemon.tell._hits
    seal = hits.seal
    hits.seal = lambda hit: seal(replace(hit, cues=()))  # type: ignore[method-assign]
    crowded(site)
    assert ends(site) == [EndReason.SUSPENDED]
    (leaf,) = [event for event in site.journal() if isinstance(event, Flooded)]
    assert (leaf.hits, leaf.suspected) == (FLOOD_HITS, 0)


def test_the_flagged_hits_say_so_to_the_reviewer(site: Site) -> None:
    crowded(site)
    assert site.hits
    assert all(hit.content.presentation for hit in site.hits)
    assert breaker.FLOOD_SPAN.total_seconds() == 600
