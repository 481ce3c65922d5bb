"""What ODK Central and KoboToolbox export of an offline form: a ZIP of CSV tables and photos, to raw rows.

A row is one submission, or one entry of a repeat with what its submission says. `group-field` (ODK) and `group/field`
(Kobo) are the same name here. A question `where` of the kind geopoint gives `where-Latitude`, `where-Longitude`,
`where-Altitude`, `where-Accuracy` and `where-error_m`, whichever of the three ways the export writes it.
Source: ODK Central, "Submissions CSV"; KoboToolbox, "Exporting and downloading your data".
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from truceline.base.canonical import sha256_hex
from truceline.base.errors import InputError
from truceline.base.units import SIGMA_95_CIRCLE
from truceline.model.mission import Feed
from truceline.observe.delimited import delimited_header, delimited_rows
from truceline.observe.fields import number
from truceline.observe.packages import entries_of
from truceline.observe.raw import RawRow, need_columns
from truceline.observe.reasons import refusal, shown

FORM_ID, FORM_MEDIA = "@id", "@media"  # the row's own id; its photos by sha-256, or by name where they are not there
SIGMA_68_CIRCLE = math.sqrt(-2.0 * math.log(0.32))  # Android states the radius that holds 68 % (Location.getAccuracy)
MAX_DEPTH = 8  # of repeats inside repeats
_PARTS = {"Latitude": "latitude", "Longitude": "longitude", "Altitude": "altitude", "Accuracy": "precision"}  # Kobo's
_PHOTO = re.compile(r"[^/\\:]+\.(?:jpe?g|png|webp)", re.IGNORECASE)

Cells = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One CSV of the package: submissions, or one repeat."""

    name: str
    names: list[str]
    rows: list[tuple[str, Cells]]
    faults: list[tuple[str, InputError]]

    @property
    def is_repeat(self) -> bool:
        return "PARENT_KEY" in self.names or "_parent_index" in self.names


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """The package's tables, and every row by the name that its entries call it by."""

    tables: dict[str, _Table]
    main: _Table
    media: dict[str, str]  # sha-256 by file name
    by_key: dict[tuple[str, str], Cells] = field(default_factory=dict)


def form_rows(content: bytes, feed: Feed, wanted: tuple[str, ...]) -> Iterator[RawRow]:
    """Each row of the submissions, or of the one repeat that has a wanted column which the submissions lack.

    Raises: InputError: a fault of the whole package. Broken lines of its other tables are faults of their own.
    """
    form = _form_of(content, feed)
    row_table = _chosen(form, wanted)
    below = _media_below(form, row_table)
    names = list(dict.fromkeys([*row_table.names, *form.main.names]))
    sources = {each: source for each in wanted if (source := _source_of(each, names))}
    need_columns([*names, *(each for each in sources if each not in names), FORM_ID, FORM_MEDIA], wanted)
    for at, cells in row_table.rows:
        chain = _chain(form, cells)
        if chain is None:
            problem = f"no submission is called {shown(_parent_key(form, cells)[1])}."
            yield at, refusal("parent-missing", problem, subject="row")
            continue
        whole = {name: text for each in reversed(chain) for name, text in each.items()}
        try:
            texts = {name: _text(whole, sources[name]) for name in wanted if name in sources}
        except InputError as fault:
            yield at, fault
            continue
        texts[FORM_ID] = _id_of(cells, chain[-1])
        held = [media for each in reversed(chain) for media in _named_media(each, form)]
        texts[FORM_MEDIA] = "/".join(dict.fromkeys([*held, *below.get(at, [])]))
        yield at, texts
    for table in form.tables.values():
        yield from table.faults


def attachments(content: bytes) -> dict[str, bytes]:
    """Every file of the package that is no table, by sha-256. Raises InputError."""
    return {sha256_hex(held): held for held in entries_of(content, tables=False).values()}


def _form_of(content: bytes, feed: Feed) -> _Form:
    tables = {name: _table_of(name, held, feed) for name, held in entries_of(content, tables=True).items()}
    mains = [table for table in tables.values() if not table.is_repeat]
    if len(mains) != 1:
        problem = f"{len(mains)} of its {len(tables)} CSV files are of submissions; one is needed."
        raise refusal("not-a-form-export", problem, subject="file")
    media: dict[str, str] = {}
    for path, held in entries_of(content, tables=False).items():
        name = path.rpartition("/")[2]
        if name in media:
            raise refusal("zip-duplicate-name", f"two attachments are called {shown(name)}.", subject="file")
        media[name] = sha256_hex(held)
    form = _Form(tables=tables, main=mains[0], media=media)
    for table in tables.values():
        for _, cells in table.rows:
            form.by_key.setdefault(_own_key(table, cells), cells)
    return form


