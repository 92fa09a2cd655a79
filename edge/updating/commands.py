"""The command ``lamppost-update``."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.domain.errors import LamppostError, Misconfigured
from edge.domain.outcomes import UpdateOutcome
from edge.updating import course, mirror
from edge.updating.apply import Update
from edge.updating.course import Package, Stage, State
from edge.updating.machine import STANDS, STATE, Machine
from edge.updating.refusals import ORDINARY, No, Refusal
from edge.updating.repository import NAME, Offer, Repository
from edge.updating.shelf import Shelf

CONFIGURATION: Final = Path("/etc/lamppost-update.toml")
EXIT_CONFIG: Final = 78
_SPARE: Final = 64 * 1024 * 1024
"""Bytes that are left free beside the package and what it unpacks to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration file, and where everything is that it does not say."""

    mirror: str = ""
    """An https address. Without one, only what is brought in a folder is installed."""
    root: Path = Path("/usr/share/lamppost-update/root.json")
    """The root metadata that came with the device."""
    folder: Path = Path("/var/lib/lamppost-update")
    fetched: Path = Path("/var/lib/lamppost-update-fetch")
    instances: Path = STATE
    stands: timedelta = STANDS


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn errors into one line and an exit status."""
    parser = argparse.ArgumentParser(prog="lamppost-update", description="Signed updates of lamppost.")
    parser.add_argument("--config", type=Path, default=CONFIGURATION, help="configuration file (TOML)")
    commands = parser.add_subparsers(required=True, metavar="command", title="commands")
    fetch = commands.add_parser("fetch", help="copy what the mirror has into a folder")
    fetch.set_defaults(run=_fetch)
    apply = commands.add_parser("apply", help="install what is offered; go back by itself where it does not work")
    apply.add_argument("--from", type=Path, dest="source", help="a copy of the repository, such as a USB stick's")
    apply.add_argument("--again", action="store_true", help="also a version that failed before")
    apply.set_defaults(run=_apply)
    settle = commands.add_parser("settle", help="go back, where an update was cut off")
    settle.add_argument("--boot", action="store_true", help="the machine is starting: start no instance")
    settle.set_defaults(run=_settle)
    keep = commands.add_parser("keep", help="keep the installed version's package, to go back to")
    keep.add_argument("package", type=Path, help="the file that was installed")
    keep.set_defaults(run=_keep)
    status = commands.add_parser("status", help="what is installed, confirmed, under way, and what became of updates")
    status.set_defaults(run=_status)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options, load(options.config)))
    except Misconfigured as error:
        print(f"lamppost-update: {error}", file=sys.stderr)
        return EXIT_CONFIG
    except (LamppostError, OSError) as error:
        print(f"lamppost-update: {error}", file=sys.stderr)
        return 1


def load(path: Path) -> Settings:
    """Read the configuration; without one, nothing is fetched. Raises Misconfigured."""
    remedy = "Write nothing but: mirror, root, folder, fetched, instances (texts) and stands (seconds)."
    try:
        found = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
        stands = timedelta(seconds=float(found.pop("stands", STANDS.total_seconds())))
        address = found.pop("mirror", "")
        if not isinstance(address, str) or not 0 <= stands.total_seconds() <= 3600:
            raise ValueError("mirror is no text, or stands no number of seconds from 0 to 3600")
        if not all(isinstance(value, str) and "\0" not in value for value in found.values()):
            raise ValueError("a place is no text, or has a zero in it")
        places = {name: Path(value) for name, value in found.items()}
        return Settings(mirror=address, stands=stands, **places)
    except (OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Misconfigured(f"The configuration {path} is not valid: {error}.", remedy) from error


def _machine(settings: Settings) -> Machine:
    return Machine(settings.instances, settings.stands, says=print)


def _root(settings: Settings) -> bytes:
    try:
        return settings.root.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"The root metadata {settings.root} cannot be read: {error.strerror}.",
            "Install the root.json that the release keys signed.",
        ) from error


def _fetch(_: argparse.Namespace, settings: Settings) -> int:
    if not settings.mirror:
        print("no mirror is configured: updates come in a folder")
        return 0
    return _told(mirror.copy(settings.mirror, settings.fetched, _root(settings), Machine().channel()))


