"""A desk with Cursor on Target lines on loopback, and peers as ill-mannered as they come."""

import contextlib
import datetime
import ipaddress
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.run.live.simulated import MISSION, Simulated, copy_mission

from truceline.model.cot import CotOut
from truceline.run.live.cot.coming import Rules
from truceline.run.live.cot.going import Spots
from truceline.run.live.cot.lines import Lines
from truceline.run.mission import mission_of

PATIENCE_S = 20.0
QUICK = Rules(batch_s=0.02, first_wait_s=0.05, longest_wait_s=0.2, look_s=0.05, steady_s=600.0)
FEED = """
[[feeds]]
name = "posts"
path = "feeds/posts.cot"
format = "cot"
holds = "observations"
source = "acoustic"
columns = { id = "key", begins = "time", lon = "lon", lat = "lat", error_m = "error_m", act = "type" }
constants = { means = "acoustic" }
values = { act = { "b-d-a" = "fire" } }
"""
WAITING = 'feed = "posts", url = "tcp://127.0.0.1:0", listens = true, peers = ["127.0.0.1"]'


def event(number: int, *, kind: str = "b-d-a", remarks: str = "") -> bytes:
    """A shot that an acoustic post heard near the line, one for each number."""
    return (
        f'<event version="2.0" uid="post-{number}" type="{kind}" how="m-f" time="2026-10-05T09:00:{number % 60:02d}Z" '
        f'start="2026-10-05T09:00:00Z" stale="2026-10-05T10:00:00Z"><point lat="31.7" lon="-26.5" '
        f'hae="9999999" ce="50" le="9999999"/><detail><remarks>{remarks}</remarks></detail></event>'
    ).encode()


@dataclass
class Lined:
    """A mission with these lines; started, unless a test wants to see what starting does."""

    folder: Path
    ways_in: str = ""  # inline tables
    ways_out: str = ""
    spots: Callable[[CotOut], Spots] = lambda _way: {}
    rules: Rules = QUICK
    starts: bool = True
    more: str = ""  # settings of [serve]
    papers: "Papers | None" = None  # copied into the mission, as pem/
    said: list[str] = field(default_factory=list)
    simulated: Simulated = field(init=False)
    lines: Lines = field(init=False)

    def __post_init__(self) -> None:
        settings = f"{self.more}\ncot_in = [{_braced(self.ways_in)}]\ncot_out = [{_braced(self.ways_out)}]"
        settings += "\ncot = true" if self.ways_out else ""
        copy_mission(self.folder, settings=settings)
        declared = self.folder / "truceline.toml"
        declared.write_text(declared.read_text("utf-8") + FEED, "utf-8")
        (self.folder / "feeds" / "posts.cot").write_bytes(b"<events/>\n")
        if self.papers is not None:
            shutil.copytree(self.papers.folder, self.folder / "pem")
        self.simulated = Simulated(self.folder, judges=False)
        try:
            self.lines = Lines(self.simulated.desk, self.spots, say=self.said.append, rules=self.rules)
            if self.starts:
                self.lines.start()
        except BaseException:
            self.simulated.close()
            raise

    def connect(self, line: int = 0) -> socket.socket:
        return socket.create_connection(self.lines.bound[line], timeout=PATIENCE_S)

    def kept(self) -> list[bytes]:
        """The files that came in live, as they lie in the record."""
        desk = self.simulated.desk
        return [desk.content(each.sha256) for each in list(desk.books.arrived.values())]

    def close(self) -> None:
        self.lines.close()
        self.simulated.close()


def declared(folder: Path, papers: "Papers", *, ways_in: str = "", ways_out: str = "", cot: bool = True) -> Lines:
    """The lines of a mission that is only declared: no desk is opened."""
    shutil.copytree(papers.folder, folder / "pem")
    text = (MISSION / "truceline.toml").read_text("utf-8") + FEED
    lines = f"[serve]\ncot_in = [{_braced(ways_in)}]\ncot_out = [{_braced(ways_out)}]\ncot = {str(cot).lower()}\n"
    mission = mission_of(text.replace("[serve]\n", lines).encode())
    return Lines(SimpleNamespace(mission=mission, folder=folder, trusted=[]), lambda _way: {})  # type: ignore[arg-type]


