"""What is left of a deployment that was cut off."""

from __future__ import annotations

from edge.domain.condition import EndReason
from edge.domain.leaves.deployment import Ended
from hardware_sim.site import Site


def ends(site: Site) -> list[EndReason]:
    return [event.why for event in site.journal() if isinstance(event, Ended)]


def test_a_deployment_that_was_cut_off_ends_once_however_often_the_device_starts(site: Site) -> None:
    site.run(0.2)
    site.deploy(7)
    for _ in range(3):
        site.power_cut()
        site.run(0.2)
        assert ends(site) == [EndReason.RESTART]
