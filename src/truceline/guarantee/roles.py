"""Whether those whom a mandate gives a part ever said that they would play it: `role_remarks`.

Roles are the bodies that guarantee, those that monitor, members of bodies that are bodies themselves, and whoever a
response waits for: everybody whose consent it needs, everybody who can veto. Only what stands in the ledger counts, and
only an actor's own word: what a member says is not its body's, what the body says is not the member's, and to deny a
report is to declare nothing. Of two words of which neither is surely the later, both are told.

Limits: an actor's parts are not told apart: its latest word about any contribution of its own counts, and, where its
consent is needed, about anybody's. Since when and until when somebody holds a role is told, not judged. A name that
stands `under` another is looked up by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from truceline.base.errors import InputError
from truceline.base.time import interval_us
from truceline.guarantee.ledger import Ledger, by_id
from truceline.model import mandate as m
from truceline.model.actor import Actor, Bond
from truceline.model.document import Document
from truceline.model.position import Position, Proposition
from truceline.model.remark import Remark
from truceline.model.statement import OWN_STANCES, Stance, Statement

_REFUSING: tuple[Stance, ...] = ("refused", "withdrawn")
_OF_CONSENT: tuple[Stance, ...] = ("opposes", "accepts")
_EVER_US = (-(2**63), 2**63)  # when something was said that nobody dated
_SEASON = re.compile(r"\d{4}-(?:2[1-9]|3\d|4[01])")
_UNSPECIFIED = re.compile(r"-[^-]*X.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A name of the mandate that somebody must fill. `parts` say in words what it is needed for."""

    name: str
    title: str
    parts: tuple[str, ...]
    consents: bool  # something waits for its consent, or ends with its veto
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A position that stands, and between which instants its statement was made, microseconds UTC."""

    position: Position
    statement: Statement
    about: Proposition
    published: str
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the ledger tells that roles need, each kind looked up once."""

    actors: dict[str, Actor]
    bonds: tuple[Bond, ...]
    told: tuple[_Told, ...]
    statements: tuple[Statement, ...]
    unread: tuple[Actor | Bond | Position, ...]


def role_remarks(mandate: m.Mandate, ledger: Ledger) -> tuple[Remark, ...]:
    """ROLE-REFUSED, ROLE-UNDECLARED and ROLE-UNRESOLVED, in the order of the text; none where the ledger is empty."""
    if not ledger.entered:
        return ()
    known = _known(ledger)
    remarks = [remark for role in roles_of(mandate) for remark in _of_role(role, known)]
    return tuple(sorted(remarks, key=lambda each: (each.line, each.code, each.subject, each.words)))


# --- who has a part -----------------------------------------------------------------------------------------


def roles_of(mandate: m.Mandate) -> tuple[Role, ...]:
    """The roles of a mandate, parties before bodies; violator and victim are each party that is bound."""
    parts: dict[str, list[str]] = {}
    for name, part in _parts(mandate):
        parts.setdefault(name, []).append(part)
    places: dict[str, dict[str, list[str]]] = {}
    for name, what, place in _asked(mandate):
        places.setdefault(name, {}).setdefault(what, []).append(place)
    for name, asked in places.items():
        found = (f"{what} in {_listed(dict.fromkeys(where))}" for what, where in asked.items())
        parts.setdefault(name, []).extend(found)
    everyone: tuple[m.Party | m.Body, ...] = (*mandate.parties, *mandate.bodies)
    return tuple(
        Role(
            name=each.name,
            title=each.title or each.name,
            parts=tuple(parts[each.name]),
            consents=each.name in places,
            line=each.line,
        )
        for each in everyone
        if each.name in parts
    )


def _parts(mandate: m.Mandate) -> Iterator[tuple[str, str]]:
    """(name, what it is needed for) of bodies and of bodies in bodies."""
    bodies = {body.name for body in mandate.bodies}
    for body in mandate.bodies:
        if body.guarantees:
            yield body.name, "to guarantee the agreement"
        if body.monitors:
            yield body.name, "to monitor it"
    for body in mandate.bodies:
        yield from ((name, f"to sit in {body.name}") for name in dict.fromkeys(body.members) if name in bodies)


def _asked(mandate: m.Mandate) -> Iterator[tuple[str, str, str]]:
    """(name, what, where) of each consent that is needed and each veto."""
    for body in mandate.bodies:
        yield from ((name, "to withhold its veto", body.name) for name in body.veto)
    for response in mandate.responses:
        nodes: tuple[m.Step | m.End, ...] = (*response.steps, *response.ends)
        for node in nodes:
            place = f"{response.name}.{node.name}"
            for name in node.consent:
                yield from _bound(mandate, name, "to consent", place)
            for name in node.veto if isinstance(node, m.Step) else ():
                yield from _bound(mandate, name, "to withhold its veto", place)


