"""What follows from statements: whose stance they tell, lines, relations, unseen reports, what changed.

`stance.py` says what one statement does, with the words of `wording.py` and the names of `actors.py`; `propose.py` and
`relations.py` suggest rows; `lines.py`, `origins.py` and `changes.py` read only what people confirmed.
"""

from truceline.guarantee.standing.actors import actor_of, actors_named, gazetteer, kind_of_speaker, speaks_for
from truceline.guarantee.standing.changes import chain_graph, changed_since
from truceline.guarantee.standing.lines import stance_lines
from truceline.guarantee.standing.origins import beside, origin_count
from truceline.guarantee.standing.propose import positions_suggested, propositions_suggested
from truceline.guarantee.standing.relations import relations_suggested, unseen_of
from truceline.guarantee.standing.stance import with_stance

__all__ = [
    "actor_of",
    "actors_named",
    "beside",
    "chain_graph",
    "changed_since",
    "gazetteer",
    "kind_of_speaker",
    "origin_count",
    "positions_suggested",
    "propositions_suggested",
    "relations_suggested",
    "speaks_for",
    "stance_lines",
    "unseen_of",
    "with_stance",
]
