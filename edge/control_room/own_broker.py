"""A broker that the control room has to itself, where what was opened may be passed on in clear."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from edge.adapters.mqtt import Broker
from edge.domain.errors import Misconfigured


class OwnBroker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it is, and this end's certificate for it. Paths are relative to the file."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    ca: str
    certificate: str
    key: str

    def broker(self, folder: Path) -> Broker:
        """The same, resolved."""
        return Broker(
            host=self.host,
            port=self.port,
            ca=folder / self.ca,
            certificate=folder / self.certificate,
            key=folder / self.key,
        )


T = TypeVar("T", bound=OwnBroker)


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
