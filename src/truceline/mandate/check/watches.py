"""Duties to look that cannot be kept as written: `watch_remarks`.

Exact: each says only what follows from the text. Whether a mission has drones and people enough is no matter of the
text; the planner says it (`plan/`).
Limits: where a monitor does not say by which means it observes, nothing is concluded from it. Gates count as open.
"""

from collections.abc import Iterator

from truceline.base.units import duration_words
from truceline.model import mandate as m
from truceline.model.remark import Remark
from truceline.terms.rules import Due, dues_of


def watch_remarks(mandate: m.Mandate) -> Iterator[Remark]:
    """DEAD, UNPROVABLE, NO-PLACE and UNVERIFIED of duties to look, in no particular order."""
    dues: dict[tuple[str, str], Due] = {(each.watch.name, each.clause): each for each in dues_of(mandate)}
    clauses = {each.name: each for each in mandate.clauses}
    monitors = [body for body in mandate.bodies if body.monitors]
    for watch in mandate.watches:
        if watch.unverified:
            yield _remark(
                watch,
                "UNVERIFIED",
                f"{watch.name} ({watch.cites}) was not seen in a source.",
                "Read it against the signed text and take the word unverified away.",
            )
        yield from _by_nobody(watch, monitors)
        for name in watch.clauses or ("",):
            yield from _never_due(watch, name, dues.get((watch.name, name)))
            if name and not clauses[name].places:
                yield _remark(
                    watch,
                    "NO-PLACE",
                    f"{watch.name} is to see all the ground of {name}, which holds everywhere: of no stretch can it "
                    "be said that it was looked at in time.",
                    f"Give {name} a place, or watch a clause that has one.",
                )


def _remark(watch: m.Watch, code: str, words: str, suggestion: str) -> Remark:
    return Remark(code=code, line=watch.line, subject=f"watch {watch.name}", words=words, suggestion=suggestion)


def _by_nobody(watch: m.Watch, monitors: list[m.Body]) -> Iterator[Remark]:
    """A duty that asks for means, and every monitor says by which means it observes, and none has one of them."""
    stated = {means for body in monitors for means in body.means}
    if watch.means and monitors and all(body.means for body in monitors) and stated.isdisjoint(watch.means):
        wanted, had = " or ".join(watch.means), ", ".join(sorted(stated))
        yield _remark(
            watch,
            "UNPROVABLE",
            f"{watch.name} can never be met: it asks for {wanted}, and the monitors observe by {had} only.",
            f"Give a monitor the means (by {watch.means[0]}), or ask for one that they have.",
        )


def _never_due(watch: m.Watch, clause: str, due: Due | None) -> Iterator[Remark]:
    """A duty whose first window would end after the duty itself, or that nobody is bound by."""
    what = f" for {clause}" if clause else ""
    if due is None:
        why, suggestion = f"{clause} binds nobody", "Watch a clause that binds a party."
    else:
        from_s, until_s = due.period.from_s, due.period.until_s
        if from_s is None or until_s is None or until_s - from_s >= watch.every_s:
            return
        lasts = f"only for {duration_words(until_s - from_s)}" if until_s > from_s else "at no time"
        held = (
            f"{clause} and the duty to see it hold together"
            if clause
            else f"{watch.feature} and the duty to see it hold together"
        )
        why, suggestion = f"{held} {lasts}", f"Mend from and until, or write less than {duration_words(watch.every_s)}."
    yield _remark(watch, "DEAD", f"{watch.name} never falls due{what}: {why}.", suggestion)
