"""Where a key in a token is: a PKCS #11 URI (RFC 7512), of which this product uses the parts that find one key.

The PIN itself never stands in one: it would be in the shell's history and in the list of processes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from edge.domain.errors import Misconfigured

SCHEME: Final = "pkcs11:"
_EXAMPLE: Final = "pkcs11:token=NAME;object=NAME?module-path=/usr/lib/.../module.so"
_PATH: Final = frozenset({"token", "serial", "object", "id", "type"})
_QUERY: Final = frozenset({"module-path", "pin-source"})
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """Which key, in which token, through which module."""

    module: Path
    """The vendor's PKCS #11 library."""
    token: str | None = None
    """The token's label."""
    serial: str | None = None
    object: str | None = None
    """The key's label."""
    id: bytes | None = None
    """The key's identifier within the token (CKA_ID)."""
    pin: Path | None = None
    """A file that has the PIN, for where nobody is there to type it."""

    def __str__(self) -> str:
        """The URI, in one spelling."""
        named = [("token", self.token), ("serial", self.serial), ("object", self.object), ("id", self.id)]
        path = ";".join(f"{name}={quote(value, safe='')}" for name, value in named if value is not None)
        query = f"module-path={quote(str(self.module))}"
        if self.pin is not None:
            query += f"&pin-source=file:{quote(str(self.pin))}"
        return f"{SCHEME}{path}?{query}"


def read(text: str) -> TokenKey:
    """Read a URI. Raises Misconfigured naming the part that is wrong."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    named = _parts(path, ";", _PATH, text) | _parts(query, "&", _QUERY, text)
    if named.pop("type", b"private") != b"private":
        raise _wrong(text, "names no private key", "Leave type out, or write type=private.")
    if "module-path" not in named:
        raise _wrong(text, "names no module", f"Write it as {_EXAMPLE}.")
    if not named.keys() & {"token", "serial"} or not named.keys() & {"object", "id"}:
        raise _wrong(text, "does not say which key of which token", f"Write it as {_EXAMPLE}.")
    source = named.get("pin-source")
    return TokenKey(
        module=Path(_text(named["module-path"], text)),
        token=_text(named["token"], text) if "token" in named else None,
        serial=_text(named["serial"], text) if "serial" in named else None,
        object=_text(named["object"], text) if "object" in named else None,
        id=named.get("id"),
        pin=None if source is None else _file(source, text),
    )


def _parts(given: str, between: str, known: frozenset[str], text: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, given.split(between)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            raise _wrong("The key", "has its PIN in its address", "Leave it out: it is asked for, or pin-source=file:.")
        if name not in known:
            raise _wrong(text, f"has an unknown part, {name!r}", f"Use: {', '.join(sorted(known))}.")
        if not equals or not value or _ESCAPE.search(value):
            raise _wrong(text, f"has no proper value for {name}", "Escape what is not a letter or digit as %XX.")
        if name in found:
            raise _wrong(text, f"names {name} twice", "Name it once.")
        found[name] = unquote_to_bytes(value)
    return found


def _text(raw: bytes, text: str) -> str:
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        found = "\0"
    if not found.isprintable():
        raise _wrong(text, "is not text", "Escape UTF-8 as %XX.")
    return found


def _file(raw: bytes, text: str) -> Path:
    source = _text(raw, text)
    if not source.startswith("file:"):
        raise _wrong(text, "has a pin-source that is no file", "Write pin-source=file:/run/where/it/is.")
    return Path("/" + source.removeprefix("file:").lstrip("/"))


def _wrong(text: str, what: str, remedy: str) -> Misconfigured:
    return Misconfigured(f"{text} {what}.", remedy)
