"""Dates as articles write them: "in January", "earlier this month", "2d ago", "by the end of 2026", "18 August".

Each is read against a base, as a rule the day its text was published, and says in words what it rests on. What cannot
be told is not told: without a base, "on Tuesday" has no value and "18 August" no year.
Limits: English only; day and month of "03/04/2025" stay open; "the day before" is counted from what the text tells of,
which is not known here. Weeks begin on Monday. A date without a year is past or to come by the verb nearest to it;
where none tells, it is the nearest such day within 60 days, else the last before the base, and the basis says so.
Source: EDTF, ISO 8601-2:2019, levels 0 and 1, of which `is_edtf` takes what is written here.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from truceline.model.document import NOT_STATED, Dated, Precision

_YEARLY = "january february march april may june july august september october november december"
_WEEKLY = "monday tuesday wednesday thursday friday saturday sunday"
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_MONTHS, _DAYS, _NUMBERS = _YEARLY.split(), _WEEKLY.split(), _COUNTED.split()
_SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_NEAR_DAYS = 60

_MON = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?![\d,.]\d|\d)"
_WEEKDAY = r"(?P<weekday>Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_NAMED = rf"(?:{_WEEKDAY},?\s+)?(?:the\s+)?"
_PART = r"(?P<part>early|mid|late)[-\s]"
_OF = r"(?:the\s+)?(?P<part>start|beginning|middle|end)\s+of\s+"
_COUNT = rf"(?P<count>\d{{1,3}}|an?|{'|'.join(_NUMBERS[1:])})"
_SEASON = r"(?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)"

_AHEAD = re.compile(
    r"(?i)\b(?:will|shall|would|plan(?:s|ned|ning)? to|scheduled|due|set (?:to|for)|expected|upcoming|ahead of"
    r"|(?:is|are) to|must|should|(?-i:may)|might|can|could|next|by|until|till|no later than|deadline"
    r"|(?:resume|open|meet|begin|start|return|take place)s?(?: again)?(?=\s*$)"
    r")\b"
)
_PAST = re.compile(
    r"(?i)\b(?:said|told|wrote|was|were|had|has|have|met|held|began|took|gave|made|came|went|found|saw|spoke|sent|since"
    r"|after|last|\w{2,}ed)\b"
)
_PASSIVE = re.compile(r"(?i)\bbe\s+(?:\w+ly\s+)?\w+")  # "will be sent": "sent" tells no past
_BOUNDS = {"since": "after", "from": "after", "as of": "after", "after": "beyond", "by": "up to", "until": "up to"}
_BOUNDS |= {"till": "up to", "through": "up to", "up to": "up to", "no later than": "up to", "before": "short of"}
_BOUNDS |= {"prior to": "short of", "not before": "after", "as early as": "at", "at": "at", "in": "at", "on": "at"}
_BOUNDS |= {
    "during": "at",
    "around": "at",
    "over": "at",
    "of": "at",
    "for": "at",
    "late on": "at",
    "early on": "at",
    "between": "at",
}
_LEAD = re.compile(rf"(?i)(?<!\w)({'|'.join(sorted(_BOUNDS, key=len, reverse=True))})\s+(?:the\s+)?$")
_SEPARATE = re.compile(r"[.;:!?\n“”\"]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What dates are counted from; 0 and None where it is not known. `tense`: "past", "ahead", or "" if not told."""

    day: date | None = None
    year: int = 0
    month: int = 0
    tense: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One way to write a date; `needs_lead`: a month or a year alone is one only after "in", "since", "by" …"""

    pattern: re.Pattern[str]
    reader: Callable[[re.Match[str], _Base], Dated]
    needs_lead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One date in a text. `start`: of the word before it that bounds it, `lead`, or its own."""

    start: int
    lead: str
    match: re.Match[str]
    rule: _Rule


