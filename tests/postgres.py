"""A real PostgreSQL of the tests' own, on loopback, in a folder that goes when they are done.

A folder of tests that needs it has a conftest.py with `from tests.postgres import postgres`; the fixture is skipped
where no server is installed, and fails there under TRUCELINE_NO_SKIP.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "truceline", "p@ss/word %"
_PLACES = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")
_STARTING_S = 60
_READY = "database system is ready to accept connections"


@dataclass(slots=True)
class Server:
    """One server. Its tests share it: a test takes a mission name of its own."""

    binaries: Path
    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None
    missions: int = 0

    @property
    def setting(self) -> str:
        """What a mission writes in `serve.store`; the password is PASSWORD."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def mission(self) -> str:
        """A name that no other test has."""
        self.missions += 1
        return f"mission-{self.missions}"

    def start(self, *options: str) -> None:
        said = self.folder / "server.log"
        seen = said.stat().st_size if said.exists() else 0
        with said.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._as_owner(), self.binaries / "postgres", "-D", self.folder / "data", *self._options(), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until = time.monotonic() + _STARTING_S
        while _READY not in said.read_bytes()[seen:].decode("utf-8", "replace"):
            assert self.process.poll() is None, said.read_text("utf-8", "replace")
            assert time.monotonic() < until, said.read_text("utf-8", "replace")
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: in good order. SIGQUIT: at once, as `pg_ctl -m immediate stop` does."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_STARTING_S)
            self.process = None

    def initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, "postgres")
        options = [f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        command = [*self._as_owner(), self.binaries / "initdb", "-D", self.folder / "data", "--no-sync", *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def _as_owner(self) -> list[str]:
        """PostgreSQL refuses to be run by root."""
        if os.geteuid() != 0:
            return []
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]

    def _options(self) -> list[str]:
        return ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]


def binaries() -> Path | None:
    """The folder of the newest server that is installed."""
    found = [path for place in _PLACES for path in Path("/").glob(place) if (path / "postgres").exists()]
    return max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], default=None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    where = binaries()
    if where is None:
        reason = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)(reason)
    folder = Path(tempfile.mkdtemp(prefix="truceline-postgres-"))
    server = Server(binaries=where, folder=folder, port=free_port())
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
