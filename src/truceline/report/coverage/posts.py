"""Drones against posts, as a page for those who decide: what drones can and cannot replace, and on what that rests."""

from collections.abc import Iterator, Sequence

from truceline.model.tradeoff import CONDITIONS, ClauseSeen, Mix, Tradeoff
from truceline.report.coverage.drawing import CONDITION_WORDS, curves_svg
from truceline.report.totals import Figure, Section, Table, cells, clean, columns, listed

LEVEL = "Computed comparison; not reviewed by a person."
FOOT = "Made by Truceline from the mandate, the mission's settings and the assumptions on this page."
NEARLY_PERMILLE = 20  # shares that differ by less, and by less than a tenth, are called equal
HARDLY_PERMILLE = 50  # what neither sees more of is called hardly seen
DUTIES = ("clear", "bad_weather", "interference")
PEOPLE_ALONE = (
    "In none of these figures: what only people do. They can speak with those who live and serve there, enter "
    "buildings, hear a complaint, and be seen to be there. Nor is the danger that they stand in."
)


def posts_page(tradeoff: Tradeoff) -> bytes:
    """The comparison as one HTML page that loads nothing. It needs at least one mix."""
    from truceline.report.pages import Leaf, html_page  # its renderer is heavy: it is loaded when a page is made

    assert tradeoff.mixes, "nothing to compare"
    leaf = Leaf(
        title="Drones against posts",
        mission=clean(tradeoff.mission),
        level=LEVEL,
        foot=FOOT,
        head=(
            ("Mission", clean(tradeoff.mission)),
            ("Mandate", clean(tradeoff.title)),
            ("Lines watched", f"{tradeoff.line_m / 1000:,.0f} km"),
        ),
        notes="",
        key_figures=(),
        sections=(
            Section(key="summary", title="What these drones can and cannot replace", words=tuple(_summary(tradeoff))),
            Section(
                key="curve",
                title="People at the line, and how much is seen",
                words=(
                    (
                        "Each point is one mix. Further left: fewer people at the line. Further up: more of what the "
                        "mandate forbids would be seen, or more of the windows met in which it obliges somebody to "
                        "look. A curve that is flat says that more posts would add little."
                    ),
                ),
                figures=(_figure(),),
            ),
            Section(
                key="assumptions",
                title="What is assumed",
                words=("Each of these could change the figures; they are the mission's, not measured.",
                       *(clean(words) for words in tradeoff.assumptions), PEOPLE_ALONE),
            ),
            Section(key="clauses", title="Clause by clause", tables=(_clauses_table(tradeoff),)),
            Section(key="mixes", title="Every mix", tables=(_mixes_table(tradeoff),)),
        ),
    )  # fmt: skip
    return html_page(leaf, {"curves": curves_svg(tradeoff)})


def _figure() -> Figure:
    return Figure(
        key="curves",
        caption="Share of clause-hours observed, against people at the line: one curve for each number of drones, from "
        "no "
        "posts (left) to the most. A clause-hour is one hour of one clause over all the ground it is about.",
        alt="Four panels: by day, by night, in bad weather, with flights disturbed. The table of mixes holds every "
        "point.",
    )


# --- the first paragraph ------------------------------


def _summary(tradeoff: Tradeoff) -> Iterator[str]:
    """What a reader needs who reads nothing else. Every sentence follows from the figures below."""
    posts, drones = _posts_alone(tradeoff.mixes), _drones_alone(tradeoff.mixes)
    if posts is not None and drones is not None:
        yield _replaced(tradeoff, posts, drones)
        yield (
            f"{_many(posts.posts, 'post')} with {_many(posts.patrols_a_day, 'patrol')} a day and no drone need "
            f"{posts.people_at_line:,} people at the line. Of what the mandate forbids they would see "
            f"{_seen(posts, tradeoff)}. {_met(posts)}"
        )
        yield (
            f"{_many(drones.drones, 'drone')} and no post need "
            f"{'nobody' if not drones.people_at_line else f'{drones.people_at_line:,} people'} at the line and "
            f"{drones.people_elsewhere:,} elsewhere. They would see {_seen(drones, tradeoff)}. "
            f"{_met(drones)}"
        )
        yield (
            "A duty to look is met by one look within its hours. What is observed asks more: that whatever is done, at "
            "any place and in any hour, would be seen; between two flights nobody looks."
        )
        yield from _little(tradeoff, posts, drones)
        yield _fewest(tradeoff, posts)
        yield from _by_clause(tradeoff, posts, drones)
    yield (
        "These are expected shares under the assumptions stated on this page, for comparing mixes with each other. "
        "They do "
        "not say what would have happened, nor whether anybody would break the agreement less for being watched."
    )


