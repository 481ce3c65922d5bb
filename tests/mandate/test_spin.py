"""SPIN as a second opinion: protocols written as Promela agree about rounds, gaps, time, and who can prevent an answer.

Many protocols go into one model, and one compiled verifier is asked again and again, told by its environment which
protocol, coalition and facts are meant. Needs `spin` and `gcc`: skipped without them, unless TRUCELINE_NO_SKIP is set.
"""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import LONG
from tests.mandate.protocols import Plays, Position, Table, random_mandate

from truceline.mandate.check.responses.blocking import FACTS, Setting, blockers, settings
from truceline.mandate.check.responses.deadlines import worst_case_s
from truceline.mandate.check.responses.protocols import protocol_remarks
from truceline.model import mandate as m
from truceline.terms.protocol import follow, protocol_of

PROTOCOLS, BATCH = (320, 40) if LONG else (12, 12)
TOOLS = ("spin", "gcc")
CLAIMS = """
ltl live { <> over }
ltl defined { [] !undefined }
ltl answers { <> answered }
ltl intime { [] (t <= most) }
"""
HEAD = """
int which, coalition, facts, most, t;
bool playing, timed, over, undefined, answered;
byte place, attributed, count[10];
active proctype a_case() {
  c_code {
    now.which = atoi(getenv("WHICH")); now.coalition = atoi(getenv("COALITION")); now.facts = atoi(getenv("FACTS"));
    now.playing = atoi(getenv("PLAYING")); now.timed = atoi(getenv("TIMED")); now.most = atoi(getenv("MOST"));
  };
  if
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One protocol in one setting: its place in the batch, and what to ask about it."""

    mandate: m.Mandate
    setting: Setting


