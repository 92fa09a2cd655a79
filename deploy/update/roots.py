"""Keys, and root metadata: made in one place, signed in others, accepted where two of three agree."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Role, Root
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

from edge.domain.errors import Misconfigured

ROOT_LIFE: Final = timedelta(days=365)
QUORUM: Final = 2
_LAID_OUT: Final = JSONSerializer(compact=False)


def make_key(path: Path) -> Path:
    """Make an Ed25519 key; its public half goes beside it, as ``.pub``. Raises Misconfigured where one is there."""
    private = Ed25519PrivateKey.generate()
    raw = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"{path} cannot be made: {error.strerror}.", "Name a new file in a folder of yours."
        ) from error
    with os.fdopen(opened, "wb") as file:
        file.write(raw)
    key = CryptoSigner(private).public_key
    public = path.with_suffix(".pub")
    public.write_text(json.dumps({"keyid": key.keyid, **key.to_dict()}, indent=1, sort_keys=True) + "\n")
    return public


def signer(path: Path) -> CryptoSigner:
    """A key, to sign with. Raises Misconfigured."""
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"The key {path} cannot be used: {error}.", "Name one that `key` made.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise Misconfigured(f"The key {path} is no Ed25519 key.", "Name one that `key` made.")
    return CryptoSigner(private)


def public(path: Path) -> Key:
    """The public half of a key. Raises Misconfigured."""
    try:
        found = json.loads(path.read_text())
        return Key.from_dict(found.pop("keyid"), found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured(f"{path} is no public key: {error}.", "Name the .pub file that `key` wrote.") from error


def new_root(
    present: Metadata[Root] | None, root: Sequence[Key], targets: Sequence[Key], online: Key, now: datetime
) -> Metadata[Root]:  # fmt: skip
    """The root metadata that follows the present one, unsigned. Raises Misconfigured where its keys are too few."""
    if len({key.keyid for key in root}) < QUORUM + 1:
        raise Misconfigured(
            "There are fewer than three root keys.", "Have three people make one each: any two suffice."
        )
    chosen = {Root.type: root, "targets": targets, "snapshot": [online], "timestamp": [online]}
    offline = {key.keyid for key in (*root, *targets)}
    if online.keyid in offline or {key.keyid for key in root} & {key.keyid for key in targets} or not targets:
        raise Misconfigured("A key has two roles, or a role has no key.", "Make a key for each person and role.")
    roles = {name: Role([], min(QUORUM, len(keys))) for name, keys in chosen.items()}
    version = 1 if present is None else present.signed.version + 1
    made = Root(version=version, expires=_whole(now + ROOT_LIFE), roles=roles, consistent_snapshot=True)
    for name, keys in chosen.items():
        for key in keys:
            made.add_key(key, name)
    return Metadata(made)


def read_root(path: Path) -> Metadata[Root]:
    """Root metadata, believed by nobody yet. Raises Misconfigured."""
    try:
        return Metadata[Root].from_file(str(path))
    except (DeserializationError, OSError, RepositoryError) as error:
        raise Misconfigured(f"{path} is no root metadata: {error}.", "Name the file that new-root wrote.") from error


def sign_root(path: Path, key: CryptoSigner) -> None:
    """Add a signature to root metadata. Raises Misconfigured."""
    found = read_root(path)
    found.sign(key, append=True)
    path.write_bytes(found.to_bytes(_LAID_OUT))


def accept_root(repository: Path, path: Path) -> int:
    """Put signed root metadata into a repository, where enough have signed. Returns its version.

    Raises Misconfigured where they have not, or where it does not follow the one that is there.
    """
    found, present = read_root(path), newest_root(repository)
    wanted = 1 if present is None else present.signed.version + 1
    if found.signed.version != wanted:
        raise Misconfigured(f"It is version {found.signed.version}; {wanted} follows.", "Make it again with new-root.")
    before = None if present is None else present.signed
    result = found.signed.get_root_verification_result(before, found.signed_bytes, found.signatures)
    if not result.verified:
        missing = max(result.first.missing, result.second.missing)
        raise Misconfigured(
            f"{missing} signatures are missing.", "Two of three must sign, of the old keys and the new."
        )
    folder = repository / "metadata"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{wanted}.root.json").write_bytes(path.read_bytes())
    return wanted


def newest_root(repository: Path) -> Metadata[Root] | None:
    """The newest root metadata of a repository; None where it has none. Raises Misconfigured."""
    numbers = [int(path.name.partition(".")[0]) for path in (repository / "metadata").glob("[0-9]*.root.json")]
    return read_root(repository / "metadata" / f"{max(numbers)}.root.json") if numbers else None


def _whole(instant: datetime) -> datetime:
    """Metadata says whole seconds."""
    return instant.replace(microsecond=0)
