"""From lark's tree to the mandate's nouns, one method a rule of the grammar; responses are in `responses.py`.

Names are not looked at here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar, cast

from lark import Token, Tree

from truceline.base.errors import InputError, MandateSyntaxError
from truceline.base.time import days_later_s, interval_us, zone_of
from truceline.base.units import US_PER_S
from truceline.mandate.parse.responses import attribution, response, suspension
from truceline.mandate.parse.tree import (
    Node,
    distance_m,
    duration_s,
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
Spot = tuple[int, int]

PERMILLE = 1_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AN_INSTANT_US = 61 * US_PER_S  # a local time that can mean more than this occurs twice


class Builder:
    """Walks one parse tree."""

    def __init__(self, tree: Node, *, source: str) -> None:
        self.tree, self.source = tree, source
        self.items: dict[str, list[Node]] = {}
        for node in tree.children:
            assert isinstance(node, Tree)
            self.items.setdefault(str(node.data), []).append(node)
        self.zone, self.days = "UTC", "calendar"
        for node in self.items.get("days", ()):
            self.days = word(node, "DAYS")
        for node in self.items.get("tz", ()):
            self.zone = word(node, "TZ")
            try:
                zone_of(self.zone)
            except InputError as error:
                raise self._error(tokens(node, "TZ")[0], error) from None
        self.in_force_s = self.date(tokens(self.items["mandate"][0], "DATE")[0])

    def mandate(self, name: str) -> m.Mandate:
        """The whole tree as nouns; `name` is what findings call the mandate."""
        for second in self.items.get("attribution", ())[1:]:
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
            attribution=next(iter(self.each("attribution", attribution)), None),
            responses=self.each("response", lambda node: response(node, refused=self.refused)),
            suspensions=self.each("suspension", suspension),
        )

    def each(self, rule: str, build: Callable[[Node], Noun]) -> tuple[Noun, ...]:
        """One noun for each item of one rule."""
        return tuple(build(node) for node in self.items.get(rule, ()))

    def spot(self, item: str, name: str) -> Spot:
        """Line and column of the first `name` in an item (say `clause C1`); 0, 0 where it is not there."""
        kind, _, item_name = item.partition(" ")
        for rule in ("zone", "site") if kind == "zone" else (kind,):
            for node in self.items.get(rule, ()):
                if word(node) == item_name:
                    found = node.scan_values(lambda value: isinstance(value, Token) and value == name)
                    return next(((token.line or 0, token.column or 0) for token in found), (0, 0))
        return 0, 0

    def header(self) -> m.Header:
        """The header and every setting, wherever it stands."""
        first = next(nodes(self.tree, "mandate"))
        self.once(self.tree, ("text", "days", "tz", "precision", "edges", "coverage"))
        stated = {str(node.data): node for node in self.tree.children if isinstance(node, Tree)}
        precision, signed = stated.get("precision"), stated.get("text")
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
            title=text(first),
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
        self.once(node, ("monitors", "members", "quorum", "veto", "under", "teams"))
        members, monitors = names(node, "members"), next(nodes(node, "monitors"), None)
        quorum = next(nodes(node, "quorum"), None)
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
            from_s, from_entry = self.moment(next(nodes(part, "from")))
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
            places=tuple(places(node)),
            period=self.period(node),
            line=line_of(node),
        )

    def clause(self, node: Node) -> m.Clause:
        """Parties, acts and weapons still stand together in `parties`: `names.py` sorts them."""
        rule = next(nodes(node, "rule"))
        breach = next(nodes(node, "breach"), None)
        answer = next(nodes(breach, "answer"), None) if breach else None
        by_s, by_entry = next((self.moment(part) for part in nodes(rule, "by")), (None, ""))
        return m.Clause(
            name=word(node),
            cites=text(node),
            unverified=any(nodes(node, "unverified")),
            overrides=names(node, "overrides"),
            modality=cast(m.Modality, word(rule, "MODALITY")),
            parties=tuple(str(name) for name in tokens(rule, "NAME")),
            acts=(),
            objects=names(rule, "on"),
            limit=limit(rule),
            places=tuple(places(rule)),
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
                m.FurtherOutcome(
                    name=word(part), words=text(part), places=tuple(places(part)), exemptions=exemptions(part)
                )
                for part in nodes(node, "outcome")
            ),
            line=line_of(node),
        )

    def period(self, node: Node) -> m.Period:
        """The stated period of a node; open at both ends where none is stated."""
        for stated in nodes(node, "validity"):
            bounds = {str(part.data): self.moment(part) for part in stated.children if isinstance(part, Tree)}
            from_s, from_entry = bounds.get("from", (None, ""))
            until_s, until_entry = bounds.get("until", (None, ""))
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
        if not stated.endswith("d"):
            return self.in_force_s + seconds_stated(stated)
        return days_later_s(self.in_force_s, int(stated[:-1]), zone=self.zone, working=self.days == "working")

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
            for second in list(nodes(node, rule))[1:]:
                words = {"tz": "zone", "unbound": "not bound", "validity": "the period"}.get(rule, rule)
                raise self.refused(second, f"{words} is stated twice.", "Take one of them away.")

    def refused(self, node: Node, problem: str, remedy: str) -> MandateSyntaxError:
        """The error for what `node` says."""
        at = f"{self.source}, line {line_of(node)}, column {next(tokens_in(node)).column}"
        return MandateSyntaxError(problem, subject=at, remedy=remedy)

    def error_m(self, node: Node) -> int:
        """The stated error of a line or zone, metres; 0 where none is stated."""
        return next((distance_m(part) for part in nodes(node, "error")), 0)

    def date(self, token: Token) -> int:
        """Seconds UTC of the first moment the text can mean, in the header's zone."""
        try:
            first_us, last_us = interval_us(str(token), zone=self.zone, subject="date")
        except InputError as error:
            raise self._error(token, error) from None
        if "T" in token and last_us - first_us > _AN_INSTANT_US:
            twice = InputError(
                f"{token} occurs twice in {self.zone}: clocks went back over it.",
                subject="date",
                remedy="Write it with its offset (…T03:30+03:00).",
            )
            raise self._error(token, twice)
        return first_us // US_PER_S

    def _error(self, token: Token, error: InputError) -> MandateSyntaxError:
        at = f"{self.source}, line {token.line}, column {token.column}"
        return MandateSyntaxError(error.problem, subject=at, remedy=error.remedy)


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


def places(node: Node) -> Iterator[m.Place]:
    """Every place a rule or an outcome names, in the order of the text."""
    kinds = {"inside": "in", "outside": "outside", "within": "within", "beyond": "beyond", "across": "across"}
    for child in node.children:
        if isinstance(child, Tree) and child.data in kinds:
            yield m.Place(
                kind=cast(m.PlaceKind, kinds[str(child.data)]),
                feature=str(
                    next(part for part in child.children if isinstance(part, Token) and part.type != "DISTANCE")
                ),
                distance_m=distance_m(child) if tokens(child, "DISTANCE") else 0,
            )


def exemptions(node: Node) -> tuple[m.Exemption, ...]:
    """`unless REGISTER notice 48h to BODY decided by BODY` or `unless in SITE`, each."""
    found = []
    for part in node.children:
        if isinstance(part, Tree) and part.data == "stored":
            found.append(m.Exemption(site=word(part)))
        elif isinstance(part, Tree) and part.data == "unless":
            notice = next(nodes(part, "notice"), None)
            found.append(
                m.Exemption(
                    register=word(part),
                    decider=name_in(part, "decider"),
                    lead_s=duration_s(notice) if notice else 0,
                    to=word(notice) if notice else "",
                )
            )
    return tuple(found)
