"""What a statement does: whose stance it tells, or what it does instead (denies, proposes, assesses, reports).

The rules are asked in order; the first that holds says so. What holds of all of them: a denial sets no stance; what
stands inside another's words is nobody's stance; a group's readiness is the group's alone; newspapers, institutes and
"many" assess, unless they tell what one actor does, which then is alleged.
Limits: English; a sentence at a time. Everything here is a suggestion for a person to confirm.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from truceline.guarantee.reading.dates import dates_in
from truceline.guarantee.reading.text import Text
from truceline.guarantee.standing import wording as w
from truceline.guarantee.standing.actors import (
    NOBODY,
    actor_of,
    actors_named,
    group_id,
    is_verb_of_position,
    kind_of_speaker,
    speaks_for,
)
from truceline.model.actor import Actor, ActorKind, Bond
from truceline.model.document import NOT_STATED, Dated
from truceline.model.statement import OWN_STANCES, Link, Move, Stance, Statement

Whose = Literal["speaker", "subject", "nobody"]
_HAVE_A_VOICE: tuple[ActorKind, ...] = ("state", "organisation", "office", "person")
_NOUN_CHARACTERS = 30  # between a cue and its content, where a noun may belong to the cue
_ONLY_ASSESS: tuple[ActorKind, ...] = ("media", "think_tank", "generic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a statement does, and whose stance it is."""

    stance: Stance | Literal[""] = ""
    move: Move | Literal[""] = ""
    whose: Whose = "speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A statement as the rules hear it: small letters, straight apostrophes.

    `subject`: the actor of whom the content tells, where that is not the speaker; `others`: it tells of a group that
    is not the speaker. `whole` is the cue, a bar, and the words; `afterwards`, what follows them in the sentence.
    """

    verb: str
    negated: bool
    words: str
    whole: str
    kind: ActorKind
    subject: str = ""
    after_subject: str = ""
    others: bool = False
    own_subject: bool = False
    direct: bool = False
    afterwards: str = ""
    names_another: bool = False


Test = Callable[[Heard], bool]


def with_stance(
    statement: Statement,
    text: Text,
    *,
    known: Mapping[str, Actor] = NOBODY,
    bonds: Iterable[Bond] = (),
    published: Dated = NOT_STATED,
) -> Statement:
    """The statement with who speaks for whom, what it does, whose stance it tells, whom it names, and when.

    Args:
        text: of the document in which it stands.
        known: the ledger's own actors, by id.
        bonds: who acts for whom, as the ledger has it.
        published: when the document was; what relative dates ("in January") count from.
    """
    kind = statement.speaker_kind if statement.speaker_kind != "generic" else kind_of_speaker(statement.speaker, known)
    speaker_id = statement.speaker_id or actor_of(statement.speaker, known)
    acts_for = {bond.actor_id: bond.target_id for bond in bonds if bond.kind == "acts_for"}
    voice = statement.speaks_for or acts_for.get(speaker_id) or _voice_of(statement, text, kind, known)
    named = actors_named(statement.words, known)
    about = [actor_id for *_, actor_id in named]
    if kind == "unnamed_group":
        about += [actor_id for *_, actor_id in actors_named(_phrase_of(statement), known)]
    own = voice or speaker_id
    heard = _heard(statement, kind, own, named)
    heard = replace(heard, whole=_before(statement, text) + heard.whole, afterwards=_afterwards(statement, text))
    told = told_by(heard) if not statement.parent_id and statement.attribution != "nested" else Told(whose="nobody")
    if own and (heard.own_subject or told.move == "denies" or told.stance in OWN_STANCES) and told.whose != "subject":
        about.append(own)
    own_holder = _own_holder(kind, speaker_id or group_id(statement.speaker), voice)
    holder = {"speaker": own_holder, "subject": heard.subject, "nobody": ""}[told.whose]
    said, happened = _dates_of(statement, text, published)
    return replace(
        statement,
        speaker_kind=kind,
        speaker_id=speaker_id,
        speaks_for=voice,
        stance=told.stance,
        move=told.move,
        holder_id=holder if told.stance else "",
        about=tuple(dict.fromkeys(about)),
        hedges=statement.hedges
        or hedges_in(_plain(f"{statement.cue.exact if statement.cue else ''} {statement.words}")),
        said=said,
        happened=happened,
        chain=_with_actor(statement, kind, speaker_id),
    )


def _with_actor(statement: Statement, kind: ActorKind, speaker_id: str) -> tuple[Link, ...]:
    """The chain with the speaker's actor at its end, where it is known who that is: such a one has a name."""
    last = statement.origin
    if not speaker_id or kind in ("unnamed_group", "generic") or last is None or last.name != statement.speaker:
        return statement.chain
    return (*statement.chain[:-1], replace(last, named=True, actor_id=speaker_id))


