"""Who acts in a mandate: bodies, attribution, the steps of responses, suspensions. Every name in them is known."""

import difflib
from collections.abc import Collection, Iterable
from typing import Protocol

from truceline.base.errors import MandateNameError
from truceline.model import mandate as m

ACTORS_MOST = 200
ACTOR = "a party, a body, violator or victim"


class Resolver(Protocol):
    """What `names.py` knows of the whole text."""

    mandate: m.Mandate
    parties: set[str]
    bodies: set[str]
    actors: set[str]
    clauses: set[str]

    def fail(self, item: str, name: str, problem: str, known: Iterable[str], remedy: str = "") -> MandateNameError:
        """The error for `name` as `item` uses it."""
        ...

    def known(self, item: str, names: Iterable[str], what: str, known: Collection[str]) -> None:
        """Each of `names` is one of `known`, or the error says what was expected."""
        ...

    def each_once(self, item: str, names: Collection[str], where: str = "") -> None:
        """No name twice within one item, or one part of it."""
        ...

    def no_circle(self, verb: str, uses: dict[str, tuple[str, ...]], kind: str) -> None:
        """No item that leads back to itself."""
        ...

    def followed(self, uses: dict[str, tuple[str, ...]], kind: str) -> None:
        """No item that comes to too many names."""
        ...


def resolve_actors(resolver: Resolver) -> None:
    """Refuse what nobody can act on. Raises MandateNameError with place, what was expected and the nearest name."""
    _bodies(resolver)
    classes = {clause.breach_class for clause in resolver.mandate.clauses if clause.breach_class}
    if resolver.mandate.attribution:
        _attribution(resolver, resolver.mandate.attribution, classes)
    for response in resolver.mandate.responses:
        _response(resolver, response)
    for suspension in resolver.mandate.suspensions:
        item = f"suspension {suspension.name}"
        resolver.known(item, suspension.clauses, "a clause", resolver.clauses)
        resolver.each_once(item, suspension.clauses)
        resolver.known(item, [suspension.party], "a party, violator or victim", resolver.parties | set(m.ROLES))
        resolver.known(item, [suspension.breach_class], "a class of breach", classes)
        resolver.known(item, [suspension.decider], "a body or a party", resolver.actors)
        if suspension.findings < 1 or suspension.window_s < 1:
            problem = f"{item} counts no findings or over no time."
            raise resolver.fail(item, suspension.name, problem, (), "Write when 3 CLASS per 7d.")


def _bodies(resolver: Resolver) -> None:
    everyone: tuple[m.Party | m.Body, ...] = (*resolver.mandate.parties, *resolver.mandate.bodies)
    for each in everyone[ACTORS_MOST:]:
        kind = "party" if each.name in resolver.parties else "body"
        problem = (
            f"the text has more than {ACTORS_MOST} parties and bodies: who can prevent what could not be worked out."
        )
        raise resolver.fail(f"{kind} {each.name}", each.name, problem, (), "Leave out who does nothing in it.")
    for body in resolver.mandate.bodies:
        item = f"body {body.name}"
        resolver.each_once(item, body.members)
        resolver.known(item, body.veto, "a party or a body", resolver.actors)
        resolver.each_once(item, body.veto, f"the veto of {item}")
        if body.quorum is not None and not 1 <= body.quorum <= len(body.members):
            problem = f"{item} has {len(body.members)} members and a quorum of {body.quorum}."
            raise resolver.fail(item, body.name, problem, (), "Write a quorum from 1 to the number of members.")
    for each in everyone:
        kind = "party" if each.name in resolver.parties else "body"
        resolver.known(f"{kind} {each.name}", [each.under], "a party or a body", resolver.actors)
    resolver.no_circle("is under", {each.name: (each.under,) if each.under else () for each in everyone}, "body")
    members = {each.name: each.members for each in resolver.mandate.bodies}
    resolver.no_circle("has the member", members, "body")
    resolver.followed(members, "body")


