"""What was looked at already, kept so that an enrolment that was killed goes on where it was.

    OUT.work            one frame after the other, each: 4 bytes length, then nonce and ChaCha20-Poly1305 of a record
    RUN/<name>.key      the key, and when the work began, in the memory file system of whoever enrols

On the disk lie only encrypted features. Their key lies in memory (``$XDG_RUNTIME_DIR``, else ``/dev/shm``): a machine
that is switched off, or a disk that is taken out, has none, and where the key is gone the work begins anew. For the
same reason nothing is synced: what is written survives the process, which is all that it has to. Where there is swap,
the memory file system may be swapped out: encrypt the swap, or have none. Key and file are deleted when the list is
sealed, and by ``--forget``; any enrolment deletes the keys of work that nobody went on with for 24 hours.

Each frame's place is part of what is authenticated, so that none can be left out, doubled or moved. A frame that is
cut short at the end is what a kill leaves; anything else that is wrong throws all of it away.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge.control_room.enrolling import answers
from edge.control_room.enrolling.findings import Rejected
from edge.control_room.enrolling.looking import Shot
from edge.control_room.enrolling.opening import Stamp
from edge.domain.authorisation import MAX_LIST_AGE
from edge.domain.authority import Digest
from edge.domain.errors import Misconfigured, Undecodable

FORMAT: Final = "lamppost-enrolment-work/1"
_NONCE: Final = 12
_TAG: Final = 16
_KEYS: Final = "lamppost-enrolment-*.key"
_LARGEST: Final = 64 * 1024


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One picture that was looked at."""

    entry: str
    picture: bytes
    """Its name, which need not be UTF-8."""
    stamp: Stamp
    digest: Digest
    """SHA-256 of the file that was looked at."""
    answer: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    stamp: Stamp
    digest: Digest
    begin: int
    length: int
    number: int


class Work:
    """Open for one enrolment at a time. ``chain`` names what looks: another chain's looks are of no use."""

    def __init__(self, path: Path, run: Path, chain: str, now: datetime) -> None:
        """Go on with what is there, or begin. Raises Misconfigured where another enrolment is at it."""
        sweep(run, now)
        self._path = path
        self._key = key_path(path, run)
        self._file = _locked(path)
        self._about = f"{FORMAT}\0{chain}\0".encode()
        self._known: dict[tuple[str, bytes], _Place] = {}
        self.why = ""
        """Why earlier work was thrown away, where it was."""
        secret, began = self._secret(now)
        self._cipher = ChaCha20Poly1305(secret)
        self.began = began
        """When the first picture was looked at."""
        self._number, self._end = 0, 0
        try:
            self._take_stock()
        except Undecodable as error:
            self.why = error.what
            self._anew(now)
        os.ftruncate(self._file, self._end)

    def __len__(self) -> int:
        return len(self._known)

    def known(self, entry: str, picture: str, stamp: Stamp) -> tuple[Shot | Rejected, Digest] | None:
        """What was seen of a picture that has not changed since."""
        place = self._known.get((entry, _named(picture)))
        if place is None or place.stamp != stamp:
            return None
        record = self._read(place.begin, place.length, place.number)
        return answers.look_of(answers.read(record.answer)), record.digest

    def latest(self, entry: str, picture: str) -> Shot | Rejected:
        """What was seen of a picture that is in here, however it stands by now."""
        place = self._known[entry, _named(picture)]
        return answers.look_of(answers.read(self._read(place.begin, place.length, place.number).answer))

    def keep(self, entry: str, picture: str, stamp: Stamp, digest: Digest, look: Shot | Rejected) -> None:
        """Remember it. Raises Misconfigured where the disk is full."""
        record = msgspec.msgpack.encode(Record(entry, _named(picture), stamp, digest, answers.encoded(look)))
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, record, self._bound(self._number))
        try:
            written = os.pwrite(self._file, len(sealed).to_bytes(4, "big") + sealed, self._end)
        except OSError as error:
            raise Misconfigured(f"{self._path} cannot be written: {error.strerror}.", "Make room there.") from error
        if written != len(sealed) + 4:
            raise Misconfigured(f"{self._path} cannot be written: the disk is full.", "Make room there.")
        self._known[entry, _named(picture)] = _Place(stamp, digest, self._end + 4, len(sealed), self._number)
        self._end += written
        self._number += 1

    def close(self) -> None:
        """Leave it for another time."""
        os.close(self._file)

    def destroy(self) -> None:
        """The key first: then nobody can read the rest."""
        self._key.unlink(missing_ok=True)
        self._path.unlink(missing_ok=True)
        self.close()

    def _secret(self, now: datetime) -> tuple[bytes, datetime]:
        """The key, and since when there is one. A new one where there is none, or it is too old."""
        try:
            raw = self._key.read_bytes()
            secret, began = raw[:32], datetime.fromisoformat(raw[32:].decode("ascii"))
            if len(secret) == 32 and began <= now and now - began <= MAX_LIST_AGE:
                return secret, began
            self.why = "it is more than 24 hours old"
        except FileNotFoundError:
            self.why = "its key is gone, as after a restart of this machine" if os.fstat(self._file).st_size else ""
        except (OSError, ValueError, TypeError):
            self.why = "its key cannot be read"
        return self._new_secret(now), now

    def _new_secret(self, now: datetime) -> bytes:
        os.ftruncate(self._file, 0)
        self._key.unlink(missing_ok=True)
        secret = os.urandom(32)
        try:
            file = os.open(self._key, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(file, "wb") as out:
                out.write(secret + now.isoformat().encode())
        except OSError as error:
            raise Misconfigured(
                f"{self._key} cannot be written: {error.strerror}.", "Set XDG_RUNTIME_DIR to a folder of your own."
            ) from error
        return secret

    def _anew(self, now: datetime) -> None:
        self._cipher, self.began = ChaCha20Poly1305(self._new_secret(now)), now
        self._known.clear()
        self._number, self._end = 0, 0

    def _take_stock(self) -> None:
        """Where every record lies. Raises Undecodable where one was changed."""
        for begin, length in _frames(self._file):
            record = self._read(begin, length, self._number)
            place = _Place(record.stamp, record.digest, begin, length, self._number)
            self._known[record.entry, record.picture] = place
            self._number, self._end = self._number + 1, begin + length

    def _read(self, begin: int, length: int, number: int) -> Record:
        raw = os.pread(self._file, length, begin)
        try:
            clear = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._bound(number))
            return msgspec.msgpack.decode(clear, type=Record)
        except (InvalidTag, ValueError, msgspec.MsgspecError) as error:
            raise Undecodable("it was changed, or is of other models", "Begin anew.") from error

    def _bound(self, number: int) -> bytes:
        return self._about + number.to_bytes(8, "big")


