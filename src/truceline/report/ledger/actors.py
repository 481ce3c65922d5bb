"""One page for each actor: its lines over time, what it demands and offers, who denies what, what changed."""

from collections.abc import Iterable, Iterator, Sequence

from truceline.base.time import stamp
from truceline.base.units import US_PER_S
from truceline.model.lines import Beside, LineEntry, StanceLine
from truceline.report.ledger.answers import caveat_grid, condition_grid, pledge_cells
from truceline.report.ledger.drawing import Bar, Drawn, line_svg
from truceline.report.ledger.index import OVERVIEW, Index, last_of, last_words, sentences_of, waits_words
from truceline.report.ledger.overview import FOOT, LEVEL, UNREAD, change_grid, cut_off, pair_of, since_words
from truceline.report.ledger.pieces import Bit, Grid, Key, Line, Part, Ref, Sheet, bit, capped, figure_bit, line
from truceline.report.ledger.words import (
    NAME_SIGNS,
    counted,
    date_words,
    day_number,
    plain_word,
    quoted,
    said_words,
    short,
    speaker_words,
)
from truceline.report.totals import Figure, KeyFigure, clean, columns, listed, reconcile

AT = "actors/"  # the folder of these pages
MOST_BARS = 24  # entries of each half in one picture
DAY_US = 86_400 * US_PER_S
EPOCH_DAY = 719_163  # 1 January 1970 as a day's number
MOST_LAST = 3  # statements of which each may be the last, quoted at the top
LEAST_DAYS = 60  # that a picture spans


def actor_sheet(index: Index, actor_id: str) -> Sheet:
    """Everything about one actor, with the sentences it rests on. Raises: TotalsError."""
    lines = [each for each in index.view.lines if each.holder_id == actor_id]
    pairs = [each for each in index.view.pairs if actor_id in concerned(index, each)]
    parts = [
        Part(key="summary", title="Where it stands", words=tuple(_summary(index, lines)),
             grids=(_stances(index, lines),)),
        *(_line_part(index, each, number) for number, each in enumerate(lines, start=1)),
        Part(key="demands", title="Conditions and vetoes",
             grids=(condition_grid(index, [each for each in index.view.conditions if each.holder_id == actor_id],
                                   "conditions", at=AT),)),
        _offered(index, actor_id),
        Part(key="denials", title="Who denies what", words=_denial_words(pairs),
             pairs=tuple(pair_of(index, each, at=AT) for each in pairs)),
        *_changed(index, actor_id),
    ]  # fmt: skip
    shown = {ref.anchor for ref in refs_in(parts)}
    words = Bit(text="Every sentence that this page rests on, as it stands in its document.")
    sentences = sentences_of(index, shown, at=AT)
    parts.append(Part(key="sentences", title="Sentences", words=(words,), sentences=sentences))
    return Sheet(
        title=index.name(actor_id),
        mission=short(index.view.name, 120),
        level=LEVEL,
        foot=FOOT,
        cut_off=cut_off(index),
        known_at=stamp(index.view.known_at_us),
        head=tuple(_head(index, actor_id)),
        keys=tuple(_keys(index, lines, pairs)),
        parts=tuple(parts),
        up=f"../{OVERVIEW}",
        drawn={f"line-{number}": line_svg(_drawn(index, each, lines)) for number, each in enumerate(lines, start=1)},
    )


def concerned(index: Index, pair: Beside) -> set[str]:
    """The actors whom a claim or its denial is by, or of."""
    found: set[str] = set()
    for row_id in (pair.claim_id, pair.denial_id):
        if row_id in index.statements:
            each = index.claimed(row_id)
            found |= {each.holder_id, each.speaks_for, each.speaker_id, *each.about}
    return found - {""}


def refs_in(parts: Iterable[Part]) -> Iterator[Ref]:
    """Every sentence that parts of a page lead to."""
    for part in parts:
        yield from (ref for words in part.words for ref in words.refs)
        yield from (ref for grid in part.grids for row in grid.rows for cell in row for ref in cell.refs)
        for card in (card for pair in part.pairs for card in (pair.left, pair.right)):
            yield from card.refs
            yield from (ref for note in card.notes for ref in note.refs)


# --- the head ------------------------------