def _braced(way: str) -> str:
    return f"{{{way}}}" if way else ""


def until(true: Callable[[], object], *, words: object = "waited in vain") -> None:
    """Wait for something that another thread or another process brings."""
    ends_s, rest = time.monotonic() + PATIENCE_S, threading.Event()
    while not true():
        assert time.monotonic() < ends_s, words
        rest.wait(0.005)


def ended(peer: socket.socket) -> bool:
    """Whether the other side has ended the connection; waits for it."""
    try:
        return peer.recv(1) == b""
    except ConnectionError:
        return True


# --- destinations ------------------------------


@dataclass
class Post:
    """A server that keeps what it is told, one list entry a connection."""

    tls: ssl.SSLContext | None = None
    reads: bool = True
    told: list[bytearray] = field(default_factory=list)
    greeting: bytes = b""

    def __post_init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.listening.accept()
                peer.settimeout(PATIENCE_S)
                if self.tls is not None:
                    peer = self.tls.wrap_socket(peer, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.open.append(peer)
            self.told.append(bytearray())
            if self.greeting:
                peer.sendall(self.greeting)
            if self.reads:
                threading.Thread(target=self._read, args=(peer, self.told[-1]), daemon=True).start()

    def _read(self, peer: socket.socket, told: bytearray) -> None:
        try:
            while portion := peer.recv(65_536):
                told.extend(portion)
        except OSError:
            return

    @property
    def all(self) -> bytes:
        return b"".join(map(bytes, self.told))

    def hang_up(self) -> None:
        while self.open:
            peer = self.open.pop()
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)  # a thread that reads it keeps it open otherwise
            peer.close()

    def close(self) -> None:
        self.listening.close()
        self.hang_up()


# --- certificates ------------------------------


@dataclass(frozen=True)
class Papers:
    """An authority and the PEM files it signed, in one folder."""

    folder: Path

    def made(self) -> "Papers":
        self.folder.mkdir(parents=True)
        self._authority("authority")
        self._authority("stranger")
        for name in ("server", "client"):
            self._signed(name, by="authority")
        self._signed("intruder", by="stranger")
        return self

    def _authority(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._keep(name, key, _certificate(name, key.public_key(), name, key, authority=True))

    def _signed(self, name: str, *, by: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        signing = serialization.load_pem_private_key((self.folder / f"{by}.key").read_bytes(), None)
        self._keep(name, key, _certificate(name, key.public_key(), by, signing, authority=False))

    def _keep(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        (self.folder / f"{name}.key").write_bytes(pem)
        locked = serialization.BestAvailableEncryption(b"secret")
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
        (self.folder / f"{name}.locked").write_bytes(pem)

    def client(self, name: str = "", *, authority: str = "authority") -> ssl.SSLContext:
        """What a peer that connects uses."""
        context = ssl.create_default_context(cafile=str(self.folder / f"{authority}.pem"))
        if name:
            context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def server(self, name: str = "server", *, asks: bool = False) -> ssl.SSLContext:
        """What a peer that waits uses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if asks:
            context.load_verify_locations(self.folder / "authority.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def _certificate(name, public, issuer, signing, *, authority: bool) -> x509.Certificate:  # type: ignore[no-untyped-def]
    now = datetime.datetime.now(datetime.UTC)
    called = x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(f"{name}.example")]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(called, critical=False)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )


Opened = Callable[..., Lined]


def opening(folder: Path) -> Iterator[Opened]:
    """For a fixture: opens missions with lines in folders of their own, and closes them."""
    made: list[Lined] = []

    def open_one(ways_in: str = "", **more: object) -> Lined:
        made.append(Lined(folder / f"mission-{len(made)}", ways_in, **more))  # type: ignore[arg-type]
        return made[-1]

    yield open_one
    for each in made:
        each.close()