def _named(picture: str) -> bytes:
    return picture.encode("utf-8", "surrogatepass")


def sweep(run: Path, now: datetime) -> None:
    """Delete the keys of work that nobody went on with for a day, wherever its file lies: nobody reads that again."""
    for key in run.glob(_KEYS):
        if now.timestamp() - key.lstat().st_mtime > MAX_LIST_AGE.total_seconds():
            key.unlink(missing_ok=True)


def forget(path: Path, run: Path) -> bool:
    """Delete what an enrolment left that nobody goes on with. Returns whether there was anything."""
    key, there = key_path(path, run), path.exists()
    there = key.exists() or there
    key.unlink(missing_ok=True)
    path.unlink(missing_ok=True)
    return there


def key_path(path: Path, run: Path) -> Path:
    """Where the key of a work file lies."""
    return run / _KEYS.replace("*", hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:32])


def memory_folder() -> Path:
    """Where the key lies: a folder of this user's alone, in a memory file system. Raises Misconfigured."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    for folder in (Path(named), Path("/dev/shm")) if named else (Path("/dev/shm"),):  # noqa: S108
        if folder.is_dir() and os.access(folder, os.W_OK) and in_memory(folder):
            return folder
    raise Misconfigured(
        "There is no memory file system for the key of the work.", "Set XDG_RUNTIME_DIR to one, as a login does."
    )


def in_memory(folder: Path) -> bool:
    """Whether a folder lies in a tmpfs or ramfs, by the longest mount point that it lies below."""
    real, kinds = str(folder.resolve()), {}
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split(" ")
        kinds[point.encode().decode("unicode_escape")] = kind
    below = [point for point in kinds if real == point or real.startswith(point.rstrip("/") + "/")]
    return kinds[max(below, key=len)] in ("tmpfs", "ramfs") if below else False


def _locked(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Misconfigured(f"Another enrolment is at work with {path}.", "Wait for it, or end it.") from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be used: {error.strerror}.", "Name another place with --out.") from error
    return file


def _frames(file: int) -> Iterator[tuple[int, int]]:
    """Begin and length of every whole frame."""
    place, size = 0, os.fstat(file).st_size
    while place + 4 <= size:
        length = int.from_bytes(os.pread(file, 4, place), "big")
        if not _NONCE + _TAG <= length <= _LARGEST:
            raise Undecodable("it was changed", "Begin anew.")
        if place + 4 + length > size:
            return
        yield place + 4, length
        place += 4 + length
