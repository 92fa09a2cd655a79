"""What an outsider brings to an examination, as they name it on the command line: a bundle cannot vouch for itself."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from edge.audit import release
from edge.audit.case import Brought
from edge.domain.authority import Digest, Signed, TrustRoot
from edge.domain.errors import LamppostError, Misconfigured, Undecodable
from edge.wire.notes import Algorithm, Note, Verifier, read_note, read_verifier
from edge.wire.signed import canonical, digest, parse, payload_of


def bring(parser: argparse.ArgumentParser) -> None:
    """Add what an outsider brings."""
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
