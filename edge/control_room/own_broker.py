"""A broker that the control room has to itself, where what was opened may be passed on in clear."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from edge.adapters.mqtt import Broker
from edge.connection import BrokerFile
from edge.domain.errors import Misconfigured

T = TypeVar("T", bound=BrokerFile)


def load(path: Path, kind: type[T], devices: Broker) -> T:
    """Read the file. Raises Misconfigured, also where it names the broker that devices use."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        named = ", ".join(kind.__struct_fields__)
        raise Misconfigured(
            f"The connection {path} cannot be used: {error}.", f"Of the control room's own broker, name {named}."
        ) from error
    if (_name(found.host), found.port) == (_name(devices.host), devices.port):
        raise Misconfigured(
            f"{path} names the broker that the device uses.", "Name one that the control room has to itself."
        )
    return found


def _name(host: str) -> str:
    return host.lower().rstrip(".")
