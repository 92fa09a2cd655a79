"""A desk that has heard from its device, for as long as a command lasts."""

from __future__ import annotations

import argparse
import uuid
from datetime import timedelta

from edge import connection
from edge.adapters.host import SystemClock
from edge.adapters.mqtt import MqttLink
from edge.control_room import show
from edge.control_room.desk import Desk, Reader
from edge.domain.errors import LamppostError


class Session:
    """Connects on entering. Raises BrokerLost where the device is not heard of."""

    def __init__(
        self, options: argparse.Namespace, reader: Reader | None = None, on_hit: show.OnHit = show.silent,
        *, parcels: bool = False,
    ) -> None:  # fmt: skip
        known, name = connection.load(options.connection), uuid.uuid4().hex
        self._link = MqttLink(
            known.broker, f"control-room-{name}", Desk.subscriptions(known.topics, name, parcels=parcels)
        )
        self._desk = Desk(
            self._link, known.topics, known.device_key, SystemClock(), name=name, reader=reader, on_hit=on_hit
        )

    def __enter__(self) -> Desk:
        self._link.connect()
        try:
            self._desk.until(lambda: self._desk.seen.state is not None, timedelta(seconds=10), "state of the device")
        except LamppostError:
            self._link.close()
            raise
        return self._desk

    def __exit__(self, *_: object) -> None:
        self._link.close()
