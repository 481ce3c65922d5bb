"""The server of one mission, put together: desk, watch, shell, routes. And how it is run."""

import contextlib
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Request

import truceline
from truceline.base.errors import NotSignedInError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.model.account import PUBLIC, Account, Recipient
from truceline.model.cot import CotOut
from truceline.record import Database
from truceline.run.live.desk import Desk, open_desk
from truceline.run.live.keeper import Keeper, keeper_of
from truceline.run.live.watching.issuing import ALIKE
from truceline.run.live.watching.watch import Watch, watch_of
from truceline.serve.accounts.credentials import Sessions
from truceline.serve.accounts.logins import Logins
from truceline.serve.accounts.notes import Log, Note
from truceline.serve.accounts.oidc import Issuer, OidcLogin
from truceline.serve.accounts.opening import FOLDER, open_store
from truceline.serve.accounts.passwords import Passwords, argon2id
from truceline.serve.api import INTAKE, Door, api_router
from truceline.serve.api.answers import recipient
from truceline.serve.export import cot_events
from truceline.serve.features import Indexes
from truceline.serve.health import health_router
from truceline.serve.ogc import ogc_router
from truceline.serve.pages import UPLOAD, pages_router
from truceline.serve.security import Settings, install, needs, still, who
from truceline.serve.source import QUERYABLES, DeskRows, DeskSource
from truceline.serve.stream import Broadcaster, stream_router
from truceline.serve.tlog import tlog_router

if TYPE_CHECKING:
    from truceline.run.live.cot.lines import Lines