def told_by(heard: Heard) -> Told:
    """What the words do: the first rule that holds. Pure wording: nobody is looked up here."""
    if _gives_no_answer(heard):
        return Told(move="open_issue", whose="nobody")
    if any(test(heard) for test in _DENIALS):
        return Told(move="assesses" if heard.kind in _ONLY_ASSESS and not heard.subject else "denies", whose="nobody")
    if heard.subject or heard.others:
        return _told_of_another(heard)
    if heard.kind in _ONLY_ASSESS:
        return Told(move="assesses", whose="nobody")
    for stance, test in _OWN:
        if test(heard):
            return Told(stance=stance)
    return Told(move=_move_of(heard), whose="nobody")


def _told_of_another(heard: Heard) -> Told:
    """What a speaker tells of somebody else: what that one should do is the speaker's demand; the rest is alleged."""
    media = heard.kind in _ONLY_ASSESS
    if w.OBLIGED.search(heard.after_subject) or heard.verb in w.REQUIRING_VERBS | w.REQUESTING_VERBS:
        if media:
            return Told(move="assesses", whose="nobody")
        found = next((stance for stance, test in _OF_OTHERS if test(heard)), None)
        return Told(stance=found) if found else Told(move="assesses", whose="nobody")
    if w.IMPUTED.search(heard.words) or (w.MODAL_ONLY.search(heard.words) and not w.CONSIDERING.search(heard.words)):
        return Told(move="assesses", whose="nobody")
    for stance, test in _ALLEGED if heard.subject else ():
        if test(replace(heard, verb="", negated=False, whole=heard.words)):
            return Told(stance=stance, whose="subject")
    return Told(move="assesses" if not w.DONE.search(heard.words) else "reports", whose="nobody")


def _move_of(heard: Heard) -> Move:
    if heard.verb in w.PROPOSING_VERBS or w.PROPOSAL.search(heard.whole):
        return "proposes"
    if w.OPEN.search(heard.words) or _gives_no_answer(heard):
        return "open_issue"
    if heard.verb in w.REPORTING_VERBS or w.DONE.search(heard.words):
        return "reports"
    return "assesses" if heard.verb in w.ASSESSING_VERBS or w.VALUING.search(heard.words) else "reports"


def _gives_no_answer(heard: Heard) -> bool:
    """ "declined to comment", "neither confirmed nor denied": no refusal of anything else."""
    if heard.negated:
        return heard.verb in ("confirm", "deny", "comment", "say", "specify")
    return heard.verb in w.REFUSING_VERBS and bool(w.NO_ANSWER.search(heard.words))


# --- the rules --------------------------------------------------------------------------------------------


def _says(*verbs: str | frozenset[str]) -> Callable[[Heard], bool]:
    wanted = frozenset().union(*(each if isinstance(each, frozenset) else {each} for each in verbs))
    return lambda heard: not heard.negated and heard.verb in wanted


def _refuses(heard: Heard) -> bool:
    """One's own contribution is refused."""
    if heard.negated and heard.verb not in w.COMMITTING_VERBS | w.OFFERING_VERBS:
        return bool(w.WILL_NOT_GIVE.search(heard.words))
    if heard.verb in w.REFUSING_VERBS:
        return not re.match(r"\W*(?:to )?(?:accept|allow|support|recogni|tolerate)", heard.words)
    if heard.verb in w.OPPOSING_VERBS and (w.OWN_ACT.search(heard.words) or w.CALLED_TO_GIVE.search(heard.words)):
        return not heard.names_another
    if w.RULED_OUT.search(heard.whole):
        return not heard.names_another
    return bool(w.WILL_NOT_GIVE.search(heard.words)) and not w.WILL_NOT_ALLOW.search(heard.words)


