"""The subcommands about who is believed and what was decided: trust roots, accuracy tests."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from edge import connection
from edge.control_room import accuracy, deploy, roots
from edge.control_room.authority.keys import signer
from edge.control_room.keeping import Kept, Purpose
from edge.control_room.keyring import sealing_key
from edge.control_room.session import Session
from edge.domain.access import Why
from edge.domain.authority import TrustRoot
from edge.domain.errors import Misconfigured
from edge.domain.orders import Accuracy, Trust, Verb
from edge.wire.signed import Kind, digest, payload_of, sign

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add them all."""
    _roots(commands)
    _decisions(commands)


def _connected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")


def _roots(commands: Commands) -> None:
    root = commands.add_parser("trust-root", help="write a device's trust root, the first or the next, and sign it")
    root.add_argument("--form", type=Path, required=True, help="whom to believe (TOML)")
    root.add_argument("--previous", type=Path, help="the trust root that it follows; without it, version 1")
    root.add_argument("--key", type=Path, required=True, help="the first custodian's key")
    root.add_argument("--out", type=Path, required=True)
    root.set_defaults(run=_trust_root)

    again = commands.add_parser("sign-trust-root", help="sign a trust root as another custodian")
    again.add_argument("root", type=Path)
    again.add_argument("--previous", type=Path, help="the trust root that it follows")
    again.add_argument("--key", type=Path, required=True, help="the custodian's key")
    again.set_defaults(run=_sign_trust_root)

    send = commands.add_parser("send-trust-root", help="have a device believe the next trust root from now on")
    _connected(send)
    send.add_argument("root", type=Path)
    send.add_argument("--key", type=Path, required=True, help="an operator's or a custodian's key")
    send.set_defaults(run=_send_trust_root)


def _decisions(commands: Commands) -> None:
    report = commands.add_parser("accuracy-report", help="what a test with volunteers found, signed by the evaluator")
    report.add_argument("authorisation", type=Path, help="of the test")
    report.add_argument("--passages", type=Path, required=True, help="counted on scene (CSV: entry,from,to)")
    _connected(report)
    report.add_argument("--keep", type=Path, required=True, help="folder of the sealed hits (lamppost watch --keep)")
    report.add_argument("--recipient", type=Path, required=True, help="the recipient's key, which opens them")
    report.add_argument("--ticket", required=True, help="of the test; written down with every hit that is opened")
    report.add_argument("--key", type=Path, required=True, help="the evaluator's key")
    report.add_argument("--out", type=Path, required=True)
    report.set_defaults(run=_accuracy_report)

    send = commands.add_parser("send-accuracy-report", help="have a device count an accuracy test")
    _connected(send)
    send.add_argument("report", type=Path)
    send.add_argument("--key", type=Path, required=True, help="an operator's or the evaluator's key")
    send.set_defaults(run=_send_accuracy_report)


def _trust_root(options: argparse.Namespace) -> None:
    previous = _previous(options)
    root = roots.write(roots.read_form(options.form), options.form.parent, previous)
    if root.expires <= datetime.now(UTC):
        raise Misconfigured(f"The trust root has expired at {root.expires}.", "Name a later time.")
    print(roots.in_words(root, previous))
    signed = roots.first_signature(root, previous, signer(options.key))
    deploy.write_signed(options.out, signed)
    print(f"signed once: {options.out}; missing: {roots.lacking(signed, previous) or 'nobody'}")


def _sign_trust_root(options: argparse.Namespace) -> None:
    previous, signed = _previous(options), deploy.read_signed(options.root)
    print(roots.in_words(roots.read(signed), previous))
    signed = roots.next_signature(signed, previous, signer(options.key))
    deploy.write_signed(options.root, signed)
    print(f"signed: {options.root}; missing: {roots.lacking(signed, previous) or 'nobody'}")


def _previous(options: argparse.Namespace) -> TrustRoot | None:
    return None if options.previous is None else roots.believed(deploy.read_signed(options.previous))


def _send_trust_root(options: argparse.Namespace) -> None:
    signed = deploy.read_signed(options.root)
    with Session(options) as desk:
        facts = desk.order(Verb.TRUST, Trust(root=signed), signer(options.key)).facts or {}
    print(f"the device believes version {facts.get('version')}; name this file in the connection files from now on")


def _accuracy_report(options: argparse.Namespace) -> None:
    signed, evaluator = deploy.read_signed(options.authorisation), signer(options.key)
    document, passages = deploy.authorisation_of(signed), accuracy.read_passages(options.passages)
    kept = Kept(options.keep, document.id, connection.load(options.connection).device_key)
    purpose, now = Purpose(Why.AUDIT, options.ticket), datetime.now(UTC)
    leads = accuracy.leads(kept, sealing_key(options.recipient), evaluator, purpose, now)
    found = accuracy.report(document, digest(payload_of(signed)), passages, leads)
    print(accuracy.in_words(found))
    deploy.write_signed(options.out, sign(found, Kind.ACCURACY_REPORT, evaluator))
    print(f"signed: {options.out}")


def _send_accuracy_report(options: argparse.Namespace) -> None:
    signed = deploy.read_signed(options.report)
    with Session(options) as desk:
        desk.order(Verb.ACCURACY, Accuracy(report=signed), signer(options.key))
    print("the device has taken the report in")
