"""Genuine input to begin from: what a simulated site really said."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from edge.domain.authority import Signed, TrustRoot
from edge.domain.errors import Undecodable
from edge.domain.orders import WrappedKey
from edge.domain.record import Checkpoint
from edge.measure.people import POLICY, MemoryKey
from edge.steps.calibrate import Calibration
from edge.wire import checkpoints, events, notes, sealed, watchlist
from edge.wire.sealed import Box, HitBinding, ListBinding
from edge.wire.signed import Kind, canonical, from_base64url, parse, payload_of, sign
from hardware_sim.office import Office
from hardware_sim.site import CALIBRATION, Site

OFFICER: Final = MemoryKey()
READER: Final = X25519PrivateKey.from_private_bytes(bytes(range(32)))
NOON: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
WITNESS: Final = "witness.example.org/lamppost"
ORIGIN: Final = "lamppost/bench/post-1/epoch-1"
VERIFIERS: Final = (
    notes.Verifier(WITNESS, OFFICER.public, notes.Algorithm.COSIGNATURE),
    notes.Verifier(ORIGIN, OFFICER.public, notes.Algorithm.NOTE),
)
HIT: Final = HitBinding(site="bench", device="post-1", authorisation="test-1", hit="hit-1")
LIST: Final = ListBinding(site="bench", device="post-1", authorisation="test-1", digest="0" * 64)
Seeds = Callable[[Random], list[bytes]]


def lived(folder: Path) -> Site:
    """A site on which everything ordinary has happened once."""
    site = Site(folder, office=Office(policy=replace(POLICY, witnesses=1)), witnesses=1)
    site.run(2)
    site.deploy(7)
    site.confirm_presence()
    site.officer_on_scene = True
    site.run(1)
    site.walk(7)
    site.walk(8, row=220)
    site.run(6)
    site.stop()
    site.run(1)
    return site


@cache
def _life() -> tuple[list[tuple[str, bytes]], list[bytes], TrustRoot, bytes, bytes]:
    """Messages, leaves, trust root, a sealed list, its key."""
    with tempfile.TemporaryDirectory() as folder:
        site = lived(Path(folder))
        messages = [(heard.topic, heard.payload) for heard in site.broker.heard]
        leaves = site.device.store.leaves(0, site.device.store.size())
        made = site.list_of(7, decoys=3)
        site.device.store.close()
        return messages, leaves, site.office.trust_root(), made.file, made.key


def texts(*lines: str) -> Seeds:
    return lambda _random: [line.encode() for line in lines]


def of(kind: type) -> list[bytes]:
    """Genuine documents of a kind."""
    _, _, root, file, _ = _life()
    known: dict[type, list[bytes]] = {
        TrustRoot: [canonical(root)],
        Calibration: [canonical(CALIBRATION)],
        watchlist.Header: [canonical(watchlist.header_of(file))],
    }
    found = list(known.get(kind, []))
    for document in _payloads():
        try:
            parse(document, kind)
        except Undecodable:
            continue
        found.append(document)
    return found[:20]


@cache
def _payloads() -> list[bytes]:
    """Everything that was signed, and what stands inside of orders."""
    found = []
    for document in _documents():
        payload = payload_of(document)
        found.append(payload)
        inside = json.loads(payload)
        if isinstance(inside, dict) and "body" in inside:
            found += [canonical(inside["body"]), canonical(inside["heading"])]
            authorisation = inside["body"].get("authorisation")
            if isinstance(authorisation, dict):
                found.append(from_base64url(authorisation["payload"]))
    return list(dict.fromkeys(found))


@cache
def _documents() -> list[Signed]:
    found = []
    for _, payload in _life()[0]:
        try:
            found.append(msgspec.json.decode(payload, type=events.CloudEvent).data)
        except (msgspec.MsgspecError, ValueError):
            continue
    return found


def signed(_random: Random) -> list[bytes]:
    """Of every kind, and two by the officer whose key is asked for."""
    own = [sign({"id": "a"}, Kind.AUTHORISATION, OFFICER), sign({"id": "a"}, Kind.AUTHORISATION, OFFICER, MemoryKey())]
    return [canonical(document) for document in (*own, *_documents()[:38])]


def envelopes(kind: Kind, _random: Random) -> list[bytes]:
    """What was said of a kind; where nothing was, other documents in its envelope."""
    found = [payload for _, payload in _life()[0] if events.type_of(kind).encode() in payload]
    return found[:10] or [
        events.enclose(document, kind, id="a", source="/b", time=NOON) for document in _documents()[:3]
    ]


def orders(_random: Random) -> list[bytes]:
    payloads = [payload for topic, payload in _life()[0] if "/cmd/" in topic]
    return [canonical(msgspec.json.decode(payload, type=events.CloudEvent).data) for payload in payloads]


def leaves(_random: Random) -> list[bytes]:
    return _life()[1]


def head() -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=9, root="a" * 64)


def notes_of_logs(_random: Random) -> list[bytes]:
    text = checkpoints.checkpoint_text(head())
    note = checkpoints.signed_checkpoint(head(), OFFICER).encode()
    return [note, note + notes.cosign(text, WITNESS, OFFICER, NOON).line.encode(), *_said("/checkpoint")]


def _said(part: str) -> list[bytes]:
    return [payload for topic, payload in _life()[0] if part in topic][:10]


def signature_lines(_random: Random) -> list[bytes]:
    return [notes.cosign("text\n", WITNESS, OFFICER, NOON + timedelta(seconds=n)).line.encode() for n in range(3)]


def verifiers(_random: Random) -> list[bytes]:
    return [verifier.line.encode() for verifier in VERIFIERS]


def checkpoint_texts(_random: Random) -> list[bytes]:
    return [checkpoints.checkpoint_text(head()).encode()]


def requests(_random: Random) -> list[bytes]:
    return _said("/add-checkpoint/")


def answers(_random: Random) -> list[bytes]:
    conflict = checkpoints.Answer(checkpoints.Verdict.CONFLICT, size=7).encode()
    return [*_said("/cosignature/"), conflict, *(f"{verdict.value}\n".encode() for verdict in checkpoints.Verdict)]


def proofs(random: Random) -> list[bytes]:
    """Sizes and indexes, and hashes that prove nothing."""
    hashes = b"".join(random.randbytes(32) for _ in range(7))
    made = [size.to_bytes(5, "big") + index.to_bytes(5, "big") + hashes for size in (1, 8, 9) for index in (0, 7)]
    return [*made, (2**40 - 1).to_bytes(5, "big") * 2 + hashes * 9]


def lists(_random: Random) -> list[bytes]:
    return [_life()[3]]


def open_list(raw: bytes) -> object:
    """With the right key. Room is made for what the header says, as the gallery does it."""
    header = watchlist.header_of(raw)
    return watchlist.open_into(memoryview(bytearray(header.content_bytes())), raw, _life()[4])


def contents(_random: Random) -> list[bytes]:
    _, _, _, file, key = _life()
    content = memoryview(bytearray(watchlist.header_of(file).content_bytes()))
    watchlist.open_into(content, file, key)
    return [bytes(content)]


def open_content(raw: bytes) -> object:
    """Content that somebody who may seal lists made up: it opens, and breaks a rule of the format."""
    _, _, _, file, key = _life()
    clear = file[4 : 4 + int.from_bytes(file[:4], "big")]
    header = watchlist.header_of(file)
    content = raw[: header.content_bytes()].ljust(header.content_bytes(), b"\0")
    whole = file[:4] + clear + ChaCha20Poly1305(key).encrypt(from_base64url(header.nonce), content, clear)
    opened = watchlist.open_into(memoryview(bytearray(header.content_bytes())), whole, key)
    return [opened.entry(index) for index in range(header.entries)]


def boxes(_random: Random) -> list[bytes]:
    return [canonical(sealed.seal(b"{}" * 90, [sealed.public_of(READER)], HIT)) for _ in range(3)]


def unseal(raw: bytes) -> object:
    return sealed.unseal(_as(raw, Box), READER, HIT)


def wrapped(_random: Random) -> list[bytes]:
    return [canonical(sealed.wrap(bytes(32), sealed.public_of(READER), LIST))]


def unwrap(raw: bytes) -> object:
    given = _as(raw, WrappedKey)
    sealed.wrap(bytes(32), given.to, LIST)
    return sealed.unwrap(READER, given, LIST)


def _as(raw: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable("Not this.", "Send this.") from error