def _table_of(name: str, content: bytes, feed: Feed) -> _Table:
    names = [each.replace("/", "-") for each in delimited_header(content, feed)]
    need_columns(names, ())
    rows, faults = [], []
    for at, values in delimited_rows(content, feed, ()):
        if isinstance(values, InputError):
            faults.append((f"{name}, {at}", values))
        else:
            rows.append((f"{name}, {at}", {each.replace("/", "-"): text for each, text in values.items()}))
    return _Table(name=name, names=names, rows=rows, faults=faults)


def _chosen(form: _Form, wanted: tuple[str, ...]) -> _Table:
    """The table whose rows the feed reads: that of the submissions, unless a wanted column is only in a repeat."""
    further = [each for each in wanted if not each.startswith("@") and not _source_of(each, form.main.names)]
    repeats = [table for table in form.tables.values() if table.is_repeat]
    found = [table for table in repeats if any(_source_of(each, table.names) for each in further)]
    if len(found) > 1:
        raise refusal("two-repeats", f"{shown(found[0].name)} and {shown(found[1].name)}.", subject="file")
    return found[0] if found else form.main


# --- which row belongs to which


def _own_key(table: _Table, cells: Mapping[str, str]) -> tuple[str, str]:
    """What entries call this row by: ODK's KEY is unique in the package, Kobo's _index in its table."""
    return ("", cells["KEY"]) if "KEY" in cells else (table.name, cells.get("_index", ""))


def _parent_key(form: _Form, cells: Mapping[str, str]) -> tuple[str, str]:
    if "PARENT_KEY" in cells:
        return "", cells["PARENT_KEY"]
    named = f"{cells.get('_parent_table_name', '')}.csv"
    return (named if named in form.tables else form.main.name), cells.get("_parent_index", "")


def _chain(form: _Form, cells: Cells) -> list[Cells] | None:
    """The row, the entry it lies in, and so on up to its submission; None where one is not there."""
    chain = [cells]
    while "PARENT_KEY" in chain[-1] or "_parent_index" in chain[-1]:
        parent = form.by_key.get(_parent_key(form, chain[-1]))
        if parent is None or len(chain) > MAX_DEPTH:
            return None
        chain.append(parent)
    return chain


def _id_of(cells: Mapping[str, str], submission: Mapping[str, str]) -> str:
    """The row's own name: KEY, the form's instance, or Kobo's _uuid, with the entry's place where it is an entry."""
    own = submission.get("meta-instanceID", "") or submission.get("_uuid", "")
    entry = f"/{cells['_index']}" if cells is not submission and "_index" in cells else ""
    return cells.get("KEY", "") or (own and own + entry)


def _named_media(cells: Mapping[str, str], form: _Form) -> list[str]:
    """The photos and other files that cells of a row name: by sha-256; by name where the package has no such photo."""
    texts = [text.strip() for text in cells.values()]
    return [form.media.get(text, text) for text in texts if text in form.media or _PHOTO.fullmatch(text)]


def _media_below(form: _Form, row_table: _Table) -> dict[str, list[str]]:
    """What repeats inside a row name, by where the row stands: a form may ask for its photos in a repeat."""
    places = {id(cells): at for at, cells in row_table.rows}
    below: dict[str, list[str]] = {}
    for table in form.tables.values():
        for _, cells in table.rows if table is not row_table else ():
            for above in _chain(form, cells) or ():
                if id(above) in places:
                    below.setdefault(places[id(above)], []).extend(_named_media(cells, form))
    return below


# --- one column of the form


def _source_of(wanted: str, names: list[str]) -> tuple[str, str] | None:
    """(column, which part of its cell) that gives a wanted column; None: the table has none such."""
    name = wanted.replace("/", "-")
    if name in names:
        return name, ""
    question, _, part = name.rpartition("-")
    if part == "error_m":
        found = _source_of(f"{question}-Accuracy", names)
        return found and (found[0], f"error of {found[1]}")
    if not question or part not in _PARTS:
        return None
    group, _, last = question.rpartition("-")
    theirs = f"_{last}_{_PARTS[part]}"
    for column in (f"{group}-{theirs}" if group else theirs, f"_{question}_{_PARTS[part]}"):
        if column in names:
            return column, ""
    return (question, part) if question in names else None


def _text(cells: Mapping[str, str], source: tuple[str, str]) -> str:
    """A cell, one number of a geopoint, or the radius that holds it in 95 % of cases. Raises InputError."""
    column, part = source
    text = cells.get(column, "").strip()
    of_error = part.startswith("error of ")
    part = part.removeprefix("error of ")
    if part:
        numbers = text.split()
        text = (numbers + [""] * len(_PARTS))[list(_PARTS).index(part)] if len(numbers) <= len(_PARTS) else text
    if of_error and text:
        return str(math.ceil(number(text, subject="error_m") * SIGMA_95_CIRCLE / SIGMA_68_CIRCLE))
    return text
