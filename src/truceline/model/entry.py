"""One line of the record: who said or derived what, from what, when it became known."""

from dataclasses import dataclass, field

ENTRY_KINDS = (
    "mission",
    "raw",  # bytes that came in: a mission's file, or a live batch
    "table",
    "derived",  # made from an original and linked to it: a proxy, a clip, a still
    "finding",
    "assessment",
    "custody",  # who read, exported or released what, and why
    "report",
    "case",  # one event of one case
    "event",  # the id that a live event was given, and its members then
    "effect",  # what became of a message that a case asked for
    "review",  # a person's decision about an event
    "area",  # assignment, withdrawal, consent
    "suspension",  # of clauses: proposed, voted, decided, restored
    "bulletin",  # one issue of one bulletin
    "release",  # an embargo, a publication, an equal-release receipt
    "account",  # made, changed, disabled; never a secret
    "refusal",  # an act that was refused, and why
    "clock",  # a jump of the clock
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is put into the log. Its canonical bytes are the body of one leaf (decision 0006)."""

    kind: str
    subject: str  # what it is about: a feed, a table, a finding
    author: str  # a person, or `truceline <version>`
    known_at: str  # UTC stamp, when the mission knew it
    hashes: tuple[str, ...] = ()  # content it speaks about, sha-256, all in the content store
    detail: dict[str, object] = field(default_factory=dict)  # canonical values only: no floats

    def body(self) -> dict[str, object]:
        """The entry as plain values, for canonical bytes."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "author": self.author,
            "known_at": self.known_at,
            "hashes": list(self.hashes),
            "detail": self.detail,
        }
