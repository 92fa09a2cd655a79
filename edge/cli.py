"""The command line. Each subcommand is a few lines that start something else."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from edge import __version__, assemble, machine, schemas, settings
from edge.adapters.host import SystemHost, voice
from edge.audit import commands as auditing
from edge.domain.authority import Signed
from edge.domain.errors import LamppostError, Misconfigured
from edge.provision import commands as provisioning
from edge.wire.signed import canonical, digest

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CONFIG = 78
"""sysexits.h EX_CONFIG: the unit does not restart on it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run, and turn errors into one line and an exit status."""
    options = _parser().parse_args(arguments)
    try:
        status = options.run(options)
        sys.stdout.flush()
    except Misconfigured as error:
        print(f"lamppost: {error}", file=voice())
        SystemHost().notify(f"STATUS=Not started. {' '.join(str(error).split())}")
        return EXIT_CONFIG
    except LamppostError as error:
        print(f"lamppost: {error}", file=voice())
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output has read enough. What is left of it goes nowhere, also at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return int(status or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamppost",
        description="Overt, authorised live facial recognition, whose safeguards are its architecture.",
    )
    parser.add_argument("--version", action="version", version=f"lamppost {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command", title="commands")

    run = commands.add_parser("run", help="the daemon")
    run.add_argument("--config", type=Path, required=True, help="configuration file (TOML)")
    run.set_defaults(run=_run)

    zone = commands.add_parser("zone", help="the zone of a configuration: its digest, and the detector input it needs")
    zone.add_argument("--config", type=Path, required=True, help="configuration file (TOML)")
    zone.set_defaults(run=_zone)

    provisioning.add_to(commands)
    epoch = commands.add_parser("open-epoch", help="begin a new journal, as custodians decided; the old one is kept")
    epoch.add_argument("--config", type=Path, required=True, help="configuration file (TOML), naming the new epoch")
    epoch.add_argument("--decision", type=Path, required=True, help="the custodians' signed decision")
    epoch.set_defaults(run=_open_epoch)
    retention = commands.add_parser("retention", help="what is kept where, how long, and what becomes of it")
    retention.add_argument("--json", action="store_true", help="print the document whose digest is bound")
    retention.set_defaults(run=_retention)
    facts = commands.add_parser("facts", help="what is true of this device, for the form of an authorisation")
    facts.add_argument("--config", type=Path, required=True, help="configuration file (TOML)")
    facts.set_defaults(run=_facts)

    schema = commands.add_parser("schema", help="the JSON Schema of a signed document, or the contract (AsyncAPI)")
    contract = ["asyncapi"] if _is_here("edge.contract.asyncapi") else []
    schema.add_argument("kind", choices=[*contract, *schemas.names()], help="which document")
    schema.set_defaults(run=_schema)

    bench = commands.add_parser("bench", help="how fast this device is, against its own bare models")
    bench.add_argument("--models", type=Path, default=settings.shared("models"), help="folder of built models")
    bench.add_argument("--calibration", type=Path, default=settings.shared("calibration.json"))
    bench.add_argument("--pictures", type=Path, default=settings.shared("pictures"), help="pictures with clear faces")
    bench.add_argument("--threads", type=int, default=settings.THREADS, help="of each model's interpreter")
    bench.add_argument("--json", action="store_true", help="print JSON instead of a table")
    bench.set_defaults(run=_bench)

    auditing.add_to(commands)
    _yardsticks(commands)
    if _is_here("edge.audit.serve"):
        importlib.import_module("edge.audit.serve").add_to(commands)
    _control_room(commands)
    return parser


def _is_here(module: str) -> bool:
    """Whether a part is installed that a pole's package leaves out: what signs as anybody but the device."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _yardsticks(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What measures the recognition chain on pictures of people: not on a pole."""
    if not _is_here("edge.measure.commands"):
        return
    from edge.measure import commands as yardsticks

    yardsticks.add_to(commands)
    calibrate = commands.add_parser("calibrate", help="a calibration of the recognition chain from a cohort")
    yardsticks.measured(calibrate)
    calibrate.add_argument("--searches-per-passage", required=True, help="as measured by the simulator, e.g. 1.05")
    calibrate.add_argument("--source", required=True, help="what the cohort is, in one line")
    calibrate.add_argument("--key", type=Path, help="the evaluator's key; without it the table is not signed yet")
    calibrate.add_argument("--out", type=Path, required=True, help="file to write")
    calibrate.set_defaults(run=_calibrate)