def dated(words: str, *, base: Dated) -> Dated | None:
    """What day, month or time some words mean.

    Args:
        words: one date as written, with what stands before it: "in January", "by the end of 2026".
        base: what it is counted from; `NOT_STATED` if nobody knows.

    Returns: the date; without a value where it cannot be told; None if the words hold no date.
    """
    found = dates_in(words, base=base)
    return found[0][2] if found else None


def dates_in(text: str, *, base: Dated) -> list[tuple[int, int, Dated]]:
    """Every date in a text, in order, none within another. Returns: its start and end in `text`, and what it means."""
    found: list[tuple[int, int, Dated]] = []
    plain = NOT_STATED  # the date before, without what bounds it, if it may begin a "from … to …"
    for one in _matches(text):
        anchor = replace(_base(base), tense=_tense(text, one))
        read = one.rule.reader(one.match, anchor)
        start, value = one.start, _bounded(read, "at" if one.rule.reader is _days else one.lead)
        joined = _joined(text[found[-1][1] : one.match.start()], plain, read) if found and plain.value else None
        if joined:
            start, value = found.pop()[0], joined
        plain = read if one.lead in ("from", "between") and not joined else NOT_STATED
        found.append(
            (start, one.match.end(), replace(value, basis=f"“{text[start : one.match.end()]}”: {value.basis}"))
        )
    return found


def is_edtf(value: str) -> bool:
    """Whether a value is EDTF as written here: a year, season, month, day or second, `XXXX-08-18`, or an interval."""
    first, slash, last = value.partition("/")
    if not slash:
        return _is_point(value)
    if (first == ".." and last == "..") or not all(one == ".." or _is_whole(one) for one in (first, last)):
        return False
    return ".." in (first, last) or _first_last(first)[0] <= _first_last(last)[1]


