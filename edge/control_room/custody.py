"""What custodians decide: to open a new epoch after a broken seal, and to reset a clock. Each signs what they read."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from edge.control_room import deploy
from edge.control_room.authority.keys import signer
from edge.domain.authority import Signed
from edge.domain.custody import NewClock, NewEpoch
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.provisioning import Reprovisioning
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.signed import Kind, Signs, add_signature, canonical, claimed_signers, digest, parse, payload_of, sign

KINDS: Final = {Kind.NEW_EPOCH: NewEpoch, Kind.NEW_CLOCK: NewClock, Kind.REPROVISIONING: Reprovisioning}
Decision: TypeAlias = NewEpoch | NewClock | Reprovisioning
D = TypeVar("D", NewEpoch, NewClock, Reprovisioning)
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the custodians' subcommands."""
    epoch = commands.add_parser("new-epoch", help="decide, as a custodian, to open a new epoch after a broken seal")
    decides(epoch)
    epoch.add_argument("--head", type=Path, required=True, help="the last checkpoint that the old journal had (a note)")
    epoch.add_argument("--reason", required=True, help="reference of the examination")
    epoch.set_defaults(run=_new_epoch)

    clock = commands.add_parser("new-clock", help="decide, as a custodian, what a device's clock may go back to")
    decides(clock)
    clock.add_argument("--to", type=_instant, required=True, help="such as 2026-06-01T09:00:00Z")
    clock.set_defaults(run=_new_clock)

    agree = commands.add_parser("agree", help="sign a decision as another custodian")
    agree.add_argument("decision", type=Path)
    agree.add_argument("--key", type=Path, required=True, help="the custodian's key")
    agree.set_defaults(run=_agree)


def written(document: D) -> D:
    """The same decision, as anybody will read it. Raises Misconfigured where a field cannot be what it is."""
    try:
        return parse(canonical(document), type(document))
    except Undecodable as error:
        raise Misconfigured(f"The decision cannot be written: {error.what}", error.remedy) from error


def signed_once(document: Decision, custodian: Signs) -> Signed:
    """The decision with its first signature; it is worth nothing before the quorum has signed."""
    return sign(document, _kind_of(document), custodian)


def agreed(signed: Signed, custodian: Signs) -> tuple[Signed, Decision]:
    """The decision with one signature more, and what it says. Raises Misconfigured."""
    document = decision_of(signed)
    return add_signature(signed, _kind_of(document), custodian), document


def decision_of(signed: Signed) -> Decision:
    """What a decision says, unverified. Raises Misconfigured."""
    try:
        payload = payload_of(signed)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error
    for kind, noun in KINDS.items():
        try:
            claimed_signers(signed, kind)
            return parse(payload, noun)
        except Undecodable:
            continue
    raise Misconfigured("That is no decision of custodians.", "Make one: lamppost new-epoch, new-clock or reprovision.")


def in_words(document: Decision) -> str:
    """What a custodian signs, in plain language."""
    lines = [f"device {document.site}/{document.device}"]
    if isinstance(document, NewEpoch):
        lines += [
            f"begins a new journal, of the epoch {document.epoch}",
            f"after {document.previous_origin}, whose last head had {document.previous_size} leaves",
            f"and the root {document.previous_root}",
            f"because of {document.reason}",
        ]
    elif isinstance(document, Reprovisioning):
        lines += [
            f"of the epoch {document.epoch} is WIPED: keys, list and journal",
            "the journal is lost"
            if document.head is None
            else f"its journal was exported up to {document.head.size} leaves, root {document.head.root}",
            f"it then asks anew, in the epoch {document.next_epoch}",
            f"because of {document.reason}",
        ]
    else:
        lines += [
            f"of the epoch {document.epoch}",
            f"may take {document.to:%Y-%m-%d %H:%M:%S}Z for the latest time that is known",
        ]
    return "\n".join([*lines, f"decided {document.decided:%Y-%m-%d %H:%M:%S}Z, digest {digest(canonical(document))}"])


def _kind_of(document: Decision) -> Kind:
    return next(kind for kind, noun in KINDS.items() if isinstance(document, noun))


def decides(parser: argparse.ArgumentParser) -> None:
    """What every decision names."""
    parser.add_argument("--site", required=True)
    parser.add_argument("--device", required=True)
    parser.add_argument("--epoch", required=True, help="the epoch that is opened, or that the device is in")
    parser.add_argument("--key", type=Path, required=True, help="the custodian's key")
    parser.add_argument("--out", type=Path, required=True)


def _new_epoch(options: argparse.Namespace) -> None:
    try:
        head = read_checkpoint(read_note(options.head.read_bytes()).text)
    except (OSError, Undecodable) as error:
        raise Misconfigured(f"{options.head} is no checkpoint: {error}", "Name the last one that was seen.") from error
    document = NewEpoch(
        site=options.site,
        device=options.device,
        epoch=options.epoch,
        previous_origin=head.origin,
        previous_size=head.size,
        previous_root=head.root,
        reason=options.reason,
        decided=_now(),
    )
    sign_first(written(document), options)


def _new_clock(options: argparse.Namespace) -> None:
    document = NewClock(site=options.site, device=options.device, epoch=options.epoch, to=options.to, decided=_now())
    sign_first(written(document), options)


def sign_first(document: Decision, options: argparse.Namespace) -> None:
    """Show a decision, and sign it as the first custodian."""
    print(in_words(document))
    deploy.write_signed(options.out, signed_once(document, signer(options.key)))
    print(f"signed once: {options.out}; other custodians must agree")


def _agree(options: argparse.Namespace) -> None:
    signed, document = agreed(deploy.read_signed(options.decision), signer(options.key))
    print(in_words(document))
    deploy.write_signed(options.decision, signed)
    print(f"signed by {len(signed.signatures)}: {options.decision}")


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("name a time zone, such as Z")
    return found.astimezone(UTC)