class Writer:
    """One protocol as a Promela loop. `coalition` is a bit set; where `playing`, the others do their part."""

    def __init__(self, model: Model) -> None:
        self.mandate, self.setting = model.mandate, model.setting
        self.plays = Plays(model.mandate)
        self.response = self.plays.response
        self.table = Table(model.mandate, model.setting.roles, frozenset())
        self.places = [*self.plays.steps, *self.plays.ends, ""]
        self.counted = {name: n for n, name in enumerate(n for n, s in self.plays.steps.items() if s.most)}
        everybody = [*(each.name for each in (*self.mandate.parties, *self.mandate.bodies)), *m.ROLES]
        self.bits = {name: 1 << number for number, name in enumerate(everybody)}

    def lines(self) -> Iterator[str]:
        yield f"d_step {{ {self.enter(self.response.steps[0].name)} }}; do"
        yield "  :: over -> break"
        for step in self.response.steps:
            here = f"!over && place == {self.places.index(step.name)}"
            if step.most:
                full = f"count[{self.counted[step.name]}] > {step.most}"
                yield self.option(f"{here} && {full}", "t", self.enter(step.exit("exhausted")))
                here += f" && !({full})"
            if self.plays.needs_role(step):
                yield from self.waiting(here)
                here += " && attributed == 1"
            yield from self.results(step, here)
        yield "  od"

    def waiting(self, here: str) -> Iterator[str]:
        term = f"(t < {self.plays.term_s} -> {self.plays.term_s} : t)"
        how = self.setting.attributing
        panel = self.stops_panel() if how == "by its body" and self.mandate.attribution else str(int(how == "never"))
        named = int(how != "never")
        yield self.option(f"{here} && attributed == 0 && (!playing || {named})", "t", "attributed = 1;")
        yield self.option(f"{here} && attributed == 0 && (!playing || {named}) && timed", term, "attributed = 1;")
        gone = f"attributed = 2; {self.enter(self.response.unattributed)}"
        yield self.option(f"{here} && attributed == 0 && (!playing || {panel})", term, gone)
        yield self.option(f"{here} && attributed == 2", "t", gone)

    def results(self, step: m.Step, here: str) -> Iterator[str]:
        stopped = f"!({self.carried(step)})"
        told = any(each.result in m.RESULTS for each in step.exits)
        able = step.takes_s <= step.within_s
        for number, result in enumerate(m.RESULTS if told else ("done",)):
            if able:
                chosen = f"(!playing || {number} < facts || ({self.decided(step)}))" if told else "1"
                yield self.option(f"{here} && {chosen}", f"t + {step.takes_s}", self.enter(step.exit(result)))
                yield self.option(f"{here} && timed", f"t + {step.within_s}", self.enter(step.exit(result)))
        yield self.option(
            f"{here} && (!playing || {stopped})", f"t + {step.within_s}", self.enter(step.exit("refused"))
        )
        late = "1" if not able else f"(!playing || {stopped})"
        yield self.option(f"{here} && {late}", f"t + {step.within_s}", self.enter(step.exit("late")))

    def option(self, guard: str, time: str, then: str) -> str:
        return f"  :: d_step {{ {guard} -> t = (timed -> {time} : 0); {then} }}"

    def enter(self, place: str) -> str:
        said = [f"place = {self.places.index(place)};"]
        if place in self.counted:
            number, most = self.counted[place], self.plays.steps[place].most
            said.append(f"count[{number}] = (count[{number}] <= {most} -> count[{number}] + 1 : count[{number}]);")
        if place not in self.plays.steps:
            said.append("over = 1;")
        if not place:
            said.append("undefined = 1;")
        if place in self.plays.ends and self.plays.ends[place].kind in m.ANSWERED:
            said.append("answered = 1;")
        return " ".join(said)

    def says(self, name: str, met: tuple[str, ...] = (), *, joined: bool) -> str:
        """Whether somebody is with the coalition, or with the others, as a formula over its bits."""
        name = self.setting.roles.get(name, name)
        top = self.table.top(name)
        body = self.table.bodies.get(top)
        if body is None or not body.members or top in met:
            bit = self.bits[name if top in met else top]
            return f"((coalition & {bit}) {'!=' if joined else '=='} 0)"
        quorum = len(body.members) if body.quorum is None else body.quorum
        return self.enough(body.members, quorum, body.veto, (*met, top), joined=joined)

    def enough(
        self, names: tuple[str, ...], votes: int, veto: tuple[str, ...], met: tuple[str, ...], *, joined: bool
    ) -> str:
        votes_said = " + ".join(self.says(name, met, joined=joined) for name in names)
        objecting = "".join(f" && !{self.says(name, met, joined=True)}" for name in veto if not joined)
        return f"((({votes_said}) >= {votes}){objecting})"

    def votes(self, step: m.Step, *, joined: bool) -> str:
        if step.votes is None:
            return self.says(step.actor, joined=joined)
        body = self.table.bodies.get(self.setting.roles.get(step.actor, step.actor))
        ruled = body is not None and bool(body.members)
        enough = self.enough(
            tuple(dict.fromkeys(step.voters)), step.votes, body.veto if ruled else (), (), joined=joined
        )
        return enough if ruled else f"({enough} && {self.says(step.actor, joined=joined)})"

    def carried(self, step: m.Step) -> str:
        parts = [self.votes(step, joined=False), *(self.says(name, joined=False) for name in step.consent)]
        parts += [f"!{self.says(name, joined=True)}" for name in step.veto]
        parts += [self.says(step.confirmer, joined=False)] if step.confirmer else []
        return " && ".join(parts)

    def decided(self, step: m.Step) -> str:
        confirmed = f" && {self.says(step.confirmer, joined=True)}" if step.confirmer else ""
        return self.votes(step, joined=True) + confirmed

    def stops_panel(self) -> str:
        body, panel = self.table.bodies[self.mandate.attribution.body], self.plays.panel
        if not body.members or len(body.members) != panel.seats:
            return f"!{self.says(body.name, joined=False)}"
        return f"!{self.enough(body.members, panel.votes, body.veto, (), joined=False)}"


