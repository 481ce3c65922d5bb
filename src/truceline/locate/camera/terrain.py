"""A user's terrain model: a GeoTIFF in memory, in any frame, to heights above the ellipsoid on a grid of degrees.

The only file that imports rasterio.
"""

import numpy as np
import numpy.typing as npt
import rasterio  # type: ignore[import-untyped]
from rasterio.crs import CRS  # type: ignore[import-untyped]
from rasterio.errors import RasterioError  # type: ignore[import-untyped]
from rasterio.io import DatasetReader, MemoryFile  # type: ignore[import-untyped]
from rasterio.transform import Affine  # type: ignore[import-untyped]
from rasterio.warp import Resampling, calculate_default_transform, reproject  # type: ignore[import-untyped]

from truceline.base.errors import TooLargeError, UnreadableError
from truceline.locate.camera.ground.geoid import undulation_m
from truceline.model.terrain import Terrain

MOST_BYTES = 512 * 2**20
MOST_CELLS = 36_000_000  # 144 MB of heights
HEIGHTS_M = (-1_000.0, 9_000.0)  # what lies outside is a mark for "not known" that the file forgot to declare
TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # TIFF and BigTIFF, in either order of bytes
DATUMS = ("msl", "hae")
WGS84 = CRS.from_epsg(4326)
# Names under which files state what their heights are measured from. Others are asked for.
ABOVE_SEA = ("EGM96", "EGM2008", "EGM08", "mean sea level")
ABOVE_ELLIPSOID = ("ellipsoid",)
# Nothing beside the file is looked for, and nothing is written.
CAREFUL = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO", "GTIFF_IGNORE_READ_ERRORS": "NO"}


def read_terrain(content: bytes, *, name: str, datum: str = "") -> Terrain:
    """Reads a terrain model.

    Args:
        content: a GeoTIFF of heights in metres, band 1, in any frame that it declares.
        name: how footprints name it.
        datum: what heights are measured from: "msl" (the geoid EGM96) or "hae" (the ellipsoid WGS 84); "": as the
            file's own vertical frame says.

    Raises:
        UnreadableError: no GeoTIFF, cut short, no frame, no datum, or not a single known height.
        TooLargeError: more than 512 MiB, or more than 36,000,000 cells.

    Limits: a model in another frame is laid anew on a grid of degrees, between its points bilinear. Heights above
        EGM2008 are taken as above EGM96: less than 1 m apart but in a few high mountains.
    """
    subject = f"terrain {name}"
    if datum not in ("", *DATUMS):
        raise UnreadableError(f"{datum!r} is no datum of heights.", subject=subject, remedy="Say msl or hae.")
    if len(content) > MOST_BYTES:
        raise TooLargeError(
            f"{len(content):,} bytes; {MOST_BYTES:,} are taken.",
            subject=subject,
            remedy="Cut out the area of the flight.",
        )
    if content[:4] not in TIFF_MARKS:
        raise UnreadableError("it does not begin as a TIFF does.", subject=subject, remedy="Export it as a GeoTIFF.")
    try:
        with rasterio.Env(**CAREFUL), MemoryFile(content) as file, file.open(driver="GTiff") as dataset:
            datum = datum or _stated_datum(dataset.crs, subject)
            heights_m, transform = _heights(dataset, subject)
    except (RasterioError, ValueError, MemoryError, OverflowError) as error:
        raise UnreadableError(
            f"not a terrain model that can be read ({type(error).__name__}: {str(error)[:120]}).",
            subject=subject,
            remedy="Export it as a GeoTIFF of heights, with its frame.",
        ) from error
    return _above_ellipsoid(heights_m, transform, name=name, datum=datum)


def _stated_datum(crs: CRS | None, subject: str) -> str:
    """What the file says its heights are measured from."""
    words = crs.to_wkt(version="WKT2_2019") if crs else ""
    vertical = words.partition("VERTCRS")[2] or (words if "ellipsoidal height" in words else "")
    for datum, names in (("msl", ABOVE_SEA), ("hae", ABOVE_ELLIPSOID)):
        if any(each.lower() in vertical.lower() for each in names):
            return datum
    raise UnreadableError(
        "it does not say what its heights are measured from: the sea (geoid) or the ellipsoid.",
        subject=subject,
        remedy="State the datum of its heights, msl or hae: between the two lie up to 100 m.",
    )


