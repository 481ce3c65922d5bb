"""The overview of a ledger: key figures, who said what through whom, claims beside denials, chains, what waits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from truceline.base.time import local_words, stamp
from truceline.base.units import US_PER_S
from truceline.model.document import Dated
from truceline.model.ledger_view import Answer
from truceline.model.lines import Beside, Change, LineEntry, Node
from truceline.model.statement import Statement
from truceline.report.ledger.answers import answer_parts
from truceline.report.ledger.drawing import Course, chains_svg, courses_of, kind_words, pictures_of
from truceline.report.ledger.index import OVERVIEW, Index, last_words, sentences_of, waits_words
from truceline.report.ledger.pieces import (
    Bit,
    Card,
    Grid,
    Key,
    Line,
    Pair,
    Part,
    Sheet,
    bit,
    capped,
    figure_bit,
    line,
)
from truceline.report.ledger.waiting import documents_grid, waiting_grids, waits
from truceline.report.ledger.words import (
    CLOSED_WORLD,
    NOT_STATED,
    chain_words,
    counted,
    date_words,
    document_words,
    plain_word,
    quoted,
    scenario_words,
    short,
    speaker_words,
)
from truceline.report.totals import PRINT_ROWS, Figure, KeyFigure, columns, listed, reconcile

LEVEL = "Statements and offers as people confirmed them. Nothing here says who is right."
FOOT = "Made by Truceline from the ledger alone. No state is ranked, and no figure says whom to trust."
MOST_PICTURES = 6
MOST_TILED = 2  # scenarios with key figures; the summary tells of all
UNREAD = "Nothing that is only suggested is counted here"


def overview(index: Index) -> Sheet:
    """Everything but the pages of actors. Raises: TotalsError: a table does not add up."""
    view = index.view
    courses = courses_of(_named(view.nodes), view.edges)
    pictures = pictures_of(courses)[:MOST_PICTURES]
    return Sheet(
        title="Who guarantees what, on whose word",
        mission=short(view.name, 120) or NOT_STATED,
        level=LEVEL,
        foot=FOOT,
        cut_off=cut_off(index),
        known_at=stamp(view.known_at_us),
        head=tuple(_head(index)),
        keys=tuple(_keys(index)),
        parts=(
            Part(key="summary", title="What this ledger says", words=tuple(_summary(index))),
            *_changes(index),
            Part(key="lines", title="Who holds what", grids=(_lines(index),)),
            Part(key="mouths", title="Who said what, through how many mouths", grids=(_mouths(index),)),
            _denials(index),
            _chains(index, courses),
            *(part for number, each in enumerate(view.answers, start=1) for part in answer_parts(index, each, number)),
            Part(key="waits", title="What waits to be read", words=tuple(waits(index)),
                 grids=tuple(waiting_grids(index))),
            Part(key="documents", title="Documents", grids=(documents_grid(index),)),
            Part(key="sentences", title="Sentences", words=(Bit(text=_ANNEX),),
                 sentences=sentences_of(index, index.statements)),
        ),
        drawn={f"chains-{number}": chains_svg(rows) for number, rows in enumerate(pictures, start=1)},
    )  # fmt: skip


_ANNEX = (
    "Every statement that people confirmed, as it stands in its document: the statement itself is set apart, around it "
    "stands what is beside it. Every figure and every cell above leads here."
)


def cut_off(index: Index) -> str:
    """Until when the ledger is known, in its zone."""
    return f"{local_words(index.view.known_at_us // US_PER_S, index.view.zone)} ({index.view.zone})"


# --- the head ------------------------------


def _head(index: Index) -> Iterator[tuple[str, str]]:
    yield "Ledger of", short(index.view.name, 120) or NOT_STATED
    yield "As known at", cut_off(index)
    if not index.view.answers:
        yield "Feasibility", "not asked: no scenario"
    for answer in index.view.answers:
        yield "Scenario", f"{short(answer.scenario.name)}: {scenario_words(answer.scenario)}"


def _keys(index: Index) -> Iterator[Key]:
    view = index.view
    tally, once = view.tally, index.once_read(index.statements)
    undated = sum(not each.document.published.value for each in view.documents)
    yield _key(len(view.documents), "documents", f"{undated:,} of them without a stated date",
               "not in it: what nobody added", "documents")  # fmt: skip
    yield _key(tally.confirmed, "confirmed statements", f"{tally.suggested:,} suggested and unread",
               "not in it: anything unconfirmed", "mouths")  # fmt: skip
    yield _key(len(once), "of these read by one person", f"results rest on {len(view.waiting.second):,} of them",
               "not in it: how carefully anybody read", "waits")  # fmt: skip
    yield _key(len({each.holder_id for each in view.lines}), "holders of a stance",
               f"{sum(bool(each.own) for each in view.lines):,} of {counted(len(view.lines), 'line')} with own words",
               "not in it: who is silent", "lines")  # fmt: skip
    yield _key(len(view.pairs), "denials beside a claim",
               f"{sum(not each.seen for each in view.pairs):,} of a report that is not among the documents",
               "not in it: which of the two is right", "denials")  # fmt: skip
    for number, answer in enumerate(view.answers[:MOST_TILED], start=1):
        yield from _answer_keys(answer, number)


def _answer_keys(answer: Answer, number: int) -> Iterator[Key]:
    scenario = short(answer.scenario.name, 40)
    for each in answer.coverage:
        if each.threshold == answer.scenario.threshold and each.status != "not_decided":
            value = f"{each.critical_met:,} of {each.critical_total:,}"
            bound = "" if each.status == "optimal" else "; not proven to be the best"
            yield Key(
                figure=KeyFigure(value=value, label="critical requirements met",
                                 beside=f"{scenario}; pledges from {quoted(plain_word(each.threshold))} on{bound}",
                                 coverage="not in it: quality and readiness"),
                href=f"coverage-{number}",
            )  # fmt: skip
    for goal, count in answer.worlds.possible if answer.worlds else ():
        assert answer.worlds
        left = sum(outcome.goal == goal and outcome.outcome == "not_decided"
                   for world in answer.worlds.worlds for outcome in world.outcomes)  # fmt: skip
        yield Key(
            figure=KeyFigure(value=f"{count:,} of {len(answer.worlds.worlds):,}",
                             label=f"ways to read in which {quoted(goal, 60)} is possible",
                             beside=f"{scenario}; {left:,} not decided",
                             coverage="not in it: how likely any of them is"),
            href=f"worlds-{number}",
        )  # fmt: skip


def _key(number: int, label: str, beside: str, leaves_out: str, href: str) -> Key:
    return Key(figure=KeyFigure(value=f"{number:,}", label=label, beside=beside, coverage=leaves_out), href=href)


def _summary(index: Index) -> Iterator[Bit]:
    """What a reader needs who reads nothing else."""
    view = index.view
    once = index.once_read(index.statements)
    yield Bit(
        text=f"{counted(view.tally.confirmed, 'statement')} from {counted(len(view.documents), 'document')} stand, for "
        f"people confirmed them; {waits_words(index)}. "
        f"{counted(len(once), 'confirmed statement was', 'confirmed statements were')} read by one person alone; what "
        "rests on one of them is marked “one reader”."
    )
    yield from (words for answer in view.answers for words in _outcomes(index, answer))
    yield Bit(
        text=f"Feasibility is asked of a closed world: {CLOSED_WORLD}. “Possible” says that nothing recorded here "
        "excludes it, not that it will be; “impossible”, that what is recorded, read in one way, excludes it."
    )
    yield Bit(
        text="What holders say themselves and what others say of them stand apart throughout. A denial sets no stance."
    )


def _outcomes(index: Index, answer: Answer) -> Iterator[Bit]:
    """One sentence for each goal: in how many worlds, and which sentences it hangs on."""
    worlds = answer.worlds
    for goal, count in worlds.possible if worlds else ():
        assert worlds
        told = [row_id for hinge in worlds.hinges if hinge.goal == goal for row_id in hinge.statements]
        hangs = {hinge.condition_id for hinge in worlds.hinges if hinge.goal == goal}
        words = f"It hangs on {counted(len(hangs), 'sentence')}" if hangs else "No reading alone decides it"
        yield Bit(
            text=f"{short(answer.scenario.name)}: {quoted(goal, 120)} is possible in {count:,} of "
            f"{counted(len(worlds.worlds), 'way')} to read the ambiguous sentences. {words}.",
            refs=index.refs_of(told),
            badges=index.badges_of(told),
        )


# --- who holds what, who said what ------------------------------


def _lines(index: Index) -> Grid:
    rows = []
    for each in index.view.lines:
        told = [entry.statement_id for entry in each.alleged]
        alleged = listed(dict.fromkeys(plain_word(entry.stance) for entry in each.alleged)) if each.alleged else ""
        denied = _denials_by(index, each.holder_id)
        rows.append(
            line(
                index.actor(each.holder_id),
                index.claim(each.proposition_id),
                last_words(index, each),
                figure_bit(each.own_origins, refs=index.refs_of(entry.statement_id for entry in each.own)),
                bit(alleged, badges=index.badges_of(told)),
                figure_bit(each.alleged_origins, refs=index.refs_of(told)),
                bit(f"{len(denied)}" if denied else "", refs=index.refs_of(denied)),
            )
        )
    return capped(
        Grid(
            key="lines-table",
            caption="Stance by holder: its own last words, and apart from them what others tell of it",
            columns=columns("Holder:4", "On what:5", "Last said by itself:5", "Independent origins#:2",
                            "Told by others:4", "Independent origins#:2", "Denials by it:2"),
            rows=tuple(rows),
            leaves_out=f"{UNREAD}; {waits_words(index)}; who is not named has no confirmed stance",
            notes=("Origins are counted, not articles: five texts that quote one newspaper are one origin.",),
            more_in="positions.csv",
            heads=True,
        )
    )  # fmt: skip


def _denials_by(index: Index, actor_id: str) -> list[str]:
    """The denials that an actor, or somebody who speaks for it, uttered."""
    spoken = (each.denial_id for each in index.view.pairs if each.denial_id in index.statements)
    return [row_id for row_id in dict.fromkeys(spoken) if actor_id in _voices(index.claimed(row_id))]


def _voices(statement: Statement) -> set[str]:
    return {statement.speaker_id, statement.speaks_for} - {""}


def _mouths(index: Index) -> Grid:
    rows = []
    for row_id, known in index.statements.items():
        each = known.statement
        rows.append(
            line(
                Bit(text=str(index.refs[row_id].number), refs=(), href=f"#{row_id}"),
                speaker_words(each, index.actors),
                Bit(text=quoted(each.words), tone="quote", badges=index.badges_of([row_id])),
                date_words(each.said),
                Bit(text=f"{len(each.chain):,}" if each.chain else NOT_STATED, href=f"#{row_id}"),
                chain_words(each.chain),
                listed(short(name, 40) for name in known.readers),
            )
        )
    reconcile({"statements": len(rows)}, index.view.tally.confirmed, "who said what")
    return capped(
        Grid(
            key="mouths-table",
            caption="Every confirmed statement, with the mouths through which it came",
            columns=columns("No:1", "Who:4", "Words:8", "Said:3", "Mouths:2", "Through, from reader to origin:6",
                            "Read by:3"),
            rows=tuple(rows),
            leaves_out=f"{UNREAD}; {waits_words(index)}",
            notes=("“Unnamed” is a mouth to which the text gives no name.",),
            more_in="statements.csv",
        )
    )  # fmt: skip


# --- claims beside denials ------------------------------


_DENIALS = (
    "Each denial stands beside what it denies. Which of them is right is not said here, and a denial is no refusal: it "
    "leaves the position of whoever denies undeclared."
)


def _denials(index: Index) -> Part:
    pairs = [pair_of(index, each) for each in index.view.pairs]
    more = len(pairs) - PRINT_ROWS
    loose = {each.claim_id for each in index.view.pairs}
    rows = [each for each in index.view.unseen if each.unseen_id not in loose]
    words = [Bit(text=_DENIALS)]
    if not pairs:
        words.append(Bit(text="No confirmed statement denies another, or a report."))
    words += [
        Bit(
            text=f"A report spoken of as {quoted(each.words, 160)} is not among the documents; nobody has set a denial "
            "beside it.",
            refs=index.refs_of([each.statement_id]),
        )
        for each in rows
    ]
    return Part(
        key="denials",
        title="Claim beside denial",
        words=tuple(words),
        pairs=tuple(pairs[:PRINT_ROWS]),
        more=f"{counted(more, 'pair')} more; statements.csv names what each statement denies." if more > 0 else "",
    )


def pair_of(index: Index, pair: Beside, *, at: str = "") -> Pair:
    """A claim and its denial, with their exact words; an unseen report says that it is. `at`: the page's folder."""
    if pair.claim_id in index.statements:
        left = _card(index, "Claim", pair.claim_id)
    else:
        left = _unseen_card(index, pair, at)
    return Pair(left=left, right=_card(index, "Denial", pair.denial_id))


