"""``lamppost authority``: keys, forms, signatures, withdrawal, ratification."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from edge.control_room import deploy
from edge.control_room.authority import draft, keys, page, signing, site, uri, words
from edge.control_room.keyring import make_recipient_keys, public_path, write_new
from edge.control_room.session import Session
from edge.domain.authorisation import Ratification
from edge.domain.authority import Role, Signed
from edge.domain.errors import Misconfigured
from edge.domain.orders import Ratify, Verb
from edge.settings import shared
from edge.wire.signed import Kind, digest, key_id, payload_of, sign

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
KEY = "the signer's key: a file, or a token's (pkcs11:token=...;object=...?module-path=...)"
REFUSED = 1


def add_to(commands: Commands) -> None:
    """Add the group."""
    group = commands.add_parser("authority", help="keys, and the document without which nobody is looked at")
    inner = group.add_subparsers(required=True, metavar="command", title="commands")
    _keys(inner)
    _forms(inner)
    _signatures(inner)
    _decisions(inner)


def _keys(commands: Commands) -> None:
    key = commands.add_parser("key", help="make a key, in a file or a token; its public half goes beside it")
    key.add_argument("role", choices=[*(role.value for role in Role), "recipient", "exporter"])
    key.add_argument("--out", required=True, help="a new file, or pkcs11:token=...;object=...?module-path=...")
    key.add_argument("--public", type=Path, help="where the public half goes; needed for a token")
    key.add_argument("--unlocked", action="store_true", help="without a passphrase: a service's, or on a bench")
    key.set_defaults(run=_make_key)

    device = commands.add_parser("device", help="what a device states of itself, signed: a form names this file")
    _connected(device)
    device.add_argument("--out", type=Path, required=True)
    device.set_defaults(run=_device)


def _forms(commands: Commands) -> None:
    check = commands.add_parser("check", help="a form in plain words, or everything in it that is to be changed")
    _form(check)
    check.set_defaults(run=_check)

    first = commands.add_parser("sign", help="write an authorisation from a form, and sign it as the first person")
    _form(first)
    first.add_argument("--key", required=True, help=KEY)
    first.add_argument("--out", type=Path, required=True)
    first.set_defaults(run=_sign)


def _signatures(commands: Commands) -> None:
    second = commands.add_parser("countersign", help="sign an authorisation as the second person, or as a third")
    _signed(second)
    second.add_argument("--key", required=True, help=KEY)
    second.set_defaults(run=_countersign)

    shown = commands.add_parser("show", help="an authorisation in plain words, and what a device would say to it")
    _signed(shown)
    shown.add_argument("--at", type=_instant, help="at another time than now, such as 2026-06-01T09:00:00Z")
    shown.set_defaults(run=_show)


def _decisions(commands: Commands) -> None:
    withdraw = commands.add_parser("withdraw", help="end what an authorisation allows, for good; it never comes back")
    _connected(withdraw)
    withdraw.add_argument("authorisation", type=Path)
    withdraw.add_argument("--key", required=True, help=KEY)
    withdraw.set_defaults(run=_withdraw)

    ratify = commands.add_parser("ratify", help="decide, as the authorising officer, on an urgent authorisation")
    _connected(ratify)
    ratify.add_argument("authorisation", type=Path)
    ratify.add_argument("--key", required=True, help=KEY)
    word = ratify.add_mutually_exclusive_group(required=True)
    word.add_argument("--yes", action="store_true", help="ratify it")
    word.add_argument("--no", action="store_true", help="end it, and have destroyed what came of it")
    ratify.set_defaults(run=_ratify)


def _connected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")


def _form(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("form", type=Path, help="what is asked for (TOML)")
    _root(parser)
    parser.add_argument("--calibration", type=Path, default=shared("calibration.json"), help="the device's")


def _signed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("authorisation", type=Path)
    _root(parser)
    parser.add_argument("--device", type=Path, help="what is true of the device, to hold it against that too")


def _root(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--trust-root", type=Path, required=True, help="the device's: whom it believes")
    parser.add_argument("--page", type=Path, help="write the words as a page to print (HTML)")


def _make_key(options: argparse.Namespace) -> None:
    if options.role == "recipient":
        if options.out.startswith(uri.SCHEME):
            raise Misconfigured("Recipients' keys are files.", "They are made for one deployment, then destroyed.")
        made = make_recipient_keys(Path(options.out))
        print(f"recipient {key_id(made.sign)}")
        return
    in_token = options.out.startswith(uri.SCHEME)
    if in_token is (options.public is None):
        raise Misconfigured(
            "Only a token's key needs a place for its public half, and it needs one.", "Name it with --public."
        )
    public = keys.make(options.out, locked=not options.unlocked)
    if in_token:
        keys.keep_public(public, options.public)
    print(f"{options.role} {key_id(public)}")
    print(f"public key, for a trust root: {public}")
    print(f"public half, for forms: {options.public if in_token else public_path(Path(options.out))}")


def _device(options: argparse.Namespace) -> None:
    with Session(options) as desk:
        desk.until(lambda: desk.seen.health is not None, timedelta(seconds=15), "health of the device")
        health = desk.seen.health
        assert health is not None
    write_new(options.out, site.as_toml(site.told(health)).encode(), 0o644)
    print(f"{options.out}: what {health.site}/{health.device} said of itself at {health.at:%Y-%m-%d %H:%M:%S}Z")


def _written(options: argparse.Namespace) -> draft.Written:
    known, proof = site.read_keys(options.trust_root), site.read_evidence(options.calibration)
    written = draft.write(options.form, known, proof, _now())
    print(words.as_text(written.document), written.proof, sep="\n")
    if options.page is not None:
        _write_page(options.page, page.as_html(written.document))
    return written


def _check(options: argparse.Namespace) -> None:
    _written(options)
    print("nothing was signed; a device would refuse nothing in it")


def _sign(options: argparse.Namespace) -> None:
    known, document = site.read_keys(options.trust_root), _written(options).document
    signed = signing.first_signature(document, known, keys.signer(options.key), _now())
    deploy.write_signed(options.out, signed)
    _tell(options.out, signed, signing.missing(signed, document, known))


def _countersign(options: argparse.Namespace) -> None:
    known, signed = site.read_keys(options.trust_root), deploy.read_signed(options.authorisation)
    print(words.as_text(signing.read(signed)))
    facts = None if options.device is None else site.read_facts(options.device)
    signed, document = signing.countersignature(signed, known, keys.signer(options.key), _now(), facts)
    deploy.write_signed(options.authorisation, signed)
    missing = signing.missing(signed, document, known)
    _tell(options.authorisation, signed, missing)
    if options.page is not None:
        found = signing.standing(signed, known, facts, _now())
        _write_page(options.page, page.as_html(document, found.signers, missing))


def _show(options: argparse.Namespace) -> int:
    known, signed = site.read_keys(options.trust_root), deploy.read_signed(options.authorisation)
    facts = None if options.device is None else site.read_facts(options.device)
    found = signing.standing(signed, known, facts, options.at or _now())
    missing = signing.missing(signed, found.document, known)
    print(words.as_text(found.document), words.signed_by(found.signers, missing), sep="\n")
    if options.page is not None:
        _write_page(options.page, page.as_html(found.document, found.signers, missing))
    for refusal in found.refusals:
        print(f"  a device would refuse it: {refusal}")
    if not found.refusals:
        beyond = "" if facts is not None else ", as far as can be said without --device"
        print(f"  a device would accept it{beyond}, unless it accepted a later one, or this one has ended")
    return REFUSED if found.refusals else 0


def _withdraw(options: argparse.Namespace) -> None:
    document = signing.read(deploy.read_signed(options.authorisation))
    with Session(options) as desk:
        state = desk.seen.state
        if state is None or state.authorisation != document.id:
            raise Misconfigured(
                f"{document.id} is not in force on {document.site}/{document.device}.",
                f"Destroy its file: it cannot begin without it, nor after {words.instant(document.not_after)}.",
            )
        deploy.stop(desk, document.id, keys.signer(options.key))
    print(f"{document.id} is withdrawn: it has ended for good")


def _ratify(options: argparse.Namespace) -> None:
    signed, officer = deploy.read_signed(options.authorisation), keys.signer(options.key)
    document = signing.read(signed)
    print(words.as_text(document))
    decision = Ratification(
        authorisation=document.id, digest=digest(payload_of(signed)), ratified=options.yes, decided=_now()
    )
    with Session(options) as desk:
        desk.order(Verb.RATIFY, Ratify(ratification=sign(decision, Kind.RATIFICATION, officer)), officer)
    print(
        f"{document.id} is ratified"
        if options.yes
        else f"{document.id} has ended; destroy every hit of it that is held"
    )


def _tell(path: Path, signed: Signed, missing: tuple[Role, ...]) -> None:
    times = {1: "once", 2: "twice", 3: "three times"}.get(len(signed.signatures), f"{len(signed.signatures)} times")
    lacking = ", ".join(role.value for role in missing)
    print(f"signed {times}: {path}; " + (f"missing: {lacking}" if lacking else "complete"))


def _write_page(path: Path, html: str) -> None:
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"The page {path} cannot be written: {error.strerror}.", "Name another.") from error
    print(f"to print: {path}")


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("name a time zone, such as Z")
    return found.astimezone(UTC)
