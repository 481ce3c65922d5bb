"""What follows from a breach, in plain English: who decides whose act it was, each response step by step, suspensions.

Where the text does not say what follows, the English says so.
"""

from collections.abc import Iterator, Mapping

from truceline.mandate.phrases import ROLE_WORDS, capital, counted, listed, term_words, titles_of, window_words
from truceline.model import mandate as m
from truceline.terms.protocol import found_by, roles_in

_BARE: dict[m.Action, str] = {  # after "must", without anybody towards whom
    "informs": "give notice",
    "visits": "carry out a visit",
    "requests": "make a request",
    "replies": "reply",
    "withdraws": "carry out the withdrawal",
    "repairs": "carry out the repair",
    "convenes": "hold a meeting",
    "decides": "decide",
    "suspends": "suspend a benefit",
    "refers": "refer the matter",
    "publishes": "publish the matter",
}
_TOWARDS: dict[m.Action, str] = {
    "informs": "inform {}",
    "visits": "visit {}",
    "requests": "make a request to {}",
    "replies": "reply to {}",
    "withdraws": "carry out the withdrawal towards {}",
    "repairs": "carry out the repair towards {}",
    "convenes": "convene {}",
    "decides": "decide with regard to {}",
    "suspends": "suspend a benefit of {}",
    "refers": "refer the matter to {}",
    "publishes": "publish the matter to {}",
}
_SUBJECTS: dict[m.Action, str] = {"visits": "the visit", "decides": "the decision"}  # of a result; of others: it
_FOUND: dict[tuple[m.Action, str], str] = {
    ("visits", "substantiated"): "substantiates the matter",
    ("visits", "not_substantiated"): "does not substantiate the matter",
    ("visits", "inconclusive"): "is inconclusive",
    ("decides", "substantiated"): "finds the matter substantiated",
    ("decides", "not_substantiated"): "finds the matter not substantiated",
    ("decides", "inconclusive"): "leaves the matter open",
    ("decides", "done"): "is taken",
}
_ENDS: dict[m.EndKind, str] = {
    "remedied": "The matter has been remedied",
    "answered": "The matter has been settled in another way",
    "unfounded": "The matter has proved unfounded",
    "impasse": "The procedure ends without a settlement",
}


def attribution_words(mandate: m.Mandate) -> Iterator[str]:
    """Who decides whose act a breach was; that the text names nobody, where there are breaches; else nothing."""
    attribution = mandate.attribution
    if attribution is None:
        if any(clause.breach_class for clause in mandate.clauses):
            yield "The text does not say who decides whose act a breach was."
        return
    decider = titles_of(mandate)[attribution.body]
    source = _source(attribution.cites)
    words = [f"Whose act a breach was is decided by {decider}{source}: {_panel(attribution.panel)}."]
    for part in attribution.thresholds:
        words.append(f"For a breach of class {listed(part.classes, 'or')}, {_panel(part.panel)}.")
    yield " ".join([*words, "Where they do not agree in time, the act is attributed to nobody."])


def _source(*said: str) -> str:
    """` (Article 9, unverified)`; empty where nothing is said."""
    return f" ({', '.join(each for each in said if each)})" if any(said) else ""


def _panel(panel: m.Panel) -> str:
    within = term_words(panel.within_s)
    return f"{panel.votes} of a panel of {panel.seats} must agree, within {within} of the opening of the case"


def response_words(mandate: m.Mandate, response: m.Response) -> str:
    """A response as a paragraph, its steps as numbered lines, its ends."""
    titles = titles_of(mandate)
    classes = dict.fromkeys(clause.breach_class for clause in mandate.clauses if clause.response == response.name)
    after = f"follows a breach of class {listed([*classes], 'or')}" if classes else "follows from no clause"
    source = _source(response.cites, *(["unverified"] if response.unverified else []))
    ended = (
        "The text does not say by when it must have ended."
        if response.deadline_s is None
        else f"It must have ended within {term_words(response.deadline_s)} of the opening of the case."
    )
    opening = (
        f"Response {response.name}{source} {after}. {ended} It begins with step {response.steps[0].name}. "
        "The time for a step runs from when the case comes to it."
    )
    words = [opening, *_waiting(mandate, response)]
    steps = [f"{number}. {_step_words(response, step, titles)}" for number, step in enumerate(response.steps, 1)]
    return "\n".join([" ".join(words), *steps, *(_end_words(end, titles) for end in response.ends)])


def _waiting(mandate: m.Mandate, response: m.Response) -> Iterator[str]:
    """What becomes of a case while nobody was found responsible, where a step or the text speaks of it."""
    if any(role in step.towards for step in response.steps for role in m.ROLES):
        roles = listed([ROLE_WORDS[role] for role in m.ROLES], "or")
        yield f"Until it is decided whose act it was, what goes to {roles} goes to every party that the clause binds."
    waiting = [step.name for step in response.steps if roles_in(step)]
    if not waiting and not response.unattributed:
        return
    if len(waiting) == 1:
        yield f"Step {waiting[0]} waits until it has been decided whose act it was, and its time runs from then."
    elif waiting:
        named = listed(waiting, "and")
        yield f"Steps {named} wait until it has been decided whose act it was, and their time runs from then."
    where = "Where that is not decided in time" if waiting else "Where it is not decided in time whose act it was"
    unsaid = ", the text does not say"
    if mandate.attribution is None:
        where = f"The text names nobody to decide {'that' if waiting else 'whose act it was'}"
        unsaid = ", nor does it say"
    after = response.unattributed
    yield f"{where}: {_place(response, after)}." if after else f"{where}{unsaid} what follows."


