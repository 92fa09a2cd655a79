"""``lamppost bundle`` and ``lamppost load``: one list to many devices, its key wrapped where it was enrolled."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from edge.control_room import deploy
from edge.control_room.authority.keys import signer
from edge.control_room.desk import Desk
from edge.control_room.enrolling import bundle
from edge.control_room.session import Session
from edge.domain.errors import LamppostError, Misconfigured
from edge.wire.events import Deployment
from edge.wire.signed import Signs

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the commands."""
    made = commands.add_parser("bundle", help="a list's key, wrapped for each of many devices that have begun")
    made.add_argument("--watchlist", type=Path, required=True, help="the sealed list, with its key beside it")
    made.add_argument(
        "--connection", type=Path, action="append", required=True, help="a device that has begun (TOML); any number"
    )
    made.add_argument("--out", type=Path, required=True)
    made.set_defaults(run=_bundle)

    load = commands.add_parser("load", help="load a list into a device that has begun, with a bundle")
    load.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    load.add_argument("--watchlist", type=Path, required=True, help="the sealed list; its key is not needed")
    load.add_argument("--bundle", type=Path, required=True)
    load.add_argument("--key", type=Path, required=True, help="the operator's key")
    load.set_defaults(run=_load)


def _bundle(options: argparse.Namespace) -> None:
    sealed = deploy.read_list(options.watchlist)
    deploy.fresh(sealed.file, datetime.now(UTC))
    said = []
    for path in options.connection:
        with Session(argparse.Namespace(connection=path)) as desk:
            said.append(in_force(desk))
    made = bundle.bundle(sealed, said, datetime.now(UTC))
    bundle.write(options.out, made)
    devices = ", ".join(f"{one.site}/{one.device}" for one in made.keys)
    print(f"{options.out}: the list {made.list[:12]} for {len(made.keys)} devices: {devices}")


def _load(options: argparse.Namespace) -> None:
    made = bundle.read(options.bundle)
    try:
        file = options.watchlist.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{options.watchlist} cannot be read: {error.strerror}.", "Name the list.") from error
    with Session(options) as desk:
        load(desk, made, file, signer(options.key))
    print("the list is loaded; the camera opens when an officer on scene confirms presence")


def load(desk: Desk, made: bundle.Bundle, file: bytes, operator: Signs) -> None:
    """Send a device the list and its key from a bundle. Raises Misconfigured, Refused, BrokerLost."""
    deploy.fresh(file, desk.now().wall)
    said = in_force(desk)
    deploy.load_wrapped(desk, said, file, bundle.key_for(made, said), operator)


def in_force(desk: Desk) -> Deployment:
    """What a device says, signed, is in force in its present life. Raises BrokerLost, Misconfigured."""

    def begun() -> bool:
        state, said = desk.seen.state, desk.seen.deployment
        return state is not None and said is not None and (said.boot, said.authorisation) == (
            state.boot, state.authorisation
        )  # fmt: skip

    try:
        desk.until(begun, deploy.PATIENCE, "deployment statement")
    except LamppostError as error:
        raise Misconfigured(
            f"{desk.topics.site}/{desk.topics.device} has nothing in force: {error.what}",
            "Begin its deployment first: lamppost start without --watchlist.",
        ) from error
    said = desk.seen.deployment
    assert said is not None
    return said
