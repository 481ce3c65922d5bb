"""How the API answers: released rows as JSON, an operation's answer once it is durable."""

import asyncio
from concurrent.futures import Future

import msgspec
import pyarrow as pa
from fastapi import Request, Response

from truceline.base.errors import UnknownNameError
from truceline.model.account import Recipient
from truceline.model.desk import Answer
from truceline.model.release import ItemKind
from truceline.release import shown
from truceline.run.live.desk import Desk
from truceline.run.live.receipts import batch_name
from truceline.serve.security import who

JSON = "application/json"
KEY_HEADER = "Idempotency-Key"
KEY_MAX = 80
REFUSALS: dict[int | str, dict[str, object]] = {
    status: {"description": words, "content": {"application/problem+json": {}}}
    for status, words in (
        (400, "It cannot be read"),
        (401, "Nobody is signed in"),
        (403, "This account may not"),
        (404, "There is none, or it is not released to you"),
        (409, "It cannot be now: late, repeated, or not awaited"),
        (410, "It was erased"),
        (413, "Too large or nested too deep"),
        (422, "A field is not as it must be"),
        (429, "Too often"),
        (503, "Not available: try again"),
    )
}
_encode = msgspec.json.Encoder().encode


def recipient(request: Request) -> Recipient:
    """For whom a request is answered. Raises: as `who`."""
    return who(request).recipient


def body(value: object, status: int = 200) -> Response:
    """Plain values as a JSON answer."""
    return Response(_encode(value), status, media_type=JSON)


def listing(rows: pa.Table, *, name: str, limit: int, more: dict[str, object] | None = None) -> Response:
    """The first rows of a released table, and how many there are."""
    return body({name: rows.slice(0, limit).to_pylist(), "count": rows.num_rows, **(more or {})})


async def done(asked: "Future[Answer]", status: int = 201, *, rows_under: str = "") -> Response:
    """Wait until an operation is durable. Raises: what it was refused with.

    Args: rows_under: where batches stand, to say where this one's rows are; empty: it is no batch.
    """
    answer = await asyncio.wrap_future(asked)
    return body(
        {
            "subject": answer.subject,
            "positions": list(answer.positions),
            "repeated": answer.repeated,
            **({"receipt": answer.body} if answer.body else {}),
            **({"rows_at": f"{rows_under}{batch_name(answer.subject)}/rows"} if rows_under else {}),
        },
        200 if answer.repeated else status,
    )


def key_of(request: Request) -> str:
    """The idempotency key that came along; empty: none."""
    return request.headers.get(KEY_HEADER, "")[:KEY_MAX]


def one(desk: Desk, kind: ItemKind, item: str, to: Recipient) -> dict[str, object]:
    """The released row of this id. Raises: UnknownNameError: none, or not released to it, which is told alike."""
    found: list[dict[str, object]] = shown(desk.released_some(kind, {item}, to), now_us=desk.now_us()).to_pylist()
    if not found:
        raise UnknownNameError(f"there is no {item[:80]!r}.", subject=kind, remedy="See the list.")
    return found[0]