def _bound(mandate: m.Mandate, name: str, what: str, place: str) -> Iterator[tuple[str, str, str]]:
    if name not in m.ROLES:
        yield name, what, place
        return
    yield from ((party.name, f"{what} as the {name}", place) for party in mandate.parties if not party.unbound)


# --- what the ledger tells ----------------------------------------------------------------------------------


def _known(ledger: Ledger) -> _Known:
    statements = by_id(ledger.standing(Statement))
    propositions = by_id(ledger.standing(Proposition))
    documents = by_id(ledger.all_of(Document))
    told = (
        _told(position, statements[position.statement_id], propositions[position.proposition_id], documents)
        for position in ledger.standing(Position)
    )
    return _Known(
        actors={actor.actor_id: actor for actor in ledger.standing(Actor)},
        bonds=ledger.standing(Bond),
        told=tuple(told),
        statements=tuple(statements.values()),
        unread=(*ledger.suggested(Actor), *ledger.suggested(Bond), *ledger.suggested(Position)),
    )


def _told(position: Position, statement: Statement, about: Proposition, documents: Mapping[str, Document]) -> _Told:
    """A position with its dates: where nobody says until when it was said, it was before it was published."""
    document = documents.get(statement.document_id)
    published = document.published.value if document else ""
    first_us, last_us = _instants_us(statement.said.value)
    if last_us == _EVER_US[1]:
        last_us = max(first_us, _instants_us(published)[1])
    return _Told(
        position=position,
        statement=statement,
        about=about,
        published=published,
        first_us=first_us,
        last_us=last_us,
    )


def _instants_us(stated: str) -> tuple[int, int]:
    """The instants that a date in EDTF can mean, closed, microseconds UTC; open at an end that it does not say.

    A season can be any month of its year, and of the winters at both ends of it: north and south differ. A date that
    is only about so (`~`, `?`) can mean any. Limits: a day without a zone is one of UTC. Source: ISO 8601-2:2019,
    annex A.
    """
    if "/" in stated:
        begin, _, end = stated.partition("/")
        return _instants_us(begin)[0], _instants_us(end)[1]
    sure = _UNSPECIFIED.sub("", stated)
    first = last = sure
    if _SEASON.fullmatch(sure):
        first, last = f"{int(sure[:4]) - 1}-12", f"{int(sure[:4]) + 1}-03"
    elif re.fullmatch(r"\d{4}", sure):
        first, last = f"{sure}-01", f"{sure}-12"
    try:
        return interval_us(first, zone="UTC")[0], interval_us(last, zone="UTC")[1]
    except InputError:
        return _EVER_US


def _latest(told: Sequence[_Told]) -> list[_Told]:
    """Those that none of the others surely comes after."""
    return [each for each in told if not any(other.first_us > each.last_us for other in told)]


# --- what is said of a role ---------------------------------------------------------------------------------


def _of_role(role: Role, known: _Known) -> Iterator[Remark]:
    holders = _holders(role, known)
    for holder, held in holders.items():
        yield from _of_holder(role, holder, held, known)
    if not holders:
        unread = list(dict.fromkeys(each.actor_id for each in known.unread if _might_fill(each, role)))
        waits = f" A suggestion that names {_listed(unread)} waits for a reader." if unread else ""
        yield _remark(
            role,
            "ROLE-UNRESOLVED",
            f"{_needed(role, '')}, and the ledger knows nobody in this role.{waits}",
            f"Enter who holds it: a bond role_of {role.name}.",
        )


def _fills(bond: Bond, role: Role) -> bool:
    return bond.kind == "role_of" and bond.target_id == role.name


def _might_fill(row: Actor | Bond | Position, role: Role) -> TypeGuard[Actor | Bond]:
    return row.actor_id == role.name if isinstance(row, Actor) else isinstance(row, Bond) and _fills(row, role)


