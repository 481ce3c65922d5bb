"""What could have been seen, and what is planned to be: coverage in the report, the plan's page, drones against posts.

In: `Products.watch` and `Products.views`; a FlightPlan; a Tradeoff.
Out: words, tables and strips of the section on coverage; `plan_page`, `plan_geojson`, `plan_rows`; `posts_page`.
Promises: where nothing is known it says so, and never draws it as seen; a zero says what it does not mean; a plan's
    page says what no plan could do better; places of the mission's own sensors stand in plans only, never in a report.
Trusts: that shares, windows, plans and bounds were worked out rightly.
To change words and tables open section.py; strips, curves, timetables and maps, drawing.py; the plan's page, plan.py;
    drones against posts, posts.py.
"""

from truceline.report.coverage.plan import PlanGround, plan_geojson, plan_page, plan_rows
from truceline.report.coverage.posts import posts_page

__all__ = ["PlanGround", "plan_geojson", "plan_page", "plan_rows", "posts_page"]
