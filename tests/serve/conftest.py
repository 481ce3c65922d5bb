"""A served mission for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.live.simulated import MIN
from tests.serve.house import House, opened

from truceline.model.review import Review


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A mission as it was declared, served."""
    made = opened(tmp_path / "mission")
    yield made
    made.close()


@pytest.fixture
def case_house(house: House) -> House:
    """One shot near the line, confirmed by a person; its case is open and has told both parties."""
    simulated = house.simulated
    simulated.send()
    (shot,) = [row for row in simulated.desk.own("event").to_pylist() if row["act"] == "fire"]
    simulated.clock.on(MIN)
    simulated.review(Review(event_id=shot["event_id"], act="confirm", at_us=0, author=""))
    (case_id,) = simulated.desk.books.cases.cases
    simulated.act("wanda", case_id, "acted", "MISSION", "tell", "done")
    simulated.round()
    return house
