"""Where lines begin and end: addresses as the mission writes them, who may send, and TLS. Doubtful ones are refused."""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from truceline.base.errors import InputError, UnreadableError
from truceline.model.cot import CotIn, CotOut

Scheme = Literal["tcp", "tls", "udp"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One end of a line."""

    scheme: Scheme
    host: str
    port: int

    @property
    def multicast(self) -> bool:
        """Whether it stands for a group; only addresses of version 4 do here."""
        literal = _literal(self.host)
        return literal is not None and literal.is_multicast


def address_of(url: str) -> Address:
    """The address that `url` names, such as `tls://10.0.0.5:8089`.

    Raises: InputError: another form, no host, no port, or a group that cannot be joined here.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    scheme = next((each for each in SCHEMES if each == parts.scheme), None)
    beside = parts.path or parts.query or parts.fragment or parts.username
    if scheme is None or not parts.hostname or port is None or beside:
        raise InputError(
            f"{url[:80]!r} is no address of a line.",
            subject="Cursor on Target",
            remedy="Write tcp://host:port, tls://host:port or udp://host:port.",
        )
    literal = _literal(parts.hostname)
    if literal is not None and literal.is_multicast and (scheme != "udp" or literal.version != 4):
        raise InputError(
            f"{url[:80]!r} is a group that cannot be joined.",
            subject="Cursor on Target",
            remedy="Use udp:// and a group of version 4 (224.0.0.0/4).",
        )
    return Address(scheme=scheme, host=parts.hostname, port=port)


def peers_of(way: CotIn) -> tuple[Network, ...]:
    """The networks from which a way in takes anything; empty: whoever the certificates let through.

    Raises: InputError: none are named, and nothing else tells who sends; or one is no network.
    """
    waits = way.listens or address_of(way.url).scheme == "udp"
    known = address_of(way.url).scheme == "tls" and way.authority
    if waits and not way.peers and not known:
        raise InputError(
            "it would take events from anybody who can reach it.",
            subject=f"cot_in {way.url[:80]}",
            remedy='Name its peers (peers = ["10.1.0.0/16"]), or use tls:// with an authority for clients.',
        )
    try:
        return tuple(ipaddress.ip_network(each) for each in way.peers)
    except ValueError as error:
        raise InputError(
            f"{error}.", subject=f"cot_in {way.url[:80]}", remedy='Write "10.1.0.7" or "10.1.0.0/16".'
        ) from None


def is_peer(address: object, networks: tuple[Network, ...]) -> bool:
    """Whether the other end, as the socket names it, lies in one of these networks; where none is named, any does."""
    if not networks:
        return True
    literal = _literal(str(address[0])) if isinstance(address, tuple) and address else None
    if isinstance(literal, ipaddress.IPv6Address) and literal.ipv4_mapped is not None:
        literal = literal.ipv4_mapped
    return literal is not None and any(literal in network for network in networks)


def server_tls(way: CotIn, folder: Path) -> ssl.SSLContext:
    """TLS of a way in that waits: our certificate; theirs, too, where an authority is named. Raises: InputError."""
    if not (way.certificate and way.key):
        raise _tls_fault(way, "a server needs a certificate and its key.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _load(context, way, folder)
    if way.authority:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_tls(way: CotIn | CotOut, folder: Path) -> ssl.SSLContext:
    """TLS towards a server: its certificate and name are always checked. Raises: InputError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not way.authority:
        context.load_default_certs()
    _load(context, way, folder)
    return context


def _load(context: ssl.SSLContext, way: CotIn | CotOut, folder: Path) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if bool(way.certificate) != bool(way.key):
        raise _tls_fault(way, "a certificate and its key belong together.")
    try:
        if way.certificate:  # a key under a password would ask for it at the terminal: here there is nobody to ask
            context.load_cert_chain(_inside(folder, way.certificate), _inside(folder, way.key), password=lambda: b"")
        if way.authority:
            context.load_verify_locations(_inside(folder, way.authority))
    except (OSError, ValueError) as error:
        raise _tls_fault(way, f"{error}.") from None


def _tls_fault(way: CotIn | CotOut, problem: str) -> InputError:
    return UnreadableError(
        problem,
        subject=f"certificates of {way.url[:80]}",
        remedy="Name PEM files inside the mission; a key without a password, readable by the server alone.",
    )


def _inside(folder: Path, path: str) -> Path:
    whole = (folder / path).resolve()
    if not whole.is_relative_to(folder.resolve()):
        raise ValueError(f"{path!r} leads out of the mission")
    return whole


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
