"""Cursor on Target read by the second: `python -m benchmarks.cot [--seconds 2]`.

The 22 real events of the tests, over and over, as XML and as TAK messages: cut out of a stream, read into columns, read
into observations. Beside them `takproto` alone: its message classes on the same bytes, without framing, which it lacks,
and its way from XML. pytak is not measured: it delivers no message of a stream and dies of large events.
One thread; events per second of processor time, best of three.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import takproto  # noqa: E402

from truceline.model.mission import Feed  # noqa: E402
from truceline.model.source import Source  # noqa: E402
from truceline.observe import ReadingContext, read_feed  # noqa: E402
from truceline.observe.cot.events import texts_of  # noqa: E402
from truceline.observe.cot.frames import pieces_of  # noqa: E402

FOLDER = ROOT / "tests" / "footage_data" / "cot"
POINTS, OTHERS = ("a-n-G", "a-U-G", "a-f-G", "a-f-G-E-V-C", "a-f-A-M-H-Q"), ("b-t-f-d", "b-t-f-r", "b-a-o", "b-m-r")
TYPES = (*POINTS, *OTHERS, "b-m-p-s-m", "b-m-p-s-p-loc", "b-f-t-a", "u-d-c-e", "u-d-c-c", "u-d-f")
FEED = Feed(
    name="events",
    path="events.cot",
    format="cot",
    holds="observations",
    source="posts",
    columns={"begins": "time", "act": "type", "remark": "remarks"},
    values={"act": dict.fromkeys(TYPES, "present")},
)
CONTEXT = ReadingContext(
    sources={"posts": Source(id="posts", name="Posts", kind="mission")},
    extent_deg=(-180.0, -90.0, 180.0, 90.0),
    catalogue={},
    parties=frozenset(),
    now_us=1_900_000_000_000_000,
)


def main() -> int:
    """Measure, check that all say the same, print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cot")
    parser.add_argument("--seconds", type=float, default=2.0)
    asked = parser.parse_args()
    events = [path.read_bytes() for path in sorted(FOLDER.glob("*.cot"))]
    messages = [bytes(takproto.xml2proto(each, takproto.TAKProtoVer.STREAM)) for each in events]
    assert len(events) == 22
    many = 50
    xml, stream = b"\n".join(events * many), b"".join(messages * many)
    for content in (xml, stream):
        assert len([texts_of(piece) for piece in pieces_of(content)]) == many * len(events)
        batch = read_feed(content, feed=FEED, context=CONTEXT)
        assert batch.rows.num_rows == many * len(events), batch.rejects.to_pylist()[:1]
    runs: dict[str, tuple[Callable[[], object], int]] = {}
    for name, content in (("XML", xml), ("messages", stream)):
        feed = replace(FEED, name=name)
        runs |= {
            f"{name}: cut out of a stream": (lambda c=content: sum(1 for _ in pieces_of(c)), many),
            f"{name}: to columns": (lambda c=content: sum(1 for p in pieces_of(c) if texts_of(p)), many),
            f"{name}: to observations": (lambda c=content, f=feed: read_feed(c, feed=f, context=CONTEXT), many),
        }
    whole = [bytearray(each) for each in messages]
    runs["takproto alone: one message to its classes"] = (lambda: [takproto.parse_proto(each) for each in whole], 1)
    runs["takproto alone: XML to its classes"] = (lambda: [takproto.functions.xml2message(each) for each in events], 1)
    print(
        f"22 real events, {sum(map(len, events)) // 22} bytes each as XML, {sum(map(len, messages)) // 22} as messages"
    )
    for name, (run, times) in runs.items():
        print(f"{name:<45} {rate(run, asked.seconds) * times * len(events):>10,.0f} events/s")
    return 0


def rate(run: Callable[[], object], seconds: float) -> float:
    """Runs a second of processor time: the best of three turns."""
    best = 0.0
    for _ in range(3):
        begun, count = time.process_time(), 0
        while (took := time.process_time() - begun) < seconds / 3:
            run()
            count += 1
        best = max(best, count / took)
    return best


if __name__ == "__main__":
    sys.exit(main())