def _is_point(value: str) -> bool:
    if re.fullmatch(r"\d{4}-2[1-4]", value):
        return True
    if re.fullmatch(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(Z|[+-]\d\d:\d\d)", value):
        return _is_whole(value[:10])
    return _is_whole(value.replace("XXXX", "2000")) if value.startswith("XXXX-") else _is_whole(value)


def _is_whole(value: str) -> bool:
    """Whether a value is a year, a month or a day that there is."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", value, re.ASCII)
    if match is None or match[1] == "0000":
        return False
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _first_last(value: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day."""
    parts = [int(part) for part in value.split("-")]
    month_last = parts[1] if len(parts) > 1 else 12
    day_last = parts[2] if len(parts) > 2 else calendar.monthrange(parts[0], month_last)[1]
    first = date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
    return first, date(parts[0], month_last, day_last)


# --- what surrounds a date --------------------------------------------------------------------------------


def _base(base: Dated) -> _Base:
    value = base.value[:10] if "/" not in base.value and _is_point(base.value) else ""
    if not _is_whole(value) or not 1000 <= int(value[:4]) <= 9000:
        return _Base()
    parts = [int(part) for part in value.split("-")]
    day = date(parts[0], parts[1], parts[2]) if len(parts) == 3 else None
    return _Base(day=day, year=parts[0], month=parts[1] if len(parts) > 1 else 0)


def _matches(text: str) -> Iterator[_Found]:
    """Every date, the longest where several begin, none within another."""
    every = [(match, rule) for rule in _RULES for match in rule.pattern.finditer(text)]
    after, opened = 0, False
    for match, rule in sorted(every, key=lambda one: (one[0].start(), -one[0].end())):
        if match.start() < after:
            continue
        before = _LEAD.search(text, max(after, match.start() - 24), match.start())
        lead = before[1].lower() if before else ""
        second = opened and re.fullmatch(r"\s+(?:to|and)\s+", text[after : match.start()])
        if rule.needs_lead and not lead and not second:
            continue
        after, opened = match.end(), lead in ("from", "between")
        yield _Found(start=before.start() if before else match.start(), lead=lead, match=match, rule=rule)


def _tense(text: str, found: _Found) -> str:
    """Whether a date lies behind or ahead, by the verb nearest before it in its clause, else after it; "" if none."""
    if found.lead in ("by", "until", "till", "no later than", "up to", "as early as", "not before"):
        return "ahead"
    if found.lead == "since":
        return "past"
    start, end = found.start, found.match.end()
    cuts = [cut.end() for cut in _SEPARATE.finditer(text, max(0, start - 80), start)]
    before = text[cuts[-1] if cuts else max(0, start - 80) : start]
    ahead = max((match.end() for match in _AHEAD.finditer(before)), default=-1)
    past = max((match.end() for match in _PAST.finditer(_PASSIVE.sub(" ", before))), default=-1)
    if ahead >= 0 and ahead >= past:
        return "ahead"
    if ahead == past:
        cut = _SEPARATE.search(text, end, end + 60)
        after = text[end : cut.start() if cut else end + 60]
        ahead = -min((match.start() for match in _AHEAD.finditer(after)), default=1000)
        past = -min((match.start() for match in _PAST.finditer(after)), default=1000)
    return "" if ahead == past else "ahead" if ahead > past else "past"


def _bounded(read: Dated, lead: str) -> Dated:
    """A date with what stands before it: "since", "by", "before"."""
    kind = _BOUNDS.get(lead, "at")
    first, _, last = read.value.partition("/")
    last = last or first
    if kind == "at" or not read.value:
        return read
    if not (_is_whole(first) and _is_whole(last)):
        return Dated(basis=f"{lead} a time that is not known to the year; {read.basis}")
    values = {"after": f"{first}/..", "up to": f"../{last}"}
    if kind not in values:
        values |= {"beyond": f"{_beside(last, 1)}/..", "short of": f"../{_beside(first, -1)}"}
    return Dated(value=values[kind], precision="interval", basis=read.basis)


def _beside(value: str, step: int) -> str:
    """The day, month or year before (-1) or after (1) one of the same kind."""
    first, last = _first_last(value)
    day = last + timedelta(days=1) if step > 0 else first - timedelta(days=1)
    return day.isoformat()[: len(value)]


def _joined(between: str, earlier: Dated, read: Dated) -> Dated | None:
    """ "From … to …" and "between … and …" as one interval; None if two dates are not joined so."""
    if not re.fullmatch(r"\s+(?:to|and|until|till|through)\s+(?:the\s+)?|\s?–\s?", between):
        return None
    first, last = earlier.value.partition("/")[0], read.value.rpartition("/")[2]
    if not (_is_whole(first) and _is_whole(last) and _first_last(first)[0] <= _first_last(last)[1]):
        return None
    return Dated(value=f"{first}/{last}", precision="interval", basis=read.basis)


# --- what is read of each pattern -------------------------------------------------------------------------


def _told(value: str, precision: Precision, basis: str) -> Dated:
    return Dated(value=value, precision=precision, basis=basis)


def _untold(basis: str) -> Dated:
    return Dated(basis=f"not told: {basis}")


def _month_of(match: re.Match[str]) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month[:3] == match["month"][:3].lower())


def _group(match: re.Match[str], name: str) -> str:
    return str(match.groupdict().get(name) or "")


def _iso(match: re.Match[str], _: _Base) -> Dated:
    return _whole(match[0], "day", "as written")


def _whole(value: str, precision: Precision, basis: str) -> Dated:
    return _told(value, precision, basis) if is_edtf(value) else _untold("there is no such day")


def _day(match: re.Match[str], base: _Base) -> Dated:
    """Day and month, with or without a year."""
    month, day, year = _month_of(match), int(match["day"]), _group(match, "year")
    if year:
        return _weekday_agrees(match, _whole(f"{year}-{month:02}-{day:02}", "day", "as written"))
    if base.day is None and not base.year:
        return _whole(f"XXXX-{month:02}-{day:02}", "day", "year not stated")
    candidates = [f"{base.year + step}-{month:02}-{day:02}" for step in (-1, 0, 1)]
    days = [date.fromisoformat(value) for value in candidates if is_edtf(value)]
    anchor = base.day or date(base.year, base.month or 12, 28 if base.month else 31)
    if base.day is None and not base.month:
        return _whole(f"{base.year}-{month:02}-{day:02}", "day", f"the year of the text, {base.year}")
    return _weekday_agrees(match, _nearest(days, anchor, base.tense))


