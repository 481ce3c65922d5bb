"""Reports for tests of association and review: where and when in metres and seconds from one place and moment."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from truceline.base.units import US_PER_S
from truceline.fuse import check_review, fuse
from truceline.model.batch import table
from truceline.model.observation import OBSERVATIONS
from truceline.model.review import Review

Row = dict[str, Any]
T0_US = 1_746_000_000 * US_PER_S
LON_DEG, LAT_DEG = 37.0, 48.0
NORTH_M_PER_DEG = 111_194.93  # on the mean sphere
EAST_M_PER_DEG = 74_404.0  # at 48 degrees north


def report(name: str, source: str, at_s: float = 0, **more: Any) -> Row:
    """One observation; `half_s` of its time, `east_m`, `north_m` and `sigma_m` of its place, else its columns."""
    half_s, sigma_m = more.pop("half_s", 1), more.pop("sigma_m", 50.0)
    east_m, north_m = more.pop("east_m", 0.0), more.pop("north_m", 0.0)
    return {
        "observation_id": name,
        "source_id": source,
        "means": "acoustic",
        "happening": "",
        "earliest_at_us": T0_US + round((at_s - half_s) * US_PER_S),
        "latest_at_us": T0_US + round((at_s + half_s) * US_PER_S),
        "lon_deg": LON_DEG + east_m / EAST_M_PER_DEG,
        "lat_deg": LAT_DEG + north_m / NORTH_M_PER_DEG,
        "cov_ee_m2": sigma_m**2,
        "cov_en_m2": 0.0,
        "cov_nn_m2": sigma_m**2,
        "place_name": "",
        "parties": [],
        "act": "fire",
        "weapon_system": "",
        "weapon_class": "",
        "object_kind": "",
        "inventory": "",
        **more,
    }


UNPLACED = dict.fromkeys(("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2"))


def observed(rows: Iterable[Row]) -> pa.Table:
    """The rows as OBSERVATIONS."""
    return table(list(rows), OBSERVATIONS)


def near(*rows: Row, **settled: Any) -> list[Row]:
    """Events where time, place and kind may join."""
    found: list[Row] = fuse(observed(rows), associate="near", **settled).to_pylist()
    return found


def together(events: Iterable[Row]) -> list[list[str]]:
    """Who is with whom: the member sets, sorted."""
    return sorted(event["members"] for event in events)


def holding(events: Iterable[Row], member: str) -> Row:
    """The event that an observation is in."""
    return next(event for event in events if member in event["members"])


class Desk:
    """A mission as it goes on: reports come in, people decide about what stands, ids are journalled."""

    def __init__(self, *rows: Row, associate: str = "near") -> None:
        self.rows: list[Row] = []
        self.reviews: list[Review] = []
        self.journal: dict[str, tuple[str, ...]] = {}
        self.associate = associate
        self.arrive(*rows)

    @property
    def table(self) -> pa.Table:
        """EVENTS as they stand."""
        settled: dict[str, Any] = {"reviews": tuple(self.reviews), "associate": self.associate}
        return fuse(observed(self.rows), journal=self.journal, **settled)

    @property
    def events(self) -> list[Row]:
        """The same as rows."""
        found: list[Row] = self.table.to_pylist()
        return found

    def arrive(self, *rows: Row) -> None:
        """Reports come in; new events get their ids."""
        self.rows += rows
        self._give_ids()

    def decide(self, act: str, holding_member: str = "", **parts: Any) -> Review:
        """A person decides about the event that holds a member."""
        events = self.events
        named = holding(events, holding_member)["event_id"] if holding_member else ""
        asked = Review(event_id=named, act=act, at_us=T0_US, author="anna", **parts)  # type: ignore[arg-type]
        review = check_review(asked, self.table)
        self.reviews.append(review)
        self._give_ids()
        return review

    def _give_ids(self) -> None:
        for event in self.events:
            self.journal.setdefault(event["event_id"], tuple(event["members"]))
