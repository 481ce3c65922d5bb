"""The real stream that the tests send, and what it holds by an independent reader."""

from pathlib import Path

from tstrans.mpegts import Demuxer, DemuxEvent

OSH = Path(__file__).parents[3] / "footage_data" / "klv" / "osh" / "sample-stream.ts"


def klv_packets(content: bytes) -> list[bytes]:
    """Payloads of all metadata packets, in order."""
    demuxer = Demuxer()
    demuxer.feed(content)
    demuxer.flush()
    return [bytes(event.payload) for event in demuxer if isinstance(event, DemuxEvent.Metadata)]