def _days(match: re.Match[str], base: _Base) -> Dated:
    """Two days of one month: "from 3 to 5 May"."""
    last = _day(match, base)
    first = f"{last.value[:-2]}{int(match['from']):02}"
    if not _is_whole(last.value) or not is_edtf(f"{first}/{last.value}"):
        return _untold(last.basis)
    return _told(f"{first}/{last.value}", "interval", last.basis)


def _nearest(days: list[date], anchor: date, tense: str) -> Dated:
    """Which of the same day in several years is meant."""
    last = max((day for day in days if day <= anchor), default=None)
    coming = min((day for day in days if day >= anchor), default=None)
    if (
        tense == ""
        and coming
        and (coming - anchor).days <= _NEAR_DAYS
        and (not last or coming - anchor < anchor - last)
    ):
        return _told(coming.isoformat(), "day", f"year not stated; the nearest to {anchor}")
    if tense == "ahead" and coming:
        return _told(coming.isoformat(), "day", f"year not stated; the next from {anchor}")
    if last is None:
        return _untold("there is no such day")
    return _told(last.isoformat(), "day", f"year not stated; read as past, the last before {anchor}")


def _weekday_agrees(match: re.Match[str], read: Dated) -> Dated:
    """A day that is said to be another day of the week than it is says so."""
    named = _group(match, "weekday").lower()
    if named and read.precision == "day" and _is_whole(read.value):
        real = _DAYS[date.fromisoformat(read.value).weekday()]
        if real != named:
            return replace(read, basis=f"{read.basis}; but that day is a {real.capitalize()}")
    return read


def _numbers(match: re.Match[str], _: _Base) -> Dated:
    """Day, month and year in numbers: which is which stays open where both could be."""
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    if match["mark"] == "." or first > 12 or first == second:
        return _whole(f"{year}-{second:02}-{first:02}", "day", "as written, day first")
    if second > 12:
        return _whole(f"{year}-{first:02}-{second:02}", "day", "as written, month first")
    return _told(year, "year", "which number is the day is not stated")


def _month(match: re.Match[str], base: _Base) -> Dated:
    """A month, or a part of one, which is read as no nearer than the month; its end after "by" is its last day."""
    month, year, which = _month_of(match), _group(match, "year"), _group(match, "which").lower()
    part = _group(match, "part").lower()
    basis = f"{part} in it, no nearer than the month" if part else "as written"
    if not year and not (base.year and base.month):
        return _told(f"XXXX-{month:02}", "month", "year not stated")
    if year:
        return _told(f"{year}-{month:02}", "month", basis)
    ahead = which in ("next", "coming", "this coming") or (base.tense == "ahead" and which in ("", "this"))
    if ahead:
        number = base.year + (month < base.month or (which == "next" and month == base.month))
        return _told(f"{number}-{month:02}", "month", f"year not stated; the next from {base.year}-{base.month:02}")
    number = base.year - (month > base.month or (which.endswith(("last", "past")) and month == base.month))
    basis = f"year not stated; read as past, the last up to {base.year}-{base.month:02}"
    return _told(f"{number}-{month:02}", "month", f"{basis}; {part} in it" if part else basis)


def _season(match: re.Match[str], base: _Base) -> Dated:
    code, which = _SEASONS[match["season"].lower()], _group(match, "which").lower()
    if _group(match, "year"):
        return _told(f"{match['year']}-{code}", "season", "as written")
    if not base.year or code == 24 or which in ("last", "next"):
        return _untold("which year's is not stated" if base.year else "no date to count from")
    return _told(f"{base.year}-{code}", "season", f"of the year of the text, {base.year}")