def _card(index: Index, role: str, row_id: str) -> Card:
    each = index.claimed(row_id)
    return Card(
        role=role,
        who=speaker_words(each, index.actors),
        quote=quoted(each.words, 1200),
        when=f"said {date_words(each.said)}" if each.said.value else f"date {NOT_STATED}",
        chain=chain_words(each.chain),
        badges=index.badges_of([row_id]),
        refs=index.refs_of([row_id]),
    )


def _unseen_card(index: Index, pair: Beside, at: str) -> Card:
    """What is known of a denied report that is not among the documents."""
    report = index.unseen[pair.claim_id]
    found = index.documents.get(pair.document_id or report.identified)
    known = [each for each in report.candidates if each in index.statements]
    unread = len(report.candidates) - len(known)
    notes = [
        Bit(
            text=f"It might be {speaker_words(index.claimed(each), index.actors)}: {quoted(index.claimed(each).words)}",
            refs=index.refs_of([each]),
        )
        for each in known
    ]
    if unread:
        notes.append(Bit(text=f"{counted(unread, 'other candidate waits', 'other candidates wait')} to be read"))
    if not report.candidates and not found:
        notes.append(Bit(text="No statement in the ledger is a candidate for it"))
    if found:
        notes = [
            Bit(
                text=f"A person found it to be {document_words(found)}",
                href=f"../{OVERVIEW}#documents" if at else "#documents",
            )
        ]
    elif known:
        notes.append(Bit(text="No person has said that it is one of these"))
    return Card(
        role="Report that is denied",
        who=f"spoken of as {quoted(report.words, 200)}",
        quote="",
        when="found" if found else "not among the documents: nobody here has seen it",
        chain="",
        refs=index.refs_of([report.statement_id]),
        notes=tuple(notes),
    )


