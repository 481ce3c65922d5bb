"""Equal meaning is equal bytes; a changed byte is another root; proofs fit one place only."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truceline.base.canonical import canonical_bytes, leaf_hash, node_hash, path_root, rows_root, tree_path, tree_root

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES))
def test_the_order_of_keys_means_nothing(value):
    assert canonical_bytes(dict(reversed(value.items()))) == canonical_bytes(value)


def test_keys_sort_by_utf_16_as_rfc_8785_wants():
    """The example of RFC 8785, 3.2.3."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = list(__import__("json").loads(canonical_bytes(dict.fromkeys(keys, 0))))
    assert order == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [0.5, float("nan"), 2**53, b"x", {1, 2}])
def test_what_has_no_canonical_form_is_our_own_mistake(value):
    with pytest.raises(AssertionError):
        canonical_bytes([value])


def test_the_empty_tree_and_single_leaf_are_those_of_rfc_6962():
    assert tree_root([]) == hashlib.sha256(b"").digest()
    assert leaf_hash(b"") == bytes.fromhex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")


def test_the_known_roots_of_rfc_6962_test_vectors():
    """Inputs and roots of the reference test data of Certificate Transparency."""
    leaves = [
        leaf_hash(bytes.fromhex(each))
        for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
    ]
    assert tree_root(leaves[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree_root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("size", range(1, 34))
def test_every_path_leads_to_the_root_from_its_own_place_only(size):
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    root = tree_root(leaves)
    for index in range(size):
        path = tree_path(leaves, index)
        assert path_root(leaves[index], index=index, size=size, path=path) == root
        assert path_root(node_hash(root, root), index=index, size=size, path=path) != root
        assert size == 1 or path_root(leaves[index], index=(index + 1) % size, size=size, path=path) != root
        assert path_root(leaves[index], index=index, size=size, path=[*path, root]) is None


@given(st.lists(st.binary(max_size=8)), st.randoms())
def test_rows_have_one_root_in_any_order(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert rows_root(shuffled) == rows_root(rows)