def _opposes(heard: Heard) -> bool:
    if heard.negated:
        return heard.verb in w.ACCEPTING_VERBS
    if heard.verb == "dismiss" and re.search(r"\bas (?:\w+ ){0,2}\w+\W*$", heard.words):
        return False  # that is what it is called
    if heard.verb in w.OPPOSING_VERBS | w.REFUSING_VERBS or w.RULED_OUT.search(heard.whole):
        return True
    return bool(w.WILL_NOT_ALLOW.search(heard.words)) and not re.search(
        r"\bnot (?:object|oppose|resist|block)", heard.words
    )


def _conditional(heard: Heard) -> bool:
    """One's own contribution, on a condition, in the words or right after them in the sentence."""
    if w.IDIOM.match(heard.words):
        return True
    if not w.CONDITION.search(heard.words) and not w.CONDITION.search(heard.afterwards):
        return False
    if heard.verb in w.COMMITTING_VERBS | w.OFFERING_VERBS | w.CONSIDERING_VERBS and not heard.negated:
        return True
    own = (w.READY.search(heard.whole), w.COMMITTED.search(heard.words), w.WILL_NOT_GIVE.search(heard.words))
    return any(own) or bool(re.search(rf"\b(?:would|could|may|might|can) (?:\w+ly |only )*(?:{w.GIVE})", heard.words))


def _requires_above_all(heard: Heard) -> bool:
    """A demand that no readiness beside it takes back."""
    if heard.verb in w.REQUIRING_VERBS:
        return not heard.negated
    return bool(w.REQUIRES_ABOVE_ALL.search(heard.words)) or _will_not_allow_unless(heard)


def _will_not_allow_unless(heard: Heard) -> bool:
    return bool(w.WILL_NOT_ALLOW.search(heard.words)) and bool(re.search(r"\b(?:unless|without|until)\b", heard.words))


def _ready(heard: Heard) -> bool:
    if _says(w.OFFERING_VERBS)(heard):
        return True
    found = w.READY.search(heard.whole)
    return bool(found) and not heard.negated and not w.OF_THOSE.search(heard.whole[: found.start()] if found else "")


def _commits(heard: Heard) -> bool:
    if heard.verb in w.COMMITTING_VERBS:
        return not heard.negated
    if heard.own_subject and w.DELIVERED.search(heard.words):
        return True
    told_again = heard.own_subject and not heard.direct and w.WOULD_GIVE.search(heard.words)
    will = w.COMMITTED.search(heard.words) or told_again
    return bool(will) and (heard.own_subject or not heard.names_another)


def _considers(heard: Heard) -> bool:
    if heard.verb in w.CONSIDERING_VERBS:
        return not heard.negated
    might = w.MIGHT_GIVE.search(heard.words) or (heard.direct and w.WOULD_GIVE.search(heard.words))
    return bool(w.CONSIDERING.search(heard.words)) or (heard.own_subject and bool(might))


def _requests(heard: Heard) -> bool:
    if heard.verb == "mention":
        return not w.CLAUSE.search(heard.words)
    return _asks(heard) or bool(re.search(r"\b(?:should|ought to)\b", heard.words)) or bool(w.HOPES.search(heard.words))


def _asks(heard: Heard) -> bool:
    """By the verb; "called it hasty" asks for nothing."""
    if heard.negated or heard.verb not in w.REQUESTING_VERBS:
        return False
    return heard.verb != "call" or bool(re.search(r"\b(?:for|on|upon)\b", heard.whole.partition("|")[0]))


def _accepts(heard: Heard) -> bool:
    if heard.negated:
        return heard.verb in w.OPPOSING_VERBS
    return heard.verb in w.ACCEPTING_VERBS or bool(w.ACCEPTS.search(heard.words))


def _words_say(pattern: w.Pattern) -> Test:
    return lambda heard: bool(pattern.search(heard.words))


def _denies_a_report(heard: Heard) -> bool:
    if heard.negated:
        return False
    return heard.verb in w.DENIAL_VERBS or (heard.verb in w.REJECTING_VERBS and bool(w.OF_REPORTS.search(heard.words)))


def _not_ruled_out(heard: Heard) -> bool:
    return (heard.negated and heard.verb in ("rule out", "rule", "exclude")) or bool(
        w.NOT_RULED_OUT.search(heard.whole)
    )