def _posts_alone(mixes: Sequence[Mix]) -> Mix | None:
    return max((mix for mix in mixes if not mix.drones and mix.posts), key=lambda mix: mix.posts, default=None)


def _drones_alone(mixes: Sequence[Mix]) -> Mix | None:
    """The fewest drones that meet within a hundredth as many of the duties as any number that was tried."""
    alone = [mix for mix in mixes if mix.drones and not mix.posts]
    best = max((mix.duties_permille["clear"] for mix in alone), default=0)
    enough = [mix for mix in alone if mix.duties_permille["clear"] >= best - 10]
    return min(enough, key=lambda mix: mix.drones, default=None)


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _seen(mix: Mix, tradeoff: Tradeoff) -> str:
    """`62 % by day, 48 % by night, 20 % in bad weather and 15 % with 75 % of flights disturbed`."""
    return listed(f"{_percent(mix.observed_permille[name])} {_under(name, tradeoff)}" for name in CONDITIONS)


def _percent(share_permille: int) -> str:
    """`46 %`, below ten `5.8 %`: rounded down."""
    return (
        f"{share_permille // 10} %" if share_permille >= 100 or share_permille == 0 else f"{share_permille / 10:.1f} %"
    )


def _met(mix: Mix) -> str:
    """`Of the windows in which … they would meet 94 % in clear air, …`."""
    clear, foul, disturbed = (mix.duties_permille[name] // 10 for name in DUTIES)
    return (
        f"Of the windows in which the mandate obliges somebody to look they would meet {clear} % in clear air, {foul} "
        f"% in bad weather and {disturbed} % with flights disturbed."
    )


def _under(condition: str, tradeoff: Tradeoff) -> str:
    words = CONDITION_WORDS.get(condition, f"With {tradeoff.interference_permille // 10} % of flights disturbed")
    return words[:1].lower() + words[1:]


def _replaced(tradeoff: Tradeoff, posts: Mix, drones: Mix) -> str:
    reached = [name for name in CONDITIONS if _no_less(drones.observed_permille[name], posts.observed_permille[name])]
    missed = [name for name in CONDITIONS if name not in reached]
    who, others = _many(drones.drones, "drone"), _many(posts.posts, "post")
    if not missed:
        return f"By these figures {who} would see no less than {others} in every condition that was tried."
    if not reached:
        return f"By these figures {who} would see less than {others} in every condition that was tried."
    return (
        f"By these figures {who} can replace the eyes of {others} {_all_of(reached, tradeoff)}. They cannot "
        f"{_all_of(missed, tradeoff)}: there the posts would see more."
    )


def _little(tradeoff: Tradeoff, posts: Mix, drones: Mix) -> Iterator[str]:
    """Where neither sees half: there the comparison is between little and little."""
    best = {name: max(posts.observed_permille[name], drones.observed_permille[name]) for name in CONDITIONS}
    dim = [name for name in CONDITIONS if best[name] < 500]
    if dim:
        yield f"Neither would see as much as half {_all_of(dim, tradeoff)}: there most goes unseen with either."


def _all_of(conditions: Sequence[str], tradeoff: Tradeoff) -> str:
    return listed(_under(name, tradeoff) for name in conditions)


def _no_less(one_permille: int, other_permille: int) -> bool:
    return one_permille >= other_permille - min(NEARLY_PERMILLE, other_permille / 10)


def _by_clause(tradeoff: Tradeoff, posts: Mix, drones: Mix) -> Iterator[str]:
    """Which clauses the drones see as well in every condition, in some, in none; and which hardly anybody sees."""
    every = list(_pairs(tradeoff, posts, drones))
    pairs = [pair for pair in every if _most(pair) >= HARDLY_PERMILLE]
    hardly = [by_drones.clause for by_drones, by_posts in every if (by_drones, by_posts) not in pairs]
    always = [by_drones.clause for by_drones, by_posts in pairs if all(_reached(by_drones, by_posts))]
    never = [by_drones.clause for by_drones, by_posts in pairs if not any(_reached(by_drones, by_posts))]
    if always:
        yield f"Seen no less by the drones, in every condition: {listed(always)}."
    mixed = [each.clause for each, _ in pairs if each.clause not in (*always, *never)]
    if mixed:
        yield f"Seen no less by the drones in some conditions, and less in others: {listed(mixed)}."
    if never:
        yield f"Seen less by the drones, in every condition: {listed(never)}. There posts or other means stay needed."
    if hardly:
        yield f"Hardly seen by either, under {HARDLY_PERMILLE // 10} % in every condition: {listed(hardly)}."


def _most(pair: tuple[ClauseSeen, ClauseSeen]) -> int:
    return max(max(each.observed_permille.values()) for each in pair)


def _reached(by_drones: ClauseSeen, by_posts: ClauseSeen) -> list[bool]:
    return [_no_less(by_drones.observed_permille[name], by_posts.observed_permille[name]) for name in CONDITIONS]


def _pairs(tradeoff: Tradeoff, posts: Mix, drones: Mix) -> Iterator[tuple[ClauseSeen, ClauseSeen]]:
    """Of each clause what the drones alone and what the posts alone see."""
    seen = {(row.clause, row.drones, row.posts): row for row in tradeoff.clauses}
    for clause in dict.fromkeys(row.clause for row in tradeoff.clauses):
        pair = (seen.get((clause, drones.drones, 0)), seen.get((clause, 0, posts.posts)))
        if pair[0] is not None and pair[1] is not None:
            yield pair[0], pair[1]


def _fewest(tradeoff: Tradeoff, posts: Mix) -> str:
    """The mix with the fewest people at the line that sees no less than the posts alone, in every condition."""
    enough = [
        mix
        for mix in tradeoff.mixes
        if all(_no_less(mix.observed_permille[name], posts.observed_permille[name]) for name in CONDITIONS)
    ]
    best = min(enough, key=lambda mix: (mix.people_at_line, mix.drones))
    if best.people_at_line >= posts.people_at_line:
        return "No mix that was tried sees as much as the posts alone in every condition with fewer people at the line."
    return (
        f"To see no less than {_many(posts.posts, 'post')} alone in every condition, the mix with the fewest people at "
        "the "
        f"line is {_many(best.drones, 'drone')} with {_many(best.posts, 'post')}: {best.people_at_line:,} people at "
        "the "
        f"line instead of {posts.people_at_line:,}."
    )


# --- tables ------------------------------


def _heads(tradeoff: Tradeoff) -> list[str]:
    words = [_under(name, tradeoff) for name in CONDITIONS]
    return [f"{head[:1].upper()}{head[1:]}:3" for head in words]


def _clauses_table(tradeoff: Tradeoff) -> Table:
    posts, drones = _posts_alone(tradeoff.mixes), _drones_alone(tradeoff.mixes)
    pairs = list(_pairs(tradeoff, posts, drones)) if posts is not None and drones is not None else []
    rows = [
        cells(
            by_drones.clause,
            *(
                f"{_percent(by_drones.observed_permille[name])} / {_percent(by_posts.observed_permille[name])}"
                for name in CONDITIONS
            ),
        )
        for by_drones, by_posts in pairs
    ]
    who = "" if posts is None or drones is None else f"{_many(drones.drones, 'drone')} / {_many(posts.posts, 'post')}"
    return Table(
        key="clauses",
        caption=f"Share of each clause's hours and ground that would be observed: {who or 'drones / posts'}",
        columns=columns("Clause:4", *_heads(tradeoff)),
        rows=tuple(rows),
        coverage="Coverage is what this table states: expected, not measured",
        nothing="No share was worked out clause by clause.",
    )


def _mixes_table(tradeoff: Tradeoff) -> Table:
    rows = [
        cells(
            f"{mix.drones:,}", f"{mix.posts:,}", f"{mix.people_at_line:,}", f"{mix.people_elsewhere:,}",
            f"{mix.patrols_a_day:,}", f"{mix.sorties_a_day:,}", _cost(mix, tradeoff.currency),
            *(_percent(mix.observed_permille[name]) for name in CONDITIONS),
            " / ".join(f"{mix.duties_permille[name] // 10} %" for name in DUTIES),
        )
        for mix in sorted(tradeoff.mixes, key=lambda mix: (mix.posts, mix.drones))
    ]  # fmt: skip
    return Table(
        key="mixes",
        caption="Every mix that was tried",
        columns=columns("Drones:2", "Posts:2", "People at the line:3", "People elsewhere:3", "Patrols a day:2",
                        "Sorties a day:2", "Cost a day, as the mission entered it:5", *_heads(tradeoff),
                        "Duties met (clear / bad weather / disturbed):5"),
        rows=tuple(rows),
        coverage="Coverage is what this table states: expected, not measured",
    )  # fmt: skip


def _cost(mix: Mix, currency: str) -> str:
    if mix.cost_low_amount is None or mix.cost_high_amount is None:
        return "not entered"
    return f"{mix.cost_low_amount:,.0f} to {mix.cost_high_amount:,.0f} {clean(currency)}".strip()