def _heights(dataset: DatasetReader, subject: str) -> tuple[npt.NDArray[np.float32], Affine]:
    """Band 1 on a grid of degrees, NaN where nothing is known, and that grid."""
    if dataset.width * dataset.height > MOST_CELLS:
        raise TooLargeError(
            f"{dataset.width:,} x {dataset.height:,} cells; {MOST_CELLS:,} are taken.",
            subject=subject,
            remedy="Cut out the area of the flight, or thin the model.",
        )
    if dataset.crs is None or min(dataset.width, dataset.height) < 2 or np.dtype(dataset.dtypes[0]).kind not in "iuf":
        raise UnreadableError(
            f"{dataset.width} x {dataset.height} cells of {dataset.dtypes[0]}, frame {dataset.crs}.",
            subject=subject,
            remedy="Give a grid of heights, at least 2 x 2, with its frame.",
        )
    band = dataset.read(1, masked=True, out_dtype="float64")
    heights_m = np.ma.filled(band * dataset.scales[0] + dataset.offsets[0], np.nan)
    with np.errstate(invalid="ignore"):
        heights_m[~((heights_m >= HEIGHTS_M[0]) & (heights_m <= HEIGHTS_M[1]))] = np.nan
    if not np.isfinite(heights_m).any():
        raise UnreadableError("not one height is known.", subject=subject, remedy="Export the model again.")
    return _in_degrees(heights_m.astype(np.float32), dataset, subject)


def _in_degrees(
    heights_m: npt.NDArray[np.float32], dataset: DatasetReader, subject: str
) -> tuple[npt.NDArray[np.float32], Affine]:
    """Laid anew on degrees of WGS 84, north at the top, unless it lies so already."""
    grid, flat = dataset.transform, _horizontal(dataset.crs)
    if flat == WGS84 and grid.b == grid.d == 0 and grid.a > 0 and grid.e < 0:
        return heights_m, grid
    onto, width, height = calculate_default_transform(flat, WGS84, dataset.width, dataset.height, *dataset.bounds)
    if width * height > MOST_CELLS or min(width, height) < 2:
        raise TooLargeError(
            f"{width:,} x {height:,} cells in degrees; {MOST_CELLS:,} are taken.",
            subject=subject,
            remedy="Cut out the area of the flight, or export the model in WGS 84 degrees.",
        )
    laid = np.full((height, width), np.nan, dtype=np.float32)
    reproject(
        heights_m,
        laid,
        src_transform=grid,
        src_crs=flat,
        src_nodata=np.nan,
        dst_transform=onto,
        dst_crs=WGS84,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return laid, onto


def _horizontal(crs: CRS) -> CRS:
    """The frame without its heights: these are turned by our own geoid, so that nobody's grid files decide."""
    words = crs.to_dict(projjson=True)
    if words.get("type") == "CompoundCRS":
        return CRS.from_user_input(words["components"][0])
    if crs.is_geographic and "WGS 84" in crs.to_wkt():
        return WGS84  # also where a third axis is declared
    return crs


def _above_ellipsoid(heights_m: npt.NDArray[np.float32], grid: Affine, *, name: str, datum: str) -> Terrain:
    """Heights above the ellipsoid, and what a ray needs to know of the whole model."""
    rows, columns = heights_m.shape
    west_deg, north_deg = grid.c + grid.a / 2, grid.f + grid.e / 2
    if datum == "msl":
        lon_deg = west_deg + grid.a * np.arange(columns)
        for row in range(rows):
            lat_deg = np.full(columns, north_deg + grid.e * row)
            heights_m[row] += undulation_m(lon_deg, lat_deg).astype(np.float32)
    return Terrain(
        name=name,
        heights_m=heights_m,
        west_deg=west_deg,
        north_deg=north_deg,
        step_lon_deg=grid.a,
        step_lat_deg=-grid.e,
        lowest_m=float(np.nanmin(heights_m)),
        highest_m=float(np.nanmax(heights_m)),
    )
