"""From lark's tree to the mandate's nouns, one method a rule of the grammar.

Names are not looked at here.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

from lark import Token, Tree

from truceline.base.errors import InputError, MandateSyntaxError
from truceline.base.time import interval_us, zone_of
from truceline.base.units import M_PER_KM, S_PER_UNIT, US_PER_S
from truceline.model import mandate as m

Node = Tree[Token]
Spots = dict[tuple[str, str], tuple[int, int]]
Noun = TypeVar("Noun")

PERMILLE = 1_000
_NUMBERS = ("INT", "DURATION", "DISTANCE", "CALIBRE")
_DIGITS_MOST = 9  # so that everything stays exact in 64 bits and in JSON


class Builder:
    """Walks one parse tree. `spots` keeps where each name was used: (item, name) -> (line, column)."""

    def __init__(self, tree: Node, *, source: str) -> None:
        self.tree, self.source = tree, source
        self.spots: Spots = {}
        self.zone = "UTC"
        for token in tree.scan_values(lambda value: isinstance(value, Token) and value.type in _NUMBERS):
            if len(re.sub(r"\D", "", token)) > _DIGITS_MOST:
                big = InputError(
                    f"{token} is larger than anything it could mean.",
                    subject="number",
                    remedy="Write a smaller number.",
                )
                raise self._error(token, big)
        for node in nodes(tree, "tz"):
            self.zone = word(node, "TZ")
            try:
                zone_of(self.zone)
            except InputError as error:
                raise self._error(tokens(node, "TZ")[0], error) from None

    def mandate(self, name: str) -> m.Mandate:
        """The whole tree as nouns; `name` is what findings call the mandate."""
        return m.Mandate(
            name=name,
            header=self.header(),
            parties=self.each("party", self.party),
            bodies=self.each("body", self.body),
            lines=self.each("line", self.line),
            zones=self.each("zone", self.area),
            weapons=self.each("weapons", self.weapons),
            objects=self.each("objects", self.objects),
            standards=self.each("standard", self.standard),
            disputes=self.each("dispute", self.dispute),
            clauses=self.each("clause", self.clause),
        )

    def each(self, rule: str, build: Callable[[Node], Noun]) -> tuple[Noun, ...]:
        """One noun for each item of one rule, with the places of its names noted."""
        built = []
        for node in nodes(self.tree, rule):
            item = str(tokens(node, "NAME")[0])
            for token in node.scan_values(lambda value: isinstance(value, Token) and value.type == "NAME"):
                self.spots.setdefault((f"{rule} {item}", str(token)), (token.line or 0, token.column or 0))
            built.append(build(node))
        return tuple(built)

    def header(self) -> m.Header:
        """The header and every setting, wherever it stands."""
        first = next(nodes(self.tree, "mandate"))
        self.once(self.tree, ("text", "days", "tz", "precision", "edges", "coverage"))
        stated = {str(node.data): node for node in self.tree.children if isinstance(node, Tree)}
        precision = stated.get("precision")
        return m.Header(
            title=text(first),
            in_force_s=self.date(tokens(first, "DATE")[0]),
            text=text(stated["text"]) if "text" in stated else "",
            days=cast(m.Days, word(stated["days"], "DAYS")) if "days" in stated else "calendar",
            zone=self.zone,
            precision_s=duration_s(precision) if precision else 0,
            precision_m=distance_m(precision) if precision else 0,
            edges=cast(m.Edges, word(stated["edges"], "EDGES")) if "edges" in stated else "geodesic",
            coverage_permille=self.share(stated["coverage"]) if "coverage" in stated else None,
        )

    def party(self, node: Node) -> m.Party:
        """`party NAME "title" …`"""
        self.once(node, ("baseline", "unbound", "validity"))
        for part in nodes(node, "unbound"):
            if not text(part):
                raise self.refused(part, "it is not said why the party is not bound.", 'Write not bound "why".')
        return m.Party(
            name=word(node),
            title=text(node),
            baseline=next((word(part) for part in nodes(node, "baseline")), ""),
            period=self.period(node),
            unbound=next((text(part) for part in nodes(node, "unbound")), ""),
            line=node.meta.line,
        )

    def body(self, node: Node) -> m.Body:
        """`body NAME "title" …`"""
        return m.Body(
            name=word(node),
            title=text(node),
            monitors=any(nodes(node, "monitors")),
            members=names(node, "members"),
            line=node.meta.line,
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
            line=node.meta.line,
        )

    def area(self, node: Node) -> m.Zone:
        """`zone NAME "path" …`"""
        return m.Zone(
            name=word(node),
            path=text(node),
            error_m=self.error_m(node),
            period=self.period(node),
            line=node.meta.line,
        )

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
            line=node.meta.line,
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
        return m.Objects(name=word(node), members=members, line=node.meta.line)

    def standard(self, node: Node) -> m.Standard:
        """`evidence NAME = …`"""
        return m.Standard(
            name=word(node),
            groups=int(word(node, "INT")),
            confidence_permille=next((self.share(part) for part in nodes(node, "confidence")), 0),
            means=names(node, "means"),
            counting=names(node, "counting"),
            line=node.meta.line,
        )

    def dispute(self, node: Node) -> m.Dispute:
        """`dispute NAME "words"` and its readings."""
        readings = tuple(
            m.Reading(name=word(part), words=text(part), period=self.period(part)) for part in nodes(node, "reading")
        )
        return m.Dispute(name=word(node), words=text(node), readings=readings, line=node.meta.line)

    def clause(self, node: Node) -> m.Clause:
        """Parties, acts and weapons still stand together in `parties`: `names.py` sorts them."""
        rule = next(nodes(node, "rule"))
        breach = next(nodes(node, "breach"), None)
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
            during=next((word(part) for part in nodes(rule, "during")), ""),
            by_s=next((self.date(tokens(part, "DATE")[0]) for part in nodes(rule, "deadline")), None),
            exemptions=exemptions(node),
            breach_class=word(breach) if breach else "",
            standard=(names(breach, "needs") or ("",))[0] if breach else "",
            no_response=next((text(part) for part in nodes(breach, "response")), "") if breach else "",
            outcomes=tuple(
                m.FurtherOutcome(
                    name=word(part), words=text(part), places=tuple(places(part)), exemptions=exemptions(part)
                )
                for part in nodes(node, "outcome")
            ),
            line=node.meta.line,
        )

    def period(self, node: Node) -> m.Period:
        """The stated period of a node; open at both ends where none is stated."""
        for stated in nodes(node, "validity"):
            bounds = {
                str(part.data): self.date(tokens(part, "DATE")[0]) for part in stated.children if isinstance(part, Tree)
            }
            return m.Period(from_s=bounds.get("from"), until_s=bounds.get("until"))
        return m.Period()

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
        at = f"{self.source}, line {node.meta.line}, column {node.meta.column}"
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
        if "T" in token and last_us - first_us > 61 * US_PER_S:
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


def nodes(node: Node, rule: str) -> Iterator[Node]:
    """Direct children made by `rule`."""
    return (child for child in node.children if isinstance(child, Tree) and child.data == rule)


def tokens(node: Node, kind: str) -> list[Token]:
    """Direct tokens of one kind."""
    return [child for child in node.children if isinstance(child, Token) and child.type == kind]


def word(node: Node, kind: str = "NAME") -> str:
    """The first token of one kind, as text."""
    return str(tokens(node, kind)[0])


def text(node: Node) -> str:
    """The quoted words of a node, without their quotes."""
    return word(node, "STRING")[1:-1]


def names(node: Node, rule: str) -> tuple[str, ...]:
    """All names under the first child made by `rule`; empty without one."""
    return tuple(str(name) for child in nodes(node, rule) for name in tokens(child, "NAME"))


def duration_s(node: Node) -> int:
    """`90min` in seconds."""
    stated = word(node, "DURATION")
    number = stated.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(number) * S_PER_UNIT[stated[len(number) :]]


def distance_m(node: Node) -> int:
    """`25km` in metres."""
    stated = word(node, "DISTANCE")
    return int(stated[:-2]) * M_PER_KM if stated.endswith("km") else int(stated[:-1])


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
    """`unless REGISTER decided by BODY`, each."""
    return tuple(
        m.Exemption(register=word(part), decider=(names(part, "decider") or ("",))[0]) for part in nodes(node, "unless")
    )
