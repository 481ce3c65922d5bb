"""Every reason for which a row or a file is set aside: its fixed code, its kind of error, and what to do
about it.

A reason's code stands in `rejects.reason`, in reports and in tests; it is never reused. The sentences may
improve.
"""

from truceline.base.errors import (
    InputError,
    NaiveTimeError,
    OutOfRangeError,
    UnknownNameError,
    UnreadableError,
)

FETCH_AGAIN = "Fetch the file again from its source; nothing of it was guessed."

REASONS: dict[str, tuple[type[InputError], str]] = {
    # the file
    "file-too-large": (UnreadableError, "Split the file; each part is a feed of its own."),
    "too-many-rows": (UnreadableError, "Split the file; each part is a feed of its own."),
    "empty-file": (UnreadableError, "Fetch the file again; a day without rows still has a header."),
    "wrong-encoding": (
        UnreadableError,
        'Declare the file\'s own encoding in the feed (encoding = "cp1251").',
    ),
    "cut-short": (UnreadableError, FETCH_AGAIN),
    "duplicate-column": (UnreadableError, "Rename one of the two: nobody can say which is meant."),
    "column-missing": (
        UnknownNameError,
        "Mend the feed's mapping or its delimiter, or fetch the right file.",
    ),
    "unreadable-json": (UnreadableError, FETCH_AGAIN),
    "not-a-feature-collection": (UnreadableError, "Export the layer as a GeoJSON FeatureCollection."),
    "not-wgs84": (UnreadableError, "Export the layer in WGS 84 longitude and latitude (RFC 7946)."),
    "unreadable-parquet": (UnreadableError, FETCH_AGAIN),
    "unreadable-arrow": (UnreadableError, FETCH_AGAIN),
    "not-rows": (UnreadableError, 'Send a list of objects, {"rows": [...]}, or one object a line.'),
    # the package of a form
    "unreadable-zip": (UnreadableError, FETCH_AGAIN),
    "zip-encrypted": (UnreadableError, "Export the form without a password."),
    "zip-bomb": (UnreadableError, "Export the form again from its server; nothing was unpacked."),
    "zip-unsafe-name": (UnreadableError, "Export the form again from its server; nothing was unpacked."),
    "zip-duplicate-name": (UnreadableError, "Export the form again: nobody can say which of the two is meant."),
    "not-a-form-export": (UnreadableError, "Export the form as ZIP: one CSV of submissions, and one for each repeat."),
    "two-repeats": (UnreadableError, "Declare one feed for each repeat of the form: a row is one entry of one repeat."),
    "parent-missing": (UnreadableError, "Export the form whole: the submission of this entry is not in it."),
    "unreadable-photo": (UnreadableError, "Keep the original as it is, and export the photo again as JPEG or PNG."),
    # things marked in footage
    "footage-columns": (
        UnreadableError,
        "State act, class and party under constants, or map them to `method` or `label` with values.",
    ),
    "no-such-marks": (
        UnreadableError,
        "Give the file the columns of marks (method, target …) or those of control points (lon, lat, height_m …).",
    ),
    "no-pose": (UnreadableError, "Give the picture's own second in the video; without a pose it has no place."),
    # cot
    "cot-unreadable": (UnreadableError, "Ask whoever sends for well-formed events; nothing of it was guessed."),
    "cot-incomplete": (UnreadableError, "Ask whoever sends: uid, type and point belong to every event."),
    "cot-no-event": (UnreadableError, "Leave it: a message that arranges the connection says nothing of the field."),
    "cot-garbage": (UnreadableError, "Ask whoever sends what it is; the events around it are read."),
    "cot-too-large": (UnreadableError, "Send pictures and drawings another way; an event has at most 65,536 bytes."),
    "cot-person": (
        InputError,
        "Leave it: where people are is no observation. To take this type, translate it under the feed's values.",
    ),
    # the row as such
    "too-few-fields": (UnreadableError, "Mend the row; an empty value still needs its delimiter."),
    "too-many-fields": (UnreadableError, "Mend the row; put a value that holds the delimiter in quotes."),
    "broken-quotes": (UnreadableError, "Close the quote; a quote inside a quoted value is written twice."),
    "field-too-long": (UnreadableError, "Shorten the value, or close the quote before it."),
    "nul-byte": (UnreadableError, "Remove the zero byte, or declare the file's own encoding."),
    "value-not-plain": (UnreadableError, "Give one number, word or time for each value."),
    "not-an-object": (UnreadableError, "Mend the row: each row is one object of names and values."),
    "not-a-feature": (UnreadableError, "Mend the feature: it needs type, properties and geometry."),
    "geometry-not-a-point": (
        UnreadableError,
        "Give a point and its error; lines and areas belong in the mission's geo/.",
    ),
    "duplicate-id": (UnreadableError, "Give the row its own id; a correction is a new observation."),
    "not-stated": (UnreadableError, "State it, or give every row the same value under the feed's constants."),
    # words
    "unknown-word": (UnknownNameError, "Use a word of the list, or translate it under the feed's values."),
    "unknown-party": (
        UnknownNameError,
        "Use a party of the mandate, or translate it under the feed's values.",
    ),
    "unknown-name": (UnknownNameError, "Use a name of the mandate, or translate it under the feed's values."),
    "unknown-source": (UnknownNameError, "Declare the source in the mission."),
    "unknown-system": (UnknownNameError, "Add it to the feed's catalogue, or state the row's class."),
    "duplicate-system": (UnreadableError, "Give each system of the catalogue one row, with its name."),
    "class-contradicts-system": (UnreadableError, "Ask the source which of the two it saw."),
    "calibre-contradicts-system": (UnreadableError, "Ask the source which of the two it saw."),
    "claim-as-observation": (
        UnreadableError,
        'Read it as claims (holds = "claims"): a claim is never an event.',
    ),
    # who sends
    "not-its-source": (UnreadableError, "Name a source that is the sending party's own record or statement."),
    "not-its-own": (UnreadableError, "A party speaks for itself; what another says it sends itself."),
    "not-its-register": (UnreadableError, "Ask the mission: what is verified or suspended is entered by a body."),
    "not-its-decision": (UnreadableError, "Write pending, and no decided_by: whoever decides enters its decision."),
    "notice-after-the-fact": (
        OutOfRangeError,
        "Give notice of what lies ahead; what was notified elsewhere before, the mission enters.",
    ),
    "given-by-its-word": (
        UnreadableError,
        "Leave given and given_to out: it is given when it comes in, to the mission.",
    ),
    # places and directions
    "not-a-number": (
        UnreadableError,
        "Write a plain number with a decimal point, such as 37.25, or nothing.",
    ),
    "latitude-out-of-range": (
        OutOfRangeError,
        "Check the sensor or the mapping: latitude lies in -90 to 90.",
    ),
    "longitude-out-of-range": (
        OutOfRangeError,
        "Check the sensor or the mapping: longitude lies in -180 to 180.",
    ),
    "null-island": (OutOfRangeError, "0, 0 stands for a sensor without a fix: leave the place empty."),
    "coordinates-swapped": (OutOfRangeError, "Swap lon and lat in the feed's mapping."),
    "outside-extent": (OutOfRangeError, "Check the place, or widen the mission's extent."),
    "half-a-place": (UnreadableError, "Give both longitude and latitude, or neither."),
    "no-error-stated": (UnreadableError, "State the radius in metres that holds the place in 95 % of cases."),
    "error-out-of-range": (
        OutOfRangeError,
        "State a radius above 0 and up to 1,000,000 m: every place has an error.",
    ),
    "unreadable-bearing": (
        UnreadableError,
        "Write a compass point (NNW), degrees (337), or degrees with ± (315±22.5).",
    ),
    "half-a-bearing": (UnreadableError, "Give bearing_from; bearing_to alone says nothing."),
    "unreadable-range": (
        UnreadableError,
        "Write kilometres (2.5) or metres with their unit (800 m), up to 1,000 km.",
    ),
    "range-reversed": (UnreadableError, "Write the smaller number first."),
    # views
    "no-ground": (
        UnreadableError,
        "State the ring of the ground that it saw, or lon, lat and range_m; a satellite's pass needs its ring.",
    ),
    "unreadable-ring": (
        UnreadableError,
        "Write POLYGON ((lon lat, …)) or lon lat, lon lat, …: one ring of 3 to 200 corners, without a hole.",
    ),
    "ring-crosses-itself": (UnreadableError, "Give the corners in their order around the ground."),
    "ring-too-large": (OutOfRangeError, "Check the corners, or cut the pass to what lies near the mission."),
    "over-the-horizon": (
        OutOfRangeError,
        "Check ring, range and height: above_ground_m is the eye's height above the ground that it looks at.",
    ),
    "half-a-sector": (UnreadableError, "Give both azimuth and width, or neither: it sees all around."),
    "unreadable-resolution": (UnreadableError, "Write ground in one pixel with its unit: 20 cm, 0.5 m, 300 mm."),
    "lost-before-its-end": (UnreadableError, "Check both: lost is when it was known, after its last picture."),
    "two-places-at-once": (
        OutOfRangeError,
        "Check the sensor's name, clock and place; neither view counts until one is corrected.",
    ),
    # fires
    "unreadable-confidence": (UnreadableError, "Fetch the file again: l, n, h, low, nominal, high or 0 to 100."),
    # amounts
    "unreadable-count": (
        UnreadableError,
        "Write 12, 30-35, ~170, >200, >=45, <5 or no; or translate it under values.",
    ),
    "unreadable-calibre": (UnreadableError, "Write millimetres, such as 122, 122 mm or 82-120, or nothing."),
    "not-a-share": (OutOfRangeError, "Write a decimal from 0 to 1, such as 0.8."),
    "not-a-permille": (OutOfRangeError, "Write a whole number from 0 to 1000."),
    # times
    "naive-time": (NaiveTimeError, 'Declare the source\'s zone in the feed (zone = "Europe/Kyiv").'),
    "unreadable-time": (UnreadableError, "Write 2025-03-10 or 2025-03-10 19:00."),
    "date-without-year": (UnreadableError, "Find the year in the source; it is not guessed."),
    "ends-before-begins": (
        UnreadableError,
        "Check both; past midnight, write begins and ends with their dates.",
    ),
    "no-end-stated": (UnreadableError, "State until when it holds."),
    "time-before-1900": (OutOfRangeError, "Check the year."),
    "time-in-the-future": (OutOfRangeError, "Check the year, the zone, and the clock of the sensor."),
    # footage
    "not-footage": (UnreadableError, "Check that this is the file: a video's stream, its metadata, a log or a still."),
    "no-metadata": (UnreadableError, "Ask for the recording with its metadata, or declare the telemetry beside it."),
    "packets-lost": (UnreadableError, "Fetch the recording again; a live link lost them for good."),
    "transport-damaged": (UnreadableError, FETCH_AGAIN),
    "transport-gap": (UnreadableError, FETCH_AGAIN),
    "not-klv": (UnreadableError, FETCH_AGAIN),
    "unreadable-set": (UnreadableError, FETCH_AGAIN),
    "unknown-set": (UnreadableError, "Leave it: what is not footage metadata is not read here."),
    # telemetry
    "not-this-kind": (UnreadableError, "Declare the kind of telemetry that the file is, or fetch the right file."),
    "no-telemetry": (UnreadableError, "Check that this is the file beside the video; it states nothing known here."),
    "damaged-log": (UnreadableError, "Read the log again from the vehicle's card; what is whole in it was kept."),
    "log-without-format": (UnreadableError, "Read the log again from its beginning: the formats stand there."),
    "log-not-readable": (UnreadableError, "Convert the log with its maker's tool, and keep the original."),
    "bad-message": (UnreadableError, "Read the vehicle's own log, where there is one: radio links lose bytes."),
    "unknown-column": (UnknownNameError, "Rename the column to one that is known, or remove it."),
    "out-of-its-range": (OutOfRangeError, "Check the column's unit: degrees, metres, seconds, whole pixels."),
    "pointing-not-stated": (UnreadableError, "State pointing: platform or ground, with azimuth and elevation."),
}


def refusal(reason: str, problem: str, *, subject: str, remedy: str = "") -> InputError:
    """The error for `reason`, to be raised: its kind and remedy come from the table, its numbers from
    `problem`.

    Args:
        reason: a code of REASONS.
        problem: one sentence with the numbers.
        subject: the field or file it is about.
        remedy: a better one than the table's, where the caller knows more.
    """
    kind, usual_remedy = REASONS[reason]
    error = kind(problem, subject=subject, remedy=remedy or usual_remedy)
    error.add_note(reason)
    return error


def reason_of(error: InputError) -> str:
    """The reason code that `refusal` gave the error."""
    assert error.__notes__, f"an error without a reason reached the rejects: {error}"
    return error.__notes__[0]


def shown(text: str) -> str:
    """`text` in quotes for a message: at most 60 characters, nothing unprintable, so that any byte can be
    reported.
    """
    return repr(text if len(text) <= 60 else text[:57] + "...")


def shown_value(value: object) -> str:
    """A value of any kind for a message; what holds others is only named, for it may be deeper than the stack."""
    if isinstance(value, dict | list | tuple):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value):,}"
    return shown(str(value))
