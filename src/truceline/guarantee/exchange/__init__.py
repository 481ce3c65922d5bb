"""What comes into the ledger from tables and files of others, and what goes out in formats of others.

To change a condition's text open `expressions.py`; what a person may declare, `declared.py`; our own tables,
`pledges_csv.py`; the tracker's, `tracker.py`; what a plan needs, `requirements.py`; annotations, `annotation.py`;
provenance, `prov.py`; what any of these takes for a date, an id or a number, `cells.py`.
"""

from truceline.guarantee.exchange.annotation import Annotated, annotated, annotations, read_annotations
from truceline.guarantee.exchange.cells import Reject, dated
from truceline.guarantee.exchange.declared import Declared, StatementRef, declared_of, with_statements
from truceline.guarantee.exchange.expressions import expression_text, names_in, parse_expression
from truceline.guarantee.exchange.pledges_csv import actors_of, caveats_of, pledges_of, requirements_of
from truceline.guarantee.exchange.prov import Rows, prov_json
from truceline.guarantee.exchange.requirements import plan_requirements
from truceline.guarantee.exchange.tracker import Imported, tracker_pledges

__all__ = [
    "Annotated",
    "Declared",
    "Imported",
    "Reject",
    "Rows",
    "StatementRef",
    "actors_of",
    "annotated",
    "annotations",
    "caveats_of",
    "dated",
    "declared_of",
    "expression_text",
    "names_in",
    "parse_expression",
    "plan_requirements",
    "pledges_of",
    "prov_json",
    "read_annotations",
    "requirements_of",
    "tracker_pledges",
    "with_statements",
]