_DENIALS: tuple[Test, ...] = (_denies_a_report, _words_say(w.UNTRUE), _words_say(w.NO_PLAN))
_OF_OTHERS: tuple[tuple[Stance, Test], ...] = (
    ("opposes", _opposes),
    ("requires", _requires_above_all),
    ("requests", _requests),
    ("requires", _words_say(w.REQUIRES)),
)
_OWN: tuple[tuple[Stance, Test], ...] = (
    ("not_ruled_out", _not_ruled_out),
    ("withdrawn", _words_say(w.WITHDRAWN)),
    ("requires", _requires_above_all),
    ("conditional", _conditional),
    ("refused", _refuses),
    ("opposes", _opposes),
    ("considering", _says(w.CONSIDERING_VERBS)),
    ("requests", _asks),
    ("ready", _ready),
    ("committed", _commits),
    ("accepts", _accepts),
    ("considering", _considers),
    ("requests", _requests),
    ("requires", _words_say(w.REQUIRES)),
)
_ALLEGED: tuple[tuple[Stance, Test], ...] = (
    ("not_ruled_out", _not_ruled_out),
    ("withdrawn", _words_say(w.WITHDRAWN)),
    ("requires", _requires_above_all),
    ("conditional", _conditional),
    ("refused", lambda heard: _refuses(replace(heard, names_another=False))),
    ("opposes", _opposes),
    ("ready", _ready),
    ("considering", _words_say(w.CONSIDERING)),
    ("committed", lambda heard: bool(w.COMMITTED.search(heard.words) or w.WOULD_GIVE.search(heard.words))),
    ("accepts", _accepts),
)


# --- hearing ----------------------------------------------------------------------------------------------


def _plain(words: str) -> str:
    return words.replace("’", "'").lower()


def _heard(statement: Statement, kind: ActorKind, own: str, named: list[tuple[int, int, str]]) -> Heard:
    """A statement as the rules hear it. Args: own: the actor the speaker is or speaks for; named: in its words."""
    words = _plain(statement.words)
    cue = _plain(statement.cue.exact) if statement.cue else ""
    negated = statement.negated or bool(re.search(r"\b(?:not|never|neither|nor)\b|n't\b", cue))
    subject, after, joint = _subject_of(words, named)
    another = subject if subject != own else ""
    return Heard(
        verb=statement.verb.lower(),
        negated=negated,
        words=words,
        whole=f"{'not ' if negated and not re.search(r'not|never|n.t', cue) else ''}{cue} | {words}",
        kind=kind,
        subject=another,
        after_subject=after,
        others=joint or (not subject and bool(w.OTHERS_SUBJECT.search(words)) and w.OWN_SUBJECT.search(words) is None),
        direct=statement.attribution == "direct",
        own_subject=bool(w.OWN_SUBJECT.search(words)) or bool(subject and subject == own),
        names_another=any(actor_id != own for *_, actor_id in named) and not w.OWN_ACT.search(words),
    )


def _before(statement: Statement, text: Text) -> str:
    """What stands between cue and content: the noun of "expressed readiness to …"."""
    cue, start = statement.cue, statement.content[0].start
    if cue is None or not 0 < start - cue.end <= _NOUN_CHARACTERS:
        return ""
    return _plain(text.body[bisect_left(text.at, cue.end) : bisect_left(text.at, start)]).strip() + " "


def _afterwards(statement: Statement, text: Text) -> str:
    """What follows the words in their sentence."""
    end = bisect_right(text.at, statement.content[-1].end - 1)
    return _plain(text.body[end : _sentence(text.body, end, end)[1]]) if end else ""


def _subject_of(words: str, named: list[tuple[int, int, str]]) -> tuple[str, str, bool]:
    """The actor with which the words begin, where a verb follows; what follows; whether there are two of them."""
    if not named or not re.fullmatch(r"\W*(?:that |however,? |now |both |the )?\W*", words[: named[0][0]]):
        return "", "", False
    _, end, actor_id = named[0]
    if len(named) > 1 and re.fullmatch(r",? (?:and|or) (?:the )?", words[end : named[1][0]]):
        return "", words[named[1][1] :], True
    after = words[end:]
    following = re.match(r"(?:,[^,]{1,60},)?\s+([\w']+)", after)
    return (actor_id, after, False) if following and is_verb_of_position(following[1]) else ("", "", False)