def _apply(options: argparse.Namespace, settings: Settings) -> int:
    source, machine, shelf = options.source or settings.fetched, _machine(settings), Shelf(settings.folder)
    update = Update(machine, shelf, _now)
    with shelf.alone() as alone:
        if not alone:
            return _told(Refusal(No.BUSY))
        _settled(update.settle())
        if not (source / "metadata").is_dir():
            print(f"{source} holds no repository")
            return 0 if options.source is None else 1
        repository = Repository(source, shelf.believed, _root(settings))
        offer = repository.offered(machine.channel())
        if isinstance(offer, Refusal):
            return _told(offer)
        refusal = update.refuses(offer.package, again=options.again) or _taken(repository, offer, shelf, machine)
        result = refusal or update.run(offer.package, again=options.again)
        if isinstance(result, Refusal):
            shelf.tidy(shelf.state())
            return _told(result)
        _settled(result, shelf.state())
        return 0 if result is UpdateOutcome.CONFIRMED else 1


def _taken(repository: Repository, offer: Offer, shelf: Shelf, machine: Machine) -> Refusal | None:
    """The package on the shelf, where it is what its signers called it."""
    path = shelf.package(offer.package.digest)
    if shutil.disk_usage(path.parent).free < 4 * offer.target.length + _SPARE:
        return Refusal(No.NO_SPACE, f"four times {offer.target.length} bytes are needed")
    refusal = repository.take(offer, path)
    if refusal is not None:
        return refusal
    shelf.flush(path)
    said = machine.described(path)
    if said[:2] != (NAME, offer.package.version) or said[2] not in (machine.architecture(), "all"):
        return Refusal(No.OTHER_PACKAGE, " ".join(said))
    return None


def _settle(options: argparse.Namespace, settings: Settings) -> int:
    shelf = Shelf(settings.folder)
    with shelf.alone() as alone:
        if not alone:
            return _told(Refusal(No.BUSY))
        _settled(Update(_machine(settings), shelf, _now).settle(booting=options.boot))
    return 0


def _keep(options: argparse.Namespace, settings: Settings) -> int:
    shelf, machine = Shelf(settings.folder), Machine()
    with shelf.alone() as alone:
        state = shelf.state()
        if not alone or state.stage is not Stage.STILL:
            return _told(Refusal(No.BUSY))
        raw, said = options.package.read_bytes(), machine.described(options.package)
        if said[:2] != (NAME, machine.installed()):
            return _told(Refusal(No.OTHER_PACKAGE, f"{' '.join(said)}, where {machine.installed()} is installed"))
        package = Package(version=said[1], digest=hashlib.sha256(raw).hexdigest())
        path = shelf.package(package.digest)
        path.write_bytes(raw)
        shelf.flush(path)
        state = course.kept(state, package, machine.compares)
        shelf.save(state)
        shelf.tidy(state)
    print(f"{package.version} is kept, to go back to")
    return 0


def _status(_: argparse.Namespace, settings: Settings) -> int:
    state = Shelf(settings.folder).state()
    kept = "none" if state.confirmed is None else state.confirmed.version
    print(f"installed {Machine().installed() or 'none'}; to go back to {kept}; {state.stage.value}")
    for record in state.records:
        why = "" if record.why is None else f" ({record.why.value})"
        print(f"{record.at:%Y-%m-%d %H:%M}Z {record.before} to {record.after}: {record.outcome.value}{why}")
    return 0


def _settled(outcome: UpdateOutcome | None, state: State | None = None) -> None:
    if outcome is UpdateOutcome.ROLLED_BACK:
        why = state.records[-1].why if state is not None and state.records else None
        print(f"rolled back{'' if why is None else f' ({why.value})'}: see lamppost-update status")
    elif outcome is UpdateOutcome.CONFIRMED:
        print("confirmed")


def _told(refusal: Refusal | None) -> int:
    if refusal is None:
        return 0
    ordinary = refusal.reason in ORDINARY
    print(f"lamppost-update: {refusal}", file=sys.stdout if ordinary else sys.stderr)
    return 0 if ordinary else 1


def _now() -> datetime:
    return datetime.now(UTC)
