"""What breaks, and how it mends. A fault that is named with ``lasts`` mends after so many seconds, others never.

Importing this package knows all of them.
"""

from __future__ import annotations

from hardware_sim.timeline.faults import device as device
from hardware_sim.timeline.faults import outside as outside
