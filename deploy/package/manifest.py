"""The release's manifest: every file of it with its digest, as a signed note (C2SP signed-note).

    lamppost release 0.1.0
    <SHA-256>  <file>
    ...

    — <name> <signature>

The lines in the middle are what ``sha256sum --check`` reads. Packages, bills of materials and ``release.json``, which
names every file of the pole's program and models, as a device's own ``lamppost release-manifest`` does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from edge.domain.errors import Undecodable
from edge.wire.notes import Note, Verifier, read_note, sign_note, verified
from edge.wire.signed import Signs, digest

NAME: Final = "lamppost.manifest"
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.+~-]{1,120})")


def text(folder: Path, version: str) -> str:
    """The unsigned manifest of everything in a folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != NAME)
    lines = "".join(f"{digest(path.read_bytes())}  {path.name}\n" for path in files)
    return f"lamppost release {version}\n{lines}"


def signed(folder: Path, version: str, name: str, signer: Signs) -> bytes:
    """The manifest, signed under a key's name."""
    said = text(folder, version)
    return Note(said, (sign_note(said, name, signer),)).encode()


def faults(folder: Path, verifier: Verifier) -> list[str]:
    """What does not hold of a folder with a manifest, in words; nothing where all does."""
    try:
        note = read_note((folder / NAME).read_bytes())
    except (OSError, Undecodable) as error:
        return [f"{NAME} cannot be read: {error}"]
    try:
        believed = verified(note, [verifier])
    except Undecodable as error:
        return [f"{NAME} is not signed as it claims to be: {error}"]
    if not believed:
        return [f"{NAME} is not signed by {verifier.name}"]
    found, listed = [], set()
    for line in note.text.splitlines()[1:]:
        match = _LINE.fullmatch(line)
        if match is None:
            return [f"{NAME} has the line {line!r}"]
        listed.add(match[2])
        path = folder / match[2]
        if not path.is_file():
            found.append(f"{match[2]} is missing")
        elif digest(path.read_bytes()) != match[1]:
            found.append(f"{match[2]} is another")
    besides = {path.name for path in folder.iterdir()} - listed - {NAME}
    return [*found, *(f"{name} is not in the manifest" for name in sorted(besides))]