class Verifier:
    """One compiled model of many protocols."""

    def __init__(self, models: list[Model], folder: Path) -> None:
        self.folder = folder
        loops = [f"  :: which == {n} -> {chr(10).join(Writer(model).lines())}" for n, model in enumerate(models)]
        (folder / "all.pml").write_text(HEAD + "\n".join(loops) + "\n  fi\n}\n" + CLAIMS)
        for command in (["spin", "-a", "all.pml"], ["gcc", "-O0", "-w", "-o", "pan", "pan.c"]):
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)

    def holds(self, claim: str, number: int, **told: int) -> bool:
        """Whether a claim holds of one protocol on every course."""
        asked = {"WHICH": number, "COALITION": 0, "FACTS": 3, "PLAYING": 0, "TIMED": 0, "MOST": 0} | told
        run = subprocess.run(
            ["./pan", "-a", "-w14", "-m20000", "-N", claim],
            cwd=self.folder,
            env=os.environ | {name: str(value) for name, value in asked.items()},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        found = re.search(r"errors: (\d+)", run.stdout)
        assert found, run.stdout + run.stderr
        assert "max search depth too small" not in run.stdout
        return found[1] == "0"


def chosen() -> list[Model]:
    models = []
    for seed in range(PROTOCOLS):
        chance = random.Random(seed)
        mandate = random_mandate(seed, most_steps=7, tidy=chance.random() < 0.25)
        models.append(
            Model(mandate=mandate, setting=chance.choice(settings(mandate, protocol_of(mandate, mandate.responses[0]))))
        )
    return models


def check_courses(verifier: Verifier, number: int, mandate: m.Mandate) -> tuple[bool, bool]:
    """ENDLESS, UNDEFINED and the longest course; whether it goes round, and whether it stops undefined."""
    (response,) = mandate.responses
    remarks = list(protocol_remarks(mandate))
    endless = any(remark.code == "ENDLESS" for remark in remarks)
    stops = any(
        remark.code in ("UNDEFINED", "UNATTRIBUTED")
        and remark.schedule
        and follow(protocol_of(mandate, response), remark.schedule).place == ""
        for remark in remarks
    )
    assert verifier.holds("live", number) != endless
    assert verifier.holds("defined", number) != stops
    worst_s = worst_case_s(mandate, response)
    assert (worst_s is None) == endless
    if worst_s is not None:
        assert verifier.holds("intime", number, TIMED=1, MOST=worst_s)
        assert not verifier.holds("intime", number, TIMED=1, MOST=worst_s - 1)
    return endless, stops


def check_blocking(verifier: Verifier, number: int, model: Model) -> list[bool]:
    """Nobody at all over fewer and fewer facts, then each single party: whether it can prevent every answer."""
    (response,) = model.mandate.responses
    ours = [each for each in blockers(model.mandate, response) if each.setting == model.setting]
    writer = Writer(model)
    branching = any(each.result in m.RESULTS for step in response.steps for each in step.exits)
    for facts in FACTS if branching else (m.RESULTS,):
        if verifier.holds("answers", number, PLAYING=1, FACTS=len(facts)):
            break
    assert all(each.facts == facts for each in ours)
    nobody = not verifier.holds("answers", number, PLAYING=1, FACTS=len(facts))
    assert nobody == any(not each.coalition for each in ours)
    deciders = {writer.table.top(party.name) for party in model.mandate.parties}
    alone = [name for name in deciders if not (name in writer.table.bodies and writer.table.bodies[name].members)]
    found = []
    for name in sorted(alone):
        prevented = not verifier.holds("answers", number, PLAYING=1, FACTS=len(facts), COALITION=writer.bits[name])
        assert prevented == any(set(each.coalition) <= {name} for each in ours), name
        found.append(prevented)
    return found


def test_spin_agrees_about_rounds_gaps_time_and_who_can_prevent_an_answer(tmp_path: Path) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        reason = f"{' and '.join(missing)} not installed: no second opinion by SPIN"
        if os.environ.get("TRUCELINE_NO_SKIP"):
            pytest.fail(reason)
        pytest.skip(reason)
    models = chosen()
    endless = stops = 0
    prevented: list[bool] = []
    for begin in range(0, len(models), BATCH):
        folder = tmp_path / str(begin)
        folder.mkdir()
        batch = models[begin : begin + BATCH]
        verifier = Verifier(batch, folder)
        for number, model in enumerate(batch):
            courses = check_courses(verifier, number, model.mandate)
            endless, stops = endless + courses[0], stops + courses[1]
            prevented += check_blocking(verifier, number, model)
    can = sum(prevented)
    print(f"SPIN agreed on {len(models)} protocols: {endless} endless, {stops} stop undefined")
    print(f"and on {len(prevented)} questions of whether a party alone can prevent every answer: {can} can")
    assert 0 < endless < len(models)
    assert 0 < stops < len(models)
    assert 0 < can < len(prevented)


def test_the_model_knows_every_place_that_the_protocol_has() -> None:
    for model in chosen()[:12]:
        reached: set[Position] = Plays(model.mandate).reached()
        assert {place for place, *_ in reached} <= set(Writer(model).places)
