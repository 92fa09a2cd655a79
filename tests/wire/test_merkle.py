"""The tree: roots and proofs as RFC 9162 has them, and none that could be made of anything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain.errors import Undecodable
from edge.wire.merkle import EMPTY_ROOT, PAGE, Tree, extends, frontier_of, includes, leaf_hash, node_hash

# The leaves, roots and proofs that implementations of RFC 6962 and 9162 have tested themselves by since the first.
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CONSISTENT = {
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
             "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
             "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"],
    (2, 5): ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
             "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"],
}  # fmt: skip


def tree_of(leaves: Sequence[bytes]) -> Tree:
    """A tree over leaves that are read as a store reads them."""
    return Tree(lambda start, stop: leaves[start:stop])


def numbered(count: int) -> list[bytes]:
    """That many leaves."""
    return [f"leaf {number}".encode() for number in range(count)]


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(plain_root(leaves[:k]), plain_root(leaves[k:]))


def test_roots_are_the_published_ones() -> None:
    tree = tree_of(LEAVES)
    assert [tree.root(size).hex() for size in range(1, 9)] == ROOTS
    assert [frontier_of(LEAVES[:size]).root().hex() for size in range(1, 9)] == ROOTS
    assert tree.root(0) == frontier_of([]).root() == EMPTY_ROOT


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENT.items())
def test_consistency_proofs_are_the_published_ones(sizes: tuple[int, int], proof: list[str]) -> None:
    assert [node.hex() for node in tree_of(LEAVES).consistency(*sizes)] == proof


def test_the_proofs_of_the_standards_own_example_are_made_of_the_nodes_that_it_names() -> None:
    """RFC 9162, section 2.1.5: a tree of seven leaves d0 to d6, and its earlier sizes."""
    a, b, c, d, e, f = (leaf_hash(leaf) for leaf in LEAVES[:6])
    j = leaf_hash(LEAVES[6])
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, m = node_hash(g, h), node_hash(i, j)
    tree = tree_of(LEAVES[:7])
    assert tree.inclusion(0, 7) == (b, h, m)
    assert tree.inclusion(3, 7) == (c, g, m)
    assert tree.inclusion(4, 7) == (f, j, k)
    assert tree.inclusion(6, 7) == (i, k)
    assert tree.consistency(3, 7) == (c, d, g, m)
    assert tree.consistency(4, 7) == (m,)
    assert tree.consistency(6, 7) == (i, j, k)


@pytest.mark.parametrize("size", [*range(1, 34), PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 5])
def test_every_leaf_of_every_tree_is_proved_to_be_in_it(size: int) -> None:
    leaves = numbered(size)
    tree = tree_of(leaves)
    root = tree.root(size)
    assert root == plain_root(leaves)
    for index in range(size):
        assert includes(root, size, leaf_hash(leaves[index]), index, tree.inclusion(index, size))


@pytest.mark.parametrize("size", [*range(34), PAGE + 3])
def test_every_earlier_tree_is_proved_to_be_the_beginning_of_a_later_one(size: int) -> None:
    tree = tree_of(numbered(size))
    for old in range(size + 1):
        proof = tree.consistency(old, size)
        assert extends(old, tree.root(old), size, tree.root(size), proof)
        assert not extends(old, tree.root(old), size, tree.root(size), (*proof, EMPTY_ROOT))


@settings(max_examples=300)
@given(st.data())
def test_no_other_leaf_place_size_root_or_proof_is_accepted(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    tree = tree_of(leaves)
    root, leaf, proof = tree.root(size), leaf_hash(leaves[index]), tree.inclusion(index, size)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != index)) if size > 1 else size
    assert not includes(root, size, leaf, other, proof)
    assert not includes(root, size, leaf_hash(b"another"), index, proof)
    assert not includes(leaf_hash(b"another"), size, leaf, index, proof)
    assert not includes(root, size, leaf, size, proof)
    assert not includes(root, size, leaf, -1, proof)
    assert not includes(root, size, leaf, index, (*proof, EMPTY_ROOT))
    if proof:
        where = data.draw(st.integers(0, len(proof) - 1))
        assert not includes(root, size, leaf, index, proof[:where] + proof[where + 1 :])
        changed = (*proof[:where], bytes(32), *proof[where + 1 :])
        assert not includes(root, size, leaf, index, changed)


@settings(max_examples=300)
@given(st.data())
def test_a_tree_that_was_changed_or_cut_is_no_continuation(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, size - 1))
    tree = tree_of(numbered(size))
    before, after, proof = tree.root(old), tree.root(size), tree.consistency(old, size)
    rewritten = numbered(size)
    rewritten[data.draw(st.integers(0, old - 1))] = b"another"
    forked = tree_of(rewritten)
    assert not extends(old, before, size, forked.root(size), forked.consistency(old, size))
    assert not extends(old, before, size, forked.root(size), proof)
    assert not extends(size, after, old, before, proof)
    assert not extends(old, after, size, before, proof)
    assert not extends(old, before, old, forked.root(old), ())
    assert not extends(0, before, size, after, ())
    if proof:
        where = data.draw(st.integers(0, len(proof) - 1))
        assert not extends(old, before, size, after, proof[:where] + proof[where + 1 :])
        assert not extends(old, before, size, after, (*proof[:where], bytes(32), *proof[where + 1 :]))


def test_from_nothing_and_to_itself_nothing_is_to_be_shown() -> None:
    tree = tree_of(LEAVES)
    root = tree.root(8)
    assert tree.consistency(0, 8) == tree.consistency(8, 8) == ()
    assert extends(0, EMPTY_ROOT, 8, root, ())
    assert extends(0, EMPTY_ROOT, 0, EMPTY_ROOT, ())
    assert extends(8, root, 8, root, ())
    assert not extends(0, EMPTY_ROOT, 0, root, ())
    assert not extends(0, EMPTY_ROOT, 8, root, (root,))
    assert not extends(8, root, 8, root, (root,))
    assert not extends(4, tree.root(4), 8, root, ())
    assert not extends(3, tree.root(3), 8, root, ())
    assert not extends(-1, EMPTY_ROOT, 8, root, ())


def test_a_proof_that_is_longer_than_any_tree_is_not_looked_at() -> None:
    nodes = (bytes(32),) * 64
    assert not includes(EMPTY_ROOT, 2**62, EMPTY_ROOT, 0, nodes)
    assert not extends(3, EMPTY_ROOT, 2**62, EMPTY_ROOT, nodes)


@settings(max_examples=500)
@given(
    st.integers(-2, 2**53), st.integers(-2, 2**53), st.lists(st.binary(min_size=32, max_size=32), max_size=70),
    st.binary(min_size=32, max_size=32),
)  # fmt: skip
def test_proofs_from_outside_raise_nothing(one: int, two: int, proof: list[bytes], root: bytes) -> None:
    assert not includes(root, one, root, two, [*proof, root])
    assert one == two or not extends(one, root, two, root, [*proof, bytes(32)])


def test_proofs_that_ask_for_what_is_not_there_are_refused() -> None:
    tree = tree_of(LEAVES)
    with pytest.raises(ValueError, match="has none at 8"):
        tree.inclusion(8, 8)
    with pytest.raises(ValueError, match="no earlier one of 9"):
        tree.consistency(9, 8)
    with pytest.raises(Undecodable, match="8 leaves, not 9"):
        tree.root(9)


def test_a_page_is_read_once() -> None:
    read: list[tuple[int, int]] = []
    leaves = numbered(5 * PAGE + 7)

    def source(start: int, stop: int) -> Iterable[bytes]:
        read.append((start, stop))
        return leaves[start:stop]

    tree = Tree(source)
    tree.root(len(leaves))
    assert max(stop - start for start, stop in read) <= PAGE
    read.clear()
    proof = tree.consistency(3 * PAGE, len(leaves))
    assert all(start >= 5 * PAGE for start, _ in read)
    assert extends(3 * PAGE, tree.root(3 * PAGE), len(leaves), tree.root(len(leaves)), proof)
