"""What `run` prints: per clause and addressee what the sources support, and no more."""

from collections import Counter

from truceline.base.time import local_words
from truceline.base.units import US_PER_S
from truceline.model.finding import WindowCount
from truceline.model.products import FeedCount, Judged, Products
from truceline.report.rulings import compare_rulings, count_results


def products_words(products: Products) -> str:
    """The whole run in words, mandate by mandate."""
    known = local_words(products.known_at_us // US_PER_S, products.mission.zone)
    lines = [
        f"{products.mission.name}",
        f"As known at {known} ({products.mission.zone}); automatic, not reviewed.",
        "",
    ]
    for feed in products.feeds:
        lines.append(f"  {feed.feed}: {feed.read} read, {feed.rows} {feed.holds}, {feed.rejects} set aside")
        lines += _reject_lines(products, feed)
    for judged in products.judged:
        lines += ["", *_mandate_lines(judged, products)]
    return "\n".join(lines)


def _reject_lines(products: Products, feed: FeedCount) -> list[str]:
    """Why rows of one feed were set aside, by reason, with the first of each."""
    others = {each.feed for each in products.feeds} - {feed.feed}  # a file of footage has more than one count
    rejects = products.rejects.to_pylist()
    mine = [row for row in rejects if row["raw_sha256"] == feed.sha256 and row["feed"] not in others]
    whole = " (the whole file)" if feed.rejects and not feed.rows else ""
    lines = []
    for reason, number in Counter(row["reason"] for row in mine).items():
        first = next(row for row in mine if row["reason"] == reason)
        lines.append(f"      {number} × {reason}{whole}: {first['raw_at']}: {first['problem']} {first['remedy']}")
    return lines


def _mandate_lines(judged: Judged, products: Products) -> list[str]:
    mandate = judged.mandate
    lines = [f"── {mandate.header.title} ({mandate.name})"]
    for row in judged.assessments.to_pylist():
        reading = f" [{row['reading']}]" if row["reading"] else ""
        outcome = row["outcome"] + (f": {row['reason']}" if row["reason"] else "")
        lines.append(f"  {row['clause']} · {row['addressee']}{reading}: {outcome}")
        lines.append(f"      {row['words']}{_beside(row)}")
    for party in mandate.parties:
        if party.unbound:
            lines.append(f"  {party.name}: no finding; not bound: {party.unbound}")
    if judged.windows:
        lines += _window_lines(judged.windows, products)
    rulings = compare_rulings(products)
    if counts := {result: n for result, n in count_results(rulings, mandate.name).items() if rulings}:
        lines.append(
            "  Against the sources' own rulings: " + ", ".join(f"{n} {result}" for result, n in counts.items())
        )
        lines += [
            f"      differs: {r.name} {r.place}, ruled {r.ruling.replace('_', ' ')}, here {r.found}: {r.words}"
            for r in rulings
            if (r.mandate, r.result) == (mandate.name, "disagrees")
        ]
    undefined = dict.fromkeys(remark.words for remark in judged.remarks if remark.line == 0)
    lines += [f"  Undefined: {words}" for words in undefined]
    rest = sum(remark.line > 0 for remark in judged.remarks)
    return lines + ([f"  and {rest} more: see truceline check"] if rest else [])


def _beside(row: dict[str, object]) -> str:
    beside = row["claims"] and row["reason"] != "claims-only"
    claims = f"; beside it {row['claims']} claim{'s' if row['claims'] != 1 else ''} by a party" if beside else ""
    unsaid = row["coverage_permille"] is None and "coverage" not in str(row["words"])
    return claims + ("; coverage not known" if unsaid else "")


def _window_lines(windows: tuple[WindowCount, ...], products: Products) -> list[str]:
    """One line for each clause, addressee and source: before, inside, after, by both rules."""
    lines = ["  Items recorded (at least), wholly inside / touching, in the window and the equal periods beside it:"]
    records = {each.id for each in products.mission.sources if each.kind == "party_record"}
    groups: dict[tuple[str, str, str, str], dict[str, WindowCount]] = {}
    for each in windows:
        groups.setdefault((each.clause, each.addressee, each.reading, each.source_id), {})[each.which] = each
    for (clause, addressee, reading, source), group in groups.items():
        counts = "  ".join(f"{w} {group[w].wholly} / {group[w].touching}" for w in ("before", "inside", "after"))
        note = "" if group["inside"].bound else "  (not bound: comparison only)"
        accuser = source in records and group["inside"].touching == 0
        zero = "  none recorded by the accuser" if accuser else ""
        name = f"{clause} · {addressee}" + (f" [{reading}]" if reading else "")
        lines.append(f"      {name}, by {source}: {counts}{zero}{note}")
    return lines


def products_json(products: Products) -> dict[str, object]:
    """The run as JSON values: feeds, assessments, windows, findings."""
    return {
        "mission": products.mission.name,
        "known_at_us": products.known_at_us,
        "feeds": [
            {"feed": f.feed, "read": f.read, "rows": f.rows, "rejects": f.rejects, "sha256": f.sha256}
            for f in products.feeds
        ],
        "rejects": products.rejects.to_pylist(),
        "mandates": [
            {
                "mandate": judged.mandate.name,
                "title": judged.mandate.header.title,
                "assessments": judged.assessments.to_pylist(),
                "findings": judged.findings.to_pylist(),
                "windows": [
                    {name: getattr(window, name) for name in WindowCount.__slots__} for window in judged.windows
                ],
                "undefined": [remark.words for remark in judged.remarks],
            }
            for judged in products.judged
        ],
    }
