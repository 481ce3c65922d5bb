"""Footage metadata: what each sample says of camera and vehicle, and what was seen in its picture, as the file has it.

In: the bytes of one file or live stream (`Raw`: whose they are), in pieces of any size.
Out: `Found`: rows of FRAMES and SIGHTINGS (`model.footage`) and REJECTS, in the order of the bytes.
Promises: equal bytes give equal rows, however they are cut into pieces; no byte raises, and none ends the reading;
    every packet that can be read comes out, what is wrong with it in `flags`, and every loss as a reject with its
    place; a number outside its standard's range is none; nothing is computed that the file does not state: no place
    on the ground, no datum changed, no time made sharper; memory does not grow with a stream.
Trusts: the standards (MISB ST 0601, 0102, 0903, EG 0104) and that the file keeps to them: a pose that decodes may
    still be wrong by kilometres; `locate.camera` holds it against itself.
To change what kind a file is open reading.py; how a video's stream is taken apart: streams.py, packets.py
To change a MISB set open klv/; telemetry beside plain video: telemetry/; what all readers share: parts.py
To add a kind open reading.py (KINDS, kind_of) and telemetry/__init__.py (READERS)
"""

from truceline.observe.footage.parts import Found, Raw
from truceline.observe.footage.reading import HEAD_BYTES, KINDS, FootageReader, kind_of, read_footage

__all__ = ["HEAD_BYTES", "KINDS", "FootageReader", "Found", "Raw", "kind_of", "read_footage"]
