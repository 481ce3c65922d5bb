"""The meaning that `mandate` and `judge` (and later `respond`) share: three values, atoms, rules.

In: nouns of `model/`. Out: for one fact, whether a condition surely and possibly holds; for a mandate, its rules.
Promises: pure; whole numbers only; nothing here knows how facts are stored or how many there are.
Trusts: names were resolved by `mandate/`.
To change when a condition holds open atoms.py; what a weapons class covers, weapons.py; how a clause becomes rules,
    rules.py; how a condition or a fact is put into words, words.py.
"""

from truceline.terms.atoms import Among, Atom, Between, Fact, OfWeapons, Span, atom_held, both, none_of
from truceline.terms.rules import Drawing, Due, Rule, drawings_of, dues_of, rules_of
from truceline.terms.weapons import Held, WeaponFact, WeaponTerm, weapon_held, weapon_term

__all__ = [
    "Among",
    "Atom",
    "Between",
    "Drawing",
    "Due",
    "Fact",
    "Held",
    "OfWeapons",
    "Rule",
    "Span",
    "WeaponFact",
    "WeaponTerm",
    "atom_held",
    "both",
    "drawings_of",
    "dues_of",
    "none_of",
    "rules_of",
    "weapon_held",
    "weapon_term",
]
