"""Signing keys in files (PKCS #8, PEM), as the service manager hands them over in its credentials folder."""

from __future__ import annotations

import base64
import stat
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from edge.domain.authority import Key
from edge.domain.errors import Misconfigured


class FileSigner:
    """An Ed25519 key from a file that nobody else may read."""

    def __init__(self, path: Path) -> None:
        """Load the key. Raises Misconfigured where it is missing, readable by others, or none."""
        try:
            mode = path.stat().st_mode
            pem = path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a null byte in the path
            why = error.strerror if isinstance(error, OSError) else error
            raise Misconfigured(f"The key {path} cannot be read: {why}.", "Make it, or name it.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misconfigured(f"The key {path} can be read by others.", f"Run: chmod 600 {path}")
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise Misconfigured(f"{path} is not an unencrypted PEM key.", "Make one with this product.") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise Misconfigured(f"{path} is not an Ed25519 key.", "Make one with this product.")
        self._private = private
        raw = private.public_key().public_bytes_raw()
        self._public = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @property
    def public(self) -> Key:
        """The public half, base64url."""
        return self._public

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032)."""
        return self._private.sign(message)


def certificate_ends(path: Path) -> datetime | None:
    """When the first certificate of a PEM file ends; None where it cannot be read."""
    try:
        return load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None