def hedges_in(words: str) -> tuple[str, ...]:
    """The words that leave it open, in order, each once. Args: words: in small letters."""
    return tuple(dict.fromkeys(w.HEDGES.findall(words)))


# --- for whom, and when -----------------------------------------------------------------------------------


def _own_holder(kind: ActorKind, group: str, voice: str) -> str:
    """Whose stance the speaker's own is. A group's is the group's; who speaks for nobody known holds none for a "
    "state."""
    if kind == "coalition":
        return group
    return voice if kind in _HAVE_A_VOICE else ""


def _phrase_of(statement: Statement) -> str:
    return statement.speaker_span.exact if statement.speaker_span else statement.speaker


def _voice_of(statement: Statement, text: Text, kind: ActorKind, known: Mapping[str, Actor]) -> str:
    """For whom somebody speaks: as the phrase says, else as the text introduced the name."""
    for phrase in dict.fromkeys((statement.speaker, _phrase_of(statement))):
        found = speaks_for(phrase, kind, known)
        if found:
            return found
    return _introduced(statement.speaker, text.body, known) if kind == "person" else ""


def _introduced(speaker: str, body: str, known: Mapping[str, Actor]) -> str:
    """For whom a person speaks by the titles with which the text names them; "" where these differ."""
    name = speaker.rsplit(maxsplit=1)[-1] if speaker.split() else ""
    if len(name) < 3 or not name[0].isupper():
        return ""
    found = {speaks_for(phrase, "person", known) for phrase in _titles(name, body)} - {""}
    return found.pop() if len(found) == 1 else ""


def _titles(name: str, body: str) -> Iterator[str]:
    """What stands before a person's name as a title, or after it between commas."""
    for match in re.finditer(rf"\b{re.escape(name)}\b", body):
        clause = re.split(r"[.;:!?\n“”\"]\s*|,\s", body[max(0, match.start() - 110) : match.start()])[-1]
        starts = (found.start() for found in re.finditer(r"\b[A-ZÀ-Ý]", clause))
        title = next((clause[start:] for start in starts if w.TITLE.fullmatch(clause[start:])), "")
        aside = re.match(r",\s+(?:(?:the|a|an)\s+)?([^,.;\n]{4,90})[,.]", body[match.end() : match.end() + 120])
        yield from (title + match[0] if title else "", aside[1] if aside else "")


def _dates_of(statement: Statement, text: Text, published: Dated) -> tuple[Dated, Dated]:
    """When it was said (a date beside the words, else not after the text) and when what it tells of was (one "
    "inside)."""
    pieces = [(bisect_left(text.at, span.start), bisect_right(text.at, span.end - 1)) for span in statement.content]
    places = [
        *pieces,
        *([(bisect_left(text.at, c.start), bisect_right(text.at, c.end - 1))] if (c := statement.cue) else []),
    ]
    start, end = _sentence(text.body, min(p[0] for p in places), max(p[1] for p in places))
    said, happened = NOT_STATED, NOT_STATED
    for first, last, date in dates_in(text.body[start:end], base=published):
        inside = any(a <= start + first and start + last <= b for a, b in pieces)
        if inside and happened is NOT_STATED:
            happened = date
        elif not inside and said is NOT_STATED:
            said = date
    return (_not_after(published) if said is NOT_STATED else said), happened


def _not_after(published: Dated) -> Dated:
    """Undated words were said no later than they were printed."""
    if published.precision not in ("second", "day", "month"):
        return NOT_STATED
    return Dated(value=f"../{published.value}", precision="interval", basis="not after the text was published")


def _sentence(body: str, start: int, end: int) -> tuple[int, int]:
    """The sentences in which a part of a text stands."""
    stops = [m.end() for m in re.finditer(r"[.!?][”\"’]?\s+(?=[A-ZÀ-Ý“\"])|\n", body[:start])]
    after = re.compile(r"[.!?][”\"’]?(?=\s+[A-ZÀ-Ý“\"]|\s*$)|\n").search(body, end)
    return (stops[-1] if stops else 0), (after.start() if after else len(body))
