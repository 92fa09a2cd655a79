"""``lamppost provision``: what the person on the ladder types and reads."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec

from edge.adapters.provisioned import Places, Provisioned
from edge.adapters.sealing import SystemdSeals
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured
from edge.domain.provisioning import EnrolmentRequest, Objected, Objection, Sealing
from edge.provision import accepting
from edge.provision.anew import anew
from edge.provision.asking import CERTIFICATE_REQUEST, REQUEST, ask, asked_for
from edge.wire import enrolment
from edge.wire.signed import canonical, digest, payload_of

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

WARNING = """\
WARNING  There is no TPM here. The keys are sealed with a key that lies on the same disk: that keeps them out of
         backups and other machines' hands, and from nobody who takes the card. Whoever has the card for an hour has
         this device's keys, and can be it until custodians revoke it. Say so to them; a TPM board mends it."""
_SEALED = {Sealing.TPM2: "the TPM of this board, and its disk", Sealing.HOST: "a key on this disk"}


def add_to(commands: Commands) -> None:
    """Add it."""
    found = commands.add_parser("provision", help="on the device: make its keys, ask custodians, take their answer in")
    found.add_argument("--instance", default="cam0", help="which camera of this box (default cam0)")
    found.add_argument("--site", help="where it hangs, as the custodians call it")
    found.add_argument("--device", help="what they call this device")
    found.add_argument("--epoch", default="epoch-1", help="the first of a new device (default epoch-1)")
    found.add_argument("--out", type=Path, help="folder to write the requests into, such as a USB stick's")
    found.add_argument("--again", action="store_true", help="make other keys, and ask again")
    found.add_argument("--accept", type=Path, metavar="FILE", help="take the custodians' answer in")
    found.add_argument("--fingerprint", help="of the trust root, as the custodians read it out")
    found.add_argument(
        "--site-settings", type=Path, help="camera, zone, switches (TOML); default <instance>.place.toml"
    )
    found.add_argument("--models", type=Path, default=accepting.MODELS, help="folder of the installed models")
    found.add_argument("--anew", type=Path, metavar="FILE", help="wipe the device, as two custodians decided")
    found.add_argument("--root", type=Path, default=Path("/"), help="of another file system, such as an image's")
    found.set_defaults(run=_provision)


def _provision(options: argparse.Namespace) -> None:
    now, seals = datetime.now(UTC).replace(microsecond=0), SystemdSeals()
    disk = Provisioned(Places(_name(options.instance), options.root))
    with disk.alone():
        if options.accept is not None:
            if not options.fingerprint:
                raise Misconfigured(
                    "The trust root's fingerprint is missing.", "Type --fingerprint as they read it out."
                )
            found = accepting.accept(
                disk, seals, _read(options.accept), typed=options.fingerprint, now=now, models=options.models,
                site=None if options.site_settings is None else _read(options.site_settings),
            )  # fmt: skip
            print(accepted(disk, found))
            return
        if options.anew is not None:
            signed = anew(disk, seals, _signed(_read(options.anew)), now=now)
            print("keys, list and journal are wiped; the device asks anew")
        else:
            signed = _asked(disk, seals, options, now)
        print(asked(signed, options.instance))
        if options.out is not None:
            _write(options.out, enrolment.asked(signed), signed, disk.read(CERTIFICATE_REQUEST, coming=True) or b"")


def _asked(disk: Provisioned, seals: SystemdSeals, options: argparse.Namespace, now: datetime) -> Signed:
    before = asked_for(disk)
    if before is not None and not options.again and options.site is None and options.device is None:
        return before
    if options.site is None or options.device is None:
        raise Misconfigured("Who this device is to be, is not said.", "Name --site and --device.")
    return ask(
        disk, seals, site=options.site, device=options.device, epoch=options.epoch, now=now, again=options.again
    )  # fmt: skip


def asked(signed: Signed, instance: str) -> str:
    """What the person on the ladder needs: who it is, what to read out, and what comes next."""
    request = enrolment.asked(signed)
    lines = [
        f"device       {request.site}/{request.device}, epoch {request.epoch}",
        f"fingerprint  {enrolment.fingerprint(digest(payload_of(signed)))}",
        f"keys         sealed with {_SEALED[request.sealing]}",
        *([WARNING] if request.sealing is Sealing.HOST else []),
        "",
        "next         1. carry request.json (and device.csr, for an authority of your own) to the custodians",
        "             2. read the fingerprint out to them; write down the one that they read out to you",
        f"             3. lamppost provision --instance {instance} --accept ANSWER --fingerprint THEIRS",
    ]
    return "\n".join(lines)


def accepted(disk: Provisioned, found: enrolment.Believed) -> str:
    """What is in force now."""
    said, place = found.enrolment, disk.places
    return "\n".join([
        f"device       {said.site}/{said.device}, epoch {said.epoch}, is provisioned",
        f"belongs to   {found.root.organisation}{' (TEST)' if found.root.test else ''}, {found.root.contact}",
        f"broker       {said.broker.host}:{said.broker.port}; nothing but {', '.join(said.networks)} is reached",
        f"settings     {place.settings}",
        "",
        f"next         systemctl daemon-reload && systemctl enable --now lamppost@{place.instance}",
    ])  # fmt: skip


def _write(folder: Path, request: EnrolmentRequest, signed: Signed, certificate_request: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in ((REQUEST, canonical(signed)), (CERTIFICATE_REQUEST, certificate_request)):
            (folder / name).write_bytes(content)
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error
    print(f"written      {folder / REQUEST}, {folder / CERTIFICATE_REQUEST} of {request.site}/{request.device}")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(enrolment.MOST + 1)
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}.", "Name the right file.") from error


def _signed(raw: bytes) -> Signed:
    try:
        return msgspec.json.decode(raw, type=Signed)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Objected(Objection.UNREADABLE, str(error)[:120]) from error


def _name(instance: str) -> str:
    if not instance.replace("-", "").isalnum() or not instance.isascii() or not instance.islower():
        raise Misconfigured(f"{instance!r} is no name of an instance.", "Name it such as cam0.")
    return instance
