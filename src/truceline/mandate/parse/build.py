"""From lark's tree to the mandate's nouns, one method a rule of the grammar; responses are in `responses.py`.

Names are not looked at here.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from truceline.base.errors import InputError, MandateSyntaxError
from truceline.base.time import days_later_s, interval_us, zone_of
from truceline.base.units import US_PER_S
from truceline.mandate.parse.responses import attribution, response, suspension
from truceline.mandate.parse.tree import (
    Node,
    Token,
    distance_m,
    duration_s,
    first,
    first_word,
    line_of,
    name_in,
    names,
    nodes,
    seconds_stated,
    text,
    tokens,
    tokens_in,
    word,
)
from truceline.model import mandate as m

Noun = TypeVar("Noun")

PERMILLE = 1_000
ITEMS_MOST = 20_000
CALIBRE_MOST_MM = 999_999_999  # nine digits, as for every number: lexer.py
EVERY_LEAST_S, EVERY_MOST_S = 3_600, 366 * 86_400  # between two looks that a `watch` demands
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PLACES: dict[str, m.PlaceKind] = {
    "inside": "in",
    "outside": "outside",
    "within": "within",
    "beyond": "beyond",
    "across": "across",
}
_LAST_DAY_S = 253_402_214_400  # 9999-12-31T00:00Z: no clock in the world shows a later year before it
_AN_INSTANT_US = 61 * US_PER_S  # a local time that can mean more than this occurs twice


class Builder:
    """Walks one parse tree. `place` says where a word stands: file, line and column."""

    def __init__(self, tree: Node, *, place: Callable[[Token], str]) -> None:
        self.tree, self.place = tree, place
        self.dates_s: dict[str, int] = {}  # of each date as it is written: texts repeat theirs
        self.zone, self.days = "UTC", "calendar"
        for node in nodes(tree, "days"):
            self.days = word(node, "DAYS")
        for node in nodes(tree, "tz"):
            self.zone = word(node, "TZ")
            try:
                zone_of(self.zone)
            except InputError as error:
                raise self._error(tokens(node, "TZ")[0], error) from None
        self.in_force_s = self.date(tokens(nodes(tree, "mandate")[0], "DATE")[0])

    def mandate(self, name: str) -> m.Mandate:
        """The whole tree as nouns; `name` is what findings call the mandate."""
        for node in self.tree.children[ITEMS_MOST:]:
            problem = f"the text has more than {ITEMS_MOST:,} items."
            raise self.refused(cast(Node, node), problem, "Split it into several mandates.")
        for second in nodes(self.tree, "attribution")[1:]:
            raise self.refused(second, "attribution is stated twice.", "Take one of them away.")
        return m.Mandate(
            name=name,
            header=self.header(),
            parties=self.each("party", self.party),
            bodies=self.each("body", self.body),
            lines=self.each("line", self.line),
            zones=(*self.each("zone", self.area), *self.each("site", self.site)),
            weapons=self.each("weapons", self.weapons),
            objects=self.each("objects", self.objects),
            standards=self.each("standard", self.standard),
            disputes=self.each("dispute", self.dispute),
            gates=self.each("gate", self.gate),
            domains=self.each("domain", self.domain),
            clauses=self.each("clause", self.clause),
            watches=self.each("watch", self.watch),
            attribution=next(iter(self.each("attribution", attribution)), None),
            responses=self.each("response", lambda node: response(node, refused=self.refused)),
            suspensions=self.each("suspension", suspension),
        )

    def each(self, rule: str, build: Callable[[Node], Noun]) -> tuple[Noun, ...]:
        """One noun for each item of one rule."""
        return tuple(build(node) for node in nodes(self.tree, rule))

    def spot(self, item: str, name: str) -> Token:
        """The first word `name` of an item (say `clause C1`); the item's own name where it has none."""
        kind, _, item_name = item.partition(" ")
        rules = {"zone": ("zone", "site"), "body": ("body", "party")}.get(kind, (kind,))
        stated = next(node for rule in rules for node in nodes(self.tree, rule) if word(node) == item_name)
        return next((each for each in tokens_in(stated) if each == name), first_word(stated))

    def header(self) -> m.Header:
        """The header and every setting, wherever it stands."""
        settings = ("text", "days", "tz", "precision", "edges", "coverage")
        self.once(self.tree, settings)
        stated = {setting: node for setting in settings for node in nodes(self.tree, setting)}
        precision, signed = stated.get("precision"), stated.get("text")
        if signed and not text(signed):
            raise self.refused(signed, "no file is named.", 'Write text "FILE", or leave it out.')
        signed_off = tokens(signed, "STRING")[1:] if signed else []
        for token in signed_off:
            if not _SHA256.fullmatch(token[1:-1]):
                wrong = InputError(
                    "a SHA-256 is 64 digits 0-9 a-f.",
                    subject="sha256",
                    remedy="truceline check prints the hash of the text as it is now.",
                )
                raise self._error(token, wrong)
        return m.Header(
            title=text(nodes(self.tree, "mandate")[0]),
            in_force_s=self.in_force_s,
            text=text(signed) if signed else "",
            text_sha256="".join(token[1:-1] for token in signed_off),
            days=cast(m.Days, self.days),
            zone=self.zone,
            precision_s=duration_s(precision) if precision else 0,
            precision_m=distance_m(precision) if precision else 0,
            edges=cast(m.Edges, word(stated["edges"], "EDGES")) if "edges" in stated else "geodesic",
            coverage_permille=self.share(stated["coverage"]) if "coverage" in stated else None,
        )

    def party(self, node: Node) -> m.Party:
        """`party NAME "title" …`"""
        self.once(node, ("baseline", "unbound", "under", "validity"))
        for part in nodes(node, "unbound"):
            if not text(part):
                raise self.refused(part, "it is not said why the party is not bound.", 'Write not bound "why".')
        return m.Party(
            name=word(node),
            title=text(node),
            baseline=name_in(node, "baseline"),
            period=self.period(node),
            unbound=next((text(part) for part in nodes(node, "unbound")), ""),
            under=name_in(node, "under"),
            line=line_of(node),
        )

    def body(self, node: Node) -> m.Body:
        """`body NAME "title" …`"""
        self.once(node, ("monitors", "guarantees", "members", "quorum", "veto", "under", "teams"))
        members, monitors = names(node, "members"), first(node, "monitors")
        quorum = first(node, "quorum")
        return m.Body(
            name=word(node),
            title=text(node),
            monitors=monitors is not None,
            sources=int(word(monitors, "INT")) if monitors and tokens(monitors, "INT") else None,
            means=names(monitors, "means") if monitors else (),
            members=members,
            quorum=None if quorum is None else int(word(quorum, "INT")) if tokens(quorum, "INT") else len(members),
            veto=names(node, "veto"),
            under=name_in(node, "under"),
            teams=next((int(word(part, "INT")) for part in nodes(node, "teams")), None),
            guarantees=bool(nodes(node, "guarantees")),
            line=line_of(node),
        )

    def line(self, node: Node) -> m.Line:
        """`line NAME "path" …`"""
        sides = names(node, "sides")
        return m.Line(
            name=word(node),
            path=text(node),
            left=sides[0] if sides else "",
            right=sides[1] if sides else "",
            error_m=self.error_m(node),
            period=self.period(node),
            later=self.later(node),
            line=line_of(node),
        )

    def area(self, node: Node) -> m.Zone:
        """`zone NAME "path" …`"""
        return m.Zone(
            name=word(node),
            path=text(node),
            error_m=self.error_m(node),
            period=self.period(node),
            later=self.later(node),
            line=line_of(node),
        )

    def site(self, node: Node) -> m.Zone:
        """`site NAME "path" verified by BODY …`"""
        return replace(self.area(node), verifier=str(tokens(node, "NAME")[1]))

    def later(self, node: Node) -> tuple[m.Version, ...]:
        """`then "path" from DATE`, each."""
        versions = []
        for part in nodes(node, "then"):
            from_s, from_entry = self.moment(nodes(part, "from")[0])
            versions.append(m.Version(path=text(part), from_s=from_s, from_entry=from_entry))
        return tuple(versions)

    def weapons(self, node: Node) -> m.Weapons:
        """`weapons NAME = …`"""
        low_mm, high_mm = self.calibre(node)
        return m.Weapons(
            name=word(node),
            members=tuple(str(name) for name in tokens(node, "NAME")[1:]),
            excepted=names(node, "excepted"),
            calibre_lo_mm=low_mm,
            calibre_hi_mm=high_mm,
            disputed=names(node, "disputed"),
            positions=next((text(part) for part in nodes(node, "disputed")), ""),
            line=line_of(node),
        )

    def calibre(self, node: Node) -> tuple[int | None, int | None]:
        """Closed bounds in whole millimetres."""
        for part in nodes(node, "calibre"):
            limit_mm = int(word(part, "CALIBRE").removesuffix("mm"))
            if limit_mm == 0 and word(part, "COMPARE") == "<":
                raise self.refused(part, "no calibre is below 0mm.", "Write the calibre that is meant.")
            if limit_mm == CALIBRE_MOST_MM and word(part, "COMPARE") == ">":
                raise self.refused(part, "the calibre is larger than anything it could mean.", "Write a smaller one.")
            return {
                ">=": (limit_mm, None),
                ">": (limit_mm + 1, None),
                "<=": (None, limit_mm),
                "<": (None, limit_mm - 1),
            }[word(part, "COMPARE")]
        return None, None

    def objects(self, node: Node) -> m.Objects:
        """`objects NAME = …`"""
        members = tuple(str(name) for name in tokens(node, "NAME")[1:])
        return m.Objects(name=word(node), members=members, line=line_of(node))

    def standard(self, node: Node) -> m.Standard:
        """`evidence NAME = …`"""
        return m.Standard(
            name=word(node),
            groups=int(word(node, "INT")),
            confidence_permille=next((self.share(part) for part in nodes(node, "confidence")), 0),
            means=names(node, "one_of"),
            counting=names(node, "counting"),
            line=line_of(node),
        )

    def dispute(self, node: Node) -> m.Dispute:
        """`dispute NAME "words"` and its readings."""
        readings = tuple(
            m.Reading(name=word(part), words=text(part), period=self.period(part)) for part in nodes(node, "reading")
        )
        return m.Dispute(name=word(node), words=text(node), readings=readings, line=line_of(node))

    def gate(self, node: Node) -> m.Gate:
        """`gate NAME "words" verified by BODY`"""
        return m.Gate(name=word(node), words=text(node), verifier=str(tokens(node, "NAME")[1]), line=line_of(node))

    def domain(self, node: Node) -> m.Domain:
        """Parties, acts and weapons still stand together in `parties`: `names.py` sorts them."""
        return m.Domain(
            name=word(node),
            parties=tuple(str(name) for name in tokens(node, "NAME")[1:]),
            acts=(),
            objects=names(node, "on"),
            places=places(node),
            period=self.period(node),
            line=line_of(node),
        )

    def clause(self, node: Node) -> m.Clause:
        """Parties, acts and weapons still stand together in `parties`: `names.py` sorts them."""
        rule = nodes(node, "rule")[0]
        breach = first(node, "breach")
        answer = first(breach, "answer") if breach else None
        if answer and tokens(answer, "STRING") and not text(answer):
            raise self.refused(answer, "it is not said why nothing follows.", 'Write respond none "why".')
        by_s, by_entry = next((self.moment(part) for part in nodes(rule, "by")), (None, ""))
        return m.Clause(
            name=word(node),
            cites=text(node),
            unverified=bool(nodes(node, "unverified")),
            overrides=names(node, "overrides"),
            modality=cast(m.Modality, word(rule, "MODALITY")),
            parties=tuple(str(name) for name in tokens(rule, "NAME")),
            acts=(),
            objects=names(rule, "on"),
            limit=limit(rule),
            places=places(rule),
            period=self.period(rule),
            during=name_in(rule, "during"),
            by_s=by_s,
            by_entry=by_entry,
            gate=name_in(rule, "while"),
            exemptions=exemptions(node),
            breach_class=word(breach) if breach else "",
            standard=name_in(breach, "needs") if breach else "",
            response=word(answer) if answer and tokens(answer, "NAME") else "",
            no_response=text(answer) if answer and tokens(answer, "STRING") else "",
            outcomes=tuple(
                m.FurtherOutcome(name=word(part), words=text(part), places=places(part), exemptions=exemptions(part))
                for part in nodes(node, "outcome")
            ),
            line=line_of(node),
        )

    def watch(self, node: Node) -> m.Watch:
        """`watch NAME cites "…" every 4h for CLAUSE…` or `… every 15d in ZONE`"""
        every_s = duration_s(node)
        if not EVERY_LEAST_S <= every_s <= EVERY_MOST_S:
            problem = f"watch {word(node)} is due every {word(node, 'DURATION')}, which is below 1h or above 366d."
            raise self.refused(node, problem, "Write every 4h, every 15d; what must always be seen is no revisit.")
        return m.Watch(
            name=word(node),
            cites=text(node),
            every_s=every_s,
            clauses=names(node, "grounds"),
            feature=name_in(node, "inside"),
            means=names(node, "means"),
            period=self.period(node),
            unverified=bool(nodes(node, "unverified")),
            line=line_of(node),
        )

    def period(self, node: Node) -> m.Period:
        """The stated period of a node; open at both ends where none is stated."""
        for stated in nodes(node, "validity"):
            from_s, from_entry = next(map(self.moment, nodes(stated, "from")), (None, ""))
            until_s, until_entry = next(map(self.moment, nodes(stated, "until")), (None, ""))
            return m.Period(from_s=from_s, until_s=until_s, from_entry=from_entry, until_entry=until_entry)
        return m.ALWAYS

    def moment(self, node: Node) -> tuple[int, str]:
        """Seconds UTC of a date, or of entry into force plus a duration; and that duration in words."""
        for entry in nodes(node, "entry"):
            stated = tokens(entry, "DURATION")[0]
            try:
                return self.after_entry_s(stated), str(stated)
            except InputError as error:
                raise self._error(stated, error) from None
        return self.date(tokens(node, "DATE")[0]), ""

    def after_entry_s(self, stated: str) -> int:
        """Entry into force plus a duration; days are local days of the header's kind, at the same local hour."""
        if stated.endswith("d"):
            working = self.days == "working"
            after_s = days_later_s(self.in_force_s, int(stated[:-1]), zone=self.zone, working=working)
        else:
            after_s = self.in_force_s + seconds_stated(stated)
        if after_s >= _LAST_DAY_S:
            raise InputError(f"{stated} lead out of the calendar.", subject="date", remedy="Write a smaller number.")
        return after_s

    def share(self, node: Node) -> int:
        """`>= 0.80` as 800."""
        whole, _, fraction = word(node, "SHARE").removeprefix(">=").strip().partition(".")
        permille = int(whole) * PERMILLE + int(fraction.ljust(3, "0"))
        if permille > PERMILLE:
            raise self.refused(node, "a share is at most 1.0.", "Write >= 0.80 for 80 %.")
        return permille

    def once(self, node: Node, rules: tuple[str, ...]) -> None:
        """Refuse what is stated twice, for only one of the two could hold."""
        for rule in rules:
            for second in nodes(node, rule)[1:]:
                words = {"tz": "zone", "unbound": "not bound", "validity": "the period"}.get(rule, rule)
                at = second if second.children else node
                raise self.refused(at, f"{words} is stated twice.", "Take one of them away.")

    def refused(self, node: Node, problem: str, remedy: str) -> MandateSyntaxError:
        """The error for what `node` says."""
        return MandateSyntaxError(problem, subject=self.place(first_word(node)), remedy=remedy)

    def error_m(self, node: Node) -> int:
        """The stated error of a line or zone, metres; 0 where none is stated."""
        return next((distance_m(part) for part in nodes(node, "error")), 0)

    def date(self, stated: Token) -> int:
        """Seconds UTC of the first moment a date can mean, in the header's zone."""
        if stated not in self.dates_s:
            try:
                first_us, last_us = interval_us(str(stated), zone=self.zone, subject="date")
            except InputError as error:
                raise self._error(stated, error) from None
            if "T" in stated and last_us - first_us > _AN_INSTANT_US:
                twice = InputError(
                    f"{stated} occurs twice in {self.zone}: clocks went back over it.",
                    subject="date",
                    remedy="Write it with its offset (…T03:30+03:00).",
                )
                raise self._error(stated, twice)
            self.dates_s[stated] = first_us // US_PER_S
        return self.dates_s[stated]

    def _error(self, stated: Token, error: InputError) -> MandateSyntaxError:
        return MandateSyntaxError(error.problem, subject=self.place(stated), remedy=error.remedy)


