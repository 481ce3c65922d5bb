"""The log for those who check it with tools of their own: checkpoint, key and tiles, after C2SP tlog-tiles.

Tiles hold commitments, never what entries say; who has an account can see how many there are, and no more.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from fastapi import APIRouter, Depends, Response

from truceline.base.errors import UnknownNameError
from truceline.record import Record
from truceline.record.tree.tiles import Tile, entry_bundle, tile_of
from truceline.run.keeping.checkpoints import latest, log_key
from truceline.serve.api.answers import REFUSALS

TEXT = "text/plain; charset=utf-8"
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}
_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}
_LASTING = {"cache-control": "private, max-age=31536000, immutable"}
_HIDDEN = {"cache-control": "no-store"}
Reading = Callable[[], AbstractContextManager[Record]]


def tlog_router(reading: Reading, *, may_see: Callable[..., object]) -> APIRouter:
    """`/log/checkpoint`, `/log/key`, `/log/tile/…`.

    Args:
        reading: opens the record for one answer.
        may_see: a dependency that refuses whoever is nobody.
    """
    router = APIRouter(tags=["log"], prefix="/log", dependencies=[Depends(may_see)], responses=REFUSALS)

    @router.get(
        "/checkpoint",
        summary="The latest signed checkpoint, with cosignatures",
        response_class=Response,
        responses=_TEXT,
    )
    def checkpoint() -> Response:
        with reading() as record:
            found = latest(record.folder)
        if found is None:
            raise _absent("no checkpoint was signed yet.", "checkpoint")
        return Response(found.whole, media_type=TEXT, headers=_HIDDEN)

    @router.get("/key", summary="The key that checkpoints are signed with", response_class=Response, responses=_TEXT)
    def key() -> Response:
        with reading() as record:
            found = log_key(record)
        if found is None:
            raise _absent("no checkpoint was signed yet.", "key")
        return Response(found.vkey + "\n", media_type=TEXT, headers=_HIDDEN)

    @router.get(
        "/tile/{path:path}",
        summary="One tile of the tree, or commitments of entries",
        response_class=Response,
        responses=_BYTES,
    )
    def tile(path: str) -> Response:
        wanted = tile_of(f"tile/{path}")
        with reading() as record:
            content = _content(record, wanted)
        return Response(content, media_type="application/octet-stream", headers=_LASTING)

    return router


def _content(record: Record, wanted: Tile) -> bytes:
    """What a tile holds, where a checkpoint was signed that has it. Raises: UnknownNameError."""
    found = latest(record.folder)
    if found is None or wanted.end > found.checkpoint.size:
        raise _absent("the latest checkpoint does not reach so far.", "tile")
    if wanted.of_entries:
        return entry_bundle(record.commitments(wanted.index * 256, wanted.width))
    return record.tile(wanted.level, wanted.index, wanted.width)


def _absent(problem: str, subject: str) -> UnknownNameError:
    return UnknownNameError(problem, subject=subject, remedy="Ask for /log/checkpoint and take what it covers.")
