"""A witness's own small server: it cosigns what logs bring to it, and shows what it cosigned last.

Nobody signs in: a request carries the log's signature, and nothing else counts. Put TLS before it, and a limit of
requests, where others than its own machine reach it.

Source: C2SP tlog-witness.
"""

import time
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from truceline.base.errors import IntegrityError, UnavailableError
from truceline.record.notes.witness import Granted
from truceline.run.keeping.witnessing import TEXT, cosign, latest_note, watched

SIZE = "text/x.tlog.size"
MOST_BYTES = 64 * 1024  # of a request
_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
_GRACE_S = 3


def witness_app(folder: Path, *, now_s: Callable[[], int]) -> FastAPI:
    """`POST /add-checkpoint` and `GET /<hash of the log's name>/checkpoint`, for the witness in `folder`.

    What it keeps is read first. Raises: UnknownNameError: no witness there. IntegrityError: altered. UnavailableError.
    """
    watched(folder)
    app = FastAPI(title="Truceline witness", openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        content = await _body(request)
        if content is None:
            return _text(f"a request has at most {MOST_BYTES:,} bytes.\n", 413)
        answer = await run_in_threadpool(cosign, folder, content, now_s=now_s)
        if isinstance(answer, Granted):
            return _text(answer.line)
        return _text(answer.body, answer.status, kind=TEXT if answer.size is None else SIZE)

    @app.get("/{origin_hash}/checkpoint")
    def checkpoint(origin_hash: str) -> Response:
        note = latest_note(folder, origin_hash)
        return _text("nothing of this log was cosigned.\n", 404) if note is None else _text(note)

    @app.exception_handler(UnavailableError)
    async def unavailable(_request: Request, error: UnavailableError) -> Response:
        return _text(f"{error.problem} {error.remedy}\n", 503)

    @app.exception_handler(IntegrityError)
    async def damaged(_request: Request, error: IntegrityError) -> Response:
        return _text(f"{error.problem} {error.remedy}\n", 500)

    return app


def serve_witness(folder: Path, *, host: str, port: int) -> None:
    """Serve until interrupted. Raises: as `witness_app`."""
    app = witness_app(folder, now_s=lambda: int(time.time()))
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=_GRACE_S
    )
    uvicorn.Server(config).run()


async def _body(request: Request) -> bytes | None:
    """What was sent; None: it is too long, and the rest is not read."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            return None
    return content


def _text(content: str | bytes, status: int = 200, *, kind: str = TEXT) -> Response:
    return Response(content, status, media_type=None, headers=_HEADERS | {"content-type": kind})
