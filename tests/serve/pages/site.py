"""A served mission on loopback in a thread, with people who can sign in: for pages fetched and pages driven."""

import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from tests.run.live.simulated import Simulated

from truceline.serve.accounts.passwords import Passwords, argon2id
from truceline.serve.app import Place, Served, served

PASSWORD = "twelve cold harbours"
ROWS = (
    "H-{n},,{source},2026-10-05 0{h}:{m:02d}:10,2026-10-05 0{h}:{m:02d}:40,,"
    "fire,,,,1,{lon:.3f},31.70,{e},,{means},0.85\n"
)


@dataclass
class Site:
    """One served mission."""

    simulated: Simulated
    made: Served
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def desk(self):
        return self.simulated.desk

    def let_in(self, *names: str) -> None:
        """Give these accounts the password."""
        passwords = Passwords(argon2id(), chance=os.urandom)
        for name in names:
            self.made.settings.store.keep_password(name, passwords.hash(PASSWORD))

    def client(self, name: str = "") -> httpx.Client:
        """A browser without a script; signed in where a name is given."""
        client = httpx.Client(base_url=self.url, headers={"origin": self.url, "accept": "text/html"})
        self.clients.append(client)
        if name:
            self.let_in(name)
            answer = client.post("/sign-in", data={"csrf": "", "back": "/", "name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client


@contextmanager
def serving(folder: Path):
    """Serve a mission of its own until the end."""
    simulated = Simulated(folder)
    place = Place(folder=folder)
    made = served(place, log=lambda note: None, desk=simulated.desk)
    made.watch.judging = None
    simulated.watch = made.watch
    simulated.round()
    server = uvicorn.Server(uvicorn.Config(made.app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    started = threading.Event()
    whole = server.startup

    async def startup(sockets=None):
        await whole(sockets)
        started.set()

    server.startup = startup  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert started.wait(30), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    site = Site(simulated=simulated, made=made, url=f"http://127.0.0.1:{port}")
    try:
        yield site
    finally:
        for client in site.clients:
            client.close()
        server.should_exit = True
        thread.join(30)
        made.close()


def browser_or_skip():
    """Chromium, or a reason printed; a failure where nothing may be skipped."""
    where = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if where is None:
        reason = "no Chromium is installed: pages are not driven in a browser"
        print(reason)
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)(reason)
    return where


def shots(site: Site, count: int) -> None:
    """So many events apart in time, each of two independent sources."""
    rows = []
    for n in range(count):
        hour, minute, lon = 1 + n // 6, (n % 6) * 10, -26.9 + 0.09 * n
        for source, means, error in (("acoustic", "acoustic", 300), ("uav_west", "uav_image", 200)):
            rows.append(
                ROWS.format(n=f"{n}{source[0]}", source=source, h=hour, m=minute, lon=lon, e=error, means=means)
            )
    site.simulated.send("".join(rows))
