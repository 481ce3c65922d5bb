"""The daily report in the observers' format: one content, as page, paper, tables and GeoJSON.

In: `Products`, everything one run made.
Out: `render`: file name -> bytes; `daily_report`: every word and figure of it, once; `reconcile`.
Promises: pure (no clock, disk, network or chance): equal products give equal bytes; page and paper say the same;
    every table with a total adds up, or TotalsError and no report; no count without coverage, period and
    comparator; zeros are printed; a claim is never counted as an event; parties are written about in the same
    words, from the same rows; no position is given sharper than its error.
Trusts: that findings, assessments and windows were judged rightly; the titles and names of mandates and sources.
To change what a section says open content.py (summary, order), coverage/ (what could be seen; plans), footage/
    (pictures), judged.py (findings, windows), tables.py (claims, restrictions, sources; CSV files); what is counted,
    its rate and how it must add up: totals.py; the look on screen: templates/daily.html.j2, on paper:
    templates/daily.typ (both filled by pages.py), of map and timeline: figures.py; places and GeoJSON: geojson.py;
    a source's own rulings: rulings.py; bulletins: bulletins/
"""

from collections.abc import Sequence

from truceline.model.products import Products
from truceline.report.content import ReportContent, daily_report, plain
from truceline.report.footage import Still, ground_svg, still_svg, views_of
from truceline.report.totals import reconcile, scope_of

__all__ = ["ReportContent", "Still", "daily_report", "reconcile", "render", "scope_of"]


def render(products: Products, *, stills: Sequence[Still] = ()) -> dict[str, bytes]:
    """Every file of the report by name.

    Args: stills: pictures of things seen in footage, made by whoever may decode video.
    Raises: TotalsError: a total does not reconcile, and there is no file; InputError: the report's period cannot be.
    """
    import json  # the renderers' libraries are heavy: they are loaded when a report is made

    from truceline.report.coverage.drawing import strips_svg
    from truceline.report.figures import map_svg, timeline_svg
    from truceline.report.geojson import events_geojson
    from truceline.report.pages import html_page, pdf_file
    from truceline.report.tables import csv_files
    from truceline.report.totals import basis_of

    content, basis = daily_report(products, stills=stills), basis_of(products)
    figures = {"timeline": timeline_svg(content.timeline)}
    figures |= {f"footage-{n}": ground_svg(view) for n, view in enumerate(views_of(products), start=1)}
    figures |= {f"still-{still.observation_id}": still_svg(still.png) for still in stills}
    if content.strips:
        figures["strips"] = strips_svg(content.strips)
    if content.ground.drawn:
        figures["map"] = map_svg(content.ground)
    return {
        "daily-report.html": html_page(content, figures),
        "daily-report.pdf": pdf_file(content, figures),
        **csv_files(basis, content.ground),
        "events.geojson": events_geojson(products, basis, content.ground),
        "content.json": (json.dumps(plain(content), ensure_ascii=False, indent=1) + "\n").encode(),
    }
