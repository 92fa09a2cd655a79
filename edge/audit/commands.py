"""The auditor's commands: export, verify, report, release manifest."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Final, TypeAlias

from edge import settings
from edge.adapters.archive import archive
from edge.audit import publish, release, report
from edge.audit.case import Brought
from edge.audit.export import export
from edge.audit.text import WIDTH, as_text
from edge.domain.authority import Digest, Signed, TrustRoot
from edge.domain.errors import LamppostError, Misconfigured, Undecodable
from edge.wire.notes import Algorithm, Note, Verifier, read_note, read_verifier
from edge.wire.signed import canonical, digest, parse, payload_of

FAILS: Final = 1
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add the subcommands."""
    evidence = commands.add_parser("evidence", help="evidence of what this device did, for whoever examines it")
    inner = evidence.add_subparsers(required=True, metavar="command", title="commands")
    exported = inner.add_parser("export", help="write a bundle; the state is only read, and the daemon may be running")
    exported.add_argument("--config", type=Path, required=True, help="configuration file (TOML)")
    exported.add_argument("--state", type=Path, help="a copy of the state folder, in place of the configured one")
    exported.add_argument("--out", type=Path, required=True, help="folder to write, new or empty")
    exported.set_defaults(run=_export)

    verify = commands.add_parser(
        "verify", help="examine a bundle, offline: what holds, what fails, what cannot be known"
    )
    verify.add_argument("bundle", type=Path, nargs="?", help="folder of the bundle")
    _whom(verify)
    verify.add_argument("--json", action="store_true", help="print JSON instead of words")
    verify.add_argument("--schema", action="store_true", help="print the JSON's schema, and end")
    verify.set_defaults(run=_verify)

    told = commands.add_parser(
        "report", help="the deployment report that a force publishes, from a bundle: HTML and JSON"
    )
    told.add_argument("bundle", type=Path, nargs="?", help="folder of the bundle")
    _whom(told)
    told.add_argument("--out", type=Path, help="folder for deployments.html and deployments.json")
    told.add_argument("--schema", action="store_true", help="print the JSON's schema, and end")
    told.set_defaults(run=_report)

    manifest = commands.add_parser(
        "release-manifest", help="digests of the program, models and calibration installed here"
    )
    manifest.add_argument("--out", type=Path, help="file to write; its own digest is printed")
    manifest.set_defaults(run=_manifest)


def _whom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust-root", help="the first trust root's file, or its SHA-256, as the custodians gave it out"
    )
    parser.add_argument("--witness", action="append", default=[], help="a witness's key line; only these count then")
    parser.add_argument("--head", action="append", default=[], type=Path, help="a signed head from somewhere else")
    parser.add_argument("--release", action="append", default=[], type=Path, help="a release's published manifest")
    parser.add_argument("--assessment", action="append", default=[], type=Path, help="published equality evidence")


def brought(options: argparse.Namespace) -> Brought:
    """What the options bring from outside. Raises Misconfigured naming what cannot be used."""
    return Brought(
        root=None if options.trust_root is None else _root(options.trust_root),
        witnesses=tuple(_witness(line) for line in options.witness),
        heads=tuple(_head(path) for path in options.head),
        releases=tuple(release.load(path) for path in options.release),
        assessments=tuple(_assessment(path) for path in options.assessment),
    )


def _export(options: argparse.Namespace) -> None:
    configured = settings.load(options.config)
    device = configured.device
    try:
        shown = release.of_installed(configured.paths.models, configured.paths.calibration)
    except Misconfigured as error:
        print(f"lamppost: without a release manifest: {error}", file=sys.stderr)
        shown = None
    with archive(options.state or configured.paths.state) as state:
        page, left = export(state, options.out, site=device.site, device=device.name, epoch=device.epoch, release=shown)
    print(f"{options.out}: {page.leaves:,} lines of the journal, {len(page.files)} files")
    if left:
        print(f"{left:,} lines more were left out: no head that was signed covers them yet")


def _verify(options: argparse.Namespace) -> int:
    if options.schema:
        print(json.dumps(report.schema(), indent=2))
        return 0
    if options.bundle is None:
        raise Misconfigured("No bundle is named.", "Name its folder.")
    found = report.examine(options.bundle, brought(options))
    if options.json:
        print(report.as_json(found).decode(), end="")
    else:
        print(as_text(found, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)))
    return 0 if found.holds else FAILS


def _report(options: argparse.Namespace) -> int:
    if options.schema:
        print(json.dumps(publish.schema(), indent=2))
        return 0
    if options.bundle is None or options.out is None:
        raise Misconfigured("No bundle is named, or no folder to write to.", "Name the bundle's folder, and --out.")
    found = report.examine(options.bundle, brought(options))
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "deployments.html").write_text(publish.as_html(found), encoding="utf-8")
        (options.out / "deployments.json").write_bytes(publish.as_json(found))
    except OSError as error:
        raise Misconfigured(
            f"The report cannot be written to {options.out}: {error.strerror}.", "Name another."
        ) from error
    standing = "the evidence holds" if found.holds else "THE EVIDENCE DOES NOT HOLD"
    print(f"{options.out}: deployments.html, deployments.json; {standing}")
    return 0 if found.holds else FAILS


def _manifest(options: argparse.Namespace) -> None:
    raw = canonical(release.of_installed())
    if options.out is not None:
        options.out.write_bytes(raw)
        print(f"{options.out}: SHA-256 {digest(raw)}")
    else:
        print(raw.decode())


def _root(given: str) -> Digest:
    if re.fullmatch(r"[0-9a-f]{64}", given):
        return given
    try:
        raw = Path(given).read_bytes()
        found = json.loads(raw)
        if isinstance(found, dict) and "payload" in found:
            return digest(payload_of(parse(canonical(found), Signed)))
        return digest(canonical(parse(canonical(found), TrustRoot)))
    except OSError as error:
        raise Misconfigured(f"The trust root {given} cannot be read: {error.strerror}.", "Name its file.") from error
    except (ValueError, RecursionError, LamppostError) as error:
        raise Misconfigured(f"The trust root {given} is not valid: {error}", "Get it from the custodians.") from error


def _witness(line: str) -> Verifier:
    try:
        verifier = read_verifier(line)
    except Undecodable as error:
        raise Misconfigured(f"The witness {line!r} cannot be used: {error.what}", error.remedy) from error
    if verifier.algorithm is not Algorithm.COSIGNATURE:
        raise Misconfigured(f"{verifier.name} is no witness's key.", "Name a key of cosignature/v1.")
    return verifier


def _head(path: Path) -> Note:
    try:
        return read_note(path.read_bytes())
    except OSError as error:
        raise Misconfigured(f"The head {path} cannot be read: {error.strerror}.", "Name its file.") from error
    except Undecodable as error:
        raise Misconfigured(f"The head {path} is not one: {error.what}", error.remedy) from error


def _assessment(path: Path) -> Digest:
    try:
        return digest(path.read_bytes())
    except OSError as error:
        raise Misconfigured(f"The assessment {path} cannot be read: {error.strerror}.", "Name its file.") from error
