"""How long random tests run: a hundredth of the budget by default, all of it with TRUCELINE_LONG=1."""

import os

from hypothesis import HealthCheck, Phase, settings

LONG = bool(os.environ.get("TRUCELINE_LONG"))
LONG_FACTOR = 100
_EXAMPLES = 100
_ALL_PHASES = (Phase.explicit, Phase.generate, Phase.shrink)

settings.register_profile(
    "default",
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=_ALL_PHASES,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
settings.register_profile("long", settings.get_profile("default"), max_examples=_EXAMPLES * LONG_FACTOR)
settings.load_profile("long" if LONG else "default")


def budget(examples: int) -> settings:
    """Settings for one test: `examples` now, a hundred times as many in the long run."""
    return settings(max_examples=examples * (LONG_FACTOR if LONG else 1))
