"""Footage as it is flown: a transport stream from the network, spooled first, then read, placed and told.

In: an address that a person names: udp://, rtp:// or srt://.
Out: segments of the stream as files, for a mission's watched folder; lines of what was seen, as it is seen.
Promises: bytes are in a file before they are parsed, and synced when their segment is sealed; a stream that stops,
    resumes, restarts its clock or swaps its PIDs goes on; nothing listens that nobody named.
Trusts: the network to be the mission's own: UDP and RTP tell nothing of who sends; SRT may ask for a passphrase.
To change what is received open sources.py; what is done with it, streams.py.
"""

from truceline.run.live.footage.sources import Source, open_source
from truceline.run.live.footage.streams import Placed, Stream, lines

__all__ = ["Placed", "Source", "Stream", "lines", "open_source"]
