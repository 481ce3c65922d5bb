"""What a judgement reads: the tables that the stages before `judge` made, and the sources by id."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from truceline.model.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Tables of `model/`, and the sources by id."""

    events: pa.Table  # EVENTS
    observations: pa.Table  # OBSERVATIONS
    placings: pa.Table  # PLACINGS of events and of observations
    notices: pa.Table  # NOTICES
    claims: pa.Table  # CLAIMS
    coverage: pa.Table  # COVERAGE
    sources: Mapping[str, Source]
    set_aside: int = 0  # rows of the mission's own observations that could not be read: they may have said anything
