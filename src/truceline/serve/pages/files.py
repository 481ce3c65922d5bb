"""Bulletins, decisions to withhold or publish, and what comes in: pages around files."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response

from truceline.base.errors import InputError, OutOfRangeError
from truceline.model.bulletin import Bulletin
from truceline.model.release import ReleaseDecision
from truceline.report.bulletins import bulletin_of
from truceline.report.bulletins.changes import change_words
from truceline.report.bulletins.phrases import Writer
from truceline.run.live.operations import Release
from truceline.run.live.watching.intake import FORMATS, Sent, receive
from truceline.serve.api.files import bulletin_file, bulletins_for, document
from truceline.serve.pages.rendering import (
    REFUSABLE,
    Form,
    Site,
    Viewer,
    among,
    form_of,
    refusal,
    see,
    viewer_of,
    with_right,
)
from truceline.serve.pages.words import Row

UPLOAD = "/intake"  # paths that take large bodies
LISTED = 100
MOST_CHANGES = 5
_ACTS = ("embargo", "lift", "publish")
_NAME_MAX = 120


def files_pages(site: Site) -> APIRouter:
    """`/bulletins`, `/release`, `/intake`."""
    router = APIRouter()
    _add_bulletins(router, site)
    _add_release(router, site)
    _add_intake(router, site)
    return router


def _add_bulletins(router: APIRouter, site: Site) -> None:
    desk = site.desk
    changes: dict[str, tuple[int, list[str]]] = {}  # an issue never changes, so neither does what it says of itself

    def changed(row: Row) -> tuple[int, list[str]]:
        bulletin_id = str(row["bulletin_id"])
        if row["supersedes"] and bulletin_id not in changes:
            made = bulletin_of(desk.content(desk.issued(bulletin_id).content))
            changes[bulletin_id] = len(made.changes), _change_lines(made)
        return changes.get(bulletin_id, (0, []))

    @router.get("/bulletins")
    def bulletins(request: Request, viewer: Viewer = Depends(viewer_of)) -> Response:  # noqa: B008 - the framework's way
        rows = bulletins_for(desk, viewer.to).to_pylist()
        languages: dict[str, list[str]] = {}
        for row in rows:
            languages.setdefault(row["bulletin_id"], []).append(row["language"])
        first = {row["bulletin_id"]: row for row in reversed(rows)}
        superseded = {row["supersedes"]: row["bulletin_id"] for row in first.values() if row["supersedes"]}
        ordered = sorted(first.values(), key=lambda row: (row["at_us"], row["bulletin_id"]), reverse=True)
        listed = [
            {
                **row,
                "languages": sorted(languages[row["bulletin_id"]]),
                "superseded_by": superseded.get(row["bulletin_id"], ""),
                "changes": changed(row),
            }
            for row in ordered[:LISTED]
        ]
        return site.page(request, viewer, "bulletins", {"rows": listed, "count": len(ordered)})

    @router.get("/bulletins/{bulletin_id}/{language}.{ending}")
    def bulletin(
        bulletin_id: str,
        language: Literal["en", "uk"],
        ending: Literal["html", "txt", "json"],
        viewer: Viewer = Depends(viewer_of),  # noqa: B008
    ) -> Response:
        return document(bulletin_file(desk, bulletin_id, f"{language}.{ending}", viewer.to), ending)

    @router.post("/bulletins/{bulletin_id}/issues")
    def again(
        bulletin_id: str,
        viewer: Viewer = Depends(with_right("publish")),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        del viewer, sent
        site.issuing.again(bulletin_id)
        return see("/bulletins", "issued")


def _change_lines(made: Bulletin) -> list[str]:
    writer = Writer(made=made, language="en", titles=dict(made.parties))
    return [change_words(writer, each) for each in made.changes[:MOST_CHANGES]]


def _add_release(router: APIRouter, site: Site) -> None:
    desk = site.desk
    allowed = with_right("publish")

    def values() -> dict[str, object]:
        return {"decisions": list(reversed(desk.books.released[-LISTED:])), "rules": desk.mission.release}

    @router.get("/release")
    def release(request: Request, viewer: Viewer = Depends(allowed)) -> Response:  # noqa: B008
        asked_for = Form()
        return site.page(request, viewer, "release", {**values(), "sent": asked_for})

    @router.post("/release")
    def decide(
        request: Request,
        viewer: Viewer = Depends(allowed),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            decision = ReleaseDecision(
                act=among(sent.text("act"), _ACTS, "decision"),  # type: ignore[arg-type]
                items=tuple(sent.text("items").replace(",", " ").split()),
                at_us=0,
                author=viewer.account.name,
                reason=sent.text("reason"),
            )
            desk.ask(Release(decision=decision), by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            return site.page(request, viewer, "release", {**values(), "sent": sent}, refused=refusal(error, "release"))
        return see("/release", "decided")


def _add_intake(router: APIRouter, site: Site) -> None:
    desk = site.desk
    allowed = with_right("submit")

    def values(viewer: Viewer) -> dict[str, object]:
        arrived = [
            each
            for each in list(desk.books.arrived.values())
            if viewer.inside or each.compartment == viewer.account.party
        ]
        latest = sorted(arrived, key=lambda each: each.known_at_us, reverse=True)
        return {
            "feeds": desk.mission.feeds,
            "endings": tuple(FORMATS),
            "arrived": latest[:LISTED],
            "count": len(latest),
            "receipt": None,
            "file_name": "",
        }

    @router.get(UPLOAD)
    def intake(request: Request, viewer: Viewer = Depends(allowed)) -> Response:  # noqa: B008
        return site.page(request, viewer, "intake", values(viewer))

    @router.post(UPLOAD)
    def send(
        request: Request,
        viewer: Viewer = Depends(allowed),  # noqa: B008
        sent: Form = Depends(form_of),  # noqa: B008
    ) -> Response:
        try:
            file = _file(sent)
            answer = receive(desk, file, by=viewer.account, key=sent.text("key")).result()
        except REFUSABLE as error:
            told = refusal(error, "intake")
            return site.page(request, viewer, "intake", {**values(viewer), "sent": sent}, refused=told)
        more = {"receipt": answer.body, "file_name": file.name}
        return site.page(request, viewer, "intake", {**values(viewer), **more})


def _file(sent: Form) -> Sent:
    """What was chosen to be sent. Raises: InputError."""
    file = sent.file("file")
    if file is None:
        raise InputError("none was chosen.", subject="file", remedy="Choose a file.")
    name = str(file.filename)
    ending = f".{name.rpartition('.')[2].lower()}"
    if ending not in FORMATS:
        raise OutOfRangeError(f"{ending[:20]!r} is no format.", subject="file", remedy=f"Use {', '.join(FORMATS)}.")
    return Sent(content=file.file.read(), name=name[:_NAME_MAX], feed=sent.text("feed"), format=FORMATS[ending])
