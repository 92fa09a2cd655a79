"""A recipient believes a preview of the device, for its own deployment, of now, and no finer than it may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.control_room.previews import AHEAD, Preview, opened
from edge.domain.errors import Undecodable
from edge.wire.events import PreviewContent, SealedPreview, enclose
from edge.wire.sealed import PreviewBinding, public_of, seal
from edge.wire.signed import Kind, canonical, sign
from edge.wire.topics import Topics
from hardware_sim.office import MemoryKey

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DEVICE, READER = MemoryKey(), X25519PrivateKey.generate()
TOPICS = Topics("bench", "post-1")
SECOND = timedelta(seconds=1)


def message(
    *, key: MemoryKey = DEVICE, kind: Kind = Kind.PREVIEW, site: str = "bench", inside: str | None = None,
    levels: str = "01234567", columns: int = 4, rows: int = 2, number: int = 1, boot: str = "boot-1",
    made: datetime = NOW, bound: str = "p-1",
) -> bytes:  # fmt: skip
    content = PreviewContent(preview=inside or "p-1", captured=made, columns=columns, rows=rows, levels=levels)
    binding = PreviewBinding(site=site, device="post-1", authorisation="a-1", preview=bound)
    document = SealedPreview(
        id="p-1", site=site, device="post-1", boot=boot, authorisation="a-1", number=number, made=made,
        expires=made + timedelta(minutes=1), box=seal(canonical(content), [public_of(READER)], binding),
    )  # fmt: skip
    return enclose(sign(document, kind, key), Kind.PREVIEW, id="p-1", source="/x", time=made)


def read(raw: bytes, now: datetime = NOW) -> Preview:
    return opened(raw, DEVICE.public, TOPICS, READER, now)


def test_it_is_read_row_by_row() -> None:
    found = read(message())
    assert found.rows == ((0, 1, 2, 3), (4, 5, 6, 7))
    assert (found.authorisation, found.number, found.captured) == ("a-1", 1, NOW)


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (message(key=MemoryKey()), "not signed by the device"),
        (message(kind=Kind.HIT), "lamppost-hit"),
        (message(site="elsewhere"), "another device's"),
        (message(inside="p-2"), "contains another one"),
        (message(bound="p-2"), "does not open"),
        (message(levels="0123456"), "no mosaic"),
        (message(columns=3), "no mosaic"),
        (message(levels="01234568"), "levels"),
        (message(levels="", columns=0), "levels"),
        (message(levels="0" * 257, columns=257, rows=1), "levels"),
    ],
)
def test_what_is_not_as_it_must_be_is_not_shown(spoilt: bytes, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        read(spoilt)


def test_the_finest_that_is_shown_has_256_cells() -> None:
    assert len(read(message(levels="7" * 256, columns=16, rows=16)).rows) == 16


def test_it_is_shown_while_it_is_of_now() -> None:
    for when in (NOW - AHEAD, NOW, NOW + 59 * SECOND):
        read(message(), when)
    for when in (NOW - AHEAD - SECOND, NOW + 60 * SECOND):
        with pytest.raises(Undecodable, match="not of now"):
            read(message(), when)


def test_one_that_is_played_again_follows_nothing() -> None:
    first, second = read(message()), read(message(number=2))
    assert first.follows(None)
    assert second.follows(first)
    assert not first.follows(second)
    assert not first.follows(first)
    later = read(message(boot="boot-2", made=NOW + SECOND), NOW + SECOND)
    assert later.follows(second)
    assert not second.follows(later)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_bytes_are_read_or_refused(raw: bytes) -> None:
    with pytest.raises(Undecodable):
        read(raw)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_message_with_any_bit_changed_is_the_same_or_refused(data: st.DataObject) -> None:
    whole = GOOD
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    spoilt = bytearray(whole)
    spoilt[bit // 8] ^= 1 << bit % 8
    try:
        assert read(bytes(spoilt)) == read(whole)
    except Undecodable:
        return


GOOD = message()
