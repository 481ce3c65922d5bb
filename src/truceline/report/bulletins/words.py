"""A bulletin in words: sections of sentences, figures and cards, the same for screen, mail and paper."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from truceline.model.bulletin import (
    AUTOMATIC,
    Bulletin,
    BulletinClaim,
    BulletinFinding,
    BulletinItem,
    CaseLine,
    Language,
    Restriction,
    Total,
)
from truceline.model.finding import Verdict
from truceline.report.bulletins.changes import change_words
from truceline.report.bulletins.clocks import latest_us
from truceline.report.bulletins.issue import BY_A_PERSON
from truceline.report.bulletins.phrases import TOLD, Writer, counted
from truceline.report.bulletins.reconcile import claim_words, span_words

MOST_CARDS = 500  # of one section; the JSON file holds all


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLine:
    """One figure, with its comparator and its coverage. `part`: a summand of the line above."""

    what: str
    value: str
    before: str  # of a part empty where there is no comparator: its total says so
    seen: str  # of a part empty: it is that of its total
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Somebody's own words, and whose."""

    label: str
    words: str  # in quotation marks


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One event, finding, claim, case or restriction."""

    title: str
    lines: tuple[tuple[str, str], ...]  # label and text
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section; `said`: sentences under a step of the verb ladder, its label empty for a plain sentence."""

    key: str
    title: str
    said: tuple[tuple[str, str], ...] = ()
    figures: tuple[FigureLine, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Every word of one issue in one language."""

    language: Language
    title: str
    level: str
    labels: tuple[str, ...]
    head: tuple[tuple[str, str], ...]
    figure_heads: tuple[str, str, str, str]
    sections: tuple[Section, ...]


def page_of(made: Bulletin, language: Language) -> Page:
    """The whole issue in one language."""
    own = Writer(made=made, language=language, titles=dict(made.parties))
    sections = [_changes(own)] if made.supersedes else []
    if made.level == "FLASH":  # read on a phone, in a hurry: what happened comes first
        sections += [*_events(own), _summary(own), _figures(own)]
    else:
        sections += [_summary(own), _figures(own), *_events(own)]
    if made.level != "FLASH":
        sections += [*_loose_findings(own), _claims(own), _cases(own)]
    sections.append(_restrictions(own))
    if made.attachments:
        lines = tuple((name, sha256) for name, sha256 in made.attachments)
        sections.append(Section(key="attachments", title=own.say("section.attachments"), said=lines))
    return Page(
        language=language,
        title=own.say("title", {"id": made.bulletin_id}),
        level=own.say(f"level.{made.level}"),
        labels=_labels(own),
        head=_head(own),
        figure_heads=(
            own.say("figures.what"),
            own.say("figures.value"),
            own.say("figures.before"),
            own.say("figures.seen"),
        ),
        sections=tuple(sections),
    )


def lines_of(page: Page) -> tuple[str, ...]:
    """Every printed line that our own words make, for the neutrality check; quotes are only named, never checked."""

    def every() -> Iterator[str]:
        yield from (page.title, page.level, *page.labels)
        yield from (f"{label}: {text}" for label, text in page.head)
        for section in page.sections:
            yield section.title
            yield from (f"{label}: {text}" for label, text in section.said)
            yield from (f"{line.what}: {line.value}; {line.before}; {line.seen}" for line in section.figures)
            for card in section.cards:
                yield card.title
                yield from (f"{label}: {text}" for label, text in card.lines)
                yield from (quote.label for quote in card.quotes)

    return tuple(every())


# --- head and summary ------------------------------


def _labels(own: Writer) -> tuple[str, ...]:
    made = own.made
    if made.level in AUTOMATIC:
        labels = [own.say("label.automatic")]
    else:
        labels = [own.say("label.reviewed"), f"{_reviewed_share(own)}."]
    labels.append(own.say("label.flash" if made.level == "FLASH" else "label.conditional"))
    return tuple(labels)


def _reviewed_share(own: Writer) -> str:
    """`41 of 44 events were reviewed by a person; 3 automatic ones are listed apart`."""
    count, apart = len(own.made.items), own.part("events", "automatic")
    share = counted(own.language, "reviewed_share", count, {"k": own.number(count - apart)})
    share += f"; {counted(own.language, 'apart', apart)}"
    return f"{share[:1].upper()}{share[1:]}"


def _head(own: Writer) -> tuple[tuple[str, str], ...]:
    made, period = own.made, own.made.period
    ends: dict[str, object] = {"from": own.moment(period.from_us), "until": own.moment(period.until_us)}
    begins: dict[str, object] = {"from": own.moment(period.before_us), "until": ends["from"]}
    issue: dict[str, object] = {"n": own.number(made.issue), "id": made.supersedes}
    due_us = latest_us(made.level, period)
    late = made.level != "FIN" and made.made_at_us > due_us
    when: dict[str, object] = {"at": own.moment(made.made_at_us), "due": own.moment(due_us)}
    compared = period.before_us < period.from_us
    return (
        (own.say("issue"), own.say("issue.later" if made.supersedes else "issue.first", issue)),
        *(((own.say("about"), made.about),) if made.about else ()),
        (own.say("period"), own.say("period.known" if made.level == "FLASH" else "period.span", ends)),
        (own.say("comparator"), own.say("comparator.span" if compared else "comparator.none", begins)),
        (own.say("cut_off"), own.say("cut_off.words", {"at": own.moment(made.cut_off_us)})),
        (own.say("made"), own.say("made.late", when) if late else own.moment(made.made_at_us)),
        (own.say("zone"), own.say("zone.words", {"zone": made.zone})),
        (own.say("about_language"), own.say("about_language.words")),
    )


def _summary(own: Writer) -> Section:
    made = own.made
    kinds: dict[str, object] = {
        kind: own.number(own.part("footing", kind)) for kind in ("own", "record", "media", "unstated")
    }
    none = sum(item.footing.kind == "own" and (item.count_lo, item.count_hi) == (0, 0) for item in made.items)
    sentences = [
        ("", own.say("summary.unseen", {"seen": own.seen(own.total("events").coverage_permille)})),
        (own.say("verb.recorded"), own.say("summary.recorded", {"n": kinds["own"], "none": own.number(none)})),
    ]
    if made.level != "FLASH":
        figures: dict[str, object] = {str(verdict): own.number(own.total(verdict).value) for verdict in Verdict}
        sentences.append((own.say("verb.assessed"), own.say("summary.assessed", figures)))
        sentences += [(own.say("verb.assessed"), _of_party(own, name)) for name, _ in made.parties]
    sentences.append((own.say("verb.followed"), own.say("summary.followed", kinds)))
    if made.level != "FLASH":
        sentences += [
            (
                own.say("verb.could_not"),
                own.say(
                    "summary.claims",
                    {"party": own.party(name), "n": own.number(own.part("claims", f"party:{name}"))},
                ),
            )
            for name, _ in made.parties
        ]
    prevented = "; ".join(dict.fromkeys(own.person(one.not_verified) for one in made.restrictions if one.not_verified))
    key = "summary.prevented" if prevented else "summary.prevented.none"
    sentences.append((own.say("verb.could_not"), own.say(key, {"what": prevented})))
    return Section(key="summary", title=own.say("section.summary"), said=tuple(sentences))


def _of_party(own: Writer, name: str) -> str:
    """The same sentence for every party."""
    values: dict[str, object] = {
        "party": own.party(name),
        "events": own.number(own.part("reported_of", f"party:{name}")),
        "breach": own.number(own.part("breach", f"party:{name}")),
    }
    return own.say("summary.party", values)


# --- figures ------------------------------


def _figures(own: Writer) -> Section:
    lines = []
    for total in own.made.totals:
        lines.append(_figure(own, total, own.say(f"total.{total.key}"), (total.value, total.before)))
        lines += [
            _figure(own, total, own.part_name(total.key, part.name), (part.value, part.before), part=True)
            for part in total.parts
        ]
    return Section(key="figures", title=own.say("section.figures"), figures=tuple(lines))


def _figure(own: Writer, total: Total, what: str, values: tuple[int, int | None], *, part: bool = False) -> FigureLine:
    now, before = values
    if part:
        seen = ""
    elif total.key in TOLD:
        seen = own.say("seen.claims" if total.key == "claims" else "seen.reported")
    elif before is None:
        seen = own.rated(total)
    else:
        both: dict[str, object] = {"now": own.rated(total), "before": own.share(total.before_coverage_permille)}
        seen = own.say("seen.both", both)
    return FigureLine(
        what=what,
        value=own.number(now),
        before=("" if part else own.say("figures.none")) if before is None else own.number(before),
        seen=seen,
        part=part,
    )


# --- events and findings ------------------------------


def _events(own: Writer) -> Iterator[Section]:
    """Reviewed ones and automatic ones are never mixed; an automatic level has only the latter's section."""
    reviewed = [item for item in own.made.items if item.status in BY_A_PERSON]
    automatic = [item for item in own.made.items if item.status not in BY_A_PERSON]
    parts = [("reviewed", reviewed), ("automatic", automatic)]
    if own.made.level in AUTOMATIC and not reviewed:
        parts = parts[1:]
    about: dict[str, list[BulletinFinding]] = {}
    for one in own.made.findings:
        for event_id in one.event_ids:
            about.setdefault(event_id, []).append(one)
    for key, items in parts:
        cards = tuple(_event(own, item, about.get(item.event_id, ())) for item in items[:MOST_CARDS])
        yield _carded(own, key, cards, nothing="nothing.events", more=len(items) - len(cards))


def _carded(own: Writer, key: str, cards: tuple[Card, ...], *, nothing: str, more: int = 0) -> Section:
    lines = [] if cards else [("", own.say(nothing))]
    if more:
        left: dict[str, object] = {"n": own.number(more), "file": f"{own.made.bulletin_id}.json"}
        lines.append(("", own.say("more", left)))
    return Section(key=key, title=own.say(f"section.{key}"), said=tuple(lines), cards=cards)


def _event(own: Writer, item: BulletinItem, findings: Sequence[BulletinFinding]) -> Card:
    verb = own.say("verb.recorded" if item.footing.kind == "own" else "verb.followed")
    lines = [
        (verb, _what(own, item)),
        (own.say("when"), own.span(item.earliest_us, item.latest_us)),
        (own.say("where"), _where(own, item)),
        (own.say("footing"), own.footing(item.footing.kind, item.footing.parties)),
    ]
    if own.made.level != "FLASH":
        lines.append((own.say("reported_of"), _reported_of(own, item.reported_of)))
        lines += [(own.say("verb.assessed"), _finding(own, one)) for one in findings]
    if item.disagreement:
        lines.append((own.say("disagreement"), own.columns(item.disagreement)))
    if item.also:
        lines.append((own.say("also"), ", ".join(item.also)))
    lines.append((own.say("status"), own.code("status", item.status)))
    return Card(title=item.event_id, lines=tuple(lines))


def _what(own: Writer, item: BulletinItem) -> str:
    said_of = [own.code("act", item.act, "act.unknown")]
    if item.weapon_class:
        said_of.append(own.say("weapon", {"what": own.code("weapon", item.weapon_class)}))
    if item.object_kind:
        said_of.append(own.say("object", {"what": own.code("object", item.object_kind)}))
    if (item.count_lo, item.count_hi) == (0, 0):
        return f"{'; '.join(said_of)}; {own.say('number.none_seen')}"
    number = span_words(own.language, item.count_lo, item.count_hi)
    return f"{'; '.join(said_of)}; {own.say('number', {'n': number})}"


def _where(own: Writer, item: BulletinItem) -> str:
    parts = [own.person(item.place_name)] if item.place_name else []
    if item.lat_cdeg is not None and item.lon_cdeg is not None:
        parts.append(own.near(item.lat_cdeg, item.lon_cdeg, item.error_m))
    return "; ".join(parts) or own.say("where.none")


def _reported_of(own: Writer, parties: Sequence[str]) -> str:
    if not parties:
        return own.say("reported_of.none")
    names = ", ".join(own.say("part.party", {"party": own.party(name)}) for name in parties)
    return own.say("reported_of.words", {"party": names})


def _finding(own: Writer, one: BulletinFinding, *, with_events: bool = False) -> str:
    verdict = own.code("verdict", one.verdict)
    if one.reason:
        verdict += f" ({own.code('reason', one.reason)})"
    values: dict[str, object] = {
        "verdict": verdict,
        "clause": one.clause,
        "mandate": one.mandate,
        "party": own.party(one.addressee),
    }
    text = own.say("finding.words", values)
    if one.reading:
        text += f"; {own.say('finding.reading', {'reading': one.reading})}"
    if with_events and one.event_ids:
        text += f"; {own.say('finding.events', {'ids': ', '.join(one.event_ids)})}"
    return text


def _loose_findings(own: Writer) -> Iterator[Section]:
    """Findings that stand on no event listed here: an obligation nobody was seen to meet, an event not released."""
    listed = {item.event_id for item in own.made.items}
    loose = [one for one in own.made.findings if not listed & set(one.event_ids)]
    if loose:
        cards = tuple(
            Card(title=one.finding_id, lines=((own.say("verb.assessed"), _finding(own, one, with_events=True)),))
            for one in loose[:MOST_CARDS]
        )
        yield _carded(own, "findings", cards, nothing="nothing.events", more=len(loose) - len(cards))


# --- claims, cases, restrictions ------------------------------


def _claims(own: Writer) -> Section:
    claims = own.made.claims
    cards = tuple(_claim(own, claim) for claim in claims[:MOST_CARDS])
    return _carded(own, "claims", cards, nothing="nothing.claims", more=len(claims) - len(cards))


def _claim(own: Writer, claim: BulletinClaim) -> Card:
    title: dict[str, object] = {"party": own.party(claim.claimant), "accused": own.party(claim.accused)}
    dated = claim.earliest_us is not None and claim.latest_us is not None
    bases: tuple[tuple[str, int], ...] = (
        ("own", claim.own), ("record", claim.record), ("media", claim.media), ("unstated", claim.unstated)
    )  # fmt: skip
    return Card(
        title=own.say("claim.title", title),
        lines=(
            (
                own.say("when"),
                own.span(claim.earliest_us or 0, claim.latest_us or 0) if dated else own.say("not_stated"),
            ),
            (own.say("claim.act"), own.code("act", claim.act, "claim.all_acts")),
            (own.say("claim.beside"), claim_words(asdict(claim), own.language)),
            (own.say("claim.rests_on"), "; ".join(f"{own.say(f'part.{key}')}: {own.number(n)}" for key, n in bases)),
        ),
        quotes=(Quote(label=own.say("claim.what"), words=own.say("quoted", {"words": claim.category})),)
        if claim.category
        else (),
    )


def _cases(own: Writer) -> Section:
    cards = tuple(_case(own, case) for case in own.made.cases)
    return _carded(own, "cases", cards, nothing="nothing.cases")


def _case(own: Writer, case: CaseLine) -> Card:
    end: dict[str, object] = {"how": own.code("ended", case.ended), "at": own.moment(case.ended_us)}
    lines = [
        (own.say("case.events"), ", ".join(case.event_ids) or own.say("not_stated")),
        (own.say("case.step"), case.step or own.say("not_stated")),
        (own.say("case.due"), own.moment(case.due_us) if case.due_us else own.say("case.no_due")),
        (own.say("case.end"), own.say("case.ended", end) if case.ended else own.say("case.open")),
    ]
    heard = {reply.party for reply in case.replies}
    lines += [
        ("", own.say("case.no_reply", {"party": own.party(name)})) for name, _ in own.made.parties if name not in heard
    ]
    if not case.dissents:
        lines.append(("", own.say("case.no_dissent")))
    quotes = [
        Quote(
            label=own.say("case.reply", {"party": own.party(reply.party), "at": own.moment(reply.at_us)}),
            words=own.say("quoted", {"words": reply.words}),
        )
        for reply in case.replies
    ]
    quotes += [
        Quote(
            label=own.say("case.dissent", {"actor": own.party(dissent.actor), "at": own.moment(dissent.at_us)}),
            words=own.say("quoted", {"words": dissent.words}),
        )
        for dissent in case.dissents
    ]
    return Card(title=own.say("case.title", {"id": case.case_id}), lines=tuple(lines), quotes=tuple(quotes))


def _restrictions(own: Writer) -> Section:
    """Never left out: without a row it says what its zero does not mean."""
    rows = own.made.restrictions
    cards = tuple(_restriction(own, one) for one in rows[:MOST_CARDS])
    return _carded(own, "restrictions", cards, nothing="nothing.restrictions", more=len(rows) - len(cards))


def _restriction(own: Writer, one: Restriction) -> Card:
    area = own.say("restriction.area.words", {"party": own.party(one.area_of)})
    lines = [
        (own.say("when"), own.span(one.earliest_us, one.latest_us)),
        (own.say("where"), own.person(one.place_name)),
    ]
    if own.made.level != "FLASH":
        lines.append((own.say("restriction.area"), area if one.area_of else own.say("not_stated")))
    lines += [
        (own.say("restriction.reason"), own.person(one.reason_given)),
        (own.say("restriction.announced"), own.announced(one.announced)),
        (own.say("restriction.not_verified"), own.person(one.not_verified)),
    ]
    return Card(title=own.code("impediment", one.kind), lines=tuple(lines))


def _changes(own: Writer) -> Section:
    lines = tuple(("", change_words(own, change)) for change in own.made.changes)
    title = own.say("section.changes", {"id": own.made.supersedes})
    return Section(key="changes", title=title, said=lines or (("", own.say("nothing.changes")),))
