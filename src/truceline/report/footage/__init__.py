"""The report's page on footage: what the mission's pictures showed of the ground, and how far their numbers agree.

In: `Products.footage`, and stills as PNG, made by the shell.
Out: words, tables and views of a section; figures as SVG.
Promises: where a drone flew is not drawn: it is the mission's own position; every frame is counted once; what is
    withheld is counted, and its reason printed.
Trusts: that stills were made of what their captions say.
To change the words open section.py; the map, drawing.py.
"""

from truceline.report.footage.drawing import ground_svg, still_svg
from truceline.report.footage.section import Still, View, footage_tables, footage_words, views_of

__all__ = ["Still", "View", "footage_tables", "footage_words", "ground_svg", "still_svg", "views_of"]
