"""A real RFC 3161 authority of the tests' own, on loopback, around `openssl ts`, in a folder that the test gives.

`with authority(folder) as tsa:` answers at `tsa.url`, and `tsa.ca_path` is the PEM file that its tokens lead to. It is
skipped where openssl is not installed, and fails there under TRUCELINE_NO_SKIP.
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
POLICY = "1.3.6.1.4.1.99999.1"
_CONFIG = f"""
oid_section = policies
[policies]
testing = {POLICY}
[req]
distinguished_name = name
prompt = no
[name]
CN = unused
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[other]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = serverAuth
[tsa]
default_tsa = authority
[authority]
serial = serial
signer_digest = sha256
default_policy = {POLICY}
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """Where it answers, and whom its tokens lead to. `folder` holds its keys."""

    folder: Path
    url: str

    @property
    def ca_path(self) -> Path:
        """The certificate of its root, PEM."""
        return self.folder / "ca.pem"

    @property
    def ca_pem(self) -> bytes:
        return self.ca_path.read_bytes()

    def reply(self, query: bytes, *more: str, signer: str = "tsa") -> bytes:
        """The DER answer to a DER query, as `openssl ts -reply` gives it."""
        return reply(self.folder, query, *more, signer=signer)


def openssl(folder: Path, *arguments: str | Path, given: bytes = b"") -> bytes:
    """What openssl prints, run in `folder`."""
    done = subprocess.run(
        [openssl_path(), *arguments],
        input=given,
        cwd=folder,
        capture_output=True,
        check=False,
        env={**os.environ, "OPENSSL_CONF": str(folder / "openssl.cnf")},
    )
    assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr.decode('utf-8', 'replace')}"
    return done.stdout


def openssl_path() -> str:
    """The program; the test is skipped where there is none."""
    found = shutil.which("openssl")
    if found is None:
        (pytest.fail if os.environ.get("TRUCELINE_NO_SKIP") else pytest.skip)("openssl is not installed")
    return str(found)


def make_authority(folder: Path, *, name: str = "Testing Authority") -> None:
    """A root `ca`, a stamping certificate `tsa` under it, and `web`, which may not stamp."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "openssl.cnf").write_text(_CONFIG)
    (folder / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "openssl.cnf")
    root = ("-x509", "-days", "3650", "-subj", f"/CN={name} Root", "-extensions", "ca")
    openssl(folder, "req", *curve, *root, "-keyout", "ca.key", "-out", "ca.pem")
    for who, extensions in (("tsa", "stamping"), ("web", "other")):
        openssl(folder, "req", *curve, "-subj", f"/CN={name} {who}", "-keyout", f"{who}.key", "-out", f"{who}.csr")
        root = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "3650")
        kind = ("-extfile", "openssl.cnf", "-extensions", extensions)
        openssl(folder, "x509", "-req", "-in", f"{who}.csr", "-out", f"{who}.pem", *root, *kind)


def reply(folder: Path, query: bytes, *more: str, signer: str = "tsa") -> bytes:
    """One answer."""
    (folder / "query.tsq").write_bytes(query)
    whose = ("-signer", f"{signer}.pem", "-inkey", f"{signer}.key")
    return openssl(folder, "ts", "-reply", "-config", "openssl.cnf", "-queryfile", "query.tsq", *whose, *more)


@contextmanager
def answering(answer: Callable[[bytes], tuple[int, bytes]], *, kind: str = REPLY) -> Iterator[str]:
    """Where a service on loopback answers POST while the block runs: `answer` takes a body, gives status and body."""
    turn = threading.Lock()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            with turn:
                status, body = answer(asked)  # one at a time: an authority counts what it answers
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """An authority that answers while the block runs. Its keys are made in `folder` where there are none."""
    if not (folder / "ca.pem").exists():
        make_authority(folder)
    with answering(lambda query: (200, reply(folder, query))) as url:
        yield Authority(folder=folder, url=f"{url}/stamp")