def _holders(role: Role, known: _Known) -> dict[str, str]:
    """Who holds a role, and in words who that is: by a bond, or under the role's own name as an actor's id."""
    found = {}
    for bond in known.bonds:
        if _fills(bond, role):
            actor = known.actors.get(bond.actor_id)
            name = [actor.name] if actor and actor.name != actor.actor_id else []
            since = [f"since {bond.since.value}"] if bond.since.value else []
            until = [f"until {bond.until.value}"] if bond.until.value else []
            found[bond.actor_id] = _plain("held by " + ", ".join((*name, bond.actor_id, *since, *until)))
    if role.name in known.actors or any(each.position.holder_id == role.name for each in known.told):
        found.setdefault(role.name, "")
    return {each: words for each, words in found.items() if each not in known.actors or not known.actors[each].deleted}


def _of_holder(role: Role, holder: str, held: str, known: _Known) -> Iterator[Remark]:
    """The warning about one holder of a role, if there is one. Args: held: who that is, in words."""
    all_told = [each for each in known.told if each.position.holder_id == holder]
    own = [each for each in all_told if each.position.first_hand and _of_its_part(each, role)]
    latest = _latest(own)
    refusing = (*_REFUSING, "opposes") if role.consents else _REFUSING
    if any(each.position.stance in refusing for each in latest):
        others = "; not surely earlier or later: "
        yield _remark(
            role,
            "ROLE-REFUSED",
            f"{_needed(role, held)}, and said last: {others.join(map(_quoted, latest))}.",
            "Ask it again before anybody signs, or give its part to somebody else; date what has no date.",
        )
    elif not own and not (role.consents and any(_demands(each) for each in all_told)):
        beside = "".join(_beside(holder, all_told, known))
        yield _remark(
            role,
            "ROLE-UNDECLARED",
            f"{_needed(role, held)}, and never declared itself: no first-hand position on its own part stands.{beside}",
            "Ask it, and enter its own words; what others tell of it is no word of its own.",
        )


def _of_its_part(told: _Told, role: Role) -> bool:
    """Whether a position is about what its holder would do itself; where its consent is needed, also about others."""
    if told.position.stance in OWN_STANCES:
        return told.about.subject_id in ("", told.position.holder_id)
    return role.consents and told.position.stance in _OF_CONSENT


def _demands(told: _Told) -> bool:
    return told.position.first_hand and told.position.stance == "requires"


def _beside(holder: str, all_told: Sequence[_Told], known: _Known) -> Iterator[str]:
    """What there is instead of a declaration, each in a sentence: its word about others, others' word, a denial."""
    itself = [each for each in all_told if each.position.first_hand]
    if itself:
        yield f" Of others it said: {'; '.join(map(_quoted, _latest(itself)))}."
    told_by_others = [each for each in all_told if not each.position.first_hand]
    if told_by_others:
        yield f" Only told by others: {'; '.join(map(_quoted, _latest(told_by_others)))}."
    denials = [
        each for each in known.statements if each.move == "denies" and holder in (each.speaker_id, each.speaks_for)
    ]
    if denials:
        yield f" It denied reports, which declares nothing: {'; '.join(map(_sentence, denials))}."
    unread = [each for each in known.unread if isinstance(each, Position) and each.holder_id == holder]
    if unread:
        yield f" {len(unread)} suggested {'position waits' if len(unread) == 1 else 'positions wait'} for a reader."


def _needed(role: Role, held: str) -> str:
    """`ALLIES (the guarantors, held by France, FRA) is needed to guarantee the agreement and to sit in BOARD`."""
    title = role.title if role.title != role.name else ""
    described = ", ".join(each for each in (title, held) if each)
    return f"{role.name}{f' ({described})' if described else ''} is needed {_listed(role.parts)}"


def _quoted(told: _Told) -> str:
    """One position: its stance, what it is about, by whom it is told, the sentence, when, which statement."""
    position = told.position
    teller = "" if position.first_hand else (position.alleged_by or told.statement.speaker)
    stance = position.stance.replace("_", " ")
    told_by = f", as {_plain(teller)} tells" if teller else ""
    return f"{stance} (“{_plain(told.about.text)}”){told_by}: {_sentence(told.statement, told.published)}"


def _sentence(statement: Statement, published: str = "") -> str:
    undated = f"undated, published {published}" if published else "undated"
    said = f"said {statement.said.value}" if statement.said.value else undated
    return f"“{_plain(statement.words)}” ({_plain(said)}, {statement.statement_id})"


def _plain(words: str) -> str:
    """Words of a document on one line, without what a terminal would take for commands."""
    return " ".join("".join(each if each.isprintable() else " " for each in words).split())


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _remark(role: Role, code: str, words: str, suggestion: str) -> Remark:
    return Remark(code=code, line=role.line, subject=role.name, words=words, suggestion=suggestion)
