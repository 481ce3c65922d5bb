"""What leaves as a file: exports, bulletins, media; and the decisions and receipts of releasing."""

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import UnknownNameError
from truceline.model.account import Account, Recipient
from truceline.model.release import ReleaseDecision
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Release
from truceline.run.live.state.books import Issued
from truceline.run.live.watching.issuing import OWN_LEVELS, Issuing
from truceline.serve.api.answers import REFUSALS, body, done, key_of, listing, recipient
from truceline.serve.api.bodies import ReleaseBody
from truceline.serve.export import COT_MEDIA_TYPE, FORMATS, cot
from truceline.serve.security import needs

MOST = 100_000  # rows in one export
_TYPES = {"html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "json": "application/json"}
Exported = Literal["event", "finding", "observation", "claim", "impediment", "casualty", "damage", "case"]
Ending = Literal["geojson", "csv", "geoparquet", "kml"]


def files_router(desk: Desk, issuing: Issuing) -> APIRouter:
    """`/export`, `/bulletins`, `/releases`, `/receipts`."""
    router = APIRouter(tags=["files and releases"], responses=REFUSALS)

    @router.get("/export/{kind}.cot", summary="Coarse, late spots as Cursor on Target; off unless the mission says so")
    def spots(kind: Literal["event"], to: Recipient = Depends(recipient)) -> Response:  # noqa: B008 - the framework's way
        if not desk.mission.serve.cot:
            raise UnknownNameError(
                "this mission exports no Cursor on Target.", subject="export", remedy="Set [serve] cot = true."
            )
        return Response(cot(desk.table(kind, to), to=to, now_us=desk.now_us()), media_type=COT_MEDIA_TYPE)

    @router.get("/export/{kind}.{ending}", summary="Released rows as a file")
    def export(kind: Exported, ending: Ending, to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        made = FORMATS[ending]
        content = made.write(desk.table(kind, to).slice(0, MOST))
        name = f'attachment; filename="{kind}.{made.ending}"'
        return Response(content, media_type=made.media_type, headers={"content-disposition": name})

    @router.get("/bulletins", summary="Bulletins, the latest first")
    def bulletins(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return listing(bulletins_for(desk, to), name="bulletins", limit=1_000)

    @router.get("/bulletins/{bulletin_id}/{language}.{ending}", summary="One bulletin")
    def bulletin(
        bulletin_id: str,
        language: Literal["en", "uk"],
        ending: Literal["html", "txt", "json"],
        to: Recipient = Depends(recipient),  # noqa: B008
    ) -> Response:
        return Response(bulletin_file(desk, bulletin_id, f"{language}.{ending}", to), media_type=_TYPES[ending])

    @router.post("/bulletins/{bulletin_id}/issues", summary="Issue it again with what is known now", status_code=201)
    def again(bulletin_id: str, by: Account = Depends(needs("publish"))) -> Response:  # noqa: B008
        del by
        return body({"bulletin_id": issuing.again(bulletin_id)}, 201)

    @router.post("/releases", summary="Embargo, lift, publish: a recorded decision", status_code=201)
    async def decide(said: ReleaseBody, request: Request, by: Account = Depends(needs("publish"))) -> Response:  # noqa: B008
        decision = ReleaseDecision(act=said.act, items=tuple(said.items), at_us=0, author=by.name, reason=said.reason)
        return await done(desk.ask(Release(decision=decision), by=by, key=key_of(request)))

    @router.get("/receipts", summary="That every party was told the same, and when")
    def receipts(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        told = [] if to.kind == "public" else sorted(desk.books.receipts.values(), key=lambda each: each.at_us)
        return body(
            {
                "receipts": [
                    {
                        "finding_id": each.finding_id,
                        "at_us": each.at_us,
                        "common_sha256": each.common_sha256,
                        "parties": list(each.parties),
                    }
                    for each in told
                ]
            }
        )

    return router


def bulletins_for(desk: Desk, to: Recipient) -> pa.Table:
    """BULLETINS that `to` may read, the latest first: the mission's own levels leave nobody's hands."""
    rows = desk.table("bulletin", to)
    if to.kind in ("party", "public"):
        rows = rows.filter(pc.invert(pc.is_in(rows["level"], value_set=pa.array(OWN_LEVELS, pa.string()))))
    return rows.sort_by([("at_us", "descending"), ("bulletin_id", "descending")])


def bulletin_file(desk: Desk, bulletin_id: str, ending: str, to: Recipient) -> bytes:
    """One file of a bulletin. Raises: UnknownNameError: none, or not released, which is told alike."""
    if bulletin_id not in bulletins_for(desk, to)["bulletin_id"].to_pylist():
        raise UnknownNameError(f"there is no {bulletin_id[:80]!r}.", subject="bulletin", remedy="See the list.")
    issued: Issued = desk.issued(bulletin_id)
    name = f"{bulletin_id}.json" if ending.endswith(".json") else f"{bulletin_id}.{ending}"
    return desk.content(issued.files[name])