def _head(index: Index, actor_id: str) -> Iterator[tuple[str, str]]:
    known = index.actors.get(actor_id)
    yield "Ledger of", short(index.view.name, 120)
    yield "As known at", cut_off(index)
    deleted = "; deleted from the list of actors" if known and known.deleted else ""
    yield "Actor", f"{plain_word(known.kind)}{deleted}" if known else "not in the list of actors"
    if known and len(known.name) > NAME_SIGNS:
        yield "Whole name", clean(known.name)
    if known and known.names:
        yield "Also named", listed(short(name) for name in known.names)


def _keys(index: Index, lines: Sequence[StanceLine], pairs: Sequence[Beside]) -> Iterator[Key]:
    """Its figures, each with what it leaves out."""
    own = [entry for each in lines for entry in each.own]
    alleged = [entry for each in lines for entry in each.alleged]
    for entries, label, beside in (
        (own, "stances said by itself", "each as one confirmed sentence tells it"),
        (alleged, "stances told by others", "never mixed with its own"),
    ):
        leaves_out = f"not in it: {waits_words(index)}"
        figure = KeyFigure(value=f"{len(entries):,}", label=label, beside=beside, coverage=leaves_out)
        yield Key(figure=figure, href="summary")
    yield Key(
        figure=KeyFigure(value=f"{len(pairs):,}", label="denials that concern it", beside="by it, or of what it said",
                         coverage="not in it: which of the two is right"),
        href="denials",
    )  # fmt: skip


def _summary(index: Index, lines: Sequence[StanceLine]) -> Iterator[Bit]:
    """Its last own words, quoted."""
    if not lines:
        yield Bit(text="No stance of it is confirmed, neither by itself nor by others.")
    elif not any(each.own for each in lines):
        yield Bit(
            text="Undeclared: no confirmed sentence tells a stance by itself. What others say of it stands apart."
        )
    own = [entry for each in lines for entry in each.own]
    last = dict.fromkeys(entry.statement_id for entry in last_of(own))
    if len(last) > 1:
        yield Bit(text=f"Which of {len(last)} statements by itself is the last cannot be told from their dates:")
    for row_id in list(last)[:MOST_LAST]:
        each = index.claimed(row_id)
        yield Bit(
            text=f"{'' if len(last) > 1 else 'Last said by itself: '}"
            f"{speaker_words(each, index.actors)}, {said_words(each.said)}: "
            f"{quoted(each.words)}",
            refs=index.refs_of([row_id]),
            badges=index.badges_of([row_id]),
        )
    if len(last) > MOST_LAST:
        yield Bit(text="Others stand below:", refs=index.refs_of(list(last)[MOST_LAST:]))
    yield Bit(text=f"{UNREAD}; {waits_words(index)}.")


def _stances(index: Index, lines: Sequence[StanceLine]) -> Grid:
    rows = []
    for number, each in enumerate(lines, start=1):
        told = [entry.statement_id for entry in each.alleged]
        alleged = listed(dict.fromkeys(plain_word(entry.stance) for entry in each.alleged)) if each.alleged else ""
        rows.append(
            line(
                Bit(text=index.claim(each.proposition_id), href=f"#line-{number}-part"),
                last_words(index, each),
                figure_bit(each.own_origins, refs=index.refs_of(entry.statement_id for entry in each.own)),
                bit(alleged, badges=index.badges_of(told)),
                figure_bit(each.alleged_origins, refs=index.refs_of(told)),
            )
        )
    return capped(
        Grid(
            key="stances",
            caption="Its stances, one row for each matter",
            columns=columns("On what:6", "Last said by itself:6", "Independent origins#:2", "Told by others:4",
                            "Independent origins#:2"),
            rows=tuple(rows),
            leaves_out="Origins are counted, not articles",
            nothing="No stance is confirmed.",
            more_in="positions.csv",
        )
    )  # fmt: skip


# --- one line ------------------------------


def _line_part(index: Index, each: StanceLine, number: int) -> Part:
    left = sum(max(0, len(half) - MOST_BARS) for half in (each.own, each.alleged))
    more = f" The earliest {counted(left, 'entry', 'entries')} stand in the table alone." if left else ""
    grid = Grid(
        key=f"line-{number}-table",
        caption=f"{index.claim(each.proposition_id)}: entry after entry",
        columns=columns("Whose words:5", "Stance:3", "Said:4", "On what the date rests:4", "Conditions in its words:5",
                        "Sentence:3"),
        rows=(*(_entry(index, entry, own=True) for entry in each.own),
              *(_entry(index, entry, own=False) for entry in each.alleged)),
        leaves_out=f"{UNREAD}; {waits_words(index)}",
        more_in="positions.csv",
    )  # fmt: skip
    reconcile({"by itself": len(each.own), "by others": len(each.alleged)}, len(grid.rows), grid.caption)
    return Part(
        key=f"line-{number}-part",
        title=f"On: {index.claim(each.proposition_id)}",
        figures=(
            Figure(
                key=f"line-{number}",
                caption="A bar spans the days that its date can mean; none is a point in time. Filled: its own words. "
                "Hollow: told by others. Dashed with an arrow: open on that side, on both where date or year is "
                f"not stated. Numbers are those of the sentences.{more}",
                alt=f"{counted(len(each.own), 'entry', 'entries')} by itself, {len(each.alleged)} told by others; the "
                "table below holds them all.",
            ),
        ),
        grids=(capped(grid),),
    )


