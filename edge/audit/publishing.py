"""``lamppost report`` and ``lamppost transparency``: what a force publishes, with the evidence beside it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from edge.audit import publish, report, transparency
from edge.audit.bringing import bring, brought
from edge.audit.page import many
from edge.audit.report import Report
from edge.audit.text import WIDTH, as_text
from edge.domain.errors import Misconfigured, Undecodable

FAILS: Final = 1
BUNDLE: Final = "bundle"
RECORDS: Final = "transparency"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_to(commands: Commands) -> None:
    """Add both."""
    told = commands.add_parser("report", help="the deployment report that a force publishes, with its evidence beside")
    told.add_argument("bundle", type=Path, nargs="?", help="folder of the bundle")
    bring(told)
    told.add_argument("--out", type=Path, help="folder for the report, the examination, the bundle and the records")
    _schema(told)
    told.set_defaults(run=_report)

    public = commands.add_parser("transparency", help="a public page of a site's deployments, from their records")
    public.add_argument("records", type=Path, nargs="*", help="records' files, or folders of them")
    public.add_argument("--out", type=Path, help="folder for index.html and index.json")
    _schema(public)
    public.set_defaults(run=_transparency)


def _schema(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--schema", action="store_true", help="print the JSON's schema, and end")


def _report(options: argparse.Namespace) -> int:
    if options.schema:
        print(json.dumps(publish.schema(), indent=2))
        return 0
    if options.bundle is None or options.out is None:
        raise Misconfigured("No bundle is named, or no folder to write to.", "Name the bundle's folder, and --out.")
    if options.bundle.resolve() in (options.out.resolve(), *options.out.resolve().parents):
        raise Misconfigured(f"{options.out} lies in the bundle.", "Name a folder outside: a bundle is what it lists.")
    found = report.examine(options.bundle, brought(options))
    _writing(options.out, lambda: _write(found, options.bundle, options.out))
    standing = "the evidence holds" if found.holds else "THE EVIDENCE DOES NOT HOLD"
    print(
        f"{options.out}: deployments.html, deployments.json, verify.txt, verify.json, {BUNDLE}/, {RECORDS}/; {standing}"
    )
    return 0 if found.holds else FAILS


def _transparency(options: argparse.Namespace) -> int:
    if options.schema:
        print(json.dumps(transparency.schema(), indent=2))
        return 0
    if not options.records or options.out is None:
        raise Misconfigured("No records are named, or no folder to write to.", "Name records or folders, and --out.")
    read = [record for path in options.records for record in _read(path)]
    found = transparency.register(read)
    _writing(options.out, lambda: _write_register(found, options.out))
    print(f"{options.out}: index.html, index.json; {many(len(found.records), 'deployment')}")
    return 0


def _writing(out: Path, write: Callable[[], None]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        write()
    except OSError as error:
        raise Misconfigured(f"{out} cannot be written: {error.strerror}.", "Name another folder.") from error


def _write(found: Report, bundle: Path, out: Path) -> None:
    (out / "deployments.html").write_text(publish.as_html(found), encoding="utf-8")
    (out / "deployments.json").write_bytes(publish.as_json(found))
    (out / "verify.txt").write_text(as_text(found, WIDTH) + "\n", encoding="utf-8")
    (out / "verify.json").write_bytes(report.as_json(found))
    for path in sorted(bundle.rglob("*")):
        if path.is_file() and not path.is_symlink():  # a link would publish what lies somewhere else
            copy = out / BUNDLE / path.relative_to(bundle)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (out / RECORDS).mkdir(exist_ok=True)
    for record in transparency.records(found):
        (out / RECORDS / record.name).write_bytes(transparency.as_json(record))


def _write_register(found: transparency.Register, out: Path) -> None:
    (out / "index.html").write_text(transparency.as_html(found), encoding="utf-8")
    (out / "index.json").write_bytes(transparency.as_json(found))


def _read(path: Path) -> list[transparency.Record]:
    found = []
    for file in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        try:
            found += transparency.read(file.read_bytes())
        except OSError as error:
            raise Misconfigured(f"The record {file} cannot be read: {error.strerror}.", "Name its file.") from error
        except Undecodable as error:
            raise Misconfigured(f"{file}: {error.what}", error.remedy) from error
    return found
