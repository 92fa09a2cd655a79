"""Checkpoints, and what goes between a log and its witnesses: as C2SP has them, in one spelling."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import Undecodable
from edge.domain.record import Checkpoint
from edge.wire.checkpoints import (
    MAX_REQUEST_BYTES,
    AddCheckpoint,
    Answer,
    Verdict,
    checkpoint_text,
    read_add_checkpoint,
    read_answer,
    read_checkpoint,
    signed_checkpoint,
)
from edge.wire.merkle import EMPTY_ROOT, MAX_PROOF
from edge.wire.notes import Algorithm, Verifier, cosign, read_note, verified
from hardware_sim.office import MemoryKey

SOFA = Checkpoint(
    origin="example.com/behind-the-sofa",
    size=20852163,
    root="0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62",
)
# The request of C2SP tlog-witness.
REQUEST = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()  # noqa: E501
ROOT64 = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_the_published_request_is_read_as_it_says() -> None:
    request = read_add_checkpoint(REQUEST)
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert read_checkpoint(request.note.text) == SOFA
    assert checkpoint_text(SOFA) == request.note.text
    assert request.encode() == REQUEST


def test_a_log_signs_under_its_origin() -> None:
    key = MemoryKey()
    note = read_note(signed_checkpoint(SOFA, key).encode())
    verifier = Verifier(SOFA.origin, key.public, Algorithm.NOTE)
    assert [found for found, _ in verified(note, [verifier])] == [verifier]
    assert read_checkpoint(note.text) == SOFA


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"log\n1\n{ROOT64}",
        f"log\n1\n{ROOT64}\nextension\n",
        f"log\n1\n{ROOT64}\n\n",
        f"\n1\n{ROOT64}\n",
        f"lo g\n1\n{ROOT64}\n",
        f"lo+g\n1\n{ROOT64}\n",
        f"{'l' * 256}\n1\n{ROOT64}\n",
        f"log\n01\n{ROOT64}\n",
        f"log\n-1\n{ROOT64}\n",
        f"log\n+1\n{ROOT64}\n",
        f"log\n1_0\n{ROOT64}\n",
        f"log\n\u0661\n{ROOT64}\n",
        f"log\n\u00b2\n{ROOT64}\n",
        f"log\n\n{ROOT64}\n",
        f"log\n9007199254740992\n{ROOT64}\n",
        f"log\n{'9' * 5000}\n{ROOT64}\n",
        "log\n1\nAAAA\n",
        "log\n1\nnot base64\n",
    ],
)
def test_nothing_but_a_checkpoint_is_read(text: str) -> None:
    with pytest.raises(Undecodable):
        read_checkpoint(text)


def test_an_origin_may_have_255_bytes() -> None:
    head = Checkpoint(origin="l" * 255, size=1, root=EMPTY_ROOT.hex())
    assert read_checkpoint(checkpoint_text(head)) == head


def test_an_empty_and_the_largest_log_have_a_checkpoint() -> None:
    for size in (0, 2**53 - 1):
        head = Checkpoint(origin="log", size=size, root=EMPTY_ROOT.hex())
        assert read_checkpoint(checkpoint_text(head)) == head


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        REQUEST.replace(b"old 20852014\n", b""),
        REQUEST.replace(b"old 20852014", b"old 020852014"),
        REQUEST.replace(b"old 20852014", b"old"),
        REQUEST.replace(b"old 20852014", b"new 20852014"),
        REQUEST.replace(b"old 20852014", b"old  20852014"),
        REQUEST.replace(b"Kj/0=\n\n", b"Kj/0=\n"),
        REQUEST.replace(b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", b"PlRNCrwH"),
        REQUEST.replace(b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", "Pl\u00e9".encode()),
        REQUEST.replace(
            b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkax="
        ),
        REQUEST + b"\n",
        REQUEST.replace(b"\n", b"\r\n"),
        b"x" * (MAX_REQUEST_BYTES + 1),
    ],
)
def test_nothing_but_a_request_is_read(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        read_add_checkpoint(raw)


def test_a_request_carries_the_longest_proof_and_none_longer() -> None:
    note = read_add_checkpoint(REQUEST).note
    longest = AddCheckpoint(1, (EMPTY_ROOT,) * MAX_PROOF, note)
    assert read_add_checkpoint(longest.encode()) == longest
    assert len(longest.encode()) < MAX_REQUEST_BYTES
    with pytest.raises(Undecodable):
        read_add_checkpoint(AddCheckpoint(1, (EMPTY_ROOT,) * (MAX_PROOF + 1), note).encode())


@pytest.mark.parametrize(
    "answer",
    [
        Answer(Verdict.COSIGNED, (cosign(checkpoint_text(SOFA), "w", MemoryKey(), NOW),)),
        Answer(Verdict.CONFLICT, size=0),
        Answer(Verdict.CONFLICT, size=20852014),
        Answer(Verdict.INCONSISTENT),
        Answer(Verdict.UNKNOWN_LOG),
        Answer(Verdict.NOT_SIGNED_BY_LOG),
        Answer(Verdict.MALFORMED),
        Answer(Verdict.UNAVAILABLE),
    ],
)
def test_an_answer_survives_the_wire(answer: Answer) -> None:
    assert read_answer(answer.encode()) == answer


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"409\n",
        b"200\n",
        b"200",
        b"409",
        b"409\n01\n",
        b"409\n1",
        b"409\n1\n2\n",
        b"422\n1\n",
        b"201\n",
        b"+22\n",
        b" 42\n",
    ],
)
def test_nothing_but_an_answer_is_read(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        read_answer(raw)


@settings(max_examples=500)
@given(st.binary(max_size=300), st.integers(0, len(REQUEST)), st.integers(0, 40), st.booleans())
def test_bytes_from_outside_raise_nothing_else_and_have_one_spelling(
    bytes_: bytes, at: int, cut: int, whole: bool
) -> None:
    raw = bytes_ if whole else REQUEST[:at] + bytes_[:4] + REQUEST[at + cut :]
    with contextlib.suppress(Undecodable):
        assert read_add_checkpoint(raw).encode() == raw
    with contextlib.suppress(Undecodable):
        assert read_answer(raw).encode() == raw
    with contextlib.suppress(Undecodable):
        text = raw.decode("latin-1")
        assert checkpoint_text(read_checkpoint(text)) == text
