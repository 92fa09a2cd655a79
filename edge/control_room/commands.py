"""The control room's subcommands of ``lamppost``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from edge.control_room import (
    asking,
    custody,
    deploy,
    enrolment,
    evidence,
    hits,
    home_assistant,
    show,
    standing,
)
from edge.control_room.authority import commands as authority
from edge.control_room.authority.keys import signer
from edge.control_room.certificates import BenchAuthority
from edge.control_room.console import command as console
from edge.control_room.enrolling import commands as enrolling
from edge.control_room.presence import command as presence
from edge.control_room.session import Session
from edge.control_room.upkeep import Upkeep
from edge.domain.errors import Misconfigured
from edge.settings import shared

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them all."""
    _certificates(commands)
    authority.add_to(commands)
    _documents(commands)
    _orders(commands)
    custody.add_to(commands)
    enrolment.add_to(commands)
    hits.add_to(commands)
    home_assistant.add_to(commands)
    standing.add_to(commands)
    presence.add_to(commands)
    asking.add_to(commands)
    console.add_to(commands)


def _certificates(commands: Commands) -> None:
    bench = commands.add_parser("bench-certificates", help="certificates for mutual TLS on a bench")
    bench.add_argument("names", nargs="+", help="client names; a broker certificate is always made")
    bench.add_argument("--out", type=Path, required=True)
    bench.set_defaults(run=_bench_certificates)


def _documents(commands: Commands) -> None:
    enrolling.add_to(commands)

    table = commands.add_parser("sign-calibration", help="stand by a calibration, so that devices believe it")
    table.add_argument("calibration", type=Path, nargs="?", default=shared("calibration.json"))
    table.add_argument("--key", type=Path, required=True, help="the evaluator's key")
    table.add_argument("--out", type=Path, required=True)
    table.set_defaults(run=_sign_calibration)


def _orders(commands: Commands) -> None:
    start = commands.add_parser("start", help="begin a deployment and load its watchlist")
    _connected(start)
    start.add_argument("--key", type=Path, required=True, help="the operator's key")
    start.add_argument("--authorisation", type=Path, required=True)
    start.add_argument("--watchlist", type=Path, help="the sealed list; without it, lamppost load has to follow")
    start.add_argument("--stay", action="store_true", help="stay, and begin again after every restart of the device")
    start.set_defaults(run=_start)

    for name, role in (("stop", "an operator's or officer's"), ("status", "the operator's")):
        order = commands.add_parser(name, help={"stop": "end a deployment for good", "status": "ask a device"}[name])
        _connected(order)
        order.add_argument("--key", type=Path, required=True, help=f"{role} key")
        order.set_defaults(run={"stop": _stop, "status": _status}[name])

    reset = commands.add_parser("reset-clock", help="send custodians' decision about a device's clock")
    _connected(reset)
    reset.add_argument("--key", type=Path, required=True, help="an operator's or a custodian's key")
    reset.add_argument("--decision", type=Path, required=True)
    reset.set_defaults(run=_reset_clock)


def _connected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")


def _bench_certificates(options: argparse.Namespace) -> None:
    authority = BenchAuthority(options.out)
    authority.issue("broker", server=True)
    for name in options.names:
        certificate, _ = authority.issue(name)
        print(certificate)


def _sign_calibration(options: argparse.Namespace) -> None:
    table = evidence.read(options.calibration)
    print(evidence.in_words(table))
    deploy.write_signed(options.out, evidence.signed(table, signer(options.key)))
    print(f"signed: {options.out}")


def _start(options: argparse.Namespace) -> None:
    if options.stay and options.watchlist is None:
        raise Misconfigured("To begin again after a restart takes the list.", "Name --watchlist too.")
    with Session(options) as desk:
        operator, signed = signer(options.key), deploy.read_signed(options.authorisation)
        name = deploy.authorisation_of(signed).id
        if options.watchlist is None:
            deploy.start(desk, signed, operator)
            print(f"{name} is in force; the camera stays shut until its list is loaded: lamppost load", flush=True)
            return
        kept = Upkeep(desk, signed, deploy.read_list(options.watchlist), operator)
        kept.begin()
        print(f"{name} is in force; the camera opens when an officer on scene confirms presence", flush=True)
        if options.stay:
            show.stay(desk, kept, name)


def _stop(options: argparse.Namespace) -> None:
    with Session(options) as desk:
        state = desk.seen.state
        if state is None or state.authorisation is None:
            print("nothing is in force")
            return
        deploy.stop(desk, state.authorisation, signer(options.key))
        print(f"{state.authorisation} has ended for good")


def _status(options: argparse.Namespace) -> None:
    with Session(options) as desk:
        for name, value in sorted(deploy.status(desk, signer(options.key)).items()):
            print(f"{name:32} {value}")


def _reset_clock(options: argparse.Namespace) -> None:
    with Session(options) as desk:
        deploy.reset_clock(desk, deploy.read_signed(options.decision), signer(options.key))
        print("the device's clock may go back")
