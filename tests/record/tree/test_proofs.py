"""Proofs of inclusion and consistency: as RFC 6962 has them, as others compute them, and nothing else holds."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree, InvalidProof, verify_consistency
from tests.record.tree.grown import leaf, mth, path, proof, written

from truceline.base.canonical import leaf_hash, tree_path, tree_root
from truceline.record.leaf import Frontier
from truceline.record.tree.nodes import grow
from truceline.record.tree.proofs import consistency_holds, consistency_path, inclusion_holds, inclusion_path

# The eight inputs of the Certificate Transparency reference and what it gives for them.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
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
FOUR, LAST_TWO = ROOTS[3], "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
SECOND = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
THIRD_FOURTH = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
LAST_FOUR = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
FIFTH = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
FIFTH_SIXTH = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


@pytest.mark.parametrize(
    ("position", "size", "expected"),
    [
        (0, 1, []),
        (0, 8, [SECOND, THIRD_FOURTH, LAST_FOUR]),
        (5, 8, [FIFTH, LAST_TWO, FOUR]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], THIRD_FOURTH, FIFTH]),
    ],
)
def test_inclusion_is_proven_as_the_reference_proves_it(
    tmp_path: Path, position: int, size: int, expected: list[str]
) -> None:
    inputs = [bytes.fromhex(text) for text in INPUTS]
    tree = written(tmp_path / "tree", inputs)
    assert [tree.root(n).hex() for n in range(1, 9)] == ROOTS
    found = inclusion_path(tree.subtree, position, size)
    assert [one.hex() for one in found] == expected
    root = bytes.fromhex(ROOTS[size - 1])
    assert inclusion_holds(inputs[position], position=position, size=size, path=found, root=root)
    tree.close()


@pytest.mark.parametrize(
    ("old", "size", "expected"),
    [
        (1, 1, []),
        (1, 8, [SECOND, THIRD_FOURTH, LAST_FOUR]),
        (6, 8, [FIFTH_SIXTH, LAST_TWO, FOUR]),
        (2, 5, [THIRD_FOURTH, FIFTH]),
    ],
)
def test_consistency_is_proven_as_the_reference_proves_it(
    tmp_path: Path, old: int, size: int, expected: list[str]
) -> None:
    tree = written(tmp_path / "tree", [bytes.fromhex(text) for text in INPUTS])
    found = consistency_path(tree.subtree, old, size)
    assert [one.hex() for one in found] == expected
    roots = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1])
    assert consistency_holds(old=old, old_root=roots[0], size=size, root=roots[1], path=found)
    tree.close()


MOST = 70


def test_every_proof_of_every_tree_is_the_one_of_the_standard(tmp_path: Path) -> None:
    leaves = [leaf(number) for number in range(MOST)]
    hashes = [leaf_hash(one) for one in leaves]
    tree = written(tmp_path / "tree", leaves)
    roots = [tree.root(size) for size in range(MOST + 1)]
    for size in range(MOST + 1):
        assert roots[size] == mth(leaves[:size]) == tree_root(hashes[:size])
        for at in range(size):
            found = inclusion_path(tree.subtree, at, size)
            assert found == tree_path(hashes[:size], at)
            assert inclusion_holds(leaves[at], position=at, size=size, path=found, root=roots[size])
        for old in range(1, size + 1) if size % 3 == 0 else ():
            found = consistency_path(tree.subtree, old, size)
            assert found == proof(old, leaves[:size])
            assert consistency_holds(old=old, old_root=roots[old], size=size, root=roots[size], path=found)
    assert path(5, leaves[:9]) == inclusion_path(tree.subtree, 5, 9)
    tree.close()


def test_another_program_comes_to_the_same_roots_and_paths(tmp_path: Path) -> None:
    leaves = [leaf(number) for number in range(37)]
    tree, other = written(tmp_path / "tree", leaves), InmemoryTree(algorithm="sha256")
    for size, one in enumerate(leaves, start=1):
        other.append_entry(one)
        assert other.get_root(size) == tree.root(size)
    for size in range(1, 38):
        for at in range(size):
            theirs = set(other.prove_inclusion(at + 1, size).serialize()["path"])
            ours = inclusion_path(tree.subtree, at, size)
            assert theirs == {one.hex() for one in (*ours, leaf_hash(leaves[at]))}
        for old in range(1, size):  # its paths split what the standard joins
            verify_consistency(tree.root(old), tree.root(size), other.prove_consistency(old, size))
            with pytest.raises(InvalidProof):
                verify_consistency(tree.root(old - 1), tree.root(size), other.prove_consistency(old, size))
    tree.close()


ALL = [leaf(number) for number in range(40)]


def subtree(first: int, end: int) -> bytes:
    return mth(ALL[first:end])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_altered_proof_of_inclusion_does_not_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    at = data.draw(st.integers(0, size - 1))
    found = inclusion_path(subtree, at, size)
    root = mth(ALL[:size])
    which, byte = data.draw(st.integers(0, len(found) - 1)), data.draw(st.integers(0, 31))
    wrong = bytes(value ^ (number == byte) for number, value in enumerate(found[which]))
    for path_, position, count, one in (
        ([*found[:which], wrong, *found[which + 1 :]], at, size, ALL[at]),
        (found[:-1], at, size, ALL[at]),
        ([*found, wrong], at, size, ALL[at]),
        (found, at ^ 1, size, ALL[at]),
        (found, at, size, ALL[at - 1]),
        (found, size, size, ALL[at]),
        (found, -1, size, ALL[at]),
    ):
        assert not inclusion_holds(one, position=position, size=count, path=path_, root=root)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_altered_proof_of_consistency_does_not_hold(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 40))
    old = data.draw(st.integers(1, size - 1))
    found = consistency_path(subtree, old, size)
    old_root, root = mth(ALL[:old]), mth(ALL[:size])
    which, byte = data.draw(st.integers(0, len(found) - 1)), data.draw(st.integers(0, 31))
    wrong = bytes(value ^ (number == byte) for number, value in enumerate(found[which]))
    for steps, before, first, last in (
        ([*found[:which], wrong, *found[which + 1 :]], old, old_root, root),
        (found[:-1], old, old_root, root),
        ([*found, wrong], old, old_root, root),
        (found, old, wrong, root),
        (found, old, old_root, wrong),
        ([], old, old_root, root),
        (found, size + 1, old_root, root),
        (found, -1, old_root, root),
    ):
        assert not consistency_holds(old=before, old_root=first, size=size, root=last, path=steps)
    assert not consistency_holds(old=old, old_root=old_root, size=4 * size, root=root, path=found)


def test_a_log_that_forgot_or_changed_an_entry_does_not_begin_with_the_old_one() -> None:
    other = [*ALL[:5], leaf(1000), *ALL[6:]]
    for old in range(6, 20):
        found = consistency_path(lambda first, end: mth(other[first:end]), old, 20)
        assert not consistency_holds(old=old, old_root=mth(ALL[:old]), size=20, root=mth(other[:20]), path=found)
    assert consistency_path(subtree, 0, 7) == []
    assert consistency_holds(old=0, old_root=hashlib.sha256().digest(), size=7, root=mth(ALL[:7]), path=[])
    assert not consistency_holds(old=0, old_root=mth(ALL[:1]), size=7, root=mth(ALL[:7]), path=[])
    assert not consistency_holds(old=7, old_root=mth(ALL[:6]), size=7, root=mth(ALL[:7]), path=[])


def test_a_frontier_grown_in_any_portions_is_the_same() -> None:
    whole = Frontier()
    hashes = grow(whole, ALL)
    for step in (1, 3, 7, 39):
        portions = Frontier()
        assert b"".join(grow(portions, ALL[at : at + step]) for at in range(0, 40, step)) == hashes
        assert portions == whole
