"""Readers of what crosses the wire, or lies sealed."""

from __future__ import annotations

from functools import partial

import msgspec

from edge.domain.authority import Signed
from edge.domain.errors import Undecodable
from edge.domain.orders import BODIES
from edge.wire import checkpoints, events, log, merkle, notes, parcels, signed, topics, watchlist
from edge.wire.signed import Kind
from tests.fuzz import samples
from tests.fuzz.reader import Reader


def wire() -> list[Reader]:
    known = topics.Topics("bench", "post-1")
    return [
        Reader(
            "base64url",
            lambda raw: signed.from_base64url(raw.decode("latin-1")),
            samples.texts("AAAA", "__-_", "A" * 43),
            covers=("edge.wire.signed:from_base64url",),
        ),
        Reader(
            "signatures",
            _signatures,
            samples.signed,
            covers=(
                "edge.wire.signed:claimed_signers",
                "edge.wire.signed:holds",
                "edge.wire.signed:payload_of",
                "edge.wire.signed:_header",
            ),
        ),
        *(
            Reader(
                f"envelope {kind.value}",
                partial(events.disclose, kind=kind),
                partial(samples.envelopes, kind),
                covers=("edge.wire.events:disclose",),
                share=0.3,
            )
            for kind in Kind
        ),
        Reader(
            "order",
            _order,
            samples.orders,
            share=3.0,
            covers=(
                "edge.wire.events:read_order",
                "edge.wire.events:heading_of",
                "edge.wire.events:verb_of",
                "edge.wire.events:_document",
                "edge.wire.events:read",
            ),
        ),
        Reader(
            "leaf",
            log.decode_leaf,
            samples.leaves,
            covers=("edge.wire.log:decode_leaf", "edge.wire.log:_decoded"),
            share=2.0,
        ),
        Reader(
            "topic of an order",
            lambda raw: known.verb_of(raw.decode("utf-8", "replace")),
            samples.texts(*(known.order(verb) for verb in BODIES)),
            covers=("edge.wire.topics:verb_of",),
        ),
        Reader(
            "piece of a parcel",
            lambda raw: parcels.Piece(name="support", content=raw.decode("utf-8", "replace")).raw,
            samples.texts("", "AA", "_-8"),
            covers=("edge.wire.parcels:raw",),
            share=0.5,
        ),
        Reader(
            "topic of a chunk",
            lambda raw: known.chunk_of(raw.decode("utf-8", "replace")),
            samples.texts(known.chunk("0" * 64, 0), known.chunk("f" * 64, 999_999)),
            covers=("edge.wire.topics:chunk_of",),
        ),
    ]


def tlog() -> list[Reader]:
    return [
        Reader(
            "note",
            _note,
            samples.notes_of_logs,
            share=2.0,
            covers=(
                "edge.wire.notes:read_note",
                "edge.wire.notes:verified",
                "edge.wire.notes:holds",
                "edge.wire.notes:_text",
                "edge.wire.notes:_signatures",
                "edge.wire.notes:_signature",
                "edge.wire.notes:decoded",
            ),
        ),
        Reader(
            "cosignatures",
            _cosignatures,
            samples.signature_lines,
            covers=(
                "edge.wire.notes:read_signatures",
                "edge.wire.notes:cosigned_at",
            ),
        ),
        Reader(
            "verifier key",
            lambda raw: notes.read_verifier(raw.decode("utf-8", "replace")),
            samples.verifiers,
            covers=("edge.wire.notes:read_verifier", "edge.wire.notes:check_name"),
        ),
        Reader(
            "checkpoint",
            lambda raw: checkpoints.read_checkpoint(raw.decode("utf-8", "replace")),
            samples.checkpoint_texts,
            covers=("edge.wire.checkpoints:read_checkpoint", "edge.wire.checkpoints:_size"),
        ),
        Reader(
            "request to cosign",
            checkpoints.read_add_checkpoint,
            samples.requests,
            share=2.0,
            covers=("edge.wire.checkpoints:read_add_checkpoint",),
        ),
        Reader(
            "answer of a witness",
            checkpoints.read_answer,
            samples.answers,
            covers=("edge.wire.checkpoints:read_answer",),
        ),
        Reader("proofs", _proofs, samples.proofs, covers=("edge.wire.merkle:root",)),
    ]


def secrets() -> list[Reader]:
    return [
        Reader(
            "header of a watchlist",
            watchlist.header_of,
            samples.lists,
            share=2.0,
            covers=(
                "edge.wire.watchlist:header_of",
                "edge.wire.watchlist:_header",
            ),
        ),
        Reader("watchlist", samples.open_list, samples.lists, share=2.0, covers=("edge.wire.watchlist:open_into",)),
        Reader("content of a watchlist", samples.open_content, samples.contents, share=2.0),
        Reader("sealed hit", samples.unseal, samples.boxes, covers=("edge.wire.sealed:unseal",)),
        Reader(
            "wrapped key", samples.unwrap, samples.wrapped, covers=("edge.wire.sealed:unwrap", "edge.wire.sealed:wrap")
        ),
    ]


def _signatures(raw: bytes) -> object:
    document = _decoded(raw)
    signed.claimed_signers(document, Kind.AUTHORISATION)
    signed.payload_of(document)
    return signed.holds(document, Kind.AUTHORISATION, samples.OFFICER.public)


def _order(raw: bytes) -> object:
    document = _decoded(raw)
    signed.claimed_signers(document, Kind.ORDER)
    events.verb_of(document)
    return events.read_order(document, samples.OFFICER.public)


def _decoded(raw: bytes) -> Signed:
    try:
        return msgspec.json.decode(raw, type=Signed)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Undecodable("Not signed.", "Sign it.") from error


def _note(raw: bytes) -> object:
    note = notes.read_note(raw)
    notes.verified(note, samples.VERIFIERS)
    return checkpoints.read_checkpoint(note.text)


def _cosignatures(raw: bytes) -> object:
    return [notes.cosigned_at(signature) for signature in notes.read_signatures(raw)]


def _proofs(raw: bytes) -> object:
    """Whatever nodes, sizes and indexes come: true or false, never an error."""
    size, index = int.from_bytes(raw[:5], "big"), int.from_bytes(raw[5:10], "big")
    nodes = [raw[start : start + 32] for start in range(10, min(len(raw), 10 + 32 * 80), 32)]
    root, leaf = (*nodes, b"", b"")[:2]
    return merkle.includes(root, size, leaf, index, nodes[2:]), merkle.extends(index, leaf, size, root, nodes[2:])
