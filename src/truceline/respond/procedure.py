"""A mandate as it is acted under: its protocols, and who stands behind each name, worked out once."""

from dataclasses import dataclass, field

from truceline.base.errors import UnknownNameError
from truceline.model import mandate as m
from truceline.terms.actors import Actors
from truceline.terms.meaning import mandate_sha256
from truceline.terms.protocol import Protocol, protocol_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One version of one mandate, ready for its cases."""

    mandate: m.Mandate
    sha256: str  # of its canonical JSON
    protocols: dict[str, Protocol] = field(repr=False)  # by response
    bodies: dict[str, m.Body] = field(repr=False)
    parties: tuple[str, ...]
    voices: dict[tuple[str, str, str, str], object] = field(
        default_factory=dict, repr=False
    )  # voices.py keeps them here
    speakers: dict[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)
    _actors: dict[tuple[str, str], Actors] = field(default_factory=dict, repr=False)

    def actors(self, violator: str, victim: str) -> Actors:
        """Who stands behind a name, under this binding of the roles; an empty one leaves the role unbound."""
        key = (violator, victim)
        if key not in self._actors:
            roles = {m.VIOLATOR: violator, m.VICTIM: victim}
            self._actors[key] = Actors(self.mandate, {role: who for role, who in roles.items() if who})
        return self._actors[key]

    def protocol(self, response: str) -> Protocol:
        """Raises: UnknownNameError: the mandate has no such response."""
        if response not in self.protocols:
            raise UnknownNameError(
                f"the mandate {self.mandate.name} has no response {response}.",
                subject="case",
                remedy=f"It has {', '.join(self.protocols) or 'none'}.",
            )
        return self.protocols[response]


def procedure_of(mandate: m.Mandate) -> Procedure:
    """The mandate, ready for its cases."""
    return Procedure(
        mandate=mandate,
        sha256=mandate_sha256(mandate),
        protocols={response.name: protocol_of(mandate, response) for response in mandate.responses},
        bodies={body.name: body for body in mandate.bodies},
        parties=tuple(party.name for party in mandate.parties),
    )
