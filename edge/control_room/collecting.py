"""Taking in what a device sends because it was asked: its evidence, and what helps whoever mends it.

Each order brings a little, in parcels that the device has signed; the next goes on after the last piece. What came is
kept as a copy of that part of the device's store, so that the same tools examine it as examine the disk itself; asked
again another day, only what is new is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from edge.adapters.store import SqliteStore
from edge.control_room.desk import STEP, Desk, Refused
from edge.domain.errors import BrokerLost, Undecodable
from edge.domain.jobs import Answer, Reply
from edge.domain.orders import Body, Export, Verb
from edge.domain.orders import Support as AskSupport
from edge.wire.checkpoints import read_checkpoint
from edge.wire.notes import read_note
from edge.wire.parcels import COSIGNED, HEAD, LEAF, SUPPORT, Piece, Support, leaf_name
from edge.wire.signed import Signs, parse

PATIENCE: Final = timedelta(seconds=30)
TRIES: Final = 5
STORE: Final = "journal.sqlite"

Shows = Callable[[int], None]
"""How many pieces there are."""


def ask(desk: Desk, verb: Verb, body: Body, signer: Signs) -> tuple[Reply, list[Piece]]:
    """One order, and all of its pieces. Raises Refused, and BrokerLost where not all of them came."""
    order = desk.send(verb, body, signer, parcels=True)
    heard, deadline = 0, desk.now().later(PATIENCE)
    while True:
        reply, parcels = desk.latest(order), desk.parcels(order)
        if reply is not None and reply.answer is Answer.REJECTED:
            raise Refused(f"{verb.value} was refused: {reply.reason}.", reply.remedy, reply.reason)
        if len(parcels) > heard:
            heard, deadline = len(parcels), desk.now().later(PATIENCE)
        if reply is not None and reply.answer is Answer.DONE and len(parcels) == (reply.facts or {}).get("parcels"):
            return reply, [piece for index in sorted(parcels) for piece in parcels[index].pieces]
        if desk.now().reached(deadline):
            raise BrokerLost(f"Only {len(parcels)} parcels came.", "Ask again: it goes on from there.")
        desk.step(STEP)


def support(desk: Desk, signer: Signs) -> Support:
    """What helps whoever mends the device. Raises Refused, BrokerLost, Undecodable."""
    _, pieces = ask(desk, Verb.SUPPORT, AskSupport(), signer)
    if [piece.name for piece in pieces] != [SUPPORT]:
        raise Undecodable("The device sent something else.", "Use the version that it runs.")
    return parse(pieces[0].raw, Support)


def collect(desk: Desk, signer: Signs, folder: Path, shows: Shows = lambda _: None) -> None:
    """Bring the copy in a folder up to date. Raises Refused, BrokerLost, Undecodable."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = SqliteStore(folder / STORE)
    try:
        there = store.size()
        after, tries, came = leaf_name(there - 1) if there else "", 0, 0
        while True:
            try:
                reply, pieces = ask(desk, Verb.EXPORT, Export(after=after), signer)
            except BrokerLost:
                tries += 1
                if tries == TRIES:
                    raise
                continue
            _keep(store, pieces)
            came, tries = came + len(pieces), 0
            shows(came)
            facts = reply.facts or {}
            after = str(facts.get("last", ""))
            if not facts.get("more"):
                return
    finally:
        store.close()


def _keep(store: SqliteStore, pieces: list[Piece]) -> None:
    """All of them, or none. Raises Undecodable where a leaf is missing before them."""
    with store.transaction() as transaction:
        head = transaction.get(HEAD)
        for piece in pieces:
            if not piece.name.startswith(LEAF):
                # A witness may have cosigned more than was asked for so far: the next time brings the leaves.
                head = piece.raw if piece.name == HEAD else head
                if not piece.name.startswith(COSIGNED) or _size(piece.raw) <= _size(head or b""):
                    transaction.put(piece.name, piece.raw)
            elif leaf_name(transaction.append(piece.raw)) != piece.name:
                raise Undecodable("Leaves of the journal are missing before those that came.", "Ask again, anew.")


def _size(note: bytes) -> int:
    return read_checkpoint(read_note(note).text).size
