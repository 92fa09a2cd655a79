"""Signing keys in files (PKCS #8, PEM), as the service manager hands them over in its credentials folder."""

from __future__ import annotations

import base64
import os
import stat
import struct
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from edge.domain.authority import Key
from edge.domain.errors import Misconfigured

_ACL: Final = "system.posix_acl_access"
_USER, _GROUP_OBJ, _GROUP = 0x02, 0x04, 0x08
"""Tags of an access control list's entries (linux/posix_acl.h): a named user, the file's group, a named group."""


class FileSigner:
    """An Ed25519 key from a file that nobody else may read."""

    def __init__(self, path: Path) -> None:
        """Load the key. Raises Misconfigured where it is missing, readable by others, or none."""
        try:
            private = load_pem_private_key(guarded(path), password=None)
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


def guarded(path: Path) -> bytes:
    """What is in a key's file. Raises Misconfigured where it is missing, or readable by others."""
    try:
        mode = path.stat().st_mode
        found = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        why = error.strerror if isinstance(error, OSError) else error
        raise Misconfigured(f"The key {path} cannot be read: {why}.", "Make it, or name it.") from error
    if _others_may(path, mode):
        raise Misconfigured(f"The key {path} can be read by others.", f"Run: chmod 600 {path}")
    return found


def _others_may(path: Path, mode: int) -> bool:
    """Whether anybody but its owner and this user may do anything with a file.

    A credential belongs to root, and an access control list lets the service's user read it. Where a file has a list,
    the group's bits are the list's mask (acl(5)) and say nothing of the group.
    """
    if mode & stat.S_IRWXO or not mode & stat.S_IRWXG:
        return bool(mode & stat.S_IRWXO)
    try:
        listed = os.getxattr(path, _ACL)
    except OSError:
        return True
    allowed = ((tag, who) for tag, may, who in struct.iter_unpack("<HHI", listed[4:]) if may)
    return any(tag in (_GROUP_OBJ, _GROUP) or (tag == _USER and who != os.geteuid()) for tag, who in allowed)
