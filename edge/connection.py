"""Which device, through which broker, with which certificate: one small file for every command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from edge.adapters.mqtt import Broker
from edge.domain.authority import Key, Name, Role, Signed, TrustRoot
from edge.domain.errors import Misconfigured, Refusal
from edge.wire.custodians import first
from edge.wire.topics import Topics


class BrokerFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a broker is, and this end's certificate for it. Paths are relative to the file."""

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


class _File(BrokerFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    site: Name
    device: Name
    trust_root: str
    """Names the one key that the device signs with."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The file, read and resolved."""

    topics: Topics
    device_key: Key
    broker: Broker
    root: TrustRoot
    """As the file that it names has it."""


def load(path: Path) -> Connection:
    """Read it; relative paths are relative to it. Raises Misconfigured naming what is wrong."""
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The connection {path} cannot be used: {error}.", "The README shows one.") from error
    folder = path.parent
    root = trust_root(folder / found.trust_root)
    keys = [pinned.key for pinned in root.keys if pinned.role is Role.DEVICE]
    if len(keys) != 1:
        raise Misconfigured(
            f"{found.trust_root} names {len(keys)} device keys.", "Name a trust root with the one device's key."
        )
    return Connection(Topics(found.site, found.device), keys[0], found.broker(folder), root)


def trust_root(path: Path) -> TrustRoot:
    """The trust root in a file, as its own custodians signed it. Raises Misconfigured."""
    try:
        root = first(msgspec.json.decode(path.read_bytes(), type=Signed))
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"The trust root {path} cannot be used: {error}", "Name the device's.") from error
    if isinstance(root, Refusal):
        raise Misconfigured(f"The trust root {path} is not believed: {root}", "Name the device's.")
    return root
