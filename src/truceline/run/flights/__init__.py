"""Flight plans of a mission on disk: what `truceline plan` works out, writes and prints.

To change what is written open `files.py`; what is printed, `words.py`.
"""

from truceline.run.flights.files import Made, compare_mission, plan_mission
from truceline.run.flights.words import plan_json, plan_words, tradeoff_json, tradeoff_words

__all__ = ["Made", "compare_mission", "plan_json", "plan_mission", "plan_words", "tradeoff_json", "tradeoff_words"]
