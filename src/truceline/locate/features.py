"""From what a mandate names on the ground to what can be measured against."""

from collections.abc import Mapping

from truceline.base.errors import MandateNameError, UnreadableError
from truceline.locate.geometry import FeatureKind, read_geometry
from truceline.locate.place import Feature
from truceline.model.mandate import Line, Mandate, Zone


def features_of(mandates: tuple[Mandate, ...], geometry: Mapping[str, bytes]) -> tuple[Feature, ...]:
    """Every line and zone of every mandate, once; one name means one thing throughout a mission.

    Args:
        mandates: their lines and zones name files and state errors.
        geometry: the mission's GeoJSON files, bytes by path.

    Raises: MandateNameError: one name, two meanings. UnreadableError, OutOfRangeError: a file is missing or cannot be
        a line or zone.
    """
    declared: dict[str, Line | Zone] = {}
    features = []
    for mandate in mandates:
        for item in mandate.features:
            known = declared.setdefault(item.name, item)
            if (known.path, known.error_m) != (item.path, item.error_m):
                raise MandateNameError(
                    f"{item.name!r} is {item.path} here and {known.path} in another mandate of this mission.",
                    subject=f"{mandate.name}, line {item.line}",
                    remedy="Give one of them another name.",
                )
            if known is not item:
                continue
            if item.path not in geometry:
                raise UnreadableError(
                    f"{item.path} is not in the mission folder.",
                    subject=f"{mandate.name}, line {item.line}",
                    remedy="Put the GeoJSON file there, or mend the path.",
                )
            kind: FeatureKind = "line" if isinstance(item, Line) else "zone"
            shape = read_geometry(geometry[item.path], name=item.path, kind=kind, edge_kind=mandate.header.edges)
            features.append(Feature(name=item.name, kind=kind, geometry=shape, error_m=float(item.error_m)))
    return tuple(features)
