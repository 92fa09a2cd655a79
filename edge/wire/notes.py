"""Signed notes (C2SP signed-note): a text, and lines below it that say who signed it.

Two kinds of signature are known: Ed25519 over the text (0x01), as a log signs its head; and a witness's timestamped
cosignature over the text (0x04, C2SP tlog-cosignature, ``cosignature/v1``). What is signed by a key that nobody asked
about is passed over, as the specification wants; one bad signature by a key that somebody asked about spoils the note.
"""

from __future__ import annotations

import base64
import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge.domain.authority import Key
from edge.domain.errors import Undecodable
from edge.wire.signed import Signs, from_base64url, to_base64url

MAX_NOTE_BYTES: Final = 16 * 1024
MAX_SIGNATURES: Final = 32
MAX_NAME_BYTES: Final = 255
_LAST_SECOND: Final = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_DASH: Final = "\u2014 "
_AS_C2SP: Final = "Write it as C2SP signed-note says."


class Algorithm(enum.Enum):
    """What a key signs: the type byte of its key id."""

    NOTE = b"\x01"
    """The text."""
    COSIGNATURE = b"\x04"
    """The text and the time at which the witness saw it."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A key that somebody asks about, by the name under which it signs."""

    name: str
    key: Key
    algorithm: Algorithm

    @property
    def id(self) -> bytes:
        """The four bytes that, with the name, say whose signature a line bears."""
        named = self.name.encode() + b"\n" + self.algorithm.value + from_base64url(self.key)
        return hashlib.sha256(named).digest()[:4]

    @property
    def line(self) -> str:
        """The key as verifiers are told it (a vkey): name, key id, and type byte with key."""
        return f"{self.name}+{self.id.hex()}+{encoded(self.algorithm.value + from_base64url(self.key))}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, not yet believed."""

    name: str
    id: bytes
    signature: bytes
    """What follows the key id: 64 bytes, after eight of a timestamp where it is a cosignature."""

    @property
    def line(self) -> str:
        """As it stands below the text."""
        return f"{_DASH}{self.name} {encoded(self.id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures, not yet believed."""

    text: str
    """With its final newline."""
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(signature.line for signature in self.signatures)).encode()


def read_note(raw: bytes) -> Note:
    """The note. Raises Undecodable for anything that is not the one spelling of a note."""
    found = _text(raw)
    text, blank, below = found.rpartition("\n\n")
    if not blank or not text:
        raise Undecodable("The note has no text, or no signature.", _AS_C2SP)
    return Note(text + "\n", _signatures(below))


def read_signatures(raw: bytes) -> tuple[NoteSignature, ...]:
    """Signature lines without a text, as a witness returns them. Raises Undecodable."""
    return _signatures(_text(raw))


def read_verifier(line: str) -> Verifier:
    """A key from its line (a vkey). Raises Undecodable."""
    parts = line.split("+", 2)
    if len(parts) != 3:
        raise Undecodable("Not a verifier's key.", "Write it as <name>+<key id>+<key>.")
    name, given, material = parts
    check_name(name)
    raw = decoded(material)
    try:
        algorithm = Algorithm(raw[:1])
    except ValueError:
        raise Undecodable("The key is of a kind that is not known here.", "Name an Ed25519 key.") from None
    if len(raw) != 33:
        raise Undecodable(f"The key has {len(raw) - 1} bytes.", "An Ed25519 key has 32.")
    verifier = Verifier(name, to_base64url(raw[1:]), algorithm)
    if verifier.id.hex() != given:
        raise Undecodable("The key id is another key's.", "Copy the whole line as it was published.")
    return verifier


def verified(note: Note, verifiers: Sequence[Verifier]) -> tuple[tuple[Verifier, NoteSignature], ...]:
    """The signatures by keys that were asked about, each of them valid, in the order of the lines.

    Raises Undecodable where one of them does not hold, or stands there twice. Other keys' lines are passed over.
    """
    known = {(verifier.name, verifier.id): verifier for verifier in verifiers}
    found: dict[Verifier, NoteSignature] = {}
    for signature in note.signatures:
        verifier = known.get((signature.name, signature.id))
        if verifier is None:
            continue
        if verifier in found:
            raise Undecodable(f"{verifier.name} signed the note twice.", "Keep one line of each key.")
        if not holds(signature, note.text, verifier):
            raise Undecodable(f"The signature of {verifier.name} does not hold.", "Fetch the note again.")
        found[verifier] = signature
    return tuple(found.items())


