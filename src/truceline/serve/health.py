"""Whether the server is well: for those who run it and for programs that watch it."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Depends, Response

from truceline.base.canonical import canonical_bytes

OPENMETRICS = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus text format

_SHUT: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is signed in"},
    403: {"description": "This account may not"},
}


def health_router(
    *,
    ready: Callable[[], Mapping[str, bool]],
    measured: Callable[[], Mapping[str, int | float]],
    may_measure: Callable[..., object],
) -> APIRouter:
    """`/health`: the process answers; `/ready`: it can do its work, each condition by name; `/metrics`: figures.

    Args:
        ready: conditions by name, e.g. `record_writable`, `outbox_on_time`, `timers_on_time`; without any detail.
        measured: figures by name, as `metrics_text` takes them.
        may_measure: a dependency that refuses whoever may not see figures.
    """
    router = APIRouter(tags=["health"])

    @router.get("/health", summary="Whether the process answers")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/ready", summary="Whether it can do its work", responses={503: {"description": "It cannot"}})
    def readiness() -> Response:
        conditions = dict(ready())
        well = all(conditions.values())
        body = canonical_bytes({"status": "ready" if well else "not ready", "conditions": conditions})
        return Response(body, 200 if well else 503, media_type="application/json")

    @router.get(
        "/metrics", summary="Figures", response_class=Response, dependencies=[Depends(may_measure)], responses=_SHUT
    )
    def metrics() -> Response:
        return Response(metrics_text(measured()), media_type=OPENMETRICS)

    return router


def metrics_text(figures: Mapping[str, int | float]) -> str:
    """Figures as Prometheus reads them. A name may carry labels: `requests_total{path="/stream"}`.

    A name that ends in `_total` is a counter, any other a gauge; `truceline_` is put in front.
    Source: Prometheus exposition formats, text format 0.0.4.
    """
    lines: list[str] = []
    said: set[str] = set()
    for name, figure in sorted(figures.items()):
        bare = f"truceline_{name.partition('{')[0]}"
        if bare not in said:
            said.add(bare)
            lines.append(f"# TYPE {bare} {'counter' if bare.endswith('_total') else 'gauge'}")
        lines.append(f"truceline_{name} {figure}")
    return "\n".join(lines) + "\n"