def _control_room(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The control room's commands, where its package is installed: it is not on a pole."""
    if not _is_here("edge.control_room"):
        return
    from edge.control_room import commands as control_room

    control_room.add_to(commands)
    fetch = commands.add_parser("fetch-evidence", help="have a device send its evidence, and write a bundle of it")
    fetch.add_argument("--connection", type=Path, required=True, help="which device, through which broker (TOML)")
    fetch.add_argument("--key", type=Path, required=True, help="an operator's or a custodian's key")
    fetch.add_argument("--keep", type=Path, required=True, help="folder of what came before: only what is new is sent")
    fetch.add_argument("--out", type=Path, required=True, help="folder of the bundle to write, new or empty")
    fetch.set_defaults(run=_fetch_evidence)


def _fetch_evidence(options: argparse.Namespace) -> None:
    from edge.adapters.archive import archive
    from edge.audit.export import export
    from edge.control_room.asking import fetch

    state = fetch(options)
    with archive(options.keep) as copy:
        page, _ = export(copy, options.out, site=state.site, device=state.device, epoch=state.epoch)
    print(f"{options.out}: {page.leaves:,} lines of the journal, {len(page.files)} files")


def _run(options: argparse.Namespace) -> int:
    configured = settings.load(options.config)
    world = machine.real_world(configured)
    daemon = assemble.daemon(configured, world)
    served = machine.endpoint(configured, lambda: daemon.report.observer.latest, world.host)
    try:
        with served:
            daemon.run()
    except LamppostError:
        return EXIT_FAILED  # the daemon has said where; what the error says is not for the log
    return 0


def _zone(options: argparse.Namespace) -> None:
    configured = settings.load(options.config)
    print(f"zone {digest(canonical(settings.zone(configured)))}")
    print(machine.sized(configured))


def _open_epoch(options: argparse.Namespace) -> None:
    configured = settings.load(options.config)
    device, root = configured.device, assemble.document(configured.paths.trust_root, Signed, "trust root")
    signed = assemble.document(options.decision, Signed, "decision")
    kept = machine.open_epoch(
        configured.paths.state, signed, root, site=device.site, device=device.name, epoch=device.epoch
    )
    print(f"the epoch {device.epoch} is open; the old journal is kept as {kept}")


def _retention(options: argparse.Namespace) -> None:
    kept = machine.retention()
    print(canonical(kept).decode() if options.json else "\n".join(machine.retention_lines(kept)))


def _facts(options: argparse.Namespace) -> None:
    for name, value in machine.facts(settings.load(options.config)).items():
        print(f'{name} = "{value}"')


def _schema(options: argparse.Namespace) -> None:
    if options.kind == "asyncapi":
        from edge.contract import asyncapi

        print(asyncapi.published(), end="")
    else:
        print(schemas.published(options.kind), end="")


def _bench(options: argparse.Namespace) -> None:
    from edge.measure.bench import as_text, bench
    from edge.steps.calibrate import Calibration

    calibration = assemble.document(options.calibration, Calibration, "calibration")
    speed = bench(options.models, calibration, options.pictures, options.threads)
    print(json.dumps(speed.as_json(), indent=2) if options.json else as_text(speed))


def _calibrate(options: argparse.Namespace) -> None:
    from decimal import Decimal, InvalidOperation

    from edge.adapters.keys import FileSigner
    from edge.measure import chain, errata
    from edge.measure.calibrate import calibrate, readable, smallest
    from edge.wire.signed import Kind, sign

    try:
        searches = Decimal(options.searches_per_passage)
    except InvalidOperation:
        raise Misconfigured(f"{options.searches_per_passage!r} is no number.", "Write one such as 1.05.") from None
    known, models = errata.load(options.errata), chain.load(options.models)
    table = calibrate(
        models.acquire(options.images, known),
        known,
        detector=models.detector.identity,
        embedder=models.extractor.identity,
        source=options.source,
        searches_per_passage=searches,
    )
    document = table if options.key is None else sign(table, Kind.CALIBRATION, FileSigner(options.key))
    options.out.write_text(readable(document))
    print(f"{options.out}: {len(table.points)} points, down to an FMR of {table.points[-1].fmr}")
    for entries, rate in smallest(table).items():
        print(f"  with {entries:>6,} entries it supports a maximum FPIR of {rate:.2e} and more")
