"""Sealed lists and hits open for exactly whom and what they are meant."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.authorisation import Category, ImageSource, SourceCount
from edge.domain.errors import Undecodable
from edge.wire import watchlist
from edge.wire.sealed import HitBinding, ListBinding, public_of, seal, unseal, unwrap, wrap
from edge.wire.watchlist import Entry
from hardware_sim.office import sealed_list
from hardware_sim.scripted import features_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIST = ListBinding(site="s", device="d", authorisation="a", digest="0" * 64)
HIT = HitBinding(site="s", device="d", authorisation="a", hit="h")
SOURCES = (SourceCount(source=ImageSource.VOLUNTEER, entries=1),)
SEALED = sealed_list([("v-1", features_of(1)), ("v-2", features_of(2))], decoys=5, embedder="e" * 64, built=NOW)


def test_a_wrapped_key_opens_for_its_key_device_deployment_and_list_alone() -> None:
    private, secret = X25519PrivateKey.generate(), bytes(range(32))
    wrapped = wrap(secret, public_of(private), LIST)
    assert unwrap(private, wrapped, LIST) == secret
    with pytest.raises(Undecodable):
        unwrap(X25519PrivateKey.generate(), wrapped, LIST)
    for field in ("site", "device", "authorisation"):
        other = ListBinding(
            **{**{f: getattr(LIST, f) for f in ("site", "device", "authorisation", "digest")}, field: "x"}
        )
        with pytest.raises(Undecodable):
            unwrap(private, wrapped, other)


@given(st.binary(max_size=9000))
@settings(max_examples=25, deadline=None)
def test_a_sealed_content_comes_back_whole_and_padded(content: bytes) -> None:
    private = X25519PrivateKey.generate()
    box = seal(content, [public_of(X25519PrivateKey.generate()), public_of(private)], HIT)
    assert unseal(box, private, HIT) == content
    assert (len(box.content) * 3 // 4 - 16) % 4096 <= 1


def test_a_hit_does_not_open_as_another() -> None:
    private = X25519PrivateKey.generate()
    box = seal(b"x", [public_of(private)], HIT)
    with pytest.raises(Undecodable):
        unseal(box, private, HitBinding(site="s", device="d", authorisation="a", hit="other"))
    with pytest.raises(Undecodable, match="not sealed to this key"):
        unseal(box, X25519PrivateKey.generate(), HIT)


def opened(file: bytes, key: bytes) -> watchlist.Opened:
    return watchlist.open_into(memoryview(bytearray(watchlist.header_of(file).content_bytes())), file, key)


def test_a_list_opens_with_its_key() -> None:
    content = opened(SEALED.file, SEALED.key)
    assert content.entry(1) == Entry("v-2", Category.VOLUNTEER, 1)
    assert content.entry(2).category is Category.SYNTHETIC
    assert np.array_equal(content.templates[0], features_of(1))


def test_another_key_does_not_open_it_and_says_so_before_decrypting() -> None:
    with pytest.raises(Undecodable, match="not this list's"):
        opened(SEALED.file, bytes(32))


@given(st.integers(0, len(SEALED.file) - 1), st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_is_noticed(position: int, flip: int) -> None:
    changed = bytearray(SEALED.file)
    changed[position] ^= flip
    with pytest.raises(Undecodable):
        opened(bytes(changed), SEALED.key)


@given(st.integers(0, len(SEALED.file) - 1))
@settings(max_examples=60, deadline=None)
def test_a_list_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(Undecodable):
        watchlist.header_of(SEALED.file[:length])


@pytest.mark.parametrize(
    ("entries", "rows"),
    [
        ([Entry("a", Category.VOLUNTEER, 1), Entry("a", Category.VOLUNTEER, 1)], [features_of(1), features_of(2)]),
        ([Entry("a", Category.VOLUNTEER, 1)], [features_of(1) * 2]),
        ([Entry("a", Category.VOLUNTEER, 1)], [features_of(1) * np.float32("nan")]),
        ([Entry("", Category.VOLUNTEER, 1)], [features_of(1)]),
    ],
)
def test_a_list_that_breaks_a_rule_is_not_sealed(entries: list[Entry], rows: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"twice|length|empty"):
        watchlist.seal(entries, np.stack(rows), embedder="e" * 64, alignment="x", built=NOW, sources=SOURCES)


def test_the_plaintext_stands_nowhere_but_in_the_buffer() -> None:
    import gc

    buffer = bytearray(watchlist.header_of(SEALED.file).content_bytes())
    content = watchlist.open_into(memoryview(buffer), SEALED.file, SEALED.key)
    assert content.templates.base is not None
    assert np.shares_memory(content.templates, np.frombuffer(buffer, np.uint8))
    needle = features_of(1).tobytes()
    gc.collect()
    copies = [held for held in gc.get_objects() if isinstance(held, bytes) and needle in held]
    assert copies == []
