"""What several statements about one thing can all agree on; and where they cannot, how wide they are
together.

Each function returns the common ground and whether the statements can all be right. Unknown agrees with
everything.
"""

from collections.abc import Iterable, Sequence

from truceline.model.vocabulary import leaves_of

Interval = tuple[int | None, int | None]  # closed; None: not bounded at that end


def common_interval(intervals: Sequence[Interval]) -> tuple[Interval, bool]:
    """Intersection of closed intervals; where it is empty, the hull of those that are bounded at all.

    Args:
        intervals: at least one, whole numbers of any one unit.

    Returns: the interval, and True where all can be right.
    """
    lowest = max((low for low, _ in intervals if low is not None), default=None)
    highest = min((high for _, high in intervals if high is not None), default=None)
    if lowest is None or highest is None or lowest <= highest:
        return (lowest, highest), True
    bounded = [(low, high) for low, high in intervals if low is not None or high is not None]
    lows, highs = [low for low, _ in bounded], [high for _, high in bounded]
    return (
        None if None in lows else min(low for low in lows if low is not None),
        None if None in highs else max(high for high in highs if high is not None),
    ), False


def common_parties(stated: Iterable[Iterable[str] | None]) -> tuple[list[str], bool]:
    """Parties whose act it can be by every statement, sorted; all that were named where no one party is
    left.

    Args:
        stated: one set a statement; empty or None: the statement does not say.
    """
    sets = [frozenset(parties) for parties in stated if parties]
    if not sets:
        return [], True
    shared = frozenset.intersection(*sets)
    return (sorted(shared), True) if shared else (sorted(frozenset.union(*sets)), False)


def common_word(words: Iterable[str | None]) -> tuple[str, bool]:
    """The one word that all who say something say; empty (unknown) where they differ."""
    said = sorted({word for word in words if word})
    return (said[0] if len(said) == 1 else ""), len(said) <= 1


def common_class(classes: Iterable[str | None]) -> tuple[str, bool]:
    """The narrowest class that agrees with every stated one, a leaf with its group; empty where none does."""
    said = sorted({name for name in classes if name}, key=lambda name: (len(leaves_of(name)), name))
    if not said:
        return "", True
    agreed = all(leaves_of(said[0]) <= leaves_of(name) for name in said)
    return (said[0] if agreed else ""), agreed


def least_stated(values: Iterable[int | None]) -> int | None:
    """The least of the values that are stated; None where none is."""
    return min((value for value in values if value is not None), default=None)
