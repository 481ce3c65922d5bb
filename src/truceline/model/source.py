"""Who says something, and on what footing.

Independence is declared between sources, never guessed.
"""

from dataclasses import dataclass
from typing import Literal

SourceKind = Literal["mission", "party_record", "party_claim", "media"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One origin of observations or claims.

    `kind`: `mission` (own or independent), `party_record` (a party's own log),
    `party_claim` (an allegation), `media`. `group` names what it shares an origin with: two sources of one group
    count once.
    """

    id: str
    name: str
    kind: SourceKind
    party: str = ""  # whose record or claim it is; empty for mission and media
    about: tuple[str, ...] = ()  # parties whose acts this record covers; a zero in it means something only for them
    acts: tuple[str, ...] = ()  # acts it covers
    group: str = ""  # independence group; empty: the source is its own
    citation: str = ""

    @property
    def independence(self) -> str:
        """The group that counts once."""
        return self.group or self.id