# --- chains ------------------------------


def _chains(index: Index, courses: Sequence[Course]) -> Part:
    chained = {row_id for each in courses for row_id in each.statements}
    bare = [row_id for row_id in index.statements if row_id not in chained]
    pictures = pictures_of(courses)
    ends = {each.origin.node_id for each in courses if each.origin}
    words = [
        Bit(text=f"{counted(len(chained), 'statement')} came through {counted(len(courses), 'chain')} from "
                 f"{counted(len(ends), 'origin')}. Rows that end in one box have one origin, however many "
                 "articles they are."),
    ]  # fmt: skip
    if bare:
        words.append(Bit(text=f"{counted(len(bare), 'statement')} without a stated chain:", refs=index.refs_of(bare)))
    if len(pictures) > MOST_PICTURES:
        left = sum(map(len, pictures[MOST_PICTURES:]))
        words.append(Bit(text=f"{counted(left, 'chain')} more in the table below and in statements.csv."))
    return Part(
        key="chains",
        title="Source chains",
        words=tuple(words),
        figures=tuple(_chain_figure(number, rows) for number, rows in enumerate(pictures[:MOST_PICTURES], start=1))
        or (Figure(key="chains-1", caption="Source chains.", alt="", absent="No statement has a stated chain."),),
        grids=(_course_grid(index, courses),),
    )


