"""Another implementation, written by others from the same specifications: each verifies what the other makes.

aics-tlog and aics-witness (C2SP tlog-checkpoint, tlog-cosignature and tlog-witness, RFC 9162), from PyPI.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.domain.record import Checkpoint
from edge.wire.checkpoints import AddCheckpoint, checkpoint_text, read_add_checkpoint, read_checkpoint
from edge.wire.merkle import Tree, extends, includes, leaf_hash
from edge.wire.notes import (
    Algorithm,
    Note,
    Verifier,
    cosign,
    cosigned_at,
    read_note,
    read_signatures,
    read_verifier,
    sign_note,
    verified,
)
from edge.wire.signed import to_base64url

tlog = pytest.importorskip("aics_tlog")
protocol = pytest.importorskip("aics_witness.protocol")
service = pytest.importorskip("aics_witness.service")
witness_store = pytest.importorskip("aics_witness.store")
configured = pytest.importorskip("aics_witness.config")

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
ORIGIN = "lamppost/bench/post-1/epoch-1"
LEAVES = [f"leaf {number}".encode() for number in range(70)]


class PairedKey:
    """One key, in the form that each side takes."""

    def __init__(self) -> None:
        self.theirs = Ed25519PrivateKey.generate()
        self.public = to_base64url(self.theirs.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self.theirs.sign(message)


def our_tree() -> Tree:
    return Tree(lambda start, stop: LEAVES[start:stop])


def head(size: int) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=our_tree().root(size).hex())


def signed_by(key: PairedKey, checkpoint: Checkpoint) -> Note:
    text = checkpoint_text(checkpoint)
    return Note(text, (sign_note(text, ORIGIN, key),))


@pytest.mark.parametrize("size", range(1, 70))
def test_they_make_the_same_proofs_and_verify_ours(size: int) -> None:
    ours, theirs = our_tree(), tlog.MerkleTree(LEAVES)
    assert ours.root(size) == theirs.root(size)
    for index in range(size):
        proof = ours.inclusion(index, size)
        assert list(proof) == theirs.inclusion_proof(index, size)
        assert tlog.verify_inclusion(leaf_hash(LEAVES[index]), index, size, list(proof), ours.root(size))
        assert includes(theirs.root(size), size, leaf_hash(LEAVES[index]), index, theirs.inclusion_proof(index, size))
    for old in range(1, size + 1):
        made = ours.consistency(old, size)
        assert list(made) == theirs.consistency_proof(old, size)
        assert tlog.verify_consistency(old, size, ours.root(old), ours.root(size), list(made))
        assert extends(old, theirs.root(old), size, theirs.root(size), theirs.consistency_proof(old, size))


def test_they_believe_our_checkpoint_and_cosignature() -> None:
    log, witness = PairedKey(), PairedKey()
    note = signed_by(log, head(20))
    cosigned = Note(note.text, (*note.signatures, cosign(note.text, "w.example", witness, NOW)))
    result = tlog.verify_checkpoint(
        tlog.parse_note(cosigned.encode()),
        tlog.parse_vkey(Verifier(ORIGIN, log.public, Algorithm.NOTE).line),
        [tlog.parse_vkey(Verifier("w.example", witness.public, Algorithm.COSIGNATURE).line)],
        1,
        max_age_seconds=60,
        now=int(NOW.timestamp()),
    )
    assert result.ok, result.error


def test_we_believe_their_checkpoint_and_cosignature() -> None:
    log, witness = PairedKey(), PairedKey()
    checkpoint = tlog.Checkpoint(ORIGIN, 20, tlog.MerkleTree(LEAVES).root(20))
    made = tlog.sign_checkpoint(checkpoint, log.theirs, ORIGIN)
    seconds = int(NOW.timestamp())
    _, line = tlog.sign_cosignature(witness.theirs, "w.example", seconds, ORIGIN, 20, checkpoint.root)
    note = read_note(tlog.Note(text=made.text, signatures=(*made.signatures, line)).to_bytes())
    asked = [
        read_verifier(tlog.format_vkey(tlog.vkey_from_ed25519(ORIGIN, log.theirs.public_key()))),
        read_verifier(tlog.format_vkey(tlog.cosignature_vkey("w.example", witness.theirs.public_key()))),
    ]
    assert asked[1] == Verifier("w.example", witness.public, Algorithm.COSIGNATURE)
    found = verified(note, asked)
    assert [verifier for verifier, _ in found] == asked
    assert cosigned_at(found[1][1]) == NOW
    assert read_checkpoint(note.text) == head(20)


def test_the_bodies_between_log_and_witness_are_the_same() -> None:
    note, proof = signed_by(PairedKey(), head(20)), our_tree().consistency(7, 20)
    theirs = protocol.format_add_checkpoint_request(7, proof, note.encode())
    assert AddCheckpoint(7, proof, note).encode() == theirs
    assert read_add_checkpoint(theirs) == AddCheckpoint(7, proof, note)


def test_their_witness_cosigns_our_log_as_it_grows_and_refuses_it_when_it_is_cut(tmp_path: Path) -> None:
    log, key = PairedKey(), PairedKey()
    known = configured.LogConfig(ORIGIN, (tlog.parse_vkey(Verifier(ORIGIN, log.public, Algorithm.NOTE).line),))
    store = witness_store.WitnessStore(tmp_path / "witness.db", create=True)
    witness = service.Witness("w.example", key.theirs, store, [known], clock=NOW.timestamp)
    verifier = Verifier("w.example", key.public, Algorithm.COSIGNATURE)
    tree = our_tree()
    for old, new in ((0, 5), (5, 5), (5, 21), (21, 64), (64, 70)):
        note = signed_by(log, head(new))
        lines = read_signatures(witness.add_checkpoint(AddCheckpoint(old, tree.consistency(old, new), note).encode()))
        assert [found for found, _ in verified(Note(note.text, lines), [verifier])] == [verifier]
    with pytest.raises(service.WitnessError) as stale:
        witness.add_checkpoint(AddCheckpoint(5, tree.consistency(5, 40), signed_by(log, head(40))).encode())
    assert (stale.value.status, stale.value.body) == (409, b"70\n")
    cut = Tree(lambda start, stop: [b"other", *LEAVES][start:stop])
    forged = signed_by(log, Checkpoint(origin=ORIGIN, size=71, root=cut.root(71).hex()))
    with pytest.raises(service.WitnessError) as forked:
        witness.add_checkpoint(AddCheckpoint(70, cut.consistency(70, 71), forged).encode())
    assert forked.value.status == 422
    store.close()
