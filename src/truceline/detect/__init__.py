"""What is seen in a video's pictures: things that move, flashes, what a user's own model finds. All of it automatic.

In: Picture after Picture, grey arrays with their number and time; an ONNX model's bytes, if there is one.
Out: a Look for each picture, in order; SEEN, the table of their spots: pixels with an error, named by the picture.
Promises: every picture comes out once; one that cannot be registered, or laid over others, is named with the numbers
    and never guessed; what is laid over the video (logos, text, borders) gives no sightings; the same pictures give
    the same looks; pictures are held for some seconds of video only.
Trusts: that the pictures are of one camera, in the order they were shown, and stream_us their time; that the ground is
    near enough to a plane; what a user's model says, as far as its shape goes.
To change when and for what is looked open `looking.py`; how pictures are laid over one another, `registration.py`; what
    counts as movement, `motion.py`; as a flash, `flashes.py`; as an overlay, `overlays.py`; which models fit,
    `detector.py`.
"""

from truceline.detect.detector import Detector, Model
from truceline.detect.looking import Settings, looks
from truceline.detect.pictures import SEEN, Look, Picture, Spot, seen

__all__ = ["SEEN", "Detector", "Look", "Model", "Picture", "Settings", "Spot", "looks", "seen"]
