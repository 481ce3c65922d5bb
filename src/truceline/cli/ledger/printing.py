"""What the commands of the ledger print: suggestions, what came in, what was decided."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

from truceline.base.canonical import plain
from truceline.guarantee import Suggested
from truceline.model.document import Span
from truceline.model.statement import Statement
from truceline.run.ledger import Added
from truceline.run.ledger.words import WIDTH, chain_words, stance_words


def suggested_json(found: Suggested) -> dict[str, object]:
    """Everything suggested about one article as JSON values; offsets count characters of the file."""
    return {
        "document": plain(found.document),
        "statements": [statement_json(each) for each in found.statements],
        "positions": [plain(each) for each in found.positions],
        "propositions": [plain(each) for each in found.propositions],
        "unseen": [plain(each) for each in found.unseen],
        "relations": [plain(each) for each in found.relations],
    }


def statement_json(row: Statement) -> dict[str, object]:
    """One statement as JSON values."""
    return {
        "statement_id": row.statement_id,
        "content": row.words,
        "content_spans": [_place(span) for span in row.content],
        "cue": row.cue.exact if row.cue else None,
        "cue_span": _place(row.cue),
        "speaker": row.speaker,
        "speaker_text": row.speaker_span.exact if row.speaker_span else None,
        "speaker_span": _place(row.speaker_span),
        "speaker_type": row.speaker_kind,
        "speaker_id": row.speaker_id,
        "speaks_for": row.speaks_for,
        "source_chain": [{"role": link.role, "name": link.name, "named": link.named} for link in row.chain],
        "attribution": row.attribution,
        "parent_id": row.parent_id,
        "verb": row.verb,
        "negated": row.negated,
        "hedges": list(row.hedges),
        "stance": row.stance,
        "stance_holder": row.holder_id,
        "move": row.move,
        "about": list(row.about),
        "date_said": plain(row.said),
        "date_event": plain(row.happened),
        "rule": row.found.name,
        "right_permille": row.found.right_permille,
    }


def _place(span: Span | None) -> dict[str, int] | None:
    return {"start": span.start, "end": span.end} if span else None


def suggested_words(found: Suggested) -> str:
    """The same for a person."""
    document = found.document
    by = document.author or document.publisher or "publisher not stated"
    page = f", on the page of {document.republisher}" if document.republisher else ""
    published = document.published.value or "at a time not stated"
    parts = [document.title or document.name, f"  {by}{page}; published {published}", ""]
    texts = {each.proposition_id: each.text for each in found.propositions}
    read_in = {each.statement_id: each for each in found.positions}
    for number, row in enumerate(found.statements, start=1):
        parts.append(fill(f"{number:>3}  {row.speaker or 'not told'}: “{row.words}”", WIDTH, subsequent_indent="     "))
        parts.append(f"     {_how(row)}")
        parts.append(f"     through {chain_words(row.chain) or 'nobody named'}")
        position = read_in.get(row.statement_id)
        if position is not None:
            parts.append(f"     stance: {stance_words(position, texts[position.proposition_id])}")
    parts += [f"  ?  a report spoken of as “{each.words}” that is not here" for each in found.unseen]
    if document.leads:
        parts += ["", "Headlines of other texts that tell of somebody's words:"]
        parts += [f"     {lead.exact}" for lead in document.leads]
    count = len(found.statements)
    parts += ["", f"{count} suggestions; none counts before a person confirms it: truceline ledger add, review."]
    return "\n".join(parts)


def _how(row: Statement) -> str:
    when = f"said {row.said.value} ({row.said.basis})" if row.said.value else "when is not stated"
    hedged = f", hedged: {', '.join(row.hedges)}" if row.hedges else ""
    does = f", {row.move.replace('_', ' ')}" if row.move else ""
    rule = f"rule {row.found.name}, right in {row.found.right_permille // 10} of 100"
    return f"{row.attribution}{does}{hedged}; {when}; {rule}"


def added_words(made: Iterable[Added], folder: Path) -> str:
    """What came in, file by file, and what to do next."""
    parts = []
    for each in made:
        counted = ", ".join(f"{count} {_several(kind, count)}" for kind, count in each.counts.items())
        parts.append(f"{each.file}: {each.refused or counted or 'nothing new'}")
        parts += [f"  {remark}" for remark in each.remarks]
        parts += [f"  {reject.at}: {reject.words}" for reject in each.rejects[:20]]
        if len(each.rejects) > 20:
            parts.append(f"  and {len(each.rejects) - 20} more rows set aside")
    return "\n".join([*parts, "", f"Next: truceline ledger review {folder} --by NAME"])


def _several(kind: str, count: int) -> str:
    return kind if count == 1 or kind == "unseen" else f"{kind}s"


def tally_words(done: Counter[str], waiting: int) -> str:
    """What was decided, and what still waits."""
    counted = ", ".join(f"{count} {act.replace('_', ' ')}" for act, count in sorted(done.items()))
    return f"Decided: {counted or 'nothing'}. {waiting} card{'' if waiting == 1 else 's'} waiting for this reader."