def _named(nodes: Sequence[Node]) -> list[Node]:
    """The nodes as they may be printed, those without a name called by who tells of them."""
    names = {node.node_id.partition(":")[2]: node.name for node in nodes if node.kind != "article" and not node.hollow}
    found = []
    for node in nodes:
        above = names.get(node.node_id.removeprefix("unnamed:"), "the article")
        unnamed = node.hollow and node.kind != "unseen"
        found.append(replace(node, name=short(f"told by {above}" if unnamed else node.name, 200) or NOT_STATED))
    return found


def _chain_figure(number: int, rows: Sequence[Course]) -> Figure:
    unseen = any(node.kind == "unseen" for each in rows for node in each.path)
    told = (
        " A dashed box is no origin: it is a report that the words deny or speak of, and that nobody here has seen."
        if unseen
        else ""
    )
    ends = {each.origin.node_id for each in rows if each.origin}
    return Figure(
        key=f"chains-{number}",
        caption="Each row is one chain, read from the left: the article, who it has the words from, and where they "
        f"began. A hollow box has no name.{told} The figure on the left counts the statements.",
        alt=f"{counted(len(rows), 'chain')} from articles to {counted(len(ends), 'origin')}; the table holds all.",
    )


def _course_grid(index: Index, courses: Sequence[Course]) -> Grid:
    rows = []
    for each in courses:
        names = [f"{short(node.name)} ({kind_words(node)})" for node in each.path[1:] if node is not each.origin]
        spoken = names.pop() if each.path[-1].kind == "unseen" else ""
        began = f"{short(each.origin.name)} ({kind_words(each.origin)})" if each.origin else NOT_STATED
        count = figure_bit(len(each.statements), refs=index.refs_of(each.statements))
        rows.append(line(short(each.path[0].name), " ← ".join(names), began, spoken.partition(" (speaks")[0], count))
    return capped(
        Grid(
            key="chains-table",
            caption="The same as a table: every chain from an article to where its statements began",
            columns=columns("Article:5", "Through:6", "Where it began:5", "Report it speaks of:4", "Sentences#:3"),
            rows=tuple(rows),
            leaves_out=f"{UNREAD}; who passed words on without being named in the text is not known",
            nothing="No statement has a stated chain.",
            more_in="statements.csv",
        )
    )


