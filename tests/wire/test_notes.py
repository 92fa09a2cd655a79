"""Signed notes and cosignatures: ours can be read by others, and nothing but the one spelling is read here."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import Undecodable
from edge.wire.notes import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Algorithm,
    Note,
    NoteSignature,
    Verifier,
    cosign,
    cosigned_at,
    decoded,
    encoded,
    holds,
    read_note,
    read_signatures,
    read_verifier,
    sign_note,
    verified,
)
from edge.wire.signed import to_base64url
from hardware_sim.office import MemoryKey

# The key and the note of the reference implementation (golang.org/x/mod/sumdb/note).
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
"""Also published, to be tested by."""
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PUBLISHED = f"{TEXT}\n{PETERS_LINE}".encode()
# The cosigned checkpoint of C2SP tlog-cosignature.
COSIGNED = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()  # noqa: E501

NOW = datetime(2026, 6, 1, 9, 0, 0, 250_000, tzinfo=UTC)
names = st.text(min_size=1, max_size=20).filter(
    lambda name: "+" not in name and not any(c.isspace() or c < " " for c in name) and name.isprintable()
)


def test_the_reference_implementations_note_is_read_and_believed() -> None:
    verifier, note = read_verifier(PETER), read_note(PUBLISHED)
    assert note.text == TEXT
    assert note.encode() == PUBLISHED
    assert [found for found, _ in verified(note, [verifier])] == [verifier]
    assert verifier.line == PETER
    assert verifier.id.hex() == "c74f20a3"


def test_the_same_key_here_makes_the_very_same_note() -> None:
    private = Ed25519PrivateKey.from_private_bytes(decoded(PETERS_SECRET)[1:])

    class Peter:
        public = to_base64url(private.public_key().public_bytes_raw())

        def sign(self, message: bytes) -> bytes:
            return private.sign(message)

    assert Verifier("PeterNeumann", Peter.public, Algorithm.NOTE).line == PETER
    assert sign_note(TEXT, "PeterNeumann", Peter()).line == PETERS_LINE


def test_the_published_cosigned_checkpoint_is_read_as_it_says() -> None:
    note = read_note(COSIGNED)
    assert [signature.name for signature in note.signatures] == [
        "example.com/behind-the-sofa",
        "witness.example.com/w1",
    ]
    assert note.signatures[1].id == bytes.fromhex("8d66cf3f")
    assert cosigned_at(note.signatures[1]) == datetime.fromtimestamp(1679315147, UTC)
    assert note.encode() == COSIGNED


def test_no_mangling_of_a_key_is_another_key() -> None:
    for start in range(len(PETER) + 1):
        for stop in range(start + 1, len(PETER) + 1):
            if stop - start < len(PETER):
                with pytest.raises(Undecodable):
                    read_verifier(PETER[start:stop])
    for at in range(len(PETER)):
        with pytest.raises(Undecodable):
            read_verifier(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])


@pytest.mark.parametrize(
    "line",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_of_another_length_kind_or_spelling_is_refused(line: str) -> None:
    with pytest.raises(Undecodable):
        read_verifier(line)


@pytest.mark.parametrize("algorithm", list(Algorithm))
@given(name=names)
def test_a_key_survives_its_line(name: str, algorithm: Algorithm) -> None:
    verifier = Verifier(name, MemoryKey().public, algorithm)
    assert read_verifier(verifier.line) == verifier


def test_a_cosignature_says_when_and_holds_over_that_text_and_time_alone() -> None:
    key = MemoryKey()
    verifier = Verifier("w.example", key.public, Algorithm.COSIGNATURE)
    made = cosign(TEXT, "w.example", key, NOW)
    assert cosigned_at(made) == NOW.replace(microsecond=0)
    assert holds(made, TEXT, verifier)
    assert not holds(made, TEXT + "more\n", verifier)
    later = (int.from_bytes(made.signature[:8], "big") + 1).to_bytes(8, "big")
    assert not holds(NoteSignature(made.name, made.id, later + made.signature[8:]), TEXT, verifier)
    assert not holds(NoteSignature("x.example", made.id, made.signature), TEXT, verifier)
    assert not holds(NoteSignature(made.name, made.id[::-1], made.signature), TEXT, verifier)
    assert not holds(NoteSignature(made.name, made.id, made.signature + b"\0"), TEXT, verifier)
    assert not holds(made, TEXT, Verifier("w.example", MemoryKey().public, Algorithm.COSIGNATURE))


def test_a_signature_of_the_text_is_no_cosignature_of_it() -> None:
    key = MemoryKey()
    assert sign_note(TEXT, "w", key).id != cosign(TEXT, "w", key, NOW).id
    with pytest.raises(Undecodable, match="Not a cosignature"):
        cosigned_at(sign_note(TEXT, "w", key))


def test_a_cosignature_of_a_year_that_no_calendar_has_is_none() -> None:
    key = MemoryKey()
    verifier = Verifier("w", key.public, Algorithm.COSIGNATURE)
    seconds = 253_402_300_800  # the year 10000
    signature = key.sign(f"cosignature/v1\ntime {seconds}\n{TEXT}".encode())
    made = NoteSignature("w", verifier.id, seconds.to_bytes(8, "big") + signature)
    assert not holds(made, TEXT, verifier)
    with pytest.raises(Undecodable):
        cosigned_at(made)


def test_a_cosignature_of_the_last_second_of_the_calendar_is_one() -> None:
    key, last = MemoryKey(), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    made = cosign(TEXT, "w", key, last)
    assert holds(made, TEXT, Verifier("w", key.public, Algorithm.COSIGNATURE))
    assert cosigned_at(made) == last


def test_other_peoples_signatures_are_passed_over_and_a_bad_one_of_ours_spoils_the_note() -> None:
    ours, theirs = MemoryKey(), MemoryKey()
    asked = [Verifier("ours", ours.public, Algorithm.NOTE), Verifier("w", ours.public, Algorithm.COSIGNATURE)]
    good, foreign = sign_note(TEXT, "ours", ours), sign_note(TEXT, "theirs", theirs)
    cosigned = cosign(TEXT, "w", ours, NOW)
    note = Note(TEXT, (foreign, good, foreign, cosigned))
    assert verified(note, asked) == ((asked[0], good), (asked[1], cosigned))
    assert verified(Note(TEXT, (foreign,)), asked) == ()
    assert verified(Note(TEXT, (sign_note(TEXT, "ours", theirs),)), asked) == ()  # another key id: unknown
    with pytest.raises(Undecodable, match="ours does not hold"):
        verified(Note(TEXT, (NoteSignature("ours", good.id, foreign.signature), cosigned)), asked)
    with pytest.raises(Undecodable, match="ours signed the note twice"):
        verified(Note(TEXT, (good, good)), asked)


def test_a_text_with_blank_lines_ends_at_the_last_of_them() -> None:
    key = MemoryKey()
    text = "one\n\nsera.\n\n"
    note = Note(text, (sign_note(text, "k", key),))
    assert read_note(note.encode()) == note


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        TEXT.encode(),
        TEXT.encode() + b"\n",
        PUBLISHED[:-1],
        PUBLISHED + b"\n",
        b"\n" + PETERS_LINE.encode(),
        b"\n\n" + PETERS_LINE.encode(),
        PUBLISHED.replace(b"\n\n", b"\n"),
        PUBLISHED.replace(b"\n", b"\r\n"),
        PUBLISHED.replace(b"know", b"kn\tw"),
        PUBLISHED.replace(b"know", b"kn\x00w"),
        PUBLISHED.replace(b"know", b"kn\xffw"),
        PUBLISHED.replace("\u2014".encode(), b"-"),
        PUBLISHED.replace(b"PeterNeumann", b"Peter+Neumann"),
        PUBLISHED.replace(b"PeterNeumann", "Peter\u2003Neumann".encode()),
        PUBLISHED.replace(b"PeterNeumann", b""),
        PUBLISHED.replace(b"PeterNeumann", b"P" * 256),
        PUBLISHED.replace(b"wJnAM=", b"wJnAN="),  # other spelling of the same bytes
        PUBLISHED.replace(b"wJnAM=", b"wJnAM"),
        TEXT.encode() + b"\n\xe2\x80\x94 PeterNeumann x08gow==\n",  # a key id and nothing below it
        TEXT.encode() + b"\n" + PETERS_LINE.encode() * (MAX_SIGNATURES + 1),
        b"a" * MAX_NOTE_BYTES + PUBLISHED,
    ],
)
def test_nothing_but_a_note_is_read(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        read_note(raw)


def test_the_largest_note_and_name_are_read_and_none_larger() -> None:
    key = MemoryKey()
    line = sign_note("", "n" * 255, key)
    room = MAX_NOTE_BYTES - len(Note("", (line,)).encode())
    for length, read in ((room, True), (room + 1, False)):
        text = "a" * (length - 1) + "\n"
        note = Note(text, (line,))
        if read:
            assert read_note(note.encode()) == note
        else:
            with pytest.raises(Undecodable, match="16385 bytes"):
                read_note(note.encode())


def test_as_many_signatures_as_verifiers_must_accept_are_read() -> None:
    assert len(read_note(TEXT.encode() + b"\n" + PETERS_LINE.encode() * 16).signatures) == 16


def test_a_witness_lines_alone_are_read() -> None:
    key = MemoryKey()
    lines = cosign(TEXT, "w", key, NOW).line + cosign(TEXT, "w", key, NOW + timedelta(seconds=1)).line
    assert "".join(signature.line for signature in read_signatures(lines.encode())) == lines
    with pytest.raises(Undecodable):
        read_signatures(b"")


@settings(max_examples=500)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"{text}\n\n\u2014 {text}\n".encode()))
def test_notes_from_outside_raise_nothing_else_and_have_one_spelling(raw: bytes) -> None:
    with contextlib.suppress(Undecodable):
        assert read_note(raw).encode() == raw
    with contextlib.suppress(Undecodable):
        assert "".join(signature.line for signature in read_signatures(raw)).encode() == raw


@settings(max_examples=500)
@given(st.binary(max_size=len(PUBLISHED)), st.integers(0, len(PUBLISHED)), st.integers(0, 20))
def test_a_spoilt_note_is_never_believed(bytes_: bytes, at: int, cut: int) -> None:
    raw = PUBLISHED[:at] + bytes_[:3] + PUBLISHED[at + cut :]
    with contextlib.suppress(Undecodable):
        assert raw == PUBLISHED or not verified(read_note(raw), [read_verifier(PETER)])


@given(st.text(max_size=60) | st.binary(max_size=30).map(lambda raw: f"n+00000000+{encoded(raw)}"))
def test_keys_from_outside_raise_nothing_else_and_have_one_spelling(line: str) -> None:
    with contextlib.suppress(Undecodable):
        assert read_verifier(line).line == line
