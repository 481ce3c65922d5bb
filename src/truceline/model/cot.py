"""Cursor on Target lines of a served mission: where events come in, where spots go out; nowhere else."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CotIn:
    """One way in. `url` is `tcp://host:port`, `tls://host:port` or `udp://host:port`; a multicast group is joined.

    TLS always checks the other side: a server needs `certificate` and `key`, and asks clients for certificates by
    `authority` where it is named; a client checks the server by `authority`, or by the machine's own list.
    """

    feed: str  # of `format = "cot"`
    url: str
    listens: bool = False  # waits for others to connect; else it connects to them. UDP always waits
    peers: tuple[str, ...] = ()  # addresses and networks it is taken from; needed where no certificate tells who sends
    certificate: str = ""  # PEM files inside the mission
    key: str = ""
    authority: str = ""
    server_name: str = ""  # in the other server's certificate, where it is not the host of the url
    interface: str = ""  # own address on whose network a multicast group is joined; empty: the system's choice


@dataclass(frozen=True, slots=True, kw_only=True)
class CotOut:
    """One destination of released events; as CotIn, and always connects. What all parties get alike, or the public."""

    to: Literal["parties", "public"]
    url: str
    form: Literal["xml", "protobuf"] = "xml"
    certificate: str = ""
    key: str = ""
    authority: str = ""
    server_name: str = ""
    interface: str = ""