# --- what changed ------------------------------


def _changes(index: Index) -> tuple[Part, ...]:
    if not index.view.since:
        return ()
    return (
        Part(
            key="changed",
            title=f"What changed since {since_words(index)}",
            grids=(change_grid(index, index.view.changes),),
        ),
    )


def since_words(index: Index) -> str:
    """The moment with which it is compared."""
    return date_words(Dated(value=index.view.since))


def change_grid(index: Index, changes: Sequence[Change], *, at: str = "") -> Grid:
    """What came into the lines and what stands in them no longer. `at`: the folder of the page."""
    rows = []
    for each in changes:
        for words, entries in (("came", each.came), ("stands no longer", each.went)):
            for entry in entries:
                rows.append(_change(index, each, (words, entry), at))
    return capped(
        Grid(
            key="changed-table",
            caption=f"Entries of stance lines that came or went since {since_words(index)}",
            columns=columns(
                "Holder:4", "On what:5", "What happened:3", "Stance:3", "Said:4", "Whose words:4", "Sentence:3"
            ),
            rows=tuple(rows),
            leaves_out="What counts is when it was entered or decided about, not when it was said",
            nothing="Nothing came and nothing went.",
            more_in="positions.csv",
        )
    )


def _change(index: Index, change: Change, what: tuple[str, LineEntry], at: str) -> Line:
    words, entry = what
    stands = entry.statement_id in index.statements
    whose = f"told by {index.name(entry.alleged_by)}" if entry.alleged_by else "its own"
    return line(
        index.actor(change.holder_id, at=at),
        index.claim(change.proposition_id),
        words,
        plain_word(entry.stance),
        date_words(entry.said),
        whose,
        Bit(text="" if stands else "no longer confirmed", refs=index.refs_of([entry.statement_id]),
            badges=index.badges_of([entry.statement_id])),
    )  # fmt: skip
