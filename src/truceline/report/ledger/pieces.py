"""What a page of the ledger is made of: tables whose cells lead to sentences, claims beside denials; and on paper.

Every figure leads to the sentences it rests on: on screen by a link, on paper by the number of the sentence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from truceline.report.totals import (
    NOTHING,
    SCREEN_ROWS,
    Cell,
    Column,
    Figure,
    KeyFigure,
    Said,
    Section,
    Table,
    clean,
    columns,
)

ONE_READER = "one reader"
WORDS_ON_PAPER = 1_200  # signs of one statement; statements.csv holds them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A sentence by its number, and where it stands on the page."""

    number: int
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bit:
    """One cell, or a part of a sentence. `href`: where its text leads; `tone`: how it looks, never a meaning."""

    text: str = ""
    tone: str = ""  # possible, impossible, not_decided, gap, quote
    badges: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    href: str = ""
    number: int | None = None

    @property
    def on_paper(self) -> str:
        """Its words with the numbers of its sentences."""
        return " ".join(filter(None, (self.text, numbers_of(self.refs))))


Line = tuple[Bit, ...]  # a row of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table. `leaves_out` says what it does not count; never left empty."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Line, ...]
    leaves_out: str
    total: Line = ()
    notes: tuple[str, ...] = ()
    nothing: str = "None."
    more_in: str = ""  # file that holds the rows beyond those shown
    all_rows: int = 0  # shown or not; 0: as many as `rows`
    wide: bool = False  # printed on a page turned sideways
    heads: bool = False  # the first column stays in sight where the table is wider than the window

    @property
    def left_on_screen(self) -> int:
        """Rows that the screen does not show."""
        return max(0, self.all_rows - len(self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One of two that stand beside each other: who, when, through whom, and the exact words."""

    role: str
    who: str
    quote: str
    when: str
    chain: str
    badges: tuple[str, ...] = ()
    refs: tuple[Ref, ...] = ()
    notes: tuple[Bit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim and its denial, side by side."""

    left: Card
    right: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Part of a statement as it stands in its document, with what stands before and after it."""

    before: str
    exact: str
    after: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One statement with all that is known of it; its anchor is its id."""

    ref: Ref
    pieces: tuple[Piece, ...]
    told: tuple[tuple[str, str], ...]  # what, and in which words
    links: tuple[str, ...]  # the chain, the nearest to the reader first
    relations: tuple[Bit, ...] = ()
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section of a page."""

    key: str
    title: str
    words: tuple[Bit, ...] = ()
    pairs: tuple[Pair, ...] = ()
    figures: tuple[Figure, ...] = ()
    grids: tuple[Grid, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    more: str = ""  # how much of the pairs is left out, and where it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key figure, and where it is broken down."""

    figure: KeyFigure
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page: the overview, or that of an actor. `up`: the page above it."""

    title: str
    mission: str
    level: str
    foot: str
    cut_off: str
    known_at: str  # UTC stamp
    head: tuple[tuple[str, str], ...]
    keys: tuple[Key, ...]
    parts: tuple[Part, ...]
    up: str = ""
    drawn: Mapping[str, bytes] = field(default_factory=dict)  # SVG by the key of its figure


def bit(
    text: object, *, refs: tuple[Ref, ...] = (), badges: tuple[str, ...] = (), tone: str = "", href: str = ""
) -> Bit:
    """A cell of text; nothing becomes a dash."""
    return Bit(text=clean(text) or ("" if refs else NOTHING), refs=refs, badges=badges, tone=tone, href=href)


def figure_bit(number: int, *, refs: tuple[Ref, ...] = (), href: str = "") -> Bit:
    """A cell with a figure that is added up."""
    return Bit(text=f"{number:,}", number=number, refs=refs, href=href)


def line(*values: str | int | Bit) -> Line:
    """A row: text as text, whole numbers as figures."""
    return tuple(
        value if isinstance(value, Bit) else figure_bit(value) if isinstance(value, int) else bit(value)
        for value in values
    )


def numbers_of(refs: Iterable[Ref]) -> str:
    """`[3, 7]`, or nothing."""
    numbers = ", ".join(str(ref.number) for ref in refs)
    return f"[{numbers}]" if numbers else ""


def capped(grid: Grid) -> Grid:
    """At most SCREEN_ROWS of its rows; `more_in` says where the others are."""
    assert grid.more_in, "what is left out must be found somewhere"
    return replace(grid, rows=grid.rows[:SCREEN_ROWS], all_rows=len(grid.rows))


# --- on paper ------------------------------

_PAPER_TONES = {"possible": "no_breach", "impossible": "breach", "not_decided": "undetermined", "gap": "unbound"}


def sections_of(sheet: Sheet) -> tuple[Section, ...]:
    """The parts of a page as the printed report has them: claims beside denials and sentences become tables."""
    return tuple(
        Section(
            key=part.key,
            title=part.title,
            words=tuple(_words_on_paper(words) for words in part.words),
            said=_pairs_said(part),
            figures=part.figures,
            tables=(*(_paper_table(grid) for grid in part.grids), *_paper_sentences(part)),
        )
        for part in sheet.parts
    )


def _words_on_paper(words: Bit) -> str:
    badges = f" ({', '.join(words.badges)})" if words.badges else ""
    return f"{words.on_paper}{badges}"


def _pairs_said(part: Part) -> tuple[Said, ...]:
    """Each claim with its denial under it; what one reader alone has read is marked here too."""
    made = [
        Said(
            verb=f"{number}. Claim and denial",
            words=tuple(f"{card.role}. {_card_words(card)}" for card in (pair.left, pair.right)),
        )
        for number, pair in enumerate(part.pairs, start=1)
    ]
    return (*made, *((Said(verb="Not shown here", words=(part.more,)),) if part.more else ()))


def _card_words(card: Card) -> str:
    badges = f" ({', '.join(card.badges)})" if card.badges else ""
    notes = " ".join(f"{note.on_paper}." for note in card.notes)
    head = "; ".join(filter(None, (card.who, card.when, card.chain)))
    return " ".join(filter(None, (f"{head}{badges}:", card.quote, numbers_of(card.refs), notes)))


def _paper_table(grid: Grid) -> Table:
    return Table(
        key=grid.key,
        caption=grid.caption,
        columns=grid.columns,
        rows=tuple(tuple(map(_paper_cell, row)) for row in grid.rows),
        coverage=grid.leaves_out,
        total=tuple(map(_paper_cell, grid.total)),
        notes=grid.notes,
        nothing=grid.nothing,
        more_in=grid.more_in,
        all_rows=grid.all_rows,
        wide=grid.wide,
    )


def _paper_cell(value: Bit) -> Cell:
    return Cell(
        text=value.on_paper,
        tone=_PAPER_TONES.get(value.tone, ""),
        badge=", ".join(value.badges),
        number=value.number,
    )


def _piece_on_paper(piece: Piece) -> str:
    cut = f"{piece.exact[:WORDS_ON_PAPER]}…" if len(piece.exact) > WORDS_ON_PAPER else piece.exact
    return f"{piece.before}‖{cut}‖{piece.after}"


def _paper_sentences(part: Part) -> tuple[Table, ...]:
    if not part.sentences:
        return ()
    rows = tuple(
        (
            Cell(text=str(each.ref.number)),
            Cell(
                text=" … ".join(map(_piece_on_paper, each.pieces)),
                badge=", ".join(each.badges),
            ),
            Cell(text="; ".join(f"{what}: {words}" for what, words in each.told)),
            Cell(text=" ← ".join(each.links) or "not stated"),
        )
        for each in part.sentences
    )
    return (
        Table(
            key=f"{part.key}-table",
            caption="Sentences by number",
            columns=columns("No:1", "Words in context:9", "What is known of it:8", "Through:6"),
            rows=rows,
            coverage="What the ledger holds of each stands in statements.csv",
            notes=("The statement itself stands between the signs ‖ and ‖; around them is what stands beside it.",),
            more_in="statements.csv",
            wide=True,
        ),
    )