def limit(rule: Node) -> m.Limit | None:
    """`to 2 events per 24h` or `to 75 items at once`."""
    for kind in ("flow", "stock"):
        for node in nodes(rule, kind):
            return m.Limit(
                most=int(word(node, "INT")),
                unit=cast(m.Unit, word(node, "UNIT")),
                window_s=duration_s(node) if kind == "flow" else None,
            )
    return None


def places(node: Node) -> tuple[m.Place, ...]:
    """Every place a rule or an outcome names, in the order of the text."""
    found = []
    for part in node.children:
        if isinstance(part, Node) and part.type in _PLACES:
            far_m = distance_m(part) if tokens(part, "DISTANCE") else 0
            found.append(m.Place(kind=_PLACES[part.type], feature=str(part.children[-1]), distance_m=far_m))
    return tuple(found)


def exemptions(node: Node) -> tuple[m.Exemption, ...]:
    """`unless REGISTER notice 48h to BODY decided by BODY` or `unless in SITE`, each."""
    found = []
    for part in node.children:
        if isinstance(part, Node) and part.type == "stored":
            found.append(m.Exemption(site=word(part)))
        elif isinstance(part, Node) and part.type == "unless":
            notice = first(part, "notice")
            found.append(
                m.Exemption(
                    register=word(part),
                    decider=name_in(part, "decider"),
                    lead_s=duration_s(notice) if notice else 0,
                    to=word(notice) if notice else "",
                )
            )
    return tuple(found)
