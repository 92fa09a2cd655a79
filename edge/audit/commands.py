"""The auditor's commands: export, verify, report, release manifest."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Final, TypeAlias

from edge import settings
from edge.adapters.archive import archive
from edge.audit import publishing, release, report
from edge.audit.bringing import bring, brought
from edge.audit.export import export
from edge.audit.text import WIDTH, as_text
from edge.domain.errors import Misconfigured
from edge.wire.signed import canonical, digest

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
    bring(verify)
    verify.add_argument("--json", action="store_true", help="print JSON instead of words")
    verify.add_argument("--schema", action="store_true", help="print the JSON's schema, and end")
    verify.set_defaults(run=_verify)

    publishing.add_to(commands)

    manifest = commands.add_parser(
        "release-manifest", help="digests of the program, models and calibration installed here"
    )
    manifest.add_argument("--out", type=Path, help="file to write; its own digest is printed")
    manifest.set_defaults(run=_manifest)


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


def _manifest(options: argparse.Namespace) -> None:
    raw = canonical(release.of_installed())
    if options.out is not None:
        options.out.write_bytes(raw)
        print(f"{options.out}: SHA-256 {digest(raw)}")
    else:
        print(raw.decode())
