"""``lamppost sign-export``: sign for subjects as the exporting system. Any JOSE library can do the same."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from edge.control_room import deploy
from edge.control_room.authority.keys import signer
from edge.control_room.enrolling import intake
from edge.domain.authority import Signed
from edge.domain.errors import Misconfigured, Undecodable
from edge.domain.subjects import EXPORT, Export
from edge.wire import subjects as exchange
from edge.wire.signed import Kind, Signs, canonical, digest, parse, sign

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the command."""
    signed = commands.add_parser("sign-export", help="sign for subjects, as the system that exports them")
    signed.add_argument("subjects", type=Path, help="subjects' file (.json or .csv): lamppost schema subjects")
    signed.add_argument("--system", required=True, help="name of the exporting system")
    signed.add_argument("--key", type=Path, required=True, help="its key: lamppost authority key exporter")
    signed.add_argument("--out", type=Path, required=True)
    signed.set_defaults(run=_sign)


def export(path: Path, system: str, now: datetime, key: Signs) -> Signed:
    """The signed export of a subjects' file. Raises Misconfigured where enrolment would not believe it."""
    raw = intake.content(path)
    try:
        found = intake.reader(path)(raw)
        said = Export(
            format=EXPORT, system=system, made=now, subjects=digest(raw), entries=len(found.subjects),
            form="csv" if path.suffix.lower() == ".csv" else "json",
            pictures=sum(len(subject.pictures) for subject in found.subjects),
        )  # fmt: skip
        signed = sign(parse(canonical(said), Export), Kind.EXPORT, key)
        exchange.believed(signed, raw, [key.public], now)
    except Undecodable as error:
        raise Misconfigured(error.what, error.remedy) from error
    return signed


def _sign(options: argparse.Namespace) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    signed = export(options.subjects, options.system, now, signer(options.key))
    deploy.write_signed(options.out, signed)
    print(f"signed: {options.out}")
