"""One served mission on a turned clock, its people with keys, and every route that its app has."""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import ASGITransport, AsyncClient, Response
from tests.run.live.simulated import PEOPLE, Simulated

from truceline.model.account import MAY, Account, Right
from truceline.run.live.accounts import OPERATOR, Actors, ApiKey, plan_created, plan_key_issued
from truceline.run.live.writer import Planned
from truceline.serve.accounts.credentials import new_key
from truceline.serve.accounts.notes import Note
from truceline.serve.accounts.passwords import Passwords, argon2id
from truceline.serve.app import Place, Served, served
from truceline.serve.security.access import Gate

HOST = "127.0.0.1:8040"
US_PER_DAY = 86_400_000_000
LIMITS = ("address_per_min", "address_burst", "account_per_min", "account_burst")
PASSWORD = "a bridge of seven long planks"
ROLES = {  # one account for each role, and a visitor
    "visitor": "",
    "public": "pub",
    "ALPHA": "al",
    "BETA": "bo",
    "auditor": "audit",
    "watch_officer": "wanda",
    "analyst": "ana",
    "reviewer": "rita",
    "reporting_officer": "rep",
    "liaison": "lena",
    "legal": "leo",
    "chair": "chair",
}


@dataclass
class House:
    """Use `opened`."""

    simulated: Simulated
    made: Served
    client: TestClient
    notes: list[Note]
    keys: dict[str, str] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """An API key of an account, with all rights that its role has and a key can have."""
        if name not in self.keys:
            key = new_key(self.made.settings.chance)
            self.made.settings.store.keep_key(key.prefix, key.hashed)
            by, now_us = self.simulated.who(name), self.simulated.clock.now_us
            rights: tuple[Right, ...] = tuple(right for right in MAY[by.role] if right != "administer")
            facts = ApiKey(prefix=key.prefix, account=name, rights=rights, expires_at_us=now_us + 300 * US_PER_DAY)
            book = self.made.desk.books.accounts
            entry = plan_key_issued(book, facts, by=by, at_us=now_us)
            self.made.desk.writer.ask(lambda: Planned(subject="", entries=(entry,))).result()
            self.keys[name] = key.text
        return self.keys[name]

    def ask(self, method: str, path: str, by: str = "", **more: Any) -> Response:
        """A request by an account; "": by a visitor."""
        headers = {
            "host": HOST,
            **({"authorization": f"Bearer {self.key(by)}"} if by else {}),
            **more.pop("headers", {}),
        }
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, by: str = "") -> Response:
        return self.ask("GET", path, by)

    def many(self, paths: Iterable[str], by: str = "") -> dict[str, Response]:
        """Many of them on one loop: a tenth of the time that as many single ones take."""
        headers = {"host": HOST, **({"authorization": f"Bearer {self.key(by)}"} if by else {})}

        async def asked() -> dict[str, Response]:
            transport = ASGITransport(self.made.app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=headers) as client:
                return {path: await client.get(path) for path in paths}

        return asyncio.run(asked())

    def post(self, path: str, body: object, by: str, key: str = "") -> Response:
        return self.ask("POST", path, by, json=body, headers={"idempotency-key": key} if key else {})

    def told(self, path: str, by: str = "") -> Any:
        """The JSON of an answer that must be one."""
        answer = self.get(path, by)
        assert answer.status_code == 200, (path, by, answer.text)
        return json.loads(answer.content)

    def sign_in(self, name: str) -> dict[str, str]:
        """A person's session: the headers that its pages send. Cookies stay with the client."""
        self.made_password(name)
        said = {"name": name, "password": PASSWORD}
        answer = self.client.post("/api/session", json=said, headers={"host": HOST, "origin": f"http://{HOST}"})
        assert answer.status_code == 201, answer.text
        token = self.client.get("/api/me", headers={"host": HOST}).json()["csrf"]
        return {"host": HOST, "origin": f"http://{HOST}", "x-csrf-token": token}

    def made_password(self, name: str) -> None:
        """Give an account a password."""
        hashed = Passwords(argon2id(), chance=self.made.settings.chance).hash(PASSWORD)
        self.made.settings.store.keep_password(name, hashed)

    def close(self) -> None:
        self.client.close()
        self.made.close()


def opened(folder: Path, simulated: Simulated | None = None) -> House:
    """Serve a mission in a folder, made if it is not there."""
    simulated = simulated or Simulated(folder)
    simulated.desk.writer.ask(lambda: more_people(simulated)).result()
    notes: list[Note] = []
    made = served(Place(folder=folder), log=notes.append, desk=simulated.desk)
    for name in LIMITS:  # the clock stands still: nobody would ever be let in again
        object.__setattr__(made.settings, name, 10**9)
    made.app.state.gate = Gate(made.settings)
    client = TestClient(made.app, base_url=f"http://{HOST}", raise_server_exceptions=False)
    return House(simulated=simulated, made=made, client=client, notes=notes)


def more_people(simulated: Simulated) -> Planned:
    """An account for each role that the mission has none of."""
    book = simulated.desk.books.accounts
    wanted = [Account(name="pub", role="public"), Account(name="leo", role="legal")]
    actors = Actors(parties=frozenset(("ALPHA", "BETA")))
    entries = [
        plan_created(book, each, by=OPERATOR, at_us=simulated.clock.now_us, actors=actors)
        for each in wanted
        if book.find(each.name) is None
    ]
    return Planned(subject="", entries=entries)


def routes_of(app: FastAPI) -> list[tuple[str, str]]:
    """Every (method, path) of the app, in its order; HEAD goes with GET."""
    return [(method, path) for path, methods in _walk(app.routes, "") for method in methods if method != "HEAD"]


def _walk(routes: Any, prefix: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for route in routes:
        if hasattr(route, "path"):
            yield prefix + route.path, tuple(sorted(getattr(route, "methods", None) or ("MOUNT",)))
        else:
            yield from _walk(route.original_router.routes, prefix + route.include_context.prefix)


assert {name for name in ROLES.values() if name} - {each.name for each in PEOPLE} == {"pub", "leo"}
