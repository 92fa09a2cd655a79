"""A deployment from the control room's side: start, load, presence, stop."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from edge.control_room import delivery
from edge.control_room.desk import Desk, Refused
from edge.domain.authorisation import MAX_LIST_AGE, Authorisation
from edge.domain.authority import Signed
from edge.domain.errors import BrokerLost, Misconfigured, Reason, Undecodable
from edge.domain.orders import Load, Presence, ResetClock, Start, Status, Stop, Verb, WrappedKey
from edge.domain.transfers import Content
from edge.wire import watchlist
from edge.wire.events import Deployment
from edge.wire.sealed import ListBinding, wrap
from edge.wire.signed import Signs, digest, from_base64url, parse, payload_of, to_base64url
from edge.wire.topics import Topics

PATIENCE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class SealedList:
    """A sealed watchlist and its content key, which stays in the control room until it is wrapped to a device."""

    file: bytes
    key: bytes


def write_list(path: Path, sealed: SealedList) -> None:
    """Write the list, and its key beside it for its owner alone. Raises Misconfigured.

    The list comes last: where it is, it is whole and its key is its own, wherever a kill or a power cut struck.
    """
    try:
        path.unlink(missing_ok=True)
        _put(_key_path(path), to_base64url(sealed.key).encode(), 0o600)
        _put(path, sealed.file, 0o644)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error


def read_list(path: Path) -> SealedList:
    """Read both. Raises Misconfigured."""
    try:
        return SealedList(path.read_bytes(), from_base64url(_key_path(path).read_text()))
    except (OSError, Undecodable) as error:
        raise Misconfigured(f"The list {path} and its key cannot be read: {error}.", "Enrol it again.") from error


def read_signed(path: Path) -> Signed:
    """A signed document from a file. Raises Misconfigured."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Signed)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Name the file of the document.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Misconfigured(f"{path} is no signed document: {error}.", "Name one that somebody has signed.") from error


def write_signed(path: Path, signed: Signed) -> None:
    """A signed document to a file."""
    path.write_text(json.dumps(msgspec.to_builtins(signed), indent=2) + "\n")


def start(desk: Desk, signed: Signed, operator: Signs) -> Deployment:
    """Begin a deployment. Returns what the device then says, signed, is in force. Raises Refused, BrokerLost."""
    document = authorisation_of(signed)
    desk.order(Verb.START, Start(authorisation=signed), operator)

    def announced() -> bool:
        said = desk.seen.deployment
        return said is not None and said.authorisation == document.id and said.boot == _boot(desk)

    desk.until(announced, PATIENCE, "deployment statement")
    said = desk.seen.deployment
    assert said is not None
    return said


def fresh(file: bytes, now: datetime) -> None:
    """Raises Refused where a list is too old for a device to begin with, or is none."""
    try:
        built = watchlist.header_of(file).built
    except Undecodable as error:
        raise Refused(error.what, error.remedy, Reason.LIST_UNREADABLE.value) from error
    if now - built > MAX_LIST_AGE:
        what = f"The list was built at {built:%Y-%m-%d %H:%M}Z, more than 24 hours ago: no device takes it."
        raise Refused(what, "Enrol it again, and have it authorised.", Reason.LIST_STALE.value)


def load(desk: Desk, said: Deployment, sealed: SealedList, topics: Topics, operator: Signs) -> None:
    """Send what the device lacks of the list, and its key wrapped to the device's one-time key.

    Raises Refused, BrokerLost.
    """
    binding = ListBinding(
        site=topics.site, device=topics.device, authorisation=said.authorisation, digest=digest(sealed.file)
    )
    load_wrapped(desk, said, sealed.file, wrap(sealed.key, said.list_key, binding), operator)


def load_wrapped(desk: Desk, said: Deployment, file: bytes, key: WrappedKey, operator: Signs) -> None:
    """The same with a key that was wrapped to the device elsewhere. Raises Refused, BrokerLost."""
    delivery.deliver(desk, Content.WATCHLIST, file, operator)
    order = Load(authorisation=said.authorisation, digest=digest(file), size=len(file), key=key)
    desk.order(Verb.LOAD, order, operator)


def confirm_presence(desk: Desk, officer: Signs) -> datetime:
    """Sign the latest nonce. Returns until when the lease then lasts. Raises Refused, BrokerLost."""
    state = desk.seen.state
    if state is None or state.authorisation is None:
        raise BrokerLost("The device has announced no deployment.", "Start one first.")
    statement = Presence(authorisation=state.authorisation, boot=state.boot, nonce=state.nonce)
    facts = desk.order(Verb.PRESENCE, statement, officer).facts or {}
    return datetime.fromisoformat(str(facts["until"]))


def stop(desk: Desk, authorisation: str, signer: Signs) -> None:
    """End a deployment for good. Raises Refused, BrokerLost."""
    desk.order(Verb.STOP, Stop(authorisation=authorisation), signer)


def reset_clock(desk: Desk, decision: Signed, signer: Signs) -> None:
    """Send custodians' decision about the clock. Raises Refused, BrokerLost."""
    desk.order(Verb.RESET_CLOCK, ResetClock(reset=decision), signer)


def status(desk: Desk, signer: Signs) -> dict[str, str | int]:
    """Ask the device how it is. Raises Refused, BrokerLost."""
    return desk.order(Verb.STATUS, Status(), signer).facts or {}


def authorisation_of(signed: Signed) -> Authorisation:
    """What a signed authorisation says, unverified. Raises Misconfigured."""
    try:
        return parse(payload_of(signed), Authorisation)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error


def _boot(desk: Desk) -> str:
    return desk.seen.state.boot if desk.seen.state is not None else ""


def _put(path: Path, content: bytes, mode: int) -> None:
    """All of a file or nothing of it, on the disk before this returns."""
    made = path.with_name(path.name + ".new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _key_path(path: Path) -> Path:
    return path.with_name(path.name + ".key")
