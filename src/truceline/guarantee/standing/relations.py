"""How statements may bear on each other: suggestions to look at, found by shared actors and shared words.

Two statements are compared if they name or concern one actor and are near in words (TF-IDF over speaker, actors, strand
and text), or stand close together in one document; of these, rules over structure say how one may bear on the other.
Never suggested is `contradicts`: nearness of words cannot tell agreement from denial, so a person decides. A denial
points to a report that nobody has seen; earlier statements that it might mean are candidates, or in `tension` with it.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from truceline.guarantee.ledger import new_id
from truceline.guarantee.standing import wording as w
from truceline.guarantee.standing.lines import days_of
from truceline.guarantee.standing.origins import folded
from truceline.guarantee.standing.propose import strand_of
from truceline.model.document import Document, Unseen
from truceline.model.position import Relation, RelationKind
from truceline.model.statement import OWN_STANCES, Rule, Statement

_NEIGHBOURS = 6  # of each statement, the nearest that are looked at
_WINDOW = 10  # statements before it in its document that are looked at whatever their words
_SUGGESTED = 4  # relations from one statement, denials aside
_NEAR_PERMILLE = 150  # cosine below which two statements are not looked at
_ROUNDING = 1e-9  # what two sums of the same weights may differ by
_LOOKED_UP = 120  # of the statements with one term, the last so many are looked up
_LAST = "9999"
_CANDIDATES = 5  # earlier statements that a denied report might have been
_NO_DOCUMENTS: Mapping[str, Document] = MappingProxyType({})

_FOR = ("considering", "not_ruled_out", "ready", "conditional", "committed", "accepts", "requests", "requires")
_AGAINST = ("refused", "withdrawn", "opposes")
_WORD = re.compile(r"[a-zà-ÿ][a-zà-ÿ'-]{2,}")
_STOP = re.compile(
    r"the|and|that|this|with|for|from|have|has|had|are|was|were|been|not|but|its|their|they|will|would|could|should|may|"
    r"might|which|who|whom|what|when|where|there|here|than|then|them|his|her|him|she|our|your|about|into|over|under|such|"
    r"said|say|says|any|all|some|one|two|also|only|very|more|most|other|can|did|does|being|because|after|before"
)
_EXCLUDES = re.compile(r"\bonly\b|\bwithout\b|\bno\b|\bnot even\b|\bnever\b")
# A word of doubt, and the two words that it weakens: "possibly Chinese participation".
_HEDGED = re.compile(r"\b(?:possibly|perhaps|maybe|probably|potential(?:ly)?|could|might|may|likely)\s+(\w+\s+\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A statement with what the rules compare, worked out once. `place`: its number within its document."""

    statement: Statement
    words: frozenset[str]
    plain: str
    actors: frozenset[str]
    own: str
    voice: str
    strand: str
    day: str
    place: int
    hedged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A statement and an earlier one, with the cosine of their words."""

    later: Heard
    earlier: Heard
    near_permille: int
    same_document: bool
    same_voice: bool
    same_holder: bool

    @property
    def same_matter(self) -> bool:
        """Whether both are about one strand, or very near in words."""
        return (bool(self.later.strand) and self.later.strand == self.earlier.strand) or self.near_permille >= 300

    @property
    def overlap_permille(self) -> int:
        """Of the words of the shorter one, the share that the other has too."""
        few = min(len(self.later.words), len(self.earlier.words))
        return 1000 * len(self.later.words & self.earlier.words) // few if few else 0


def relations_suggested(
    statements: Iterable[Statement], documents: Mapping[str, Document] = _NO_DOCUMENTS
) -> tuple[Relation, ...]:
    """How statements may bear on earlier ones, and each denial on the report it denies; by id, whatever the order.

    Args:
        documents: by id; their dates order statements that have none.
    """
    heard = _all_heard(statements, documents)
    found: dict[str, Relation] = {}
    for pairs in _pairs(heard):
        suggested = [(pair, rule) for pair in pairs if (rule := _rule_of(pair))]
        suggested.sort(key=lambda each: (each[1].kind != "denies", -each[0].near_permille, each[0].earlier.place))
        denials = sum(rule.kind == "denies" for _, rule in suggested)
        for pair, rule in suggested[: denials + _SUGGESTED]:
            one, other = pair.later.statement, pair.earlier.statement
            if rule.kind == "denies" and one.move != "denies":
                one, other = other, one
            relation = _relation(one, other.statement_id, rule)
            found[relation.relation_id] = relation
    for report, denials_of_it in _unseen(heard):
        for denial in denials_of_it:
            relation = _relation(denial, report.unseen_id, _DENIES_UNSEEN)
            found[relation.relation_id] = relation
    return tuple(found[key] for key in sorted(found))


def unseen_of(statements: Iterable[Statement], documents: Mapping[str, Document] = _NO_DOCUMENTS) -> tuple[Unseen, ...]:
    """The reports that are denied and that nobody has seen: one for each who denies in a document.

    `candidates` are earlier statements that tell a stance of whoever denies, told by somebody else: they might be what
    the report said, and are no more than that.
    """
    return tuple(
        sorted((report for report, _ in _unseen(_all_heard(statements, documents))), key=lambda r: r.unseen_id)
    )


def _relation(later: Statement, to_id: str, rule: "_RelationRule") -> Relation:
    return Relation(
        relation_id=new_id("relation", later.statement_id, to_id, rule.kind),
        from_id=later.statement_id,
        to_id=to_id,
        kind=rule.kind,
        why=rule.why,
        found=Rule(name=f"relation {rule.kind}", right_permille=RIGHT_PERMILLE.get(rule.kind, 0)),
    )


# --- hearing ----------------------------------------------------------------------------------------------


def _all_heard(statements: Iterable[Statement], documents: Mapping[str, Document]) -> list[Heard]:
    """All statements in the order of their time, undated ones last, then of their documents; each told its place."""
    dated = {each.statement_id: (_day(each, documents), each) for each in statements}
    order = sorted(
        dated.values(), key=lambda each: (_published(each[1], documents) or each[0] or _LAST, *_place(each[1]))
    )
    counts: Counter[str] = Counter()
    going_on: dict[str, str] = {}
    heard = []
    for day, statement in order:
        document = statement.document_id
        going_on[document] = strand_of(statement.words) or going_on.get(document, "")
        heard.append(_hear(statement, day, going_on[document], counts[document]))
        counts[statement.document_id] += 1
    return heard


def _place(statement: Statement) -> tuple[str, int, str]:
    return statement.document_id, statement.content[0].start if statement.content else 0, statement.statement_id


def _published(statement: Statement, documents: Mapping[str, Document]) -> str:
    document = documents.get(statement.document_id)
    return days_of(document.published)[1] if document else ""


def _day(statement: Statement, documents: Mapping[str, Document]) -> str:
    """The latest day on which it can have been said; "" where nothing tells."""
    return days_of(statement.said)[1] or _published(statement, documents)


def _hear(statement: Statement, day: str, strand: str, place: int) -> Heard:
    plain = statement.words.replace("’", "'").lower()
    concerned = (*statement.about, statement.holder_id, statement.speaks_for, statement.speaker_id)
    return Heard(
        statement=statement,
        words=frozenset(root for word in _WORD.findall(plain) if (root := _root(word))),
        plain=plain,
        actors=frozenset(actor for actor in concerned if actor),
        voice=folded(statement.speaker),
        own=statement.speaks_for or statement.speaker_id or folded(statement.speaker),
        strand=strand,
        day=day,
        place=place,
        hedged=tuple(" ".join(match.split()) for match in _HEDGED.findall(plain)),
    )


@lru_cache(maxsize=50_000)
def _root(word: str) -> str:
    """A word without its ending; "" for one that tells nothing."""
    if _STOP.fullmatch(word):
        return ""
    return re.sub(r"(?:'s|s|ed|ing|ation|ment)$", "", word) if len(word) > 5 else word


def _terms(heard: Heard) -> Counter[str]:
    """What stands for a statement: its words, who speaks, the actors it concerns, its strand."""
    found: Counter[str] = Counter(heard.words)
    found.update({f"actor {actor}": 2 for actor in heard.actors})
    found.update([f"speaker {heard.voice}", f"strand {heard.strand}"])
    return found


# --- nearness ---------------------------------------------------------------------------------------------


def _weighed(heard: Sequence[Heard]) -> list[dict[str, float]]:
    """TF-IDF: a term weighs (1 + ln count) times ln((1 + n) / (1 + statements with it)) + 1; rows of length 1."""
    counts = [_terms(each) for each in heard]
    spread = Counter(term for each in counts for term in each)
    idf = {term: math.log((1 + len(heard)) / (1 + many)) + 1 for term, many in spread.items()}
    rows = []
    for each in counts:
        row = {term: (1 + math.log(count)) * idf[term] for term, count in sorted(each.items())}
        norm = math.sqrt(math.fsum(weight * weight for weight in row.values())) or 1.0
        rows.append({term: weight / norm for term, weight in row.items()})
    return rows


def _pairs(heard: Sequence[Heard]) -> Iterator[list[Pair]]:
    """For each statement, the earlier ones to compare it with.

    Of a term that stands in very many statements only the last hundred or so are looked up: it tells little, and by its
    rarer terms a statement that is near is found all the same.
    """
    rows = _weighed(heard)
    posted = _posted(rows)
    reached = dict.fromkeys(posted, 0)
    by_document: dict[str, list[int]] = {}
    for number, each in enumerate(heard):
        numbers, weights = [np.zeros(0, np.intp)], [np.zeros(0)]
        for term, weight in rows[number].items():
            last = reached[term]
            reached[term] = last + 1
            if last:
                before = slice(max(0, last - _LOOKED_UP), last)
                numbers.append(posted[term][0][before])
                weights.append(weight * posted[term][1][before])
        near = np.bincount(np.concatenate(numbers), np.concatenate(weights), number).astype(np.float64, copy=False)
        same = by_document.setdefault(each.statement.document_id, [])
        nearest = (other for other in _nearest(near) if not each.actors.isdisjoint(heard[other].actors))
        chosen = dict.fromkeys([*same[-_WINDOW:], *islice(nearest, _NEIGHBOURS)])
        yield [_pair(each, heard[other], round(1000 * float(near[other]))) for other in sorted(chosen)]
        same.append(number)


def _pair(later: Heard, earlier: Heard, near_permille: int) -> Pair:
    one, other = later.statement, earlier.statement
    return Pair(
        later=later,
        earlier=earlier,
        near_permille=near_permille,
        same_document=one.document_id == other.document_id,
        same_voice=bool(later.voice) and later.voice == earlier.voice,
        same_holder=bool(one.holder_id) and one.holder_id == other.holder_id,
    )


def _posted(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]]:
    """For each term the statements in which it stands, in order, and its weight there."""
    numbers: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        for term in row:
            numbers.setdefault(term, []).append(number)
    return {term: (np.array(n, np.intp), np.array([rows[each][term] for each in n])) for term, n in numbers.items()}


def _nearest(near: NDArray[np.float64]) -> list[int]:
    """The nearest statements, some more than are wanted; of equally near ones the earlier first."""
    many = 3 * _NEIGHBOURS
    numbers = np.flatnonzero(near >= _NEAR_PERMILLE / 1000)
    if len(numbers) > many:
        least = -np.partition(-near[numbers], many - 1)[many - 1]
        numbers = numbers[near[numbers] >= least - _ROUNDING]
    order = np.lexsort((numbers, -near[numbers].round(9)))
    return [int(number) for number in numbers[order]]


# --- the rules --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _RelationRule:
    kind: RelationKind
    holds: Callable[[Pair], bool]
    why: str


def _rule_of(pair: Pair) -> _RelationRule | None:
    return next((rule for rule in _RULES if rule.holds(pair)), None)


def _claims_of(claim: Heard, denial: Heard) -> bool:
    """Whether somebody else tells a stance of whoever denies."""
    told = claim.statement
    return told.stance in OWN_STANCES and told.holder_id == denial.own and claim.own != denial.own


def _denies(pair: Pair) -> bool:
    """In one document, a denial and what it denies, whichever stands first."""
    if not pair.same_document:
        return False
    for denial, claim in ((pair.later, pair.earlier), (pair.earlier, pair.later)):
        if denial.statement.move == "denies" and not denial.statement.parent_id:
            inside = claim.statement.parent_id != "" and _claimed_within(denial, claim, pair.overlap_permille)
            if inside or _claims_of(claim, denial):
                return True
    return False


def _claimed_within(denial: Heard, claim: Heard, overlap_permille: int) -> bool:
    """Whether one is the very claim that the denial repeats."""
    return claim.statement.parent_id == denial.statement.statement_id or overlap_permille >= 600


def _sits_ill_with_a_denial(pair: Pair) -> bool:
    """In two documents: whether the denied report is this one, nobody can tell from the words."""
    if pair.same_document or "denies" not in (pair.later.statement.move, pair.earlier.statement.move):
        return False
    if pair.later.statement.move == "denies":
        return _claims_of(pair.earlier, pair.later)
    return _claims_of(pair.later, pair.earlier)


def _continues(pair: Pair) -> bool:
    following = pair.same_document and pair.later.place - pair.earlier.place == 1
    return following and pair.same_voice and pair.later.statement.cue is None


def _restates(pair: Pair) -> bool:
    one, other = pair.later.statement, pair.earlier.statement
    if pair.same_holder and one.stance == other.stance and not pair.same_document and _own_words(pair):
        return pair.same_matter
    if len(pair.later.words & pair.earlier.words) < 2 or (pair.same_holder and one.stance != other.stance):
        return False
    headline = "headline" in (one.attribution, other.attribution)
    if pair.same_holder and one.stance == other.stance:
        return pair.overlap_permille >= (500 if headline or not pair.same_document else 750)
    return (pair.same_voice or headline) and pair.overlap_permille >= (800 if not headline else 600)


def _own_words(pair: Pair) -> bool:
    """Whether the holder itself speaks in both."""
    return pair.later.own == pair.earlier.own == pair.later.statement.holder_id


def _drifts(pair: Pair) -> bool:
    """Words that were told with doubt are told again without it, or the other way round."""
    for doubting, plain in ((pair.earlier, pair.later), (pair.later, pair.earlier)):
        if any(phrase in plain.plain and phrase not in plain.hedged for phrase in doubting.hedged):
            return bool(pair.later.actors & pair.earlier.actors)
    return False


def _opposes(pair: Pair) -> bool:
    one, other = pair.later.statement, pair.earlier.statement
    close = pair.same_document and pair.later.place - pair.earlier.place <= 2
    if pair.same_holder or not (one.holder_id and other.holder_id) or not (pair.same_matter or close):
        return False
    return (one.stance == "opposes" and other.stance in _FOR) or (other.stance == "opposes" and one.stance in _FOR)


def _demands_incompatible(pair: Pair) -> bool:
    one, other = pair.later.statement, pair.earlier.statement
    if pair.same_holder or one.stance not in ("requires", "opposes") or other.stance not in ("requires", "opposes"):
        return False
    excludes = _EXCLUDES.search(pair.later.plain) or _EXCLUDES.search(pair.earlier.plain)
    return bool(excludes) and bool(one.holder_id and other.holder_id) and pair.same_matter


def _opposite(pair: Pair) -> bool:
    """For and against; to be against one thing and to demand another is no opposite."""
    stances = {pair.later.statement.stance, pair.earlier.statement.stance}
    if "opposes" in stances and stances & {"requires", "requests"}:
        return False
    return bool(stances & set(_FOR)) and bool(stances & set(_AGAINST))


def _in_tension(pair: Pair) -> bool:
    later = pair.later.statement
    return pair.same_holder and pair.same_matter and _opposite(pair) and later.stance != "withdrawn"


def _updates(pair: Pair) -> bool:
    one, other = pair.later.statement, pair.earlier.statement
    own = one.stance in OWN_STANCES and other.stance in OWN_STANCES and one.stance != other.stance
    if not own or not pair.same_holder or pair.later.strand != pair.earlier.strand or not pair.later.strand:
        return False
    later_told = bool(pair.earlier.day) and pair.later.day > pair.earlier.day
    return later_told and not pair.same_document and (not _opposite(pair) or one.stance == "withdrawn")


def _corroborates(pair: Pair) -> bool:
    """Somebody else alleges what the holder says itself, or two who judge say the same."""
    one, other = pair.later.statement, pair.earlier.statement
    if pair.later.own == pair.earlier.own or pair.same_voice:
        return False
    if pair.same_holder and one.stance in _FOR and other.stance in _FOR:
        return pair.same_matter and one.holder_id in (pair.later.own, pair.earlier.own)
    return one.move == other.move == "assesses" and pair.near_permille >= 400


def _elaborates(pair: Pair) -> bool:
    if not pair.same_document or pair.later.place - pair.earlier.place > 2:
        return False
    same = pair.same_voice or (bool(pair.later.own) and pair.later.own == pair.earlier.own)
    return same and (pair.later.place - pair.earlier.place == 1 or pair.near_permille >= 200)


_RULES: tuple[_RelationRule, ...] = (
    _RelationRule(kind="denies", holds=_denies, why="denies what this tells of the speaker"),
    _RelationRule(
        kind="tension",
        holds=_sits_ill_with_a_denial,
        why="one denies a report, the other tells such a thing; whether it is that report, a person decides",
    ),
    _RelationRule(kind="continues", holds=_continues, why="goes on with it, with no new word of saying"),
    _RelationRule(kind="hedge_drift", holds=_drifts, why="the same words, once with doubt and once without"),
    _RelationRule(kind="restates", holds=_restates, why="says the same in nearly the same words"),
    _RelationRule(kind="tension", holds=_in_tension, why="one holder, one matter, opposite stances"),
    _RelationRule(kind="updates", holds=_updates, why="a later stance of the same holder on the same matter"),
    _RelationRule(kind="incompatible_demand", holds=_demands_incompatible, why="two demands that exclude each other"),
    _RelationRule(kind="opposes", holds=_opposes, why="one holder is against what the other is for"),
    _RelationRule(kind="elaborates", holds=_elaborates, why="the same speaker goes on about it"),
    _RelationRule(kind="corroborates", holds=_corroborates, why="another voice says the same"),
)
_DENIES_UNSEEN = _RelationRule(kind="denies", holds=_denies, why="denies a report that is not among the documents")
# How often a suggestion of each kind was right where it was measured, of a thousand: docs/ledger.md.
# Kinds of which fewer than four were suggested there, or none was annotated so, are not measured: 0.
RIGHT_PERMILLE: dict[RelationKind, int] = {
    "continues": 875,  # 7 of 8
    "restates": 526,  # 10 of 19
    "denies": 500,  # 2 of 4
    "elaborates": 375,  # 27 of 72
    "opposes": 286,  # 2 of 7
}


# --- reports that nobody has seen -------------------------------------------------------------------------


def _unseen(heard: Sequence[Heard]) -> list[tuple[Unseen, list[Statement]]]:
    """One report for each who denies in a document, at the first denial there, rather in a sentence than in a headline,
    with what it might have been; and all the denials of it."""
    reports: dict[tuple[str, str], tuple[Unseen, list[Statement]]] = {}
    claims: dict[str, list[Heard]] = {}
    for each in heard:
        if each.statement.stance in OWN_STANCES and each.statement.holder_id and not each.statement.parent_id:
            claims.setdefault(each.statement.holder_id, []).append(each)
    for each in sorted(heard, key=lambda each: each.statement.attribution == "headline"):
        told = each.statement
        if told.move != "denies" or told.parent_id:
            continue
        key = (told.document_id, each.own)
        if key not in reports:
            report = Unseen(
                unseen_id=new_id("uns", told.statement_id),
                statement_id=told.statement_id,
                words=_spoken_of(told),
                candidates=_candidates(each, claims.get(each.own, ())),
            )
            reports[key] = (report, [])
        reports[key][1].append(told)
    return list(reports.values())


def _candidates(denial: Heard, claims: Sequence[Heard]) -> tuple[str, ...]:
    """The last of the claims by others that were not surely made after the denial."""
    meant: list[str] = []
    for claim in reversed(claims):
        later = bool(denial.day) and claim.day > denial.day
        if not later and claim.own != denial.own and len(meant) < _CANDIDATES:
            meant.append(claim.statement.statement_id)
    return tuple(meant)


def _spoken_of(denial: Statement) -> str:
    """How the denial speaks of the report: its words up to what it says of it."""
    return w.UNTRUE.split(denial.words, maxsplit=1)[0].strip(' ,;:“”"') or denial.words