def _part_of_year(match: re.Match[str], _: _Base) -> Dated:
    """A quarter or a half."""
    order = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 0}
    given = (_group(match, "quarter") or match["order"]).lower()
    months = 3 if "q" in match[0].lower() else 6
    number = int(given) if given.isdigit() else order[given] or 12 // months
    if number * months > 12:
        return _untold("a year has no such part")
    year = match["year"]
    return _told(f"{year}-{number * months - months + 1:02}/{year}-{number * months:02}", "interval", "as written")


def _year(match: re.Match[str], _: _Base) -> Dated:
    part = _group(match, "part")
    return _told(match["year"], "year", f"{part.lower()} in it, no nearer than the year" if part else "as written")


def _weekday(match: re.Match[str], base: _Base) -> Dated:
    """A day of the week; "last" and "next" may mean two, where the day named also falls in this week."""
    which, named = _group(match, "which").lower(), _DAYS.index(match["weekday"].lower())
    if base.day is None:
        return _untold("no day to count from")
    back, on = (base.day.weekday() - named) % 7, (named - base.day.weekday()) % 7
    basis = f"counted from {base.day}, a {_DAYS[base.day.weekday()].capitalize()}"
    if which in ("last", "next"):
        step, near = (-1, back or 7) if which == "last" else (1, on or 7)
        day = base.day + step * timedelta(days=near)
        if day.isocalendar()[:2] != base.day.isocalendar()[:2]:
            return _told(day.isoformat(), "day", basis)
        ends = sorted([day, day + step * timedelta(days=7)])
        return _told(f"{ends[0]}/{ends[1]}", "interval", f"{basis}; one or the other of these days")
    ahead = "coming" in which or (base.tense == "ahead" and "past" not in which)
    day = base.day + timedelta(days=on) if ahead else base.day - timedelta(days=back)
    return _told(day.isoformat(), "day", f"{basis}, read as {'to come' if ahead else 'past'}")


def _near_day(match: re.Match[str], base: _Base) -> Dated:
    words = re.sub(r"\s+", " ", match[0].lower()).removeprefix("the ")
    if base.day is None:
        return _untold("no day to count from")
    basis = f"counted from {base.day}"
    if words == "last night":
        return _told(f"{base.day - timedelta(days=1)}/{base.day}", "interval", basis)
    steps = {"day before yesterday": -2, "yesterday": -1, "tomorrow": 1, "day after tomorrow": 2}
    step = next((steps[known] for known in sorted(steps, key=len, reverse=True) if words.startswith(known)), 0)
    return _told((base.day + timedelta(days=step)).isoformat(), "day", basis)


def _told_of(_match: re.Match[str], _base: _Base) -> Dated:
    return _untold("counted from what the text tells of")


