"""Custodians enrol a device: they compare its fingerprint, sign for its keys, and may have it provisioned anew."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import msgspec

from edge.control_room import certificates, custody, deploy, roots
from edge.control_room.authority.keys import signer
from edge.control_room.keyring import write_new
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.provisioning import Answer, BrokerPlace, Enrolment, EnrolmentRequest, Head, Reprovisioning
from edge.wire import certificates as asked_for
from edge.wire import enrolment
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.signed import Kind, Signs, add_signature, canonical, digest, key_id, parse, payload_of, sign

LIFE = timedelta(days=7)
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


@dataclass(frozen=True, slots=True)
class Papers:
    """What a device pins, besides the answer itself."""

    trust_root: Signed
    calibration: Signed
    opening: Signed | None = None


def add_to(commands: Commands) -> None:
    """Add the subcommands of enrolment."""
    shown = commands.add_parser("enrolment-request", help="what a device asks, in words, with its fingerprint")
    shown.add_argument("request", type=Path)
    shown.add_argument("--certificate-request", type=Path, help="file to write the PKCS #10 request into (PEM)")
    shown.set_defaults(run=_show)

    issued = commands.add_parser("issue-certificate", help="a device's certificate, where there is no other authority")
    issued.add_argument("request", type=Path)
    issued.add_argument("--ca", type=Path, required=True, help="the authority's certificate (PEM)")
    issued.add_argument(
        "--ca-key", type=Path, required=True, help="its key (PEM); both are made where neither is there"
    )
    issued.add_argument("--out", type=Path, required=True)
    issued.set_defaults(run=_issue)

    enrol = commands.add_parser("enrol-device", help="answer a device's request, as the first custodian")
    enrol.add_argument("request", type=Path)
    enrol.add_argument("--fingerprint", required=True, help="of the request, as the person at the device reads it out")
    enrol.add_argument("--trust-root", type=Path, required=True, help="signed, and naming the device's key")
    enrol.add_argument("--calibration", type=Path, required=True, help="signed by the evaluator")
    enrol.add_argument("--certificate", type=Path, required=True, help="issued for the request (PEM)")
    enrol.add_argument("--broker", required=True, help="host:port")
    enrol.add_argument(
        "--broker-ca", type=Path, required=True, help="the certificate that vouches for the broker (PEM)"
    )
    enrol.add_argument("--network", action="append", required=True, help="that may be reached, such as 192.0.2.0/24")
    enrol.add_argument("--opening", type=Path, help="the decision on the new epoch, where a journal ended")
    enrol.add_argument("--key", type=Path, required=True, help="the custodian's key")
    enrol.add_argument("--out", type=Path, required=True)
    enrol.set_defaults(run=_enrol)

    second = commands.add_parser("agree-enrolment", help="sign an answer as another custodian")
    second.add_argument("answer", type=Path)
    second.add_argument("--request", type=Path, required=True)
    second.add_argument("--fingerprint", required=True, help="of the request, as the person at the device reads it out")
    second.add_argument("--key", type=Path, required=True, help="the custodian's key")
    second.set_defaults(run=_agree)

    anew = commands.add_parser("reprovision", help="decide, as a custodian, that a device is wiped and asks anew")
    custody.decides(anew)
    anew.add_argument("--next-epoch", required=True)
    anew.add_argument("--head", type=Path, help="the last checkpoint of the exported journal (a note)")
    anew.add_argument("--lost", action="store_true", help="there is no journal to export any more")
    anew.add_argument("--reason", required=True, help="reference of the decision")
    anew.set_defaults(run=_reprovision)


def answer(
    signed: Signed, papers: Papers, certificate: str, broker: BrokerPlace, networks: tuple[str, ...], now: datetime,
    custodian: Signs,
) -> Answer:  # fmt: skip
    """An answer with its first signature. Raises Misconfigured where it would not be one."""
    request = requested(signed)
    try:
        document = Enrolment(
            site=request.site,
            device=request.device,
            epoch=request.epoch,
            request=digest(payload_of(signed)),
            key=request.key,
            trust_root=digest(payload_of(papers.trust_root)),
            certificate=certificate,
            broker=broker,
            networks=networks,
            issued=now,
            expires=now + LIFE,
        )
        made = sign(parse(canonical(document), Enrolment), Kind.ENROLMENT, custodian)
    except (Undecodable, ValueError) as error:
        raise Misconfigured(f"The answer would not be valid: {error}", "Change what it names.") from error
    return Answer(enrolment=made, trust_root=papers.trust_root, calibration=papers.calibration, opening=papers.opening)


def agreed(found: Answer, custodian: Signs) -> Answer:
    """The same answer with one signature more."""
    return replace(found, enrolment=add_signature(found.enrolment, Kind.ENROLMENT, custodian))


def requested(signed: Signed) -> EnrolmentRequest:
    """What a request says. Raises Misconfigured where it is none."""
    try:
        return enrolment.asked(signed)
    except Undecodable as error:
        raise Misconfigured(f"That is no enrolment request: {error.what}", error.remedy) from error


def in_words(signed: Signed) -> str:
    """What a device asks, for a person who is to sign for it."""
    request = requested(signed)
    lines = [
        f"device       {request.site}/{request.device}, epoch {request.epoch}, asked {request.made:%Y-%m-%d %H:%M}Z",
        f"fingerprint  {enrolment.fingerprint(digest(payload_of(signed)))}   have it read out at the device",
        f"key          {key_id(request.key)}",
        f'             device = ["{request.key}"]   for the form of its trust root',
        f"sealed with  {request.sealing.value}",
    ]
    if request.previous is not None:
        head = request.previous
        lines.append(f"after        {head.origin}, {head.size} lines, root {head.root}: it needs an --opening")
    return "\n".join(lines)


def compared(signed: Signed, typed: str) -> EnrolmentRequest:
    """The request, where what was read out at the device is its fingerprint. Raises Misconfigured."""
    name = digest(payload_of(signed))
    if not enrolment.same_fingerprint(typed, name):
        raise Misconfigured(
            f"The request's fingerprint is {enrolment.fingerprint(name)}, not what was read out.",
            "Do not sign: have it read out again, and find out who exchanged the request.",
        )
    return requested(signed)


def write(path: Path, found: Answer) -> None:
    """An answer to a file."""
    path.write_bytes(msgspec.json.format(canonical(found), indent=2) + b"\n")


def _show(options: argparse.Namespace) -> None:
    signed = deploy.read_signed(options.request)
    print(in_words(signed))
    if options.certificate_request is not None:
        write_new(options.certificate_request, asked_for.as_pem(requested(signed)), 0o644)


def _issue(options: argparse.Namespace) -> None:
    request = requested(deploy.read_signed(options.request))
    authority = certificates.DeviceAuthority(options.ca, options.ca_key)
    write_new(options.out, authority.issue(request, datetime.now(UTC)).encode(), 0o644)
    print(f"{options.out}: {request.site}/{request.device}, for {certificates.DEVICE_LIFE.days} days")


def _enrol(options: argparse.Namespace) -> None:
    signed = deploy.read_signed(options.request)
    compared(signed, options.fingerprint)
    host, _, port = options.broker.rpartition(":")
    if not host or not port.isdecimal():
        raise Misconfigured(f"{options.broker!r} is no broker.", "Name it as host:port.")
    papers = Papers(
        deploy.read_signed(options.trust_root),
        deploy.read_signed(options.calibration),
        None if options.opening is None else deploy.read_signed(options.opening),
    )
    found = answer(
        signed, papers, _text(options.certificate), BrokerPlace(host=host, port=int(port), ca=_text(options.broker_ca)),
        tuple(options.network), _now(), signer(options.key),
    )  # fmt: skip
    _say(found, signed)
    write(options.out, found)
    print(f"signed once: {options.out}; another custodian must agree: lamppost agree-enrolment")


def _agree(options: argparse.Namespace) -> None:
    signed = deploy.read_signed(options.request)
    compared(signed, options.fingerprint)
    try:
        found = agreed(enrolment.read_answer(options.answer.read_bytes()), signer(options.key))
        _say(found, signed)
        enrolment.believed(found, signed, enrolment.fingerprint(digest(payload_of(found.trust_root))), _now())
    except OSError as error:
        raise Misconfigured(f"{options.answer} cannot be read: {error.strerror}.", "Name the answer.") from error
    write(options.answer, found)
    print(f"signed by {len(found.enrolment.signatures)}: {options.answer}")


def _say(found: Answer, signed: Signed) -> None:
    """What a custodian signs."""
    said = parse(payload_of(found.enrolment), Enrolment)
    print(in_words(signed))
    print(f"broker       {said.broker.host}:{said.broker.port}; it reaches {', '.join(said.networks)} and nothing else")
    print(roots.in_words(roots.read(found.trust_root), None))
    print(f"read out     {enrolment.fingerprint(said.trust_root)}   the trust root's fingerprint, to the device")


def _reprovision(options: argparse.Namespace) -> None:
    if (options.head is None) is not options.lost:
        raise Misconfigured("What became of the journal is not said.", "Name --head, or say --lost.")
    document = Reprovisioning(
        site=options.site,
        device=options.device,
        epoch=options.epoch,
        next_epoch=options.next_epoch,
        head=None if options.head is None else _head(options.head),
        reason=options.reason,
        decided=_now(),
    )
    custody.sign_first(custody.written(document), options)


def _head(path: Path) -> Head:
    try:
        found = read_checkpoint(read_note(path.read_bytes()).text)
    except (OSError, Undecodable) as error:
        raise Misconfigured(f"{path} is no checkpoint: {error}", "Name the last of the exported journal.") from error
    return Head(origin=found.origin, size=found.size, root=found.root)


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}.", "Name a file in PEM.") from error


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
