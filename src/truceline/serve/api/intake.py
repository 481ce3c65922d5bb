"""What comes in over HTTP: rows of a feed, in any format that the mission can read; and the receipts for them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from truceline.base.errors import UnreadableError
from truceline.model.account import Account
from truceline.run.live.desk import Desk
from truceline.run.live.receipts import Lot, receipt_of, rows_in
from truceline.run.live.watching.intake import MEDIA_TYPES, Sent, receive
from truceline.serve.api.answers import JSON, REFUSALS, body, done, key_of
from truceline.serve.security import needs

INTAKE = "/api/intake/"  # paths that take large bodies
NAME_HEADER = "X-File-Name"
_NAME_MAX = 120
Batch = Annotated[str, Path(description="As `rows_at` names it in the answer to what was sent")]


def intake_router(desk: Desk) -> APIRouter:
    """`/intake/{feed}`, `/intake/{feed}/{batch}/rows`, `/intake/{feed}/{batch}/rows/{row}`."""
    router = APIRouter(prefix="/intake", tags=["intake"], responses=REFUSALS)
    content = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES}

    @router.get("", summary="The feeds that can be sent to, and what their columns mean")
    def feeds(by: Account = Depends(needs("submit"))) -> Response:  # noqa: B008 - the framework's way
        del by
        told = [
            {"feed": feed.name, "holds": feed.holds, "columns": feed.columns, "zone": feed.zone}
            for feed in desk.mission.feeds
        ]
        return body({"feeds": told, "media_types": sorted(MEDIA_TYPES)})

    @router.post(
        "/{feed}",
        summary="Send rows; the answer is the receipt",
        status_code=201,
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def send(feed: str, request: Request, by: Account = Depends(needs("submit"))) -> Response:  # noqa: B008
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in MEDIA_TYPES:
            raise UnreadableError(
                f"{media[:80]!r} cannot be read here.", subject="content", remedy=f"Send {', '.join(MEDIA_TYPES)}."
            )
        name = request.headers.get(NAME_HEADER, "post")[:_NAME_MAX]
        sent = Sent(content=await request.body(), name=name, feed=feed, format=MEDIA_TYPES[media])
        asked = await run_in_threadpool(lambda: receive(desk, sent, by=by, key=key_of(request)))
        return await done(asked, rows_under=f"{INTAKE}{quote(feed, safe='')}/")

    @router.get("/{feed}/{batch}/rows", summary="The rows of what was sent; each has a receipt")
    def rows(feed: str, batch: Batch, by: Account = Depends(needs("submit"))) -> Response:  # noqa: B008
        with desk.reading() as record:
            found = rows_in(record, Lot(feed=feed, batch=batch, to=by.recipient))
        return body({"rows": found, "count": len(found)})

    @router.get("/{feed}/{batch}/rows/{row}", summary="The receipt of one row: that it is in the log, and since when")
    def receipt(feed: str, batch: Batch, row: str, by: Account = Depends(needs("submit"))) -> Response:  # noqa: B008
        with desk.reading() as record:
            lot = Lot(feed=feed, batch=batch, to=by.recipient)
            found = receipt_of(record, lot, row, every_s=desk.mission.keep.checkpoint_s)
        return Response(found, media_type=JSON)

    return router