def _step_words(response: m.Response, step: m.Step, titles: Mapping[str, str]) -> str:
    towards = listed([titles[name] for name in step.towards], "and") if step.towards else ""
    deed = _TOWARDS[step.action].format(towards) if towards else _BARE[step.action]
    said = f" ({step.words})" if step.words else ""
    terms = [
        f"{capital(titles[step.actor])} must {deed}{said}{_by_when(step)}",
        *_terms(step, titles),
    ]
    return " ".join([f"Step {step.name}. {'; '.join(terms)}.", *_exits(response, step)])


def _by_when(step: m.Step) -> str:
    return "; the text does not say by when" if step.within_s is None else f" within {term_words(step.within_s)}"


def _terms(step: m.Step, titles: Mapping[str, str]) -> Iterator[str]:
    """What a step needs besides its actor."""
    if step.takes_s:
        yield f"this takes at least {term_words(step.takes_s)}"
    if step.votes is not None:
        voters = [titles[name] for name in step.voters]
        if step.votes == len(voters):
            every = {1: "", 2: "both "}.get(len(voters), "all ")
            yield f"{listed(voters, 'and')} must {every}agree"
        else:
            yield f"at least {step.votes} of {listed(voters, 'and')} must agree"
    if step.consent:
        yield f"it needs the consent of {listed([titles[name] for name in step.consent], 'and')}"
    if step.veto:
        yield f"it is refused upon an objection by {listed([titles[name] for name in step.veto], 'or')}"
    if step.confirmer:
        yield f"{titles[step.confirmer]} must confirm that it was done"


def _exits(response: m.Response, step: m.Step) -> Iterator[str]:
    """Where the case goes by each result the step can have; last, for which of them the text does not say."""
    results: dict[str, list[str]] = {}
    for result in (*found_by(step), "refused", *([] if step.within_s is None else ["late"])):
        results.setdefault(step.exit(result), []).append(result)
    unsaid = results.pop("", [])
    if len(results) == 1 and not unsaid:
        yield f"Whatever comes of it: {_place(response, *results)}."
    else:
        for to, told in results.items():
            yield f"If {_results_words(step, told)}: {_place(response, to)}."
    if unsaid:
        yield f"The text does not say what follows if {_results_words(step, unsaid)}."
    if step.most is not None:
        often = "once" if step.most == 1 else f"{step.most} times"
        after = step.exit("exhausted")
        then = f"after that: {_place(response, after)}" if after else "the text does not say what follows after that"
        yield f"The case may come to this step at most {often}; {then}."


def _results_words(step: m.Step, results: list[str]) -> str:
    """`the visit is inconclusive, refused or late`."""
    said = [_FOUND.get((step.action, result), f"is {result}") for result in results]
    found = [each for each in said if not each.startswith("is ")]
    states = [each.removeprefix("is ") for each in said if each.startswith("is ")]
    found += [f"is {listed(states, 'or')}"] if states else []
    return f"{_SUBJECTS.get(step.action, 'it')} {listed(found, 'or')}"


def _place(response: m.Response, name: str) -> str:
    """`step visit` or `end close`."""
    return f"{'end' if any(end.name == name for end in response.ends) else 'step'} {name}"


def _clock(end: m.End) -> str:
    return "" if end.within_s is None else f", to be dealt with within {term_words(end.within_s)}"


def _end_words(end: m.End, titles: Mapping[str, str]) -> str:
    if end.kind != "handed_over":
        return f"End {end.name}. {_ENDS[end.kind]}{f': {end.words}' if end.words else ''}."
    said = f" ({end.words})" if end.words else ""
    handed = f"handed over to {titles[end.holder]}{said}{_clock(end)}"
    consent = listed([titles[each] for each in end.consent], "and") if end.consent else ""
    needs = f"; this needs the consent of {consent}" if consent else ""
    return f"End {end.name}. The matter is {handed}{needs}."


def needs_team(step: m.Step, body: m.Body) -> bool:
    """Whether a step occupies a team of the body: its visits do, and whatever takes it time."""
    return step.actor == body.name and (step.action == "visits" or step.takes_s > 0)


def suspension_words(mandate: m.Mandate, suspension: m.Suspension) -> str:
    """Which clauses stop binding whom, upon what; what the text says, and the entry that gives it effect."""
    titles, one = titles_of(mandate), len(suspension.clauses) == 1
    clauses = f"clause {suspension.clauses[0]}" if one else f"clauses {listed(suspension.clauses, 'and')}"
    findings, fall = counted(suspension.findings, "finding"), "falls" if suspension.findings == 1 else "fall"
    once = f"{findings} of class {suspension.breach_class} {fall} within any {window_words(suspension.window_s)}"
    lifted = f"{clauses} {'ceases' if one else 'cease'} to bind {titles[suspension.party]}"
    by = f"by {titles[suspension.decider]} " if suspension.decider else ""
    unsaid = "" if suspension.decider else " (the text does not say who decides that)"
    entry = f"an entry {by}in the register {suspension.name}{unsaid}"
    they, bind, go = ("it", "binds", "goes") if one else ("they", "bind", "go")
    parts = [
        f"Suspension {suspension.name}{_source(suspension.cites)}.",
        f"Where {once}, {lifted}, upon {entry} and until that entry ends.",
        f"The text says that {they} {bind} again {term_words(suspension.restored_after_s)} later.",
        f"Without an entry for that party, {they} {go} on binding.",
    ]
    duties = [each.name for each in mandate.clauses if each.name in suspension.clauses and each.modality == "required"]
    if duties:
        lists = "clause" if len(duties) == 1 else "clauses"
        parts.append(f"The duty of {lists} {listed(duties, 'and')} is lifted if the entry covers the end of its term.")
    return " ".join(parts)
