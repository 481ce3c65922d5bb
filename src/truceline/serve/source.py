"""What the routes read: one live mission, as each recipient may see it."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
import pyarrow as pa

from truceline.base.errors import UnreadableError
from truceline.model.account import Recipient
from truceline.model.release import ItemKind
from truceline.run.live.desk import Desk
from truceline.serve.features import Change, Drawings, FeatureIndex, Indexes
from truceline.serve.ogc import COLLECTIONS

_LINES, _ZONES = "lines", "zones"
QUERYABLES = {each.kind: each.queryables for each in COLLECTIONS.values() if each.kind is not None}


@dataclass(frozen=True, slots=True)
class DeskRows:
    """A desk's released rows, as indexes ask for them."""

    desk: Desk

    def version(self, kind: ItemKind) -> Hashable:
        """Differs whenever any released row may differ."""
        del kind
        return self.desk.revision

    def rows(self, kind: ItemKind, to: Recipient) -> pa.Table:
        """All rows of a kind as released, whether they may be shown yet or not."""
        return self.desk.released(kind, to)

    def older(self, kind: ItemKind, to: Recipient) -> Iterator[pa.Table]:
        """Rows that are not held in memory, a batch at a time."""
        return self.desk.released_older(kind, to)

    def changed(self, kind: ItemKind, to: Recipient, since: Hashable) -> Change | None:
        """What changed since a version; None: take all rows."""
        assert isinstance(since, int), "a version is a revision of the desk"
        ids = self.desk.changed_since(kind, since)
        if ids is None:
            return None
        rows = self.desk.released_some(kind, ids, to)
        return Change(rows=rows, gone=tuple(ids - set(rows[rows.column_names[0]].to_pylist())))


@dataclass(slots=True)
class DeskSource:
    """The features and drawings of a desk."""

    desk: Desk
    indexes: Indexes
    _drawings: dict[str, Drawings] = field(default_factory=dict)

    def collections(self, to: Recipient) -> tuple[str, ...]:
        """Those the mission has: the same for everybody, whatever there is to see."""
        del to
        kinds = set(self.desk.kinds())
        return tuple(name for name, each in COLLECTIONS.items() if each.kind is None or each.kind in kinds)

    def index(self, kind: ItemKind, to: Recipient) -> FeatureIndex:
        """The rows of a kind as of now."""
        return self.indexes.index(kind, to)

    def drawings(self, collection: str, to: Recipient) -> Drawings:
        """Areas as the mission drew them; lines and zones as the mandate's files draw them: everybody may know them."""
        del to
        if collection not in self._drawings:
            self._drawings[collection] = Drawings(joined(self._files(collection)), subject=collection)
        return self._drawings[collection]

    def extent_deg(self) -> tuple[float, float, float, float]:
        """As the mission declares it."""
        return self.desk.mission.extent_deg

    def now_us(self) -> int:
        """The desk's time."""
        return self.desk.now_us()

    def _files(self, collection: str) -> dict[str, bytes]:
        """GeoJSON by the name that its shape has in the mission or the mandate."""
        paths = {area.name: area.path for area in self.desk.mission.areas}
        if collection in (_LINES, _ZONES):
            shapes = [
                shape
                for mandate in self.desk.mandates
                for shape in (mandate.lines if collection == _LINES else mandate.zones)
            ]
            paths = {shape.name: shape.path for shape in shapes}
        geometry = self.desk.inputs.geometry
        return {name: geometry[path] for name, path in paths.items() if path in geometry}


def joined(files: Mapping[str, bytes]) -> bytes:
    """Several GeoJSON documents as one collection; each feature gets the name of its document as property and id.

    Raises: UnreadableError: one of them is no GeoJSON.
    """
    features = []
    for name, content in files.items():
        try:
            document = msgspec.json.decode(content)
            found = document["features"] if document["type"] == "FeatureCollection" else [document]
            for number, each in enumerate(found):
                named = name if len(found) == 1 else f"{name}-{number + 1}"
                properties = {"name": name}
                features.append(
                    {"type": "Feature", "id": named, "properties": properties, "geometry": each["geometry"]}
                )
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise UnreadableError(f"{error}.", subject=f"drawing {name}", remedy="Write it as GeoJSON.") from None
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})
