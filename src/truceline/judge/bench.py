"""Everything a judgement looks at, laid out once: rules, facts of events and of observations, and both planes of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from truceline.judge.facts import Facts, facts_of
from truceline.judge.kernel import Kernel, Words, held_bit
from truceline.model.mandate import Mandate, Standard
from truceline.model.source import Source
from truceline.terms.atoms import Atom, Between, Held, OfWeapons, Span, among_held, between_held
from truceline.terms.rules import Rule, rules_of
from truceline.terms.weapons import WeaponFact, weapon_held


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What the stages before `judge` give: tables of `model/`, and the sources by id."""

    events: pa.Table  # EVENTS
    observations: pa.Table  # OBSERVATIONS
    placings: pa.Table  # PLACINGS of events and of observations
    notices: pa.Table  # NOTICES
    claims: pa.Table  # CLAIMS
    coverage: pa.Table  # COVERAGE
    sources: Mapping[str, Source]


class Bench:
    """One mandate before one body of material."""

    def __init__(self, mandate: Mandate, material: Material) -> None:
        self.mandate, self.material = mandate, material
        self.rules = rules_of(mandate)
        self.clauses = {clause.name: clause for clause in mandate.clauses}
        self.standards = {standard.name: standard for standard in mandate.standards}
        self.events = material.events.to_pylist()
        self.facts = self._facts(material.events, "event_id")
        self.surely, self.possibly = self._planes(self.facts)

    @cached_property
    def observation_facts(self) -> Facts:
        """Facts of every observation, for evidence standards."""
        return self._facts(self.material.observations, "observation_id")

    @cached_property
    def _observation_possibly(self) -> Words:
        return self._planes(self.observation_facts)[1]

    @cached_property
    def observations(self) -> dict[str, tuple[int, dict[str, object]]]:
        """Row number and row of each observation, by id."""
        rows = self.material.observations.to_pylist()
        return {str(row["observation_id"]): (number, row) for number, row in enumerate(rows)}

    @cache  # noqa: B019 - a bench lives as long as one judgement
    def held(self, index: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) surely and (n,) possibly of rule `index`, over events that may be its addressee's."""
        mine = self.addressed(self.rules[index].addressee)
        return (
            held_bit(self.surely, index).astype(np.bool_) & mine,
            held_bit(self.possibly, index).astype(np.bool_) & mine,
        )

    @cache  # noqa: B019 - as above
    def addressed(self, party: str) -> NDArray[np.bool_]:
        """(n,) whether the event may be `party`'s: reported so, or reported of nobody."""
        return np.array([not each or party in each for each in self.facts.parties], np.bool_)

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        return dict(zip(self.facts.ids, self.facts.parties, strict=True))

    def parties_of(self, event_id: str) -> frozenset[str]:
        """Whose act an event is reported to be; empty: nobody says."""
        return self._parties[event_id]

    def supporting(self, index: int, row: int) -> list[dict[str, object]]:
        """Observations of an event that possibly satisfy every atom of rule `index`."""
        members = [self.observations[str(member)] for member in self.events[row]["members"]]
        bits = held_bit(self._observation_possibly, index)
        return [observation for number, observation in members if bits[number]]

    def standard(self, rule: Rule) -> Standard | None:
        """The evidence standard that the rule's breach needs, if the text names one."""
        return self.standards.get(self.clauses[rule.clause].standard)

    def fact(self, atom: Atom, row: int) -> Span | WeaponFact | str:
        """The fact that one atom looks at."""
        return self.facts.span(atom.column, row) if isinstance(atom, Between) else self.facts.value(atom.column, row)

    def atom_held(self, atom: Atom, row: int) -> Held:
        """Whether one atom surely, possibly holds for one event."""
        return atom_held(atom, self.fact(atom, row))

    def _facts(self, table: pa.Table, id_column: str) -> Facts:
        return facts_of(
            table,
            id_column=id_column,
            placings=self.material.placings,
            notices=self.material.notices,
            mandate=self.mandate,
            rules=self.rules,
        )

    def _planes(self, facts: Facts) -> tuple[Words, Words]:
        return Kernel(self.rules, facts.values).planes(facts.spans, facts.codes, rows=len(facts.ids))


def atom_held(atom: Atom, fact: Span | WeaponFact | str) -> Held:
    """One atom against one fact, by the scalar semantics."""
    if isinstance(atom, Between):
        assert isinstance(fact, Span)
        return between_held(atom, fact)
    if isinstance(atom, OfWeapons):
        assert isinstance(fact, WeaponFact)
        return weapon_held(atom.term, fact)
    assert isinstance(fact, str)
    return among_held(atom, fact)
