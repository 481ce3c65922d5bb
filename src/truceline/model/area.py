"""Areas of responsibility: which team watches where, and whose consent a reassignment needs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area as the mission declares it: `[[areas]]`. `consent`: who must agree before another team takes it over."""

    name: str
    path: str  # GeoJSON in geo/
    team: str = ""  # empty: nobody's
    consent: tuple[str, ...] = ()
