"""Brokers that the control room has to itself: what crosses them is no device's, and not in the devices' contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from edge.domain.message import Outgoing
from hardware_sim.broker import Mosquitto
from hardware_sim.wire import MemoryBroker


class OwnMemoryBroker(MemoryBroker):
    """In memory."""

    listeners: ClassVar[list[Callable[[Outgoing], None]]] = []


class OwnMosquitto(Mosquitto):
    """A real one."""

    listeners: ClassVar[list[Callable[[Mosquitto], None]]] = []
