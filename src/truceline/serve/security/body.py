"""A request's body on its way in: counted and, where it is JSON, watched for its depth before anybody parses it."""

import re
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import numpy as np

from truceline.base.errors import TooLargeError, TrucelineError

DEPTH_MAX = 32
_PEEK_BYTES = 1_024
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_NEITHER_QUOTE_NOR_BRACKET = bytes(set(range(256)) - set(b'"[]{}'))
_STEP = np.zeros(256, np.int8)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1
_NO_JSON = ("application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream", "text/csv")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class DepthScanner:
    """Counts open brackets over pieces of JSON. It does not say whether it is JSON: that is the parser's matter."""

    def __init__(self) -> None:
        """Outside everything."""
        self._depth, self._in_string, self._escaped = 0, False, False

    def feed(self, piece: bytes) -> None:
        """Read on; 10 MB take a tenth of a second, at worst half a one. Raises: TooLargeError: deeper than that."""
        if self._escaped and piece:
            piece, self._escaped = piece[1:], False
        if b"\\" in piece:
            piece = _ESCAPED.sub(b"", piece)
            self._escaped = piece.endswith(b"\\")
        between_quotes = piece.translate(None, _NEITHER_QUOTE_NOR_BRACKET).split(b'"')
        outside = b"".join(between_quotes[self._in_string :: 2])
        self._in_string ^= len(between_quotes) % 2 == 0
        if not outside:
            return
        depths = self._depth + np.cumsum(_STEP[np.frombuffer(outside, np.uint8)], dtype=np.int64)
        self._depth = int(depths[-1])
        if int(depths.max()) > DEPTH_MAX:
            raise TooLargeError(
                f"its JSON is nested deeper than {DEPTH_MAX} levels.", subject="body", remedy="Send it flatter."
            )


class Body:
    """Stands in for the server's `receive`. `refusal` says why the body was not taken, whoever swallowed the error."""

    def __init__(self, receive: Receive, *, bytes_max: int, content_type: str) -> None:
        """Nothing is read yet."""
        self._receive, self._bytes_max = receive, bytes_max
        json = not content_type.lower().startswith(_NO_JSON)
        self._scanner = DepthScanner() if json else None
        self._seen_bytes = 0
        self._kept: deque[Message] = deque()
        self.refusal: TrucelineError | None = None

    def announce(self, length: str) -> None:
        """What Content-Length says. Raises: TooLargeError, before a byte is read."""
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > self._bytes_max):
            raise self._too_large()

    async def peek(self) -> bytes:
        """The first thousand bytes or so, which `receive` will give again. Raises: TooLargeError."""
        start, more = b"", True
        while more and len(start) < _PEEK_BYTES:
            message = await self._checked()
            self._kept.append(message)
            start += message.get("body", b"")
            more = message["type"] == "http.request" and message.get("more_body", False)
        return start

    async def receive(self) -> Message:
        """The next message. Raises: TooLargeError."""
        return self._kept.popleft() if self._kept else await self._checked()

    async def _checked(self) -> Message:
        if self.refusal is not None:
            raise self.refusal
        message = await self._receive()
        piece = message.get("body", b"")
        self._seen_bytes += len(piece)
        try:
            if self._seen_bytes > self._bytes_max:
                raise self._too_large()
            if self._scanner is not None:
                self._scanner.feed(piece)
        except TooLargeError as error:
            self.refusal = error
            raise
        return message

    def _too_large(self) -> TooLargeError:
        return TooLargeError(
            f"it is larger than {self._bytes_max} bytes.", subject="body", remedy="Send it in smaller parts."
        )
