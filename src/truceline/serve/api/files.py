"""What leaves as a file: exports, bulletins, media; and the decisions and receipts of releasing."""

import re
from asyncio import wrap_future
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from truceline.base.errors import InputError, UnknownNameError
from truceline.base.time import stamp
from truceline.model.account import Account, Recipient
from truceline.model.entry import Entry
from truceline.model.release import ReleaseDecision
from truceline.observe import stripped
from truceline.record.custody import for_itself
from truceline.release import shown
from truceline.run.live.desk import Desk
from truceline.run.live.operations import Release
from truceline.run.live.state.books import Issued
from truceline.run.live.watching.issuing import OWN_LEVELS, Issuing
from truceline.serve.api.answers import REFUSALS, body, done, key_of, listing, one, recipient
from truceline.serve.api.bodies import ReleaseBody
from truceline.serve.export import COT_MEDIA_TYPE, FORMATS, cot
from truceline.serve.security import needs, who

_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
MOST = 100_000  # rows in one export
_PHOTOS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"RIFF": "image/webp"}  # by first bytes
_TYPES = {"html": "text/html; charset=utf-8", "txt": "text/plain; charset=utf-8", "json": "application/json"}
Exported = Literal["event", "finding", "observation", "claim", "impediment", "casualty", "damage", "case"]
Ending = Literal["geojson", "csv", "geoparquet", "kml"]


def files_router(desk: Desk, issuing: Issuing) -> APIRouter:
    """`/export`, `/bulletins`, `/releases`, `/receipts`."""
    router = APIRouter(tags=["files and releases"], responses=REFUSALS)

    _add_exports(router, desk)

    @router.get("/bulletins", summary="Bulletins, the latest first")
    def bulletins(to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        return listing(bulletins_for(desk, to), name="bulletins", limit=1_000)

    @router.get(
        "/bulletins/{bulletin_id}/{language}.{ending}",
        summary="One bulletin",
        response_class=Response,
        responses=_as(*_TYPES.values()),
    )
    def bulletin(
        bulletin_id: str,
        language: Literal["en", "uk"],
        ending: Literal["html", "txt", "json"],
        to: Recipient = Depends(recipient),  # noqa: B008
    ) -> Response:
        return document(bulletin_file(desk, bulletin_id, f"{language}.{ending}", to), ending)

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
        some = desk.released_some("finding", [each.finding_id for each in told], to)
        held = set(shown(some, now_us=desk.now_us())["finding_id"].to_pylist())
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
                    if each.finding_id in held
                ]
            }
        )

    _add_media(router, desk)
    return router


def _add_exports(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/export/{kind}.cot",
        summary="Coarse, late spots as Cursor on Target; off unless the mission says so",
        response_class=Response,
        responses=_as(COT_MEDIA_TYPE),
    )
    def spots(kind: Literal["event"], to: Recipient = Depends(recipient)) -> Response:  # noqa: B008 - the framework's way
        if not desk.mission.serve.cot:
            raise UnknownNameError(
                "this mission exports no Cursor on Target.", subject="export", remedy="Set [serve] cot = true."
            )
        made = cot(desk.table(kind, to), to=to, now_us=desk.now_us(), opex=desk.mission.serve.cot_opex)
        return Response(made, media_type=COT_MEDIA_TYPE)

    @router.get(
        "/export/{kind}.{ending}",
        summary="Released rows as a file",
        response_class=Response,
        responses=_as(*(made.media_type for made in FORMATS.values())),
    )
    def export(kind: Exported, ending: Ending, to: Recipient = Depends(recipient)) -> Response:  # noqa: B008
        made = FORMATS[ending]
        content = made.write(desk.table(kind, to).slice(0, MOST))
        name = f'attachment; filename="{kind}.{made.ending}"'
        return Response(content, media_type=made.media_type, headers={"content-disposition": name})


def _add_media(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/media/{sha256}",
        summary="A photo: the original for the mission, a copy of its pixels once published",
        response_class=Response,
        responses=_as(*_PHOTOS.values()),
    )
    async def media(
        named: Annotated[str, Path(alias="sha256", pattern="^[0-9a-f]{64}$")],
        reason: Annotated[str, Query(max_length=2_000)] = "",
        by: Account = Depends(who),  # noqa: B008
    ) -> Response:
        content = await run_in_threadpool(lambda: photo(desk, named, by.recipient))
        if by.recipient.kind == "mission":
            await wrap_future(desk.write(named, (_read_by(desk, named, by, reason),)))
        name = f'attachment; filename="{named[:16]}.{content.ending}"'
        return Response(content.bytes, media_type=content.media_type, headers={"content-disposition": name})


def _as(*media_types: str) -> dict[int | str, dict[str, object]]:
    """What an answer may be, for the description of the interface."""
    return {200: {"description": "The file", "content": {each: {} for each in media_types}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo as it leaves."""

    bytes: bytes
    media_type: str
    ending: str


def photo(desk: Desk, named: str, to: Recipient) -> Photo:
    """The original for the mission, for anybody else a copy of the pixels of what a person has published.

    Raises: UnknownNameError: there is none, or it is not released, which is told alike. ErasedError: to the mission,
        of one that was erased with the row it came with.
    """
    try:
        one(desk, "media", named, to)
    except UnknownNameError:
        if to.kind == "mission":
            with for_itself(), desk.reading() as record:
                if record.has(named):
                    record.get(named)
        raise
    content = desk.content(named)
    kinds = [found for start, found in _PHOTOS.items() if content.startswith(start)]
    if not kinds:
        raise UnknownNameError("it is no photo.", subject="media", remedy="Ask the mission for the file.")
    if to.kind == "mission":
        return Photo(bytes=content, media_type=kinds[0], ending=kinds[0].partition("/")[2])
    return Photo(bytes=stripped(content), media_type="image/jpeg", ending="jpeg")


def _read_by(desk: Desk, named: str, by: Account, reason: str) -> Entry:
    """Who took the original out, when and why. Raises: InputError: no reason is given."""
    if not reason.strip():
        raise InputError("no reason is given.", subject="reason", remedy="Say what the original is needed for.")
    detail: dict[str, object] = {"act": "read", "reason": reason}
    return Entry(
        kind="custody", subject=named, author=by.name, known_at=stamp(desk.now_us()), hashes=(named,), detail=detail
    )


def document(content: bytes, ending: str) -> Response:
    """A stored file as it stands. A page of ours may use the style inside it, named by its hash, and nothing else."""
    styles = [b64encode(sha256(style).digest()).decode() for style in _STYLE.findall(content)]
    allowed = " ".join(f"'sha256-{style}'" for style in styles) or "'none'"
    policy = f"default-src 'none'; style-src {allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return Response(content, media_type=_TYPES[ending], headers={"content-security-policy": policy})


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
