"""The broker's configuration, as deployed: the files beside this one, with the names of a place filled in.

The simulator and the tests start mosquitto from exactly these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from string import Template
from typing import Final, Literal

HERE: Final = Path(__file__).parent
ETC: Final = Path("/etc/mosquitto/lamppost")
Where = Literal["site", "centre"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What differs from broker to broker. The defaults are Debian's."""

    access: Path = ETC / "access"
    certificate: Path = ETC / "broker.pem"
    key: Path = ETC / "broker.key"
    devices_ca: Path = ETC / "devices-ca.pem"
    people_ca: Path = ETC / "people-ca.pem"
    state: Path = Path("/var/lib/mosquitto")
    address: str = "0.0.0.0"  # noqa: S104
    devices_port: int = 8883
    people_port: int = 8884
    most: int = 2000
    """Connections at each door."""
    memory: int = 256 * 1024 * 1024
    """Bytes of heap, above which it takes no more."""
    saved_every: int = 0
    """Seconds between two saves of all that is kept; 0: at every change."""
    user: str = "mosquitto"
    log: str = "syslog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """From a site's broker to the devices' door of the centre's."""

    site: str
    centre: str
    """``host:port``."""
    centre_ca: Path = ETC / "centre-ca.pem"
    bridge_certificate: Path = ETC / "bridge.pem"
    bridge_key: Path = ETC / "bridge.key"


def configuration(place: Place, bridge: Bridge | None = None) -> str:
    """The broker's configuration file."""
    if place.saved_every < 0:
        raise ValueError(f"saved_every = {place.saved_every}: give seconds, or 0 for a save at every change")
    saving = {
        "autosave_on_changes": "false" if place.saved_every else "true",
        "autosave_interval": str(place.saved_every or 1),
    }
    text = _filled("mosquitto.conf", _values(place) | saving)
    return text if bridge is None else f"{text}\n{_filled('bridge.conf', _values(bridge))}"


def access(where: Where) -> str:
    """The broker's access list."""
    return (HERE / f"access.{where}").read_text()


def _values(named: Place | Bridge) -> dict[str, str]:
    return {field.name: str(getattr(named, field.name)) for field in fields(named)}


def _filled(name: str, values: Mapping[str, str]) -> str:
    for key, value in values.items():
        if not value or "\n" in value or "\r" in value or value != value.strip():
            raise ValueError(f"{key} = {value!r} cannot stand in {name}: give one line without blanks at its ends")
    return Template((HERE / name).read_text()).substitute(values)
