"""Spots: places that stand for the ground that is to be watched, as arrays; and what a clause needs seen there."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """n places; each stands for its share of the ground of one stretch, side and band.

    A stretch's spots are spread evenly along it and across each band; all arrays have shape (n,).
    """

    lon_deg: Numbers  # WGS 84
    lat_deg: Numbers
    stretch: npt.NDArray[np.int64]  # row of STRETCHES
    side: npt.NDArray[np.int64]  # 1: left of the line, -1: right, 0: of a zone
    distance_m: Numbers  # from its line, geodesic; 0 of a zone
    weight_m2: Numbers  # of ground that it stands for

    def __len__(self) -> int:
        return len(self.lon_deg)

    def of(self, which: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Spots":
        """Those for which `which`, shape (n,), is true; or these rows, in this order."""
        return Spots(**{each.name: getattr(self, each.name)[which] for each in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What an act shows of itself, at the least.

    A clause over several classes has the signature that is hardest to see: what was seen of it is never overstated.
    """

    name: str  # "vehicle", "person", "flash", "flight", "works", "damage"
    size_m: float  # its lesser side, for the resolution that it needs
    stays_s: int  # how long it can be seen, at the least
    means: tuple[str, ...]  # vocabulary.MEANS that can see or hear it
    glows: bool = False  # seen at night without light
    heard_m: float = 0.0  # distance at which half of them are heard on a still day; 0: makes no sound that counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one clause needs seen, and where: `at` is true for the spots of its ground, shape (n,)."""

    mandate: str
    clause: str
    signature: Signature
    at: npt.NDArray[np.bool_]
    from_us: int  # while it binds, within the time that is asked about
    until_us: int
