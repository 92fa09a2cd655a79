"""Hits at rest in the control room: sealed as they came, opened for a stated reason, destroyed when their time is over.

    <folder>/<authorisation>/until          after this no hit of the deployment can come any more
    <folder>/<authorisation>/00001.hit      the device's signed, sealed hit
    <folder>/<authorisation>/00001.held     the same, its key wrapped anew, and the device's answer that allows it
    <folder>/<authorisation>/views          a signed line for every opening
    <folder>/<authorisation>/opinions       a signed line for everything that a reviewer decided
    <folder>/<authorisation>/00001.told     the device's signed answer to the verdict
    <folder>/<authorisation>/references/    what hits are compared with, sealed likewise (``references``)

A hit past its end is not opened, whether or not :func:`destroy` has run; when all hits of a key are over, the key is
destroyed, and with it every copy of them that anybody made of the ciphertext. Overwriting a file reaches its old
blocks on a disk that writes in place. Flash does not: it writes elsewhere and keeps the old block for a while, so keep
recipients' keys on a token, or on a disk that is itself encrypted under a key that can be destroyed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from edge.control_room import chain
from edge.control_room.chain import FIRST as FIRST
from edge.control_room.keyring import seal_path
from edge.domain.access import Opinion, View, Why
from edge.domain.authorisation import MAX_UNDELIVERED
from edge.domain.authority import Digest, Identifier, Key, Signed
from edge.domain.errors import LamppostError, Misconfigured, Undecodable
from edge.domain.orders import Answer, Reply, WrappedKey
from edge.wire.events import Deployment, HitContent, SealedHit, read
from edge.wire.sealed import Box, HitBinding, public_of, unseal, unwrap, wrap
from edge.wire.signed import Kind, Signs, canonical, holds, parse, sign


class Over(LamppostError):
    """The time of a hit, or of its hold, is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hit that a signed order holds as evidence."""

    hit: Signed
    answer: Signed
    """The device's, to the order that named this hit."""
    key: WrappedKey
    """The content key, wrapped to the evidence key; the recipients' may be destroyed."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why somebody opens a hit, and whether a copy leaves."""

    why: Why
    ticket: Identifier
    copied: bool = False


