"""Keys in files, made here and nowhere else. A private key is written once, readable by its owner alone.

Beside each lies its public half (``.pub``), which is what others are given.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.adapters.keys import FileSigner
from edge.domain.authority import Key, KeyId, Recipient
from edge.domain.errors import Misconfigured
from edge.wire.sealed import public_of
from edge.wire.signed import canonical, key_id, to_base64url

SEAL_SUFFIX = ".seal"
PUBLIC_SUFFIX = ".pub"
ROUNDS: Final = 96
"""Of bcrypt-pbkdf, a second or so: what a guess at a passphrase costs."""


class PublicHalf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lies in a ``.pub`` file."""

    id: KeyId
    """Thumbprint of the signing key, as authorisations name it."""
    key: Key
    """Ed25519."""
    seal: Key | None = None
    """X25519: a recipient's."""


def make_signing_key(path: Path, passphrase: bytes | None = None) -> Key:
    """Make an Ed25519 key, under a passphrase where one is given. Raises Misconfigured where the file is there."""
    private = Ed25519PrivateKey.generate()
    if passphrase is None:
        _write(path, private)
    else:
        lock = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(ROUNDS).build(passphrase)
        try:
            _write(path, private, PrivateFormat.OpenSSH, lock)
        except UnsupportedAlgorithm as error:
            raise Misconfigured("Locked keys need the package bcrypt.", "Install lamppost[control-room].") from error
    public = to_base64url(private.public_key().public_bytes_raw())
    write_public(public_path(path), public)
    return public


def public_path(path: Path) -> Path:
    """Where a key's public half lies."""
    return path.with_name(path.name + PUBLIC_SUFFIX)


def write_public(path: Path, key: Key, seal: Key | None = None) -> None:
    """Write a public half. Raises Misconfigured where the file is there already."""
    write_new(path, canonical(PublicHalf(id=key_id(key), key=key, seal=seal)) + b"\n", 0o644)


def read_public(path: Path) -> PublicHalf:
    """A public half, from its own file or from beside a private one. Raises Misconfigured."""
    named = path if path.name.endswith(PUBLIC_SUFFIX) else public_path(path)
    try:
        found = msgspec.json.decode(named.read_bytes(), type=PublicHalf)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        what = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"The public key {named} cannot be used: {what}.", "Name a key's .pub file.") from error
    if key_id(found.key) != found.id:
        raise Misconfigured(f"The public key {named} is not the one that it says.", "Ask its holder for it again.")
    return found


def make_recipient_keys(path: Path) -> Recipient:
    """Make a recipient's pair: one key to sign acknowledgements, one (``.seal``) to open hits."""
    _write(path, Ed25519PrivateKey.generate())
    _write(seal_path(path), X25519PrivateKey.generate())
    made = recipient(path)
    write_public(public_path(path), made.sign, made.seal)
    return made


def recipient(path: Path) -> Recipient:
    """The public halves of a recipient's pair. Raises Misconfigured."""
    return Recipient(sign=FileSigner(path).public, seal=public_of(sealing_key(path)))


def seal_path(path: Path) -> Path:
    """Where a recipient's sealing key lies beside its signing key."""
    return path.with_name(path.name + SEAL_SUFFIX)


def sealing_key(path: Path) -> X25519PrivateKey:
    """A recipient's private sealing key. Raises Misconfigured."""
    sealing = seal_path(path)
    try:
        private = load_pem_private_key(sealing.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(
            f"The sealing key {sealing} cannot be used: {error}.", "Make a recipient's pair."
        ) from error
    if not isinstance(private, X25519PrivateKey):
        raise Misconfigured(f"{sealing} is not an X25519 key.", "Make a recipient's pair.")
    return private


def write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that must not be there yet. Raises Misconfigured."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Misconfigured(f"{path} is there already.", "Name another file, or move it away.") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.", "Name another file.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _write(
    path: Path, private: Ed25519PrivateKey | X25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8,
    lock: KeySerializationEncryption | None = None,
) -> None:  # fmt: skip
    write_new(path, private.private_bytes(Encoding.PEM, form, lock or NoEncryption()), 0o600)
