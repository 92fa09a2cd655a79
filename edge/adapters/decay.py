"""A checksum in front of what lies on a disk, so that a flipped bit is noticed where it is read and nowhere else."""

from __future__ import annotations

import hashlib
from typing import Final

LENGTH: Final = 8
"""Bytes of BLAKE2b: against decay, not against people."""


class Decayed(ValueError):
    """It is not what was written."""


def packed(content: bytes, name: str = "") -> bytes:
    """Content behind its checksum, which also covers the name that it is found by."""
    return checksum(name.encode(), content) + content


def unpacked(raw: object, name: str = "") -> bytes:
    """The content. Raises Decayed."""
    if not isinstance(raw, bytes) or raw[:LENGTH] != checksum(name.encode(), raw[LENGTH:]):
        raise Decayed(f"{name or 'something'} is not what was written")
    return raw[LENGTH:]


def checksum(*parts: bytes) -> bytes:
    """Of all parts, and of where one ends and the next begins."""
    digest = hashlib.blake2b(digest_size=LENGTH)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
