"""A log's signed head (C2SP tlog-checkpoint), and how a witness is asked to cosign it (C2SP tlog-witness).

The witness protocol is HTTP's; here its bodies travel over MQTT. A device publishes the body of ``add-checkpoint`` for
each witness; the answer is the status on a line of its own and then the body that HTTP would have carried.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from edge.domain.errors import Undecodable
from edge.domain.record import Checkpoint
from edge.wire.merkle import MAX_PROOF
from edge.wire.notes import (
    MAX_NAME_BYTES,
    MAX_NOTE_BYTES,
    Note,
    NoteSignature,
    decoded,
    encoded,
    read_note,
    read_signatures,
    sign_note,
)
from edge.wire.signed import Signs

CONTENT_TYPE: Final = "text/plain;charset=utf-8"
MAX_SIZE: Final = 2**53 - 1
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + 64 * 64
_AS_CHECKPOINT: Final = "Write it as C2SP tlog-checkpoint says: origin, size and root, a line each, and nothing else."
_AS_REQUEST: Final = "Write it as C2SP tlog-witness says: old size, proof, an empty line, and the checkpoint."


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The body of a tlog-checkpoint: origin, size and root, a line each."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{encoded(bytes.fromhex(checkpoint.root))}\n"


def signed_checkpoint(checkpoint: Checkpoint, signer: Signs) -> str:
    """A checkpoint with the log's own signature line, under the log's origin as the key's name."""
    text = checkpoint_text(checkpoint)
    return f"{text}\n{sign_note(text, checkpoint.origin, signer).line}"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text is. Raises Undecodable.

    Extension lines, which the specification advises against, are refused: a log of this product writes none, and what
    a witness cosigned would not be all that was signed.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise Undecodable("Not a checkpoint, or one with more than three lines.", _AS_CHECKPOINT)
    origin, size, root = lines[:3]
    spaced = any(character.isspace() or character == "+" for character in origin)
    if not origin or spaced or len(origin.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        raise Undecodable("The checkpoint's origin is no name of a log.", _AS_CHECKPOINT)
    hashed = decoded(root)
    if len(hashed) != 32:
        raise Undecodable(f"The root has {len(hashed)} bytes.", _AS_CHECKPOINT)
    return Checkpoint(origin=origin, size=_size(size), root=hashed.hex())


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign: the head, and the proof that it continues the head of ``old_size`` leaves."""

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def encode(self) -> bytes:
        """The body of ``add-checkpoint``."""
        lines = "".join(f"{encoded(node)}\n" for node in self.proof)
        return f"old {self.old_size}\n{lines}\n".encode() + self.note.encode()


def read_add_checkpoint(raw: bytes) -> AddCheckpoint:
    """The request. Raises Undecodable for anything but the one spelling of one."""
    if len(raw) > MAX_REQUEST_BYTES:
        raise Undecodable(f"The request has {len(raw)} bytes.", f"At most {MAX_REQUEST_BYTES} are read.")
    head, blank, note = raw.partition(b"\n\n")
    try:
        first, *proof = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Undecodable("The request is not text.", _AS_REQUEST) from error
    if not blank or not first.startswith("old ") or len(proof) > MAX_PROOF:
        raise Undecodable("Not a request to cosign.", _AS_REQUEST)
    nodes = tuple(decoded(line) for line in proof)
    if any(len(node) != 32 for node in nodes):
        raise Undecodable("A hash of the proof has not 32 bytes.", _AS_REQUEST)
    return AddCheckpoint(_size(first.removeprefix("old ")), nodes, read_note(note))


class Verdict(enum.Enum):
    """What a witness says to a request: the status codes of C2SP tlog-witness."""

    COSIGNED = 200
    MALFORMED = 400
    """Or an old size above the checkpoint's."""
    NOT_SIGNED_BY_LOG = 403
    UNKNOWN_LOG = 404
    CONFLICT = 409
    """The witness last cosigned another size than the request begins at: ask again from that one."""
    INCONSISTENT = 422
    """The head does not continue what the witness cosigned: the log was cut or forked, or the proof is wrong."""
    UNAVAILABLE = 503
    """The witness's own clock or disk will not do: ask later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A witness's answer. Only the signatures in it are worth anything, and only once they were verified."""

    verdict: Verdict
    signatures: tuple[NoteSignature, ...] = ()
    size: int | None = None
    """In a conflict: the size that the witness last cosigned."""

    def encode(self) -> bytes:
        """The status on a line, then the body."""
        body = "".join(signature.line for signature in self.signatures)
        if self.size is not None:
            body = f"{self.size}\n"
        return f"{self.verdict.value}\n{body}".encode()


def read_answer(raw: bytes) -> Answer:
    """The answer. Raises Undecodable for anything but the one spelling of one."""
    status, _, body = raw[: MAX_NOTE_BYTES + 1].partition(b"\n")
    try:
        verdict = Verdict(int(status))
    except ValueError:
        verdict = None
    answer = None
    if verdict is Verdict.COSIGNED:
        answer = Answer(verdict, read_signatures(body))
    elif verdict is Verdict.CONFLICT:
        answer = Answer(verdict, size=_size(body.removesuffix(b"\n").decode("latin-1")))
    elif verdict is not None:
        answer = Answer(verdict)
    if answer is None or answer.encode() != raw:
        raise Undecodable("Not a witness's answer.", "A status of C2SP tlog-witness on a line, then its body.")
    return answer


def _size(text: str) -> int:
    """A tree's size: decimal, without leading zeroes."""
    if text.isascii() and text.isdigit() and len(text) < 17 and str(size := int(text)) == text and size <= MAX_SIZE:
        return size
    raise Undecodable("Not a tree's size.", "Write it in decimal, without leading zeroes.")
