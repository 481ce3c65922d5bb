"""Everything that a recipient can read of a served mission: each GET route with every id that there is."""

import base64
import html
import io
import re
from collections.abc import Iterable, Iterator
from itertools import product
from urllib.parse import quote, unquote

import pyarrow.parquet as pq
from httpx import Response
from tests.serve.house import House, routes_of

from truceline.model.account import PUBLIC
from truceline.model.desk import Cursor

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
ENDLESS = ("/stream",)  # asked for through the desk instead
MOST_ASKED = 800  # of one route
MOST_ROWS = 5  # whose receipts are asked for, each under every batch
NEAR = "evt-000000000000"  # an id that nothing has
FIXED: dict[str, tuple[str, ...]] = {
    "ending": ("geojson", "csv", "geoparquet", "kml", "html", "txt", "json", "cot"),
    "language": ("en", "uk"),
    "kind": (
        "event", "finding", "observation", "claim", "notice", "impediment", "coverage", "casualty", "damage", "case",
    ),
    "collectionId": ("events", "findings", "observations", "casualties", "damage", "cases", "areas", "lines", "zones"),
    "feed": ("reports", "notices"),
    "name": ("west", "drawn"),
    "prefix": ("none",),
}  # fmt: skip
QUERIES = {  # what a route takes besides, so that filters and pages are walked too
    "/ogc/collections/{collectionId}/items": (
        "limit=1000", "limit=1", "limit=1000&bbox=-27,31,-26,32", "limit=1000&bbox=-26.6,31.6,-26.4,31.8",
        "limit=1000&datetime=2026-10-05T00:00:00Z/2026-10-05T23:59:59Z", "limit=1000&act=fire", "f=json",
    ),
    "/api/events": ("", "status=preliminary", "status=confirmed", "limit=1"),
    "/api/findings": ("", "verdict=breach", "verdict=undetermined"),
    "/api/entries": ("kind=raw&subject=live/reports", "kind=mission&subject=id-key"),
    "/api/media/{sha256}": ("reason=sweep",),
}  # fmt: skip


def ids_of(house: House) -> dict[str, tuple[str, ...]]:
    """Every id that exists, whoever may know of it, by the name that routes give it."""
    desk = house.made.desk
    ids = {f"{kind}_id": tuple(desk.own(kind)[f"{kind}_id"].to_pylist()) for kind in FIXED["kind"]}  # type: ignore[arg-type]
    ids["bulletin_id"] = tuple(desk.books.issued)
    ids["sha256"] = tuple(desk.own("media")["sha256"].to_pylist()) + tuple(
        arrived.sha256 for arrived in desk.books.arrived.values()
    )
    ids["batch"] = tuple(arrived.sha256[:16] for arrived in desk.books.arrived.values())
    ids["row"] = tuple(row for row in desk.confidential if row.startswith("obs-"))[:MOST_ROWS]
    everything = tuple(one for some in ids.values() for one in some)
    return {name: (*some, NEAR) for name, some in ids.items()} | {"featureId": (*everything, NEAR), "*": everything}


def paths_of(house: House) -> Iterator[str]:
    """Every path to ask for, queries and all."""
    ids = ids_of(house)
    for method, path in routes_of(house.made.app):
        if method != "GET" or path in ENDLESS:
            continue
        names = PARAMETER.findall(path)
        values = [FIXED.get(name) or ids.get(name) or (*ids["*"], NEAR) for name in names]
        for number, chosen in enumerate(product(*values)):
            if number == MOST_ASKED:
                break
            asked = path
            for value in chosen:
                asked = PARAMETER.sub(lambda _, value=value: quote(value, safe=""), asked, count=1)
            for query in QUERIES.get(path, ("",)):
                yield f"{asked}?{query}" if query else asked


def swept(house: House, by: str) -> dict[str, Response]:
    """Each path with the answer that an account gets."""
    return house.many(paths_of(house), by)


def texts_of(answer: Response) -> Iterator[str]:
    """What an answer says, unpacked: a packed file hides its words from a search."""
    yield answer.text
    yield " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    if answer.content[:4] == b"PAR1":
        yield repr(pq.read_table(io.BytesIO(answer.content)).to_pylist())
    if "%" in answer.text:
        yield unquote(answer.text)
    if "&" in answer.text:
        yield html.unescape(answer.text)


def told_in_stream(house: House, by: str) -> str:
    """All that the stream would tell from the earliest moment on."""
    desk = house.made.desk
    to = house.simulated.who(by).recipient if by else None
    items, _ = desk.items(Cursor(position=desk.forgotten, at_us=0), to or PUBLIC)
    return " ".join(f"{item.kind} {item.subject} {item.body.decode()}" for item in items)


def numbers_in(texts: Iterable[str], numbers: Iterable[int]) -> list[int]:
    """The whole numbers that stand somewhere in these texts, and not as a part of another."""
    joined = "\n".join(texts)
    return [each for each in numbers if re.search(rf"(?<![\d.]){each}(?!\d)", joined)]


def spellings(canary: str) -> tuple[str, ...]:
    """How a word may stand in an answer: as it is, in base64 at each of three offsets."""
    raw = canary.encode()
    encoded = [base64.b64encode(b"x" * shift + raw).decode()[2 * shift + 2 : -4] for shift in range(3)]
    return (canary, *encoded)


def found_in(texts: Iterable[str], canaries: Iterable[str]) -> list[str]:
    """The canaries that stand somewhere in these texts, whatever their case."""
    joined = "\n".join(texts)
    folded = joined.casefold()
    return [
        canary
        for canary in canaries
        if canary.casefold() in folded or any(each in joined for each in spellings(canary)[1:])
    ]


def places_in(texts: Iterable[str], degrees: Iterable[float]) -> list[float]:
    """The coordinates that stand somewhere in these texts to three decimals or more."""
    joined = "\n".join(texts)
    found = []
    for value in degrees:
        whole, _, decimals = f"{abs(value):.6f}".partition(".")
        rounded = f"{abs(value):.3f}".partition(".")[2]
        if re.search(rf"(?<![\d.]){whole}\.({decimals[:3]}|{rounded})", joined):
            found.append(value)
    return found
