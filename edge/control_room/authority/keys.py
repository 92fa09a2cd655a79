"""Whatever signs for a person: a key in a file, under a passphrase or without, or one in a token.

Locked files have the form of OpenSSH (bcrypt-pbkdf), so that ``ssh-keygen -p`` changes a passphrase; encrypted PKCS #8
from other tools is read too.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from edge.adapters.keys import FileSigner, guarded
from edge.control_room.authority import token, uri
from edge.control_room.authority.token import Ask
from edge.control_room.keyring import make_signing_key, write_public
from edge.domain.authority import Key
from edge.domain.errors import Misconfigured
from edge.wire.signed import Signs, to_base64url

LEAST: Final = 12
"""Characters of a passphrase. Several words that nobody else would put together are better than any twelve."""
TRIES: Final = 3
_LOADERS: Final = {
    b"-----BEGIN OPENSSH PRIVATE KEY-----": load_ssh_private_key,
    b"-----BEGIN ENCRYPTED PRIVATE KEY-----": load_pem_private_key,
}


class LockedSigner:
    """An Ed25519 key from a file under a passphrase."""

    def __init__(self, path: Path, ask: Ask) -> None:
        """Unlock it. Raises Misconfigured where the passphrase does not, or the file holds no such key."""
        pem = guarded(path)
        load = next(load for begins, load in _LOADERS.items() if pem.startswith(begins))
        for left in reversed(range(TRIES)):
            try:
                private = load(pem, password=ask(f"Passphrase of {path}: ").encode() or None)
                break
            except UnsupportedAlgorithm as error:
                raise Misconfigured(
                    f"{path} cannot be unlocked here: {error}.", "Install lamppost[control-room], for bcrypt."
                ) from error
            except (ValueError, TypeError) as error:
                if not left:
                    raise Misconfigured(f"The key {path} was not unlocked.", "Find its passphrase.") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise Misconfigured(f"{path} is not an Ed25519 key.", "Make one with: lamppost authority key.")
        self._private = private

    @property
    def public(self) -> Key:
        """The public half, base64url."""
        return to_base64url(self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032)."""
        return self._private.sign(message)


def asked(prompt: str) -> str:
    """What a person types unseen at a terminal. Raises Misconfigured where there is none."""
    if not sys.stdin.isatty():
        raise Misconfigured(
            f"{prompt.rstrip(': ')} is asked for, and nobody is at a terminal.",
            "Run it at one; a service's key is a file that systemd-creds seals, a token's PIN may be a pin-source.",
        )
    return getpass.getpass(prompt)


def signer(where: Path | str, ask: Ask = asked) -> Signs:
    """Whatever signs with the key of a file or a PKCS #11 URI. Raises Misconfigured."""
    text = str(where)
    if text.startswith(uri.SCHEME):
        return token.TokenSigner(uri.read(text), ask)
    path = Path(text)
    return LockedSigner(path, ask) if guarded(path).startswith(tuple(_LOADERS)) else FileSigner(path)


def make(where: Path | str, *, locked: bool, ask: Ask = asked) -> Key:
    """Make a signing key: in a token, where that is named; else in a file, under a passphrase where it is ``locked``.

    The public half goes beside a file. Raises Misconfigured.
    """
    text = str(where)
    if text.startswith(uri.SCHEME):
        return token.make(uri.read(text), ask)
    return make_signing_key(Path(text), _chosen(ask) if locked else None)


def keep_public(key: Key, path: Path) -> None:
    """Write a public half that has no private file to lie beside."""
    write_public(path, key)


def _chosen(ask: Ask) -> bytes:
    first = ask("New passphrase, several words: ")
    if len(first) < LEAST:
        raise Misconfigured(f"A passphrase of {len(first)} characters.", f"Choose {LEAST} or more: several words.")
    if ask("The same again: ") != first:
        raise Misconfigured("They were not the same.", "Try it again.")
    return first.encode()
