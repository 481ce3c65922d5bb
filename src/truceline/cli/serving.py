"""`truceline serve` and `truceline account`: what they read from the terminal and the environment."""

import getpass
import os
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from truceline.base.errors import InputError
from truceline.mandate import parse_mandates
from truceline.model.account import Account, Role
from truceline.record import open_record
from truceline.run.batch import RECORD, database_for
from truceline.run.live.accounts import Actors
from truceline.run.mission import inside, read_mission
from truceline.serve.accounts.opening import Place as Opening
from truceline.serve.accounts.opening import bootstrap, open_store, recorded_book, reset_password
from truceline.serve.accounts.passwords import Passwords, argon2id
from truceline.serve.app import Place, run

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSWORD = "TRUCELINE_PASSWORD"
MAIL_PASSWORD = "TRUCELINE_MAIL_PASSWORD"
OIDC_SECRET = "TRUCELINE_OIDC_SECRET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An account as the command line asks for it; without a role: a new password for one that is there."""

    name: str
    role: str = ""
    speaks_for: tuple[str, ...] = ()  # of a party_liaison its party; of others, bodies of the mandate
    panel: bool = False


def serve_mission(folder: Path, *, host: str, port: int, behind: tuple[str, ...]) -> None:
    """Serve until interrupted. Raises: as `serve.app.served`; InputError: nobody could sign in."""
    mission = read_mission(folder)
    database = database_for(mission)
    with open_record(folder / RECORD, database=database) as record:
        if not recorded_book(record).accounts:
            raise InputError(
                "it has no account yet, so nobody could sign in.",
                subject=f"mission {folder}",
                remedy=f"Make one: truceline account {folder} NAME --role chair",
            )
    where = f"https://{behind[0]}/" if behind else f"http://{host}:{port}/"
    print(f"{mission.name}: {where}")
    print("Stop with Ctrl+C: what was asked is written first.", flush=True)
    place = Place(
        folder=folder,
        database=database,
        hosts=behind,
        https=bool(behind),
        loopback=host in LOOPBACK,
        mail_password=os.environ.get(MAIL_PASSWORD, ""),
        oidc_secret=os.environ.get(OIDC_SECRET, ""),
        url=where,
    )
    run(place, host=host, port=port)


def make_account(folder: Path, wanted: Wanted) -> str:
    """Make an account, or set a password. Returns what was done, in words.

    Raises: InputError, TakenError; UnavailableError: the mission is being served: use its own pages then.
    """
    mission = read_mission(folder)
    database = database_for(mission)
    store = open_store(folder, database)
    try:
        with open_record(folder / RECORD, database=database) as record:
            mandates = parse_mandates({path: inside(folder, path) for path in mission.mandates})
            actors = Actors(
                parties=frozenset(party.name for mandate in mandates for party in mandate.parties),
                bodies=frozenset(body.name for mandate in mandates for body in mandate.bodies),
            )
            place = Opening(
                record=record,
                store=store,
                passwords=Passwords(argon2id(), chance=secrets.token_bytes),
                actors=actors,
                mission=mission.name,
            )
            if not wanted.role:
                reset_password(place, wanted.name, _password(wanted.name), now_us=_now_us)
                return f"{wanted.name} has a new password."
            bootstrap(place, _account(wanted), _password(wanted.name), now_us=_now_us)
            return f"{wanted.name} can sign in as {wanted.role}."
    finally:
        store.close()


def _account(wanted: Wanted) -> Account:
    role: Role | None = next((role for role in get_args(Role) if role == wanted.role), None)
    if role is None:
        raise InputError(f"{wanted.role!r} is no role.", subject="role", remedy=f"Use {', '.join(get_args(Role))}.")
    if role != "party_liaison":
        return Account(name=wanted.name, role=role, acts_for=wanted.speaks_for, panel=wanted.panel)
    if len(wanted.speaks_for) != 1:
        raise InputError("a party_liaison has one party.", subject=wanted.name, remedy="Name it: --for PARTY.")
    return Account(name=wanted.name, role=role, party=wanted.speaks_for[0])


def _password(name: str) -> str:
    """From the environment, from the terminal twice, or one line of what is piped in."""
    if held := os.environ.get(PASSWORD):
        return held
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"Password for {name} (12 characters or more): ")
    if first != getpass.getpass("Again: "):
        raise InputError("the two are not the same.", subject="password", remedy="Run the command again.")
    return first


def _now_us() -> int:
    return time.time_ns() // 1_000
