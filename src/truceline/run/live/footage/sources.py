"""Where a live stream comes from: UDP, RTP or SRT, by tstrans, each as bytes of a transport stream."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tstrans import rtp, srt, udp
from tstrans.exceptions import RtpError, SrtError, UdpError

from truceline.base.errors import InputError, UnavailableError

WAIT_MS = 200  # a read gives nothing after so long, so that whoever reads may stop
BUFFER_BYTES = 4 * 2**20  # of the kernel, for UDP: two seconds of 16 Mbit/s
FAILED = (RtpError, SrtError, UdpError)
_AGAIN = "See to the sender and the address, then start again: what came in is kept."


@dataclass(slots=True, kw_only=True)
class Source:
    """An open source. `read` waits at most WAIT_MS and gives b"" where nothing came."""

    url: str
    read: Callable[[], bytes]
    close: Callable[[], None]
    port: int  # that it is bound to, where the address named 0


def open_source(url: str) -> Source:
    """Listen for a stream.

    Args:
        url: `udp://ADDRESS:PORT` (`udp://@GROUP:PORT` for multicast), `rtp://ADDRESS:PORT` or
            `srt://ADDRESS:PORT?passphrase=…&latency=120`.

    Raises: InputError: no such address. UnavailableError: it cannot be bound.
    """
    scheme = urlsplit(url).scheme
    if scheme not in _OPENERS:
        raise InputError(
            f"{scheme or 'nothing'} is no way for a stream to come.",
            subject=url,
            remedy="Use udp://, rtp:// or srt://.",
        )
    try:
        return _OPENERS[scheme](url)
    except (*FAILED, ValueError) as error:
        raise UnavailableError(f"cannot be listened on: {error}.", subject=url, remedy=_AGAIN) from None


def _udp(url: str) -> Source:
    receiver = udp.RecvTransport.builder().bind_url(url).rcvbuf(BUFFER_BYTES).build()

    def read() -> bytes:
        try:
            return receiver.recv(WAIT_MS)[0]
        except UdpError as error:
            return _nothing_or_raise(error, error.kind.name == udp.UdpErrorKind.BACKPRESSURE.name, url)

    return Source(url=url, read=read, close=receiver.close, port=receiver.local_addr_port())


def _rtp(url: str) -> Source:
    receiver = rtp.Receiver(url)

    def read() -> bytes:
        try:
            return receiver.recv(WAIT_MS)
        except RtpError as error:
            return _nothing_or_raise(error, "deadline" in str(error), url)

    return Source(url=url, read=read, close=receiver.close, port=urlsplit(url).port or 0)


def _srt(url: str) -> Source:
    """A caller that goes away may come back: the listener takes the next one."""
    address = url if "mode=" in url else f"{url}{'&' if '?' in url else '?'}mode=listener"
    listener = srt.Builder(address).listener().recv_timeout_ms(WAIT_MS).listen()
    caller: list[srt.Receiver] = []

    def read() -> bytes:
        try:
            if not caller:
                caller.append(listener.accept(WAIT_MS).into_receiver())
            return caller[0].recv_bytes()
        except SrtError as error:
            if caller and "tim" not in str(error).lower():
                caller.pop().close()
            return b""

    def close() -> None:
        for each in caller:
            each.close()
        listener.close()

    return Source(url=url, read=read, close=close, port=listener.local_addr()[1])


def _nothing_or_raise(error: Exception, nothing_came: bool, url: str) -> bytes:
    if nothing_came:
        return b""
    raise UnavailableError(f"the stream broke: {error}.", subject=url, remedy=_AGAIN) from None


_OPENERS = {"udp": _udp, "rtp": _rtp, "srt": _srt}
