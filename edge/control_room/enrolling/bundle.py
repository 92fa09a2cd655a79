"""One sealed list for any number of devices: the list as it is, and its key wrapped once for each of them.

A list's key is wrapped to the one-time key that a device publishes, signed, when its deployment begins; so a bundle is
made then and not before, and opens nothing in another life of the device. It holds no key in clear: whoever enrols
keeps that one, and whoever loads the list carries the bundle and needs no secret of it. It is not signed: each wrapped
key is bound to its device, deployment and list (HPKE's ``info``), the list commits to its key, and the order that
carries the key is the operator's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta

from edge.control_room import deploy
from edge.control_room.deploy import SealedList
from edge.domain.authority import Digest, Identifier, Moment, Name
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.orders import WrappedKey
from edge.wire import watchlist
from edge.wire.events import Deployment
from edge.wire.sealed import ListBinding, wrap
from edge.wire.signed import MAX_DOCUMENT_BYTES, canonical, digest, parse

FORMAT: Final = "lamppost-list-bundle/1"
MOST: Final = 500
"""Devices of one bundle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKey:
    """The list's key for one device, as long as its deployment lasts."""

    site: Name
    device: Name
    authorisation: Identifier
    boot: Identifier
    """The device's life in which it opens the list."""
    key: WrappedKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The keys of all devices; the list lies beside it."""

    format: Literal["lamppost-list-bundle/1"]
    list: Digest
    built: Moment
    keys: Annotated[tuple[DeviceKey, ...], Meta(min_length=1, max_length=MOST)]

    def __post_init__(self) -> None:
        if len({(one.site, one.device) for one in self.keys}) != len(self.keys):
            raise ValueError("a device stands twice")


def bundle(sealed: SealedList, said: Sequence[Deployment], now: datetime) -> Bundle:
    """The list's key for each device that has begun, as it said, signed. Raises Misconfigured, and Refused where the
    list is stale.
    """
    deploy.fresh(sealed.file, now)
    name = digest(sealed.file)
    for one in said:
        if one.list_digest != name:
            raise Misconfigured(
                f"{one.site}/{one.device} is authorised for another list ({one.list_digest[:12]}).",
                "Leave it out, or name the list that its authorisation names.",
            )
    try:
        return Bundle(
            format=FORMAT,
            list=name,
            built=watchlist.header_of(sealed.file).built,
            keys=tuple(_key(sealed, one, name) for one in said),
        )
    except ValueError as error:
        raise Misconfigured(f"The bundle cannot be made: {error}.", "Name each device once.") from error


def key_for(made: Bundle, said: Deployment) -> WrappedKey:
    """The key of a device as it is now. Raises Misconfigured where the bundle has none that it could open."""
    found = next((one for one in made.keys if (one.site, one.device) == (said.site, said.device)), None)
    if found is None:
        raise Misconfigured(f"The bundle has no key for {said.site}/{said.device}.", "Make one that names it.")
    if (found.authorisation, found.boot, found.key.to) != (said.authorisation, said.boot, said.list_key):
        raise Misconfigured(
            f"{said.site}/{said.device} has begun again since the bundle was made: it has another one-time key.",
            "Make the bundle again.",
        )
    return found.key


def write(path: Path, made: Bundle) -> None:
    """A bundle to a file. Raises Misconfigured."""
    try:
        path.write_bytes(canonical(made))
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error


def read(path: Path) -> Bundle:
    """A bundle from a file. Raises Misconfigured."""
    try:
        with path.open("rb") as file:
            return parse(file.read(MAX_DOCUMENT_BYTES + 1), Bundle)
    except (OSError, Undecodable) as error:
        raise Misconfigured(f"{path} is no bundle: {error}", "Make one with lamppost bundle.") from error


def _key(sealed: SealedList, said: Deployment, name: Digest) -> DeviceKey:
    binding = ListBinding(site=said.site, device=said.device, authorisation=said.authorisation, digest=name)
    try:
        key = wrap(sealed.key, said.list_key, binding)
    except Undecodable as error:
        raise Misconfigured(f"{said.site}/{said.device} published no usable key.", "Have it looked at.") from error
    return DeviceKey(
        site=said.site, device=said.device, authorisation=said.authorisation, boot=said.boot, key=key
    )  # fmt: skip