def sign_note(text: str, name: str, signer: Signs) -> NoteSignature:
    """Sign a text."""
    return NoteSignature(name, Verifier(name, signer.public, Algorithm.NOTE).id, signer.sign(text.encode()))


def cosign(text: str, name: str, signer: Signs, at: datetime) -> NoteSignature:
    """Say as a witness that, at this time (whole seconds), this is the largest head seen of its log."""
    seconds = int(at.timestamp())
    signature = signer.sign(_cosigned(text, seconds))
    verifier = Verifier(name, signer.public, Algorithm.COSIGNATURE)
    return NoteSignature(name, verifier.id, seconds.to_bytes(8, "big") + signature)


def cosigned_at(signature: NoteSignature) -> datetime:
    """When a cosignature says that it was made. Raises Undecodable where it is none, or of no time."""
    seconds = int.from_bytes(signature.signature[:8], "big")
    if len(signature.signature) != 72 or seconds > _LAST_SECOND:
        raise Undecodable("Not a cosignature.", "Write it as C2SP tlog-cosignature says, with an Ed25519 key.")
    return datetime.fromtimestamp(seconds, UTC)


def holds(signature: NoteSignature, text: str, verifier: Verifier) -> bool:
    """Whether a line is this key's valid signature on this text."""
    if (signature.name, signature.id) != (verifier.name, verifier.id):
        return False
    message, raw = text.encode(), signature.signature
    if verifier.algorithm is Algorithm.COSIGNATURE:
        seconds = int.from_bytes(raw[:8], "big")
        if len(raw) != 72 or seconds > _LAST_SECOND:
            return False
        message, raw = _cosigned(text, seconds), raw[8:]
    try:
        Ed25519PublicKey.from_public_bytes(from_base64url(verifier.key)).verify(raw, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def encoded(raw: bytes) -> str:
    """Base 64 (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes:
    """The bytes. Raises Undecodable for anything but the one spelling of them."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Undecodable("Not base64.", "Encode as RFC 4648, section 4.") from error
    if encoded(raw) != text:
        raise Undecodable("Not the canonical base64 of its bytes.", "Encode as RFC 4648, section 4.")
    return raw


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _text(raw: bytes) -> str:
    if len(raw) > MAX_NOTE_BYTES:
        raise Undecodable(f"The note has {len(raw)} bytes.", f"At most {MAX_NOTE_BYTES} are read.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("The note is not UTF-8.", _AS_C2SP) from error
    if any(character < " " and character != "\n" for character in text):
        raise Undecodable("The note has control characters.", _AS_C2SP)
    return text


def _signatures(lines: str) -> tuple[NoteSignature, ...]:
    if not lines.endswith("\n"):
        raise Undecodable("The last signature line does not end.", _AS_C2SP)
    rows = lines[:-1].split("\n")
    if len(rows) > MAX_SIGNATURES:
        raise Undecodable(f"The note has {len(rows)} signatures.", f"At most {MAX_SIGNATURES} are read.")
    return tuple(_signature(row) for row in rows)


def _signature(row: str) -> NoteSignature:
    name, space, given = row.removeprefix(_DASH).partition(" ")
    if not row.startswith(_DASH) or not space:
        raise Undecodable("Not a signature line.", _AS_C2SP)
    check_name(name)
    raw = decoded(given)
    if len(raw) < 5:
        raise Undecodable("The signature is too short.", _AS_C2SP)
    return NoteSignature(name, raw[:4], raw[4:])


def check_name(name: str) -> None:
    """Raises Undecodable where a key cannot bear this name in a note."""
    wrong = any(character.isspace() or character == "+" or character < " " for character in name)
    if not name or wrong or len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise Undecodable("Not a key's name.", "A name has no spaces and no plus sign, and at most 255 bytes.")
