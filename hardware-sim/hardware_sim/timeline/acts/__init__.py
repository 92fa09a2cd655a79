"""The verbs of a scenario. Importing this package knows all of them."""

from __future__ import annotations

from hardware_sim.timeline.acts import attacker as attacker
from hardware_sim.timeline.acts import custodians as custodians
from hardware_sim.timeline.acts import deploying as deploying
from hardware_sim.timeline.acts import reviewing as reviewing
from hardware_sim.timeline.acts import street as street