FEATURES = "features"  # folder of what is kept for quick answers; emptied at each start
LATE_S = 300  # a message that waits longer is late
_READERS = 5_000
_GRACE_S = 3  # for requests under way when it stops; streams are cut then, and come back with their ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One served mission: the app and what stands behind it."""

    app: FastAPI
    desk: Desk
    watch: Watch
    lines: "Lines | None"  # of Cursor on Target; None: the mission names none
    settings: Settings
    broadcaster: Broadcaster
    keeper: Keeper

    def close(self) -> None:
        """Stop in order: nothing comes in, nothing new is judged, all is signed and written, the store is closed."""
        if self.lines is not None:
            self.lines.close()
        self.watch.close()
        self.keeper.close()
        self.desk.close()
        self.settings.store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and how a mission is served."""

    folder: Path
    database: Database | None = None
    hosts: tuple[str, ...] = ()
    https: bool = False
    loopback: bool = True
    mail_password: str = ""
    oidc_secret: str = ""
    url: str = ""  # under which people reach it; where an issuer sends them back to


def served(place: Place, *, log: Log, desk: Desk | None = None) -> Served:
    """Open a mission and make its app; nothing listens yet.

    Args:
        log: told each refusal and each sign-in, in one line.
        desk: one that is open already, for tests with a clock of their own.

    Raises: InputError, MandateError, UnavailableError, IntegrityError: each says what to do.
    """
    desk = desk or open_desk(place.folder, database=place.database, password=place.mail_password)
    store = open_store(place.folder, place.database)
    sessions = Sessions(store, now_us=desk.now_us, chance=secrets.token_bytes)
    settings = Settings(
        store=store,
        sessions=sessions,
        book=lambda: desk.books.accounts,
        now_us=desk.now_us,
        chance=secrets.token_bytes,
        log=log,
        hosts=place.hosts,
        https=place.https,
        loopback=place.loopback,
        intakes=(INTAKE, UPLOAD),
    )
    logins = Logins(
        store=store,
        passwords=Passwords(argon2id(), chance=secrets.token_bytes),
        sessions=sessions,
        book=settings.book,
        now_us=desk.now_us,
        log=log,
        mission=desk.mission.name,
    )
    watch = watch_of(desk)
    broadcaster = Broadcaster(desk, readers_max=_READERS)
    door = Door(desk=desk, logins=logins, settings=settings, issuer=_issuer(place, desk, settings))
    made = Served(
        app=_app(desk.mission.name, broadcaster),
        desk=desk,
        watch=watch,
        lines=_lines(desk),
        settings=settings,
        broadcaster=broadcaster,
        keeper=keeper_of(desk),
    )
    _route(made, door)
    install(made.app, settings)
    return made


def _issuer(place: Place, desk: Desk, settings: Settings) -> OidcLogin | None:
    """The issuer that the mission names. Raises: UnavailableError: the extra `oidc` is not installed."""
    named = desk.mission.serve
    if not named.oidc_issuer:
        return None
    callback = f"{place.url.rstrip('/')}/api/oidc/callback"
    issuer = Issuer(url=named.oidc_issuer, client=named.oidc_client, callback=callback, secret=place.oidc_secret)
    return OidcLogin(issuer, settings.store, now_us=desk.now_us, chance=secrets.token_bytes)


def run(place: Place, *, host: str, port: int) -> None:
    """Serve until interrupted."""
    made = served(place, log=_print_note)
    if made.lines is not None:
        try:
            made.lines.start()
        except UnavailableError:
            made.close()
            raise
    made.watch.start()
    made.keeper.start()
    config = uvicorn.Config(
        made.app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    try:
        uvicorn.Server(config).run()
    finally:
        made.close()


def _app(name: str, broadcaster: Broadcaster) -> FastAPI:
    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        broadcaster.close()

    return FastAPI(
        title=f"Truceline: {name}",
        version=truceline.__version__,
        openapi_url="/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )


def _route(made: Served, door: Door) -> None:
    desk, app = made.desk, made.app
    folder = desk.folder / FOLDER / FEATURES
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    source = DeskSource(desk=desk, indexes=Indexes(DeskRows(desk), columns=QUERYABLES, folder=folder))
    app.include_router(api_router(door, made.watch.issuing))
    app.include_router(ogc_router(source, recipient=recipient))
    app.include_router(stream_router(made.broadcaster, recipient=recipient, still=_still))
    app.include_router(health_router(ready=lambda: _ready(made), measured=lambda: _measured(made), may_measure=_inside))
    app.include_router(tlog_router(desk.reading, may_see=_somebody))
    app.include_router(pages_router(door, made.watch.issuing))


def _still(request: Request) -> Recipient | None:
    """Whom a stream that was begun still speaks to."""
    account: Account = request.state.account
    return account.recipient if still(request) else None


def _somebody(request: Request) -> Account:
    """Whoever has an account, of whatever role. Raises: NotSignedInError."""
    account = who(request)
    if not account.name:
        raise NotSignedInError("nobody is signed in.", subject="session", remedy="Sign in, or send an API key.")
    return account


def _inside(request: Request) -> Account:
    """Figures are for the mission and its auditors."""
    account = who(request)
    if account.recipient.kind in ("mission", "auditor"):
        return account
    return needs("administer")(request)


def _ready(made: Served) -> Mapping[str, bool]:
    desk = made.desk
    now_us, next_us = desk.now_us(), desk.books.cases.next_due_us()
    return {
        "record_writable": desk.writer.failure is None,
        "observations_judged": bool(desk.tables) and not desk.fault,
        "record_signed": not made.keeper.fault,
        "outbox_on_time": desk.outbox.lag()[1] <= LATE_S,
        "timers_on_time": next_us is None or now_us - next_us < 10 * US_PER_S,
        "clock_believed": desk.clock.jumped_us == 0,
        "lines_open": made.lines is None or not made.lines.troubles,
    }


def _measured(made: Served) -> Mapping[str, int | float]:
    desk = made.desk
    waiting, oldest_s = desk.outbox.lag()
    cases = list(desk.books.cases.cases.values())
    return {
        "entries_total": desk.position,
        "cases_open": sum(not case.ended for case in cases),
        "cases_total": len(cases),
        "events": desk.own("event").num_rows if desk.tables else 0,
        "rounds_judged_total": made.watch.rounds,
        "outbox_waiting": waiting,
        "outbox_oldest_seconds": oldest_s,
        "readers": made.broadcaster.readers,
        "readers_sent_away_total": made.broadcaster.sent_away,
        "bulletins_failed": len(made.watch.issuing.failures),
        "clock_jumped_seconds": desk.clock.jumped_us / US_PER_S,
        **_counted(made.lines),
    }


def _counted(lines: "Lines | None") -> Mapping[str, int]:
    return {} if lines is None else {f"cot_{name}_total": count for name, count in asdict(lines.counts).items()}


def _lines(desk: Desk) -> "Lines | None":
    """The lines that the mission names, checked; nothing listens yet. Raises: InputError."""
    if not desk.mission.serve.cot_in and not desk.mission.serve.cot_out:
        return None
    from truceline.run.live.cot.lines import Lines  # its libraries come with an extra

    return Lines(desk, partial(_spots, desk), say=_print_words)


def _spots(desk: Desk, way: CotOut) -> Mapping[str, bytes]:
    """What a destination may have at this moment: what all parties get alike, or the public."""
    if not desk.tables:
        return {}
    to = ALIKE if way.to == "parties" else PUBLIC
    opex = desk.mission.serve.cot_opex
    return cot_events(desk.table("event", to), to=to, now_us=desk.now_us(), opex=opex)


def _print_words(words: str) -> None:
    sys.stderr.write(f"Cursor on Target: {words}\n")


def _print_note(note: Note) -> None:
    sys.stderr.write(f"{note.line()}\n")
