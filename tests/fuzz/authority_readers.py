"""Readers of what those who sign are handed: forms, a device's facts, public keys, addresses of tokens."""

from __future__ import annotations

from pathlib import Path
from random import Random

from edge.control_room.authority import draft, lines, site, uri
from edge.control_room.keyring import read_public
from edge.domain.errors import Misconfigured
from edge.wire.signers import Keys
from tests.control_room.authority.paper import FORM, PROOF, desk
from tests.fuzz.reader import Reader
from tests.vectors.people import NOW, ROOT


def readers(folder: Path) -> list[Reader]:
    """All of them. What a form names lies beside it."""
    room, known, fails = folder / "signers", Keys(ROOT), (Misconfigured,)
    room.mkdir()
    desk(room)

    def form(raw: bytes) -> object:
        (room / "form.toml").write_bytes(raw)
        return draft.write(room / "form.toml", known, PROOF, NOW)

    def facts(raw: bytes) -> object:
        (room / "other.toml").write_bytes(raw)
        return site.read_facts(room / "other.toml")

    def public(raw: bytes) -> object:
        (room / "other.pub").write_bytes(raw)
        return read_public(room / "other.pub")

    return [
        Reader("form", form, _forms, fails, ("edge.control_room.authority.draft:write",), 0.1),
        Reader("lines of a form", lambda raw: lines.parse(raw, "form"), _forms, fails,
               ("edge.control_room.authority.lines:parse", "edge.control_room.authority.lines:_loads"), 0.1),
        Reader("facts of a device", facts, lambda _: [(room / "post-7.toml").read_bytes()], fails,
               ("edge.control_room.authority.site:read_facts",), 0.5),
        Reader("public key", public, lambda _: [(room / "recipient.pub").read_bytes()], fails,
               ("edge.control_room.keyring:read_public",), 0.5),
        Reader("address of a token's key", lambda raw: uri.read(raw.decode("latin-1")), _addresses, fails,
               ("edge.control_room.authority.uri:read",), 0.5),
    ]  # fmt: skip


def _forms(_random: Random) -> list[bytes]:
    several = FORM.replace('["reviewer.pub"]', '[\n  "reviewer.pub",\n]')
    return [FORM.encode(), several.encode(), FORM.replace('"1 in 1,000"', "1e-3").encode()]


def _addresses(_random: Random) -> list[bytes]:
    return [
        b"pkcs11:token=station;object=officer?module-path=/usr/lib/softhsm/libsofthsm2.so",
        b"pkcs11:serial=%01%02;id=%00%ff;type=private?module-path=/m.so&pin-source=file:/run/pin",
    ]
