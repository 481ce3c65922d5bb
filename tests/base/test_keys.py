"""Keys that a person wrote: an unknown one is refused where it stands, with the nearest known."""

from dataclasses import dataclass

import pytest

from truceline.base.errors import UnknownNameError
from truceline.base.keys import nearest, refuse_unknown


@dataclass(frozen=True)
class Leaf:
    width_m: int = 0


@dataclass(frozen=True)
class Tree:
    height_m: int = 0
    top: Leaf | None = None
    leaves: tuple[Leaf, ...] = ()


def test_known_keys_pass_however_deep() -> None:
    refuse_unknown({"height_m": 1, "top": {"width_m": 2}, "leaves": [{"width_m": 3}, {}]}, Tree, where="t.toml")


@pytest.mark.parametrize(
    ("value", "where", "key"),
    [
        ({"heigth_m": 1}, "t.toml", "height_m"),
        ({"top": {"widht_m": 1}}, "t.toml, top", "width_m"),
        ({"leaves": [{}, {"width": 1}]}, "t.toml, leaves, entry 2", "width_m"),
    ],
)
def test_an_unknown_key_is_refused_with_its_place_and_the_nearest(value: object, where: str, key: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        refuse_unknown(value, Tree, where=where.split(",", maxsplit=1)[0])
    assert caught.value.subject == where
    assert caught.value.remedy == f"Did you mean {key!r}?"


def test_a_remedy_stays_short_however_many_names_there_are() -> None:
    assert nearest("zz", ["a", "b"]) == "Known: a, b."
    assert nearest("x1", [f"x{number}" for number in range(501)]).endswith("x39 and 461 more.")