def _entry(index: Index, entry: LineEntry, *, own: bool) -> Line:
    speaker = speaker_words(index.claimed(entry.statement_id), index.actors)
    by = index.name(entry.alleged_by) if entry.alleged_by else speaker
    return line(
        f"its own: {speaker}" if own else f"told by {by}",
        plain_word(entry.stance),
        date_words(entry.said),
        short(entry.said.basis, 160),
        quoted(entry.terms) if entry.terms else "",
        Bit(refs=index.refs_of([entry.statement_id]), badges=index.badges_of([entry.statement_id])),
    )


def _drawn(index: Index, each: StanceLine, lines: Sequence[StanceLine]) -> Drawn:
    """A line with the days that all lines of its holder share."""
    days = [
        day
        for one in lines
        for entry in (*one.own, *one.alleged)
        for day in (day_number(entry.earliest), day_number(entry.latest))
        if day is not None
    ] or [index.view.known_at_us // DAY_US + EPOCH_DAY]
    first, last = min(days), max(days)
    around = max(3, (max(LEAST_DAYS, last - first) - (last - first)) // 2)
    bars = [_bar(index, entry, own=True) for entry in each.own[-MOST_BARS:]]
    bars += [_bar(index, entry, own=False) for entry in each.alleged[-MOST_BARS:]]
    return Drawn(
        own_words=f"Said by itself: {_origins(each.own_origins)}",
        alleged_words=f"Told by others: {_origins(each.alleged_origins)}",
        bars=tuple(bars),
        first=max(1, first - around),
        last=last + around,
    )


def _origins(number: int) -> str:
    return counted(number, "independent origin")


def _bar(index: Index, entry: LineEntry, *, own: bool) -> Bar:
    by = f", told by {index.name_alone(entry.alleged_by)}" if entry.alleged_by and not own else ""
    number = index.refs[entry.statement_id].number
    when = "" if entry.earliest or entry.latest else "date open: "
    return Bar(
        words=f"{when}{plain_word(entry.stance)}, {said_words(entry.said)}{by} [{number}]",
        first=day_number(entry.earliest),
        last=day_number(entry.latest),
        own=own,
    )


# --- offers, denials, changes ------------------------------


def _offered(index: Index, actor_id: str) -> Part:
    mine = [each for each in index.view.pledges if each.actor_id == actor_id]
    held = {each.pledge_id for each in mine}
    caveats = [each for each in index.view.caveats if each.actor_id == actor_id or each.pledge_id in held]
    return Part(
        key="offers",
        title="Offers and caveats",
        grids=(
            capped(
                Grid(
                    key="offers-table",
                    caption="What it offers",
                    columns=columns(
                        "What:4", "How much:3", "Status:3", "Only if:5", "Since, renew by:4", "Sentence or source:3"
                    ),
                    rows=tuple(line(short(each.capability), *pledge_cells(index, each)) for each in mine),
                    leaves_out="Whether an offer counts depends on the scenario: see the overview",
                    nothing="No offer is confirmed.",
                    more_in="matrix.csv",
                )
            ),
            caveat_grid(index, caveats, "caveats", at=AT),
        ),
    )


def _denial_words(pairs: Sequence[Beside]) -> tuple[Bit, ...]:
    if not pairs:
        return (Bit(text="No confirmed denial is by it or of it."),)
    return (Bit(text="Which is right is not said. A denial is no refusal: it leaves the position undeclared."),)


def _changed(index: Index, actor_id: str) -> tuple[Part, ...]:
    if not index.view.since:
        return ()
    mine = [each for each in index.view.changes if each.holder_id == actor_id]
    title = f"What changed since {since_words(index)}"
    return (Part(key="changed", title=title, grids=(change_grid(index, mine, at=AT),)),)
