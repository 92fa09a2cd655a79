"""``lamppost presence``: the officer on scene, at a terminal or by a page of their own."""

from __future__ import annotations

import argparse
import select
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from edge.adapters.host import SystemClock
from edge.control_room import deploy, show
from edge.control_room.authority.keys import signer
from edge.control_room.desk import HEARD_WITHIN, STEP, Desk
from edge.control_room.presence.shift import EVERY, LONGEST, SHORTEST, WITHIN, Shift
from edge.control_room.session import Session
from edge.domain.errors import LamppostError, Misconfigured
from edge.ports import Clock
from edge.wire.signed import Signs

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
_MINUTE: Final = timedelta(minutes=1)


def add_to(commands: Commands) -> None:
    """Add the command."""
    presence = commands.add_parser("presence", help="on scene: keep confirming that an officer is present")
    presence.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    presence.add_argument(
        "--key", required=True, help="the presence key, which no operator may hold: a file or pkcs11:"
    )
    how = presence.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="confirm once and end")
    how.add_argument("--page", action="store_true", help="by a page of a phone's size, which lapses when it is left")
    presence.add_argument(
        "--within", type=float, default=WITHIN / _MINUTE, metavar="MINUTES",
        help="with --page: how long one press of the button counts (%(default)g)",
    )  # fmt: skip
    presence.set_defaults(run=_presence)


def _presence(options: argparse.Namespace) -> None:
    within = timedelta(minutes=options.within) if 0 < options.within < 1e4 else timedelta(0)
    if not SHORTEST <= within <= LONGEST:
        raise Misconfigured(
            f"A press of the button cannot count for {options.within:g} minutes.",
            f"Choose {SHORTEST / _MINUTE:g} to {LONGEST / _MINUTE:g}.",
        )
    officer = signer(options.key)
    with Session(options) as desk:
        if options.page:
            _by_page(desk, officer, within)
        else:
            _at_a_terminal(desk, officer, once=options.once)


def _at_a_terminal(desk: Desk, officer: Signs, *, once: bool) -> None:
    while True:
        print(f"presence confirmed until {deploy.confirm_presence(desk, officer):%H:%M:%S}Z", flush=True)
        if once:
            return
        show.idle(desk, EVERY)


def _by_page(desk: Desk, officer: Signs, within: timedelta) -> None:
    # The server is the control room's extra, which whoever confirms at a terminal does not need.
    from edge.control_room.presence.app import application
    from edge.control_room.web.server import Server

    shift, clock, stop = Shift(within), SystemClock(), threading.Event()
    server = Server(application(shift, clock, stop.set), clock)
    server.start()
    try:
        print(f"Open this once, in this machine's browser: {server.link()}", flush=True)
        serve(desk, officer, shift, clock, stop, lambda: _again(server.link) and server.alive)
    except KeyboardInterrupt:
        print("nothing is confirmed any more; the camera shuts within three minutes")
    finally:
        server.close()


def serve(
    desk: Desk, officer: Signs, shift: Shift, clock: Clock, stop: threading.Event, goes_on: Callable[[], bool]
) -> None:  # fmt: skip
    """Take in what the device says, and confirm presence whenever the shift asks for it."""
    heard = clock.now()
    while goes_on():
        if desk.step(STEP):
            heard = clock.now()
        seen = desk.seen
        shift.hear(seen.state, seen.deployment, lost=seen.lost or clock.now().since(heard) > 3 * HEARD_WITHIN)
        try:
            if stop.is_set() and seen.state is not None and seen.state.authorisation is not None:
                deploy.stop(desk, seen.state.authorisation, officer)
                shift.end(clock.now())
            stop.clear()
            if shift.due(clock.now()):
                deploy.confirm_presence(desk, officer)
                shift.confirmed(clock.now())
        except LamppostError as error:
            shift.failed(str(error), clock.now())


def _again(link: Callable[[], str]) -> bool:
    """Another link for every Enter at a terminal."""
    if sys.stdin.isatty() and select.select([sys.stdin], [], [], 0)[0] and sys.stdin.readline():
        print(link(), flush=True)
    return True
