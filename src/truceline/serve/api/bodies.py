"""What a caller may send, field by field; anything else is refused. The schema in /openapi.json is made from these."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from truceline.model.account import Role
from truceline.model.review import Act

_STRICT = ConfigDict(extra="forbid")
Name = Annotated[str, Field(max_length=80)]
Words = Annotated[str, Field(max_length=20_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000)]
Instant = Annotated[int, Field(ge=0, le=4_102_444_800_000_000)]  # microseconds UTC, to the year 2100
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Ids = Annotated[list[Name], Field(max_length=1_000)]
Statement = Literal[
    "acted", "consented", "voted", "objected", "confirmed", "replied", "self_reported", "asked", "clarified", "noted"
]


@dataclass(frozen=True, kw_only=True)
class ActBody:
    """A statement in a case."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    kind: Statement
    actor: Name = ""
    step: Name = ""
    result: Name = ""
    words: Words = ""
    due_at_us: Instant = 0


@dataclass(frozen=True, kw_only=True)
class AttributionBody:
    """A panellist's vote; without a party: it cannot be attributed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    party: Name = ""
    victim: Name = ""
    words: Words = ""


@dataclass(frozen=True, kw_only=True)
class OpenBody:
    """A case about the events of a finding."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    finding_id: Name
    words: Reason


@dataclass(frozen=True, kw_only=True)
class MigrationBody:
    """Another version of the mandate for a case."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    mandate_sha256: Hash
    words: Reason


@dataclass(frozen=True, kw_only=True)
class ReviewBody:
    """A person's decision about an event. `values` are columns of the event by name."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    act: Act
    reason: Annotated[str, Field(max_length=2_000)] = ""
    members: Ids = field(default_factory=list)
    others: Ids = field(default_factory=list)
    values: Annotated[dict[Name, Name], Field(max_length=40)] = field(default_factory=dict)
    blind: Name = ""


@dataclass(frozen=True, kw_only=True)
class SampleBody:
    """A sample of one day's events for a blind second review."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    from_us: Instant  # the day's first moment
    share_permille: Annotated[int, Field(ge=1, le=1_000)]
    seed: Annotated[str, Field(min_length=1, max_length=80)]


@dataclass(frozen=True, kw_only=True)
class ReleaseBody:
    """Withhold items, end that, or publish them."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    act: Literal["embargo", "lift", "publish"]
    items: Annotated[list[Name], Field(min_length=1, max_length=1_000)]
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class AreaBody:
    """What happens to an area of responsibility."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    kind: Literal["assigned", "withdrawn", "proposed", "consented"]
    team: Name = ""
    actor: Name = ""
    result: Literal["", "yes", "no"] = ""
    words: Words = ""


@dataclass(frozen=True, kw_only=True)
class SuspensionBody:
    """A vote or an objection about a suspension."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    kind: Literal["voted", "objected"]
    actor: Name
    result: Literal["", "yes", "no"] = ""
    words: Words = ""


@dataclass(frozen=True, kw_only=True)
class AcceptBody:
    """A person says that the system's clock is right after a jump."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class SignInBody:
    """Name and password."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


@dataclass(frozen=True, kw_only=True)
class PasswordBody:
    """A new password, and the one that holds now."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    password: Annotated[str, Field(min_length=1, max_length=256, repr=False)]
    new: Annotated[str, Field(min_length=1, max_length=256, repr=False)]


@dataclass(frozen=True, kw_only=True)
class AccountBody:
    """An account as it is to be."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    role: Role
    party: Name = ""
    acts_for: Ids = field(default_factory=list)
    panel: bool = False
    disabled: bool = False
    password: Annotated[str, Field(max_length=256, repr=False)] = ""


@dataclass(frozen=True, kw_only=True)
class IdentityBody:
    """A person at the mission's issuer, by the issuer's own name for them (`sub`)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    subject: Annotated[str, Field(min_length=1, max_length=255)]


@dataclass(frozen=True, kw_only=True)
class KeyBody:
    """A key that is to be issued: what it may do, and for how many days."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rights: Annotated[list[Literal["submit", "review", "act", "attribute", "open", "publish"]], Field(max_length=6)]
    days: Annotated[int, Field(ge=1, le=366)]
