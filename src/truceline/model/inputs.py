"""Everything one run reads, as bytes: what the shell hands to the pipeline, so that the pipeline needs no disk."""

from dataclasses import dataclass

from truceline.model.mission import Mission

MAX_FILE_BYTES = 512 * 2**20  # of any one file


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A mission's files by their path inside the mission folder, and the moment of knowledge."""

    mission: Mission
    mandates: dict[str, bytes]
    feeds: dict[str, bytes]
    catalogues: dict[str, bytes]
    geometry: dict[str, bytes]
    now_us: int  # UTC: what is known by then, and nothing later