def _attribution(resolver: Resolver, attribution: m.Attribution, classes: set[str]) -> None:
    item = f"attribution {attribution.body}"
    resolver.known(item, [attribution.body], "a body", resolver.bodies)
    resolver.each_once(item, [each for part in attribution.thresholds for each in part.classes])
    for part in attribution.thresholds:
        resolver.known(item, part.classes, "a class of breach", classes)
    for panel in (attribution.panel, *(part.panel for part in attribution.thresholds)):
        if not 1 <= panel.votes <= panel.seats:
            problem = f"{item}: {panel.votes} of {panel.seats} is no panel."
            raise resolver.fail(item, attribution.body, problem, (), "Write panel 2 of 3 within 24h.")


def _response(resolver: Resolver, response: m.Response) -> None:
    item = f"response {response.name}"
    if not response.steps or not response.ends:
        missing = "step" if not response.steps else "end"
        raise resolver.fail(item, response.name, f"{item} has no {missing}.", (), "Write one: docs/guide/reference.md.")
    places = [*(each.name for each in response.steps), *(each.name for each in response.ends)]
    resolver.each_once(item, places)
    where = f"a step or an end of {item}"
    resolver.known(item, [response.unattributed], where, places)
    for end in response.ends:
        resolver.known(item, [end.holder], "a body or a party", resolver.actors)
        resolver.known(item, end.consent, ACTOR, resolver.actors | set(m.ROLES))
        resolver.each_once(item, end.consent, f"the consent of end {end.name}")
    for step in response.steps:
        _exits(resolver, item, step, places)
        _step(resolver, item, step)


def _exits(resolver: Resolver, item: str, step: m.Step, places: list[str]) -> None:
    """Every exit leads to a step or an end. The nearest name may mean another end, so declaring it is said first."""
    for each in step.exits:
        if each.to not in places:
            near = difflib.get_close_matches(each.to, places, n=1, cutoff=0.5)
            problem = f"step {step.name} leads to {each.to!r}, which is no step and no end of {item}."
            remedy = f"Declare it, say end {each.to} answered{f', or write {near[0]}' if near else ''}."
            raise resolver.fail(item, each.to, problem, (), remedy)


def _step(resolver: Resolver, item: str, step: m.Step) -> None:
    actors = resolver.actors | set(m.ROLES)
    resolver.known(item, [step.actor, *step.towards, *step.consent, *step.voters, *step.veto], ACTOR, actors)
    resolver.known(item, [step.confirmer], "a body", resolver.bodies)
    lists = {"consent": step.consent, "votes": step.voters, "veto": step.veto, step.action: step.towards}
    for said, names in lists.items():
        resolver.each_once(item, names, f"the {said} of step {step.name}")
    results = {each.result for each in step.exits}
    told = results & set(m.RESULTS)
    problem = remedy = ""
    if step.votes is not None and not 1 <= step.votes <= len(set(step.voters)):
        problem, remedy = "needs more votes than it names different voters.", "Write 2 of A B C."
    elif told and step.action not in ("visits", "decides"):
        problem, remedy = f"{step.action}, which finds nothing out, and branches on a result.", "Write done NEXT."
    elif told and "done" in results:
        problem = "branches both on done and on what was found."
        remedy = "Write substantiated A not_substantiated B inconclusive C."
    elif "exhausted" in results and step.most is None:
        problem, remedy = "has an exit exhausted and no bound.", "Write at most 2 times exhausted NEXT."
    elif step.most is not None and step.most < 1:
        problem, remedy = "may be entered no time at all.", "Write at most 1 times, or more."
    elif step.within_s is not None and step.within_s < 1:
        problem, remedy = "has no time to be done in.", "Write within 24h."
    if problem:
        raise resolver.fail(item, step.name, f"step {step.name} {problem}", (), remedy)