class Kept:
    """One deployment's hits. Raises Misconfigured, naming the file, where something cannot be read or written."""

    def __init__(self, folder: Path, authorisation: Identifier, device_key: Key) -> None:
        self.authorisation = authorisation
        self._folder = folder / authorisation
        self._device_key = device_key

    def expect(self, said: Deployment) -> None:
        """The deployment's hits may come until a while after its window."""
        self._write("until", (said.not_after + MAX_UNDELIVERED).isoformat().encode())

    def add(self, signed: Signed) -> None:
        """Keep a hit as it came."""
        sealed = self._believed(signed)
        self._write(f"{sealed.sequence:05d}.hit", canonical(signed))

    def sealed(self, sequence: int) -> SealedHit:
        """What the outside of a hit says; opens nothing."""
        return self._believed(self._signed(sequence))

    def sequences(self) -> list[int]:
        """The hits that are kept."""
        return sorted(int(path.stem) for path in self._folder.glob("*.hit"))

    def open(
        self, sequence: int, private: X25519PrivateKey, viewer: Signs, purpose: Purpose, now: datetime
    ) -> HitContent:
        """Write down who opens a hit and why, then open it. Raises Over once its retention has ended."""
        sealed = self.sealed(sequence)
        if now >= sealed.destroy_by:
            raise Over(f"Hit {sequence} was to be destroyed by {sealed.destroy_by:%Y-%m-%d %H:%M}Z.", _DESTROY)
        self.log(sealed, viewer, purpose, now)
        return _content(sealed, sealed.box, private)

    def open_held(
        self, sequence: int, private: X25519PrivateKey, viewer: Signs, purpose: Purpose, now: datetime
    ) -> HitContent:
        """The same with a hit that is held, and the key that holds it."""
        held = parse(self._read(f"{sequence:05d}.held"), Held)
        sealed = self._believed(held.hit)
        until = self._held_until(held.answer, sealed)
        if now >= until:
            raise Over(f"Hit {sequence} was held until {until:%Y-%m-%d %H:%M}Z.", _DESTROY)
        self.log(sealed, viewer, purpose, now)
        box = Box(nonce=sealed.box.nonce, content=sealed.box.content, keys=(held.key,))
        return _content(sealed, box, private)

    def hold(
        self, sequence: int, private: X25519PrivateKey, evidence: Key, answer: Signed, now: datetime
    ) -> datetime:  # fmt: skip
        """Wrap a hit's key anew, if the device's signed answer says that an order holds it. Returns until when."""
        signed = self._signed(sequence)
        sealed = self._believed(signed)
        until = self._held_until(answer, sealed)
        if now >= sealed.destroy_by or now >= until:
            raise Over(f"Hit {sequence} or its hold is over.", _DESTROY)
        binding = _binding(sealed)
        mine = [key for key in sealed.box.keys if key.to == public_of(private)]
        if not mine:
            raise Misconfigured(f"Hit {sequence} is not sealed to this key.", "Name the key that its deployment names.")
        rewrapped = wrap(unwrap(private, mine[0], binding), evidence, binding)
        self._write(f"{sequence:05d}.held", canonical(Held(hit=signed, answer=answer, key=rewrapped)))
        return until

    def views(self) -> list[Signed]:
        """Who opened what. Raises Undecodable where a line is missing or was changed."""
        return [signed for signed, _ in chain.lines(self._folder / "views", View)]

    def opinions(self) -> list[tuple[Signed, Opinion]]:
        """What reviewers decided, unverified. Raises Undecodable where a line is missing or was changed."""
        return chain.lines(self._folder / "opinions", Opinion)

    def opinions_size(self) -> int:
        """Bytes of them: it grows with every one."""
        path = self._folder / "opinions"
        return path.stat().st_size if path.is_file() else 0

    def decide(self, opinion: Opinion, reviewer: Signs) -> None:
        """Write down, for good, what a reviewer decided. Raises Misconfigured."""

        def signed(previous: Digest) -> Signed:
            return sign(replace(opinion, previous=previous), Kind.OPINION, reviewer)

        chain.append(self._folder / "opinions", signed)

    def told(self, sequence: int, answer: Signed | None) -> None:
        """Keep the device's signed answer to a verdict; None where it had one before."""
        self._write(f"{sequence:05d}.told", canonical(answer))

    def is_told(self, sequence: int) -> bool:
        """Whether the device has taken the verdict in."""
        return (self._folder / f"{sequence:05d}.told").is_file()

    def destroy(self, now: datetime) -> tuple[list[str], bool]:
        """Destroy what is over. Returns what was destroyed, and whether no hit is left and none can come any more."""
        past = [sequence for sequence in self.sequences() if now >= self.sealed(sequence).destroy_by]
        gone = [_erase(self._folder / f"{sequence:05d}.hit") for sequence in past]
        for path in sorted(self._folder.glob("*.held")):
            held = parse(path.read_bytes(), Held)
            if now >= self._held_until(held.answer, self._believed(held.hit)):
                gone.append(_erase(path))
        until = self._folder / "until"
        ended = until.is_file() and now >= datetime.fromisoformat(until.read_text())
        over = ended and not self.sequences()
        if over:
            gone += [_erase(path) for path in sorted(self._folder.glob("references/*"))]
        return gone, over

    def _held_until(self, answer: Signed, sealed: SealedHit) -> datetime:
        """Raises Undecodable where the device did not answer that this very hit is held."""
        if not holds(answer, Kind.REPLY, self._device_key):
            raise Undecodable("The answer does not bear the device's signature.", "Send the hold order again.")
        reply = read(answer, Reply)
        facts = reply.facts or {}
        if reply.answer is not Answer.DONE or (facts.get("hit"), facts.get("sequence")) != (sealed.id, sealed.sequence):
            raise Undecodable("The device's answer does not hold this hit.", "Send an order that names it.")
        return datetime.fromisoformat(str(facts.get("until")))

    def _believed(self, signed: Signed) -> SealedHit:
        if not holds(signed, Kind.HIT, self._device_key):
            raise Undecodable("A hit without the device's signature.", "Keep the file for examination.")
        return read(signed, SealedHit)

    def _signed(self, sequence: int) -> Signed:
        return parse(self._read(f"{sequence:05d}.hit"), Signed)

    def log(self, sealed: SealedHit, viewer: Signs, purpose: Purpose, now: datetime) -> None:
        """Write down, for good, that a hit is about to be shown."""

        def signed(previous: Digest) -> Signed:
            view = View(
                at=now,
                authorisation=sealed.authorisation,
                hit=sealed.id,
                sequence=sealed.sequence,
                why=purpose.why,
                ticket=purpose.ticket,
                copied=purpose.copied,
                previous=previous,
            )
            return sign(view, Kind.VIEW, viewer)

        chain.append(self._folder / "views", signed)

    def _read(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise Misconfigured(
                f"{self._folder / name} cannot be read: {error.strerror}.", "Name a kept hit."
            ) from error

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._folder / f".{name}.{secrets.token_hex(4)}"
            part.touch(mode=0o600)
            part.write_bytes(content)
            part.replace(self._folder / name)  # whole or not at all: another console may read it now
        except OSError as error:
            raise Misconfigured(f"{self._folder / name} cannot be written: {error.strerror}.", _DISK) from error


_DESTROY: Final = "Destroy what is over: lamppost hits destroy."
_KEPT: Final = "Name a hit that is kept."
_DISK: Final = "Check the folder and its disk."


def destroy(folder: Path, key: Path, device_key: Key, now: datetime) -> list[str]:
    """Destroy every hit in the folder whose time is over, and the recipient's keys where nothing is left for them.

    Returns the names of the files.
    """
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    return sweep([Kept(folder, name, device_key) for name in names], key, now)


def sweep(deployments: Sequence[Kept], key: Path, now: datetime) -> list[str]:
    """The same for deployments of several devices, whose hits are sealed to one recipient."""
    ended, gone = [], []
    for kept in deployments:
        erased, over = kept.destroy(now)
        gone += erased
        ended.append(over)
    if ended and all(ended):
        gone += [_erase(path) for path in (seal_path(key), key) if path.is_file()]
    return gone


def _content(sealed: SealedHit, box: Box, private: X25519PrivateKey) -> HitContent:
    content = parse(unseal(box, private, _binding(sealed)), HitContent)
    if content.hit != sealed.id:
        raise Undecodable("The sealed content belongs to another hit.", "Keep the file for examination.")
    return content


def _binding(sealed: SealedHit) -> HitBinding:
    return HitBinding(site=sealed.site, device=sealed.device, authorisation=sealed.authorisation, hit=sealed.id)


def _erase(path: Path) -> str:
    """Overwrite a file where it lies, and unlink it."""
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    return str(path)
