"""Everything one run reads, as bytes: what the shell hands to the pipeline, so that the pipeline needs no disk."""

from dataclasses import dataclass, field

from truceline.model.coverage import Visit
from truceline.model.mission import Format, Mission
from truceline.model.review import Review

MAX_FILE_BYTES = 512 * 2**20  # of any one file


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFile:
    """Bytes that came in while the mission ran: rows of one feed, by its mapping, in the format they were sent in."""

    name: str  # as the sender or the watched folder names it
    feed: str
    format: Format
    content: bytes
    sha256: str  # of what the record keeps of it: of `content`, or where that is sealed, of the sealed bytes
    compartment: str = ""  # the party whose liaison sent it: theirs and the mission's alone; empty: the mission's
    salt: str = ""  # the mission's secret, without which nobody can work out the ids of its rows; empty: anybody can
    came_at_us: int = 0  # when it came in, UTC
    media: tuple[str, ...] = ()  # hashes that the files inside are kept under, in the order of their own; empty: those

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is: the same bytes for another feed, or from another party, are another file."""
        return self.sha256, self.feed, self.compartment


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """A mission's files by their path inside the mission folder, what came in live, and the moment of knowledge."""

    mission: Mission
    mandates: dict[str, bytes]
    feeds: dict[str, bytes]
    catalogues: dict[str, bytes]
    geometry: dict[str, bytes]
    now_us: int  # UTC: what is known by then, and nothing later
    live: tuple[LiveFile, ...] = ()  # in the order in which they came
    reviews: tuple[Review, ...] = ()  # people's decisions about events, in the order of the record
    decided: tuple[dict[str, object], ...] = ()  # NOTICES rows: what bodies decided of the mandate's own registers
    visits: tuple[Visit, ...] = ()  # that open cases wait for
    journal: dict[str, tuple[str, ...]] = field(default_factory=dict)  # event ids as given, each with its members then
    beside: dict[str, bytes] = field(default_factory=dict)  # by path: terrain, sightings and control points of footage

    sealed: dict[str, str] = field(default_factory=dict)  # by path of a file whose bytes are sealed: SHA-256 of these

    @property
    def files(self) -> dict[str, bytes]:
        """Every file that the declaration names, by path."""
        return self.mandates | self.feeds | self.catalogues | self.geometry | self.beside
