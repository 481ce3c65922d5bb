"""The real clips, and damage done to them by a seed."""

import random
from pathlib import Path

CLIPS = Path(__file__).parents[2] / "footage_data" / "klv"
OSH = CLIPS / "osh" / "sample-stream.ts"
H264, MPEG2, OLD = (CLIPS / "kwiver" / name for name in ("h264_klv.ts", "mpeg2_klv.ts", "aphill_klv_10s.ts"))
H265 = CLIPS.parent / "h265" / "steps.ts"
PICTURES = {OSH: 277, H264: 30, MPEG2: 30, OLD: 10}


def damaged(content: bytes, seed: int) -> bytes:
    """Cut short, bits flipped, a piece lost, or a piece put in: one of these, where and how much by the seed."""
    chance = random.Random(seed)
    copy = bytearray(content)
    at = chance.randrange(len(copy))
    match seed % 4:
        case 0:
            del copy[at:]
        case 1:
            for _ in range(chance.choice((1, 10, 100, 1000))):
                copy[chance.randrange(len(copy))] ^= 1 << chance.randrange(8)
        case 2:
            del copy[at : at + chance.randrange(1, 5000)]
        case 3:
            copy[at:at] = chance.randbytes(chance.randrange(1, 3000))
    return bytes(copy)