def _ago(match: re.Match[str], base: _Base) -> Dated:
    """So many units ago: weeks as weeks, months as months, hours as a day or the one before."""
    given, unit = match["count"].lower(), _UNITS[match["unit"].lower().rstrip(".")]
    count = int(given) if given.isdigit() else 1 if given in ("a", "an") else _NUMBERS.index(given)
    basis = f"counted from {base.day or base.year}"
    if unit == "year" and base.year > count:
        return _told(f"{base.year - count:04}", "year", basis)
    if unit == "month" and base.month:
        months = base.year * 12 + base.month - 1 - count
        return _told(f"{months // 12:04}-{months % 12 + 1:02}", "month", f"counted from {base.year}-{base.month:02}")
    if base.day is None or unit in ("year", "month"):
        return _untold("no day to count from")
    if unit == "week":
        return _week(base.day - timedelta(weeks=count), f"{basis}; the week of that day")
    if unit == "day":
        return _told((base.day - timedelta(days=count)).isoformat(), "day", basis)
    first = base.day - timedelta(days=1 + (count // 24 if unit == "hour" else 0))
    return _told(f"{first}/{base.day}", "interval", f"{basis}, whose hour is not known")


def _week(day: date, basis: str) -> Dated:
    monday = day - timedelta(days=day.weekday())
    return _told(f"{monday}/{monday + timedelta(days=6)}", "interval", f"{basis}, Monday to Sunday")


def _period(match: re.Match[str], base: _Base) -> Dated:
    """This, last or next week, month, year or weekend; earlier or later in it; its end."""
    which, unit, part = match["which"].lower(), match["unit"].lower(), _group(match, "part").lower()
    step = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1}.get(which.rpartition(" ")[2], 0)
    if unit == "year" and base.year:
        return _ended(f"{base.year + step:04}", part, f"counted from {base.year}")
    if unit == "month" and base.month:
        months = base.year * 12 + base.month - 1 + step
        return _ended(f"{months // 12:04}-{months % 12 + 1:02}", part, f"counted from {base.year}-{base.month:02}")
    if base.day is None or unit in ("year", "month"):
        return _untold("no day to count from")
    basis = f"counted from {base.day}"
    if unit == "weekend":
        return _weekend(base.day, which, basis)
    monday = base.day - timedelta(days=base.day.weekday()) + timedelta(weeks=step)
    if part == "earlier":
        return _span_of(monday, base.day, f"{basis}, from Monday")
    if part == "later":
        return _span_of(base.day, monday + timedelta(days=6), f"{basis}, to Sunday")
    return _week(monday, basis)


def _span_of(first: date, last: date, basis: str) -> Dated:
    if first == last:
        return _told(first.isoformat(), "day", basis)
    return _told(f"{first}/{last}", "interval", basis)


def _ended(value: str, part: str, basis: str) -> Dated:
    """A month or a year; of its "end" no more is told than that. Earlier or later in it likewise."""
    precision: Precision = "year" if len(value) == 4 else "month"
    return _told(value, precision, f"{basis}; {part}, no nearer than the {precision}" if part else basis)


def _weekend(day: date, which: str, basis: str) -> Dated:
    """Saturday and Sunday: of this week, or, read as past or "last", the ones before."""
    saturday = day + timedelta(days=5 - day.weekday())
    back = which in ("last", "past", "the", "previous") and day.weekday() < 5
    if which in ("last", "previous") and day.weekday() >= 5:
        back = True
    saturday += timedelta(weeks=-1 if back else 1 if which in ("next", "coming") and day.weekday() >= 5 else 0)
    return _told(f"{saturday}/{saturday + timedelta(days=1)}", "interval", f"{basis}, Saturday and Sunday")


def _begun(pattern: str) -> re.Pattern[str]:
    """A way to write a date, where a word begins."""
    return re.compile(rf"(?<![\w/.-]){pattern}")


_UNITS = {
    "s": "minute",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
}
_UNITS |= {f"{unit}s": unit for unit in ("minute", "hour", "day", "week", "month", "year")}
_UNITS |= {unit: unit for unit in ("minute", "hour", "day", "week", "month", "year")}
_UNITS |= {"mins": "minute", "hrs": "hour", "y": "year", "second": "minute", "seconds": "minute"}
_WHICH = r"(?P<which>[Tt]his past|[Tt]his coming|[Tt]his|[Ll]ast|[Nn]ext|[Cc]oming|[Pp]ast)\s+"
_THIS = "(?P<which>this|last|next|the (?:past|coming|previous))"
_ORDER = r"(?P<order>[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|[Ll]ast)"
_COUNTED_THINGS = r"%|per cent|percent|troops|soldiers|people|men|observers|monitors|km|kilometres|miles|metres|meters"
_NO_DAYS = "(?<!Black )(?<!Bloody )(?<!Good )(?<!Palm )(?<!Easter )"  # names that are no dates
_WAYS: tuple[tuple[Callable[[re.Match[str], _Base], Dated], tuple[str, ...]], ...] = (
    (_iso, (r"\d{4}-\d\d-\d\d(?!\d|-)",)),
    (
        _day,
        (
            rf"{_NAMED}{_DAY}(?:\s+of)?\s+{_MON},?\s+{_YEAR}",
            rf"{_NAMED}{_DAY}(?:\s+of)?\s+{_MON}(?!\w)",
            rf"{_NAMED}{_MON}\s+{_DAY},?\s+{_YEAR}",
            rf"{_NAMED}{_MON}\s+{_DAY}(?![,.]?\d)",
        ),
    ),
    (_days, (rf"(?P<from>\d\d?)\s?(?:to|and|–|-)\s?{_DAY}\s+{_MON}(?:,?\s+{_YEAR})?(?!\w)",)),
    (_numbers, (r"(?P<first>\d\d?)(?P<mark>[./])(?P<second>\d\d?)(?P=mark)(?P<year>(?:19|20)\d\d)(?!\d)",)),
    (
        _month,
        (
            rf"{_MON},?\s+{_YEAR}",
            rf"(?i:{_PART})(?-i:{_MON})(?:,?\s+{_YEAR})?(?!\w)",
            rf"{_OF}(?:{_WHICH})?{_MON}(?:,?\s+{_YEAR})?(?!\w)",
            rf"{_WHICH}{_MON}(?!\w)",
        ),
    ),
    (_season, (rf"(?:the\s+)?{_SEASON}\s+(?:of\s+)?{_YEAR}", rf"{_WHICH}{_SEASON}\b")),
    (
        _part_of_year,
        (rf"[Qq](?P<quarter>[1-4])\s+(?:of\s+)?{_YEAR}", rf"(?:the\s+)?{_ORDER}\s+(?:quarter|half)\s+of\s+{_YEAR}"),
    ),
    (_year, (rf"{_OF}{_YEAR}", rf"(?i:{_PART}){_YEAR}")),
    (_weekday, (rf"(?:{_WHICH})?{_NO_DAYS}{_WEEKDAY}\b",)),
    (
        _near_day,
        (
            r"(?i:the day (?:before yesterday|after tomorrow))\b",
            r"(?i:earlier today|today|tonight|yesterday|tomorrow|last night|this (?:morning|afternoon|evening))\b",
        ),
    ),
    (
        _told_of,
        (
            r"(?i:(?:on )?the (?:eve|day (?:before|after)|(?:previous|next|following|same) day))\b",
            r"(?i:a day (?:earlier|later))\b",
        ),
    ),
    (
        _ago,
        (
            rf"(?i:{_COUNT}\s+(?P<unit>(?:second|minute|hour|day|week|month|year)s?)\s+ago)\b",
            r"(?P<count>\d{1,3})\s?(?P<unit>s|m|min|mins|h|hr|hrs|d|w|mo|y)\.?\s+ago\b",
        ),
    ),
    (
        _period,
        (
            rf"(?i:(?:(?P<part>earlier|later|early|late)\s+)?{_THIS}\s+(?P<unit>week|month|year|weekend))\b",
            rf"(?i:{_OF}(?P<which>the|this|last|next)\s+(?P<unit>week|month|year))\b",
            r"(?i:(?:over|at|during)\s+(?P<which>the)\s+(?P<unit>weekend))\b",
            r"(?i:(?P<which>)(?P<unit>year)[-\s](?P<part>end))\b",
        ),
    ),
)
# A month or a year alone is a date only after "in", "since", "by" …
_AFTER_A_LEAD = ((_month, rf"{_MON}(?!\w|\s+\d)"), (_year, rf"{_YEAR}(?!\s*(?:{_COUNTED_THINGS}))"))
_RULES = tuple(_Rule(pattern=_begun(way), reader=reader, needs_lead=False) for reader, ways in _WAYS for way in ways)
_RULES += tuple(_Rule(pattern=_begun(way), reader=reader, needs_lead=True) for reader, way in _AFTER_A_LEAD)
