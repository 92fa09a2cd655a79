"""Keys in files, made here and nowhere else. A private key is written once, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from edge.adapters.keys import FileSigner
from edge.domain.authority import Key, Recipient
from edge.domain.errors import Misconfigured
from edge.wire.sealed import public_of

SEAL_SUFFIX = ".seal"


def make_signing_key(path: Path) -> Key:
    """Make an Ed25519 key. Raises Misconfigured where the file is there already."""
    _write(path, Ed25519PrivateKey.generate())
    return FileSigner(path).public


def make_recipient_keys(path: Path) -> Recipient:
    """Make a recipient's pair: one key to sign acknowledgements, one (``.seal``) to open hits."""
    _write(path, Ed25519PrivateKey.generate())
    _write(seal_path(path), X25519PrivateKey.generate())
    return recipient(path)


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


def _write(path: Path, private: Ed25519PrivateKey | X25519PrivateKey) -> None:
    write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
