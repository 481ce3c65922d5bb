"""From a picture to the ground: where a camera looked, how sure that is, and what its own numbers say against it.

In: FRAMES and SIGHTINGS (`model/footage.py`); Camera, what its maker states of errors; a terrain model as bytes;
    control points that a person marked.
Out: FOOTPRINTS, PLACED; IMPEDIMENTS for spans of disturbed satellite navigation; a picture placed by a person, as a
    frame with its covariance.
Promises: every frame and every sighting comes out once, in order; each place carries the covariance of every stated
    error, of rounding and of the ground; where a frame's own numbers disagree beyond that, its place is widened or
    withheld, with the reason and the numbers; heights name their datum; nobody is blamed.
Trusts: that readers hand on attitude and pixels in the frames of reference that `model/footage.py` states; that a
    lens is a pinhole; the geoid EGM96.
To change what a frame must state open `poses.py`; how wrong it may be, `errors.py`; rays, ground and their
    arithmetic, `ground/`; what is widened or withheld, `standing.py`; the signs of interference, `interference.py`;
    control points, `resection.py`; which terrain models are read, `terrain.py`. Constants: `docs/design/camera.md`.
"""

from truceline.locate.camera.footprints import footprints
from truceline.locate.camera.ground.aim import Aim, aim_of, rays
from truceline.locate.camera.ground.cast import Ground, Hits
from truceline.locate.camera.ground.cast import cast as ground_of
from truceline.locate.camera.ground.geoid import undulation_m
from truceline.locate.camera.interference import Disturbance, impediments_of, interference
from truceline.locate.camera.resection import ControlPoint, PlacedPicture, resect
from truceline.locate.camera.sightings import pixels_of, place_sightings
from truceline.locate.camera.terrain import read_terrain
from truceline.model.terrain import Terrain

__all__ = [
    "Aim",
    "ControlPoint",
    "Disturbance",
    "Ground",
    "Hits",
    "PlacedPicture",
    "Terrain",
    "aim_of",
    "footprints",
    "ground_of",
    "impediments_of",
    "interference",
    "pixels_of",
    "place_sightings",
    "rays",
    "read_terrain",
    "resect",
    "undulation_m",
]
