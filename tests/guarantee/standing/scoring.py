"""How well stances, holders and relations meet an annotation made by a person, given its statements as found.

    python -m tests.guarantee.standing.scoring [--misses]

measures the invented articles that may be read (`seen-*`). What a statement does is right where its stance is, or where
it has none and its move is. Content, cue, speaker and chain are the annotation's; nested statements are counted by
whether they were left without a stance.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from truceline.guarantee.reading import Text
from truceline.guarantee.standing import relations_suggested, with_stance
from truceline.model.actor import Actor, ActorKind
from truceline.model.document import NOT_STATED, Dated, Document, Span
from truceline.model.statement import Link, Statement

ARTICLES = Path(__file__).parents[1] / "articles"
KINDS: dict[str | None, ActorKind] = {
    "official": "person",
    "politician": "person",
    "expert": "generic",
    "anonymous": "unnamed_group",
    "document": "office",
    "party": "office",
    "igo": "organisation",
}
IRREGULAR = {"said": "say", "told": "tell", "wrote": "write", "according to": "according to", "denied": "deny"}
AUXILIARY = re.compile(
    r"\b(?:has|have|had|did|does|was|were|is|are|been|be|not|neither|nor|still|repeatedly|firmly|usually|specifically|as)\b"
)


@dataclass(slots=True)
class Score:
    right: int = 0
    of: int = 0
    holders_right: int = 0
    holders: int = 0
    suggested: int = 0
    suggested_right: int = 0
    voices_right: int = 0
    nested_left_alone: int = 0
    nested: int = 0
    misses: list[str] = field(default_factory=list)


def lemma_of(cue: str | None) -> str:
    """The cue's verb as a dictionary has it, well enough for the cues of these articles."""
    words = re.findall(r"[a-z]+", AUXILIARY.sub(" ", (cue or "").lower()))
    if "out" in words and words[0].startswith("rul"):
        return "rule out"
    if not words:
        return ""
    if " ".join(words) in IRREGULAR or words[0] in IRREGULAR:
        return IRREGULAR.get(" ".join(words)) or IRREGULAR[words[0]]
    word = re.sub(r"ies$|ied$|ying$", "y", words[0])
    for ending, instead in (("sses", "ss"), ("s", ""), ("cting", "ct"), ("ing", ""), ("ed", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2 and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    stems = {"describ": "describe", "propos": "propose", "promis": "promise", "oppos": "oppose", "pledg": "pledge"}
    stems |= {"urg": "urge", "argu": "argue", "stat": "state", "brush": "dismiss", "refus": "refuse"}
    stems |= {"acknowledg": "acknowledge", "believ": "believe", "not": "note", "disclos": "disclose", "calls": "call"}
    stems |= {
        "emphasiz": "emphasize",
        "indicat": "indicate",
        "emphasis": "emphasise",
        "dismi": "dismiss",
        "declin": "decline",
    }
    stems |= {"conced": "concede", "welcom": "welcome", "clarifi": "clarify", "explain": "explain", "assur": "assure"}
    return stems.get(word, word)


def found(row: dict, raw: str) -> Statement:
    """A row of an annotation as the statement that finding it would give, without stance."""

    def span(place: list[int] | None) -> Span | None:
        return Span(start=place[0], end=place[1], exact=raw[slice(*place)]) if place else None

    content = span(row["content_span"])
    assert content
    kind = row["speaker_type"]
    within = next((each["target"] for each in row["relations"] if each["type"] == "nested_in"), "")
    return Statement(
        statement_id=row["id"],
        document_id=row["article"],
        content=(content,),
        attribution=row["attribution"],
        cue=span(row["cue_span"]),
        speaker_span=span(row["speaker_span"]),
        speaker=row["speaker"] or "",
        speaker_kind=KINDS.get(kind, kind or "generic"),
        verb="according to" if row["verb_class"] == "according_to" else lemma_of(row["cue"]),
        negated=bool(re.search(r"\bnot\b|\bneither\b", row["cue"] or "")),
        parent_id=within or ("st-parent" if row["tier"] == "nested" else ""),
        chain=tuple(Link(role=e["role"], name=e["name"], named=e["named"]) for e in row["source_chain"]),
    )


def plain_text(raw: str) -> Text:
    return Text(file=raw, form="plain", body=raw, at=tuple(range(len(raw))), ends=tuple(range(1, len(raw) + 1)))


def invented_actors() -> tuple[dict[str, Actor], dict[str, str]]:
    """The actors of the invented articles as a ledger would hold them, and their ids by name."""
    known, ids = {}, {}
    for name, about in json.loads((ARTICLES / "actors.json").read_text("utf-8")).items():
        actor_id = "".join(letter for letter in name.upper() if letter.isalnum())[:12]
        other = [*about.get("demonyms", ()), *about.get("names", ()), about.get("capital")]
        kind: ActorKind = "organisation" if "names" in about else "state"
        known[actor_id] = Actor(
            actor_id=actor_id, kind=kind, name=name, names=tuple(n for n in other if n and n != name)
        )
        ids[name] = actor_id
    return known, ids


def seen() -> dict[str, list[dict]]:
    """The rows of each invented article that may be read."""
    paths = sorted(ARTICLES.glob("seen-*.jsonl"))
    return {path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in paths}


def articles() -> tuple[Score, list[Statement], dict[str, Document], dict[tuple[str, str], str]]:
    """The score on the invented articles; their statements with stance; their documents; the annotated relations."""
    known, ids = invented_actors()
    dates = json.loads((ARTICLES / "documents.json").read_text("utf-8"))
    score, statements, documents, relations = Score(), [], {}, {}
    for stem, rows in seen().items():
        raw = (ARTICLES / dates[stem]["file"]).read_bytes().decode("utf-8")
        published = Dated(value=dates[stem]["published"], precision=dates[stem]["precision"], basis="stated")
        text = plain_text(raw)
        for row in rows:
            full = with_stance(found(row, raw), text, known=known, published=published)
            documents[row["article"]] = Document(
                document_id=row["article"], sha256="", name=stem, form="plain", encoding="utf-8", published=published
            )
            relations |= {(row["id"], each["target"]): each["type"] for each in row["relations"]}
            if row["tier"] != "boilerplate":
                statements.append(full)
                mark(score, row, full, ids)
    return score, statements, documents, relations


def mark(score: Score, row: dict, full: Statement, ids: dict[str, str]) -> None:
    """Count one statement."""
    if row["tier"] == "nested":
        score.nested += 1
        score.nested_left_alone += not full.stance and not full.holder_id
        return
    if row["tier"] not in ("core", "headline"):
        return
    wanted = row["stance"] or f".{row['move']}"
    right = wanted == (full.stance or f".{full.move}")
    score.of += 1
    score.right += right
    score.suggested += bool(full.stance)
    score.suggested_right += bool(full.stance) and right
    score.voices_right += full.speaks_for == ids.get(row["speaks_for"], row["speaks_for"] or "")
    if row["stance"]:
        score.holders += 1
        score.holders_right += right and full.holder_id == ids.get(row["stance_holder"], row["stance_holder"])
    if not right:
        score.misses.append(f"{row['id']} {wanted} was taken for {full.stance or '.' + full.move}: {row['content']}")


def related(
    statements: list[Statement], documents: dict[str, Document], wanted: dict[tuple[str, str], str]
) -> dict[str, tuple[int, int, int]]:
    """By kind: relations suggested between statements, those of them annotated so, those annotated at all."""
    ids = {each.statement_id for each in statements}
    either = {frozenset(pair): kind for pair, kind in wanted.items() if kind != "nested_in"}
    counts: dict[str, Counter[str]] = {}
    for each in relations_suggested(statements, documents):
        if each.to_id in ids:
            kind = either.get(frozenset((each.from_id, each.to_id)))
            counts.setdefault(each.kind, Counter()).update(all=1, right=kind == each.kind, any=kind is not None)
    return {kind: (count["all"], count["right"], count["any"]) for kind, count in sorted(counts.items())}


def of_file(text_path: Path, rows_path: Path, moves: dict[str, str]) -> Score:
    """The score on one text with an annotation of an older form, whose words for moves are mapped."""
    raw, score = text_path.read_text("utf-8"), Score()
    for line in rows_path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["tier"] == "core":
            told = moves.get(row["stance"], row["stance"])
            row |= {"stance": "" if told.startswith(".") else told, "move": told.removeprefix(".")}
            row["speaker_type"] = row["speaker_type"] or "generic"
            full = with_stance(found(row, raw), plain_text(raw), published=NOT_STATED)
            mark(score, row, full, {})
    return score


def main() -> None:
    score, statements, documents, relations = articles()
    print(f"stance or move {score.right}/{score.of}, stance and holder {score.holders_right}/{score.holders}")
    print(f"stances suggested {score.suggested}, right {score.suggested_right}")
    print(f"for whom {score.voices_right}/{score.of}, nested left alone {score.nested_left_alone}/{score.nested}")
    for kind, (every, right, any_kind) in related(statements, documents, relations).items():
        print(f"{kind}: {every} suggested, {right} annotated so, {any_kind} annotated with some relation")
    if "--misses" in sys.argv:
        print("\n".join(score.misses))


if __name__ == "__main__":
    main()
