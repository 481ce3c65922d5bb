"""A small invented article, what was said in it, and by whom: for both exports."""

from dataclasses import replace

from truceline.model.actor import Actor, Bond
from truceline.model.decision import Decision
from truceline.model.document import Document, Span
from truceline.model.statement import Link, Statement

TEXT = (
    "Northport, 3 March. Serrania “will not send troops”, its minister said on Monday – 🛰 "
    "“under no mandate at all”.\r\nAccording to sources in the capital, Northland is considering drones.\n"
)
SHA256 = "ab" * 32


def span(words: str) -> Span:
    """Where these words stand in the text."""
    start = TEXT.index(words)
    end = start + len(words)
    return Span(start=start, end=end, exact=words, prefix=TEXT[max(0, start - 32) : start], suffix=TEXT[end : end + 32])


DOCUMENT = Document(
    document_id="doc-1",
    sha256=SHA256,
    name="valley post.txt",
    form="plain",
    encoding="utf-8",
    title="Serrania refuses",
    publisher="Valley Post",
    republisher="Coast Wire",
)
REFUSED = Statement(
    statement_id="st-1",
    document_id="doc-1",
    content=(span("will not send troops"), span("under no mandate at all")),
    attribution="mixed",
    speaker="its minister",
    speaker_id="SER-minister",
    speaks_for="SER",
    stance="refused",
    chain=(
        Link(role="publisher", name="Valley Post"),
        Link(role="origin", name="its minister", actor_id="SER-minister"),
    ),
)
CONSIDERED = Statement(
    statement_id="st-2",
    document_id="doc-1",
    content=(span("Northland is considering drones"),),
    attribution="indirect",
    parent_id="st-1",
    move="reports",
    chain=(
        Link(role="publisher", name="Valley Post", reliability="B", credibility=2),
        Link(role="origin", name="sources in the capital", named=False),
    ),
)
OTHERS = replace(CONSIDERED, statement_id="st-3", content=(span("Northport, 3 March"),), move="", parent_id="")
STATEMENTS = (REFUSED, CONSIDERED, OTHERS)
ACTORS = (
    Actor(actor_id="SER", kind="state", name="Serrania"),
    Actor(actor_id="SER-minister", kind="person", name="The minister"),
)
BONDS = (
    Bond(bond_id="b1", actor_id="SER-minister", kind="acts_for", target_id="SER", office="foreign minister"),
    Bond(bond_id="b2", actor_id="SER", kind="member_of", target_id="LEAGUE"),
)
DECISIONS = (
    Decision(row_id="st-1", act="confirm", author="anna b~c.", at_us=1_800_000_000_000_000),
    Decision(row_id="st-2", act="edit", author="ben", at_us=1_800_000_001_000_000, replaced_by=("st-3",)),
)
