"""How often one may ask: a bucket of tokens for each address and each account, in bounded memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from truceline.base.errors import TooOftenError
from truceline.base.units import US_PER_S

BUCKETS_MAX = 10_000
_US_PER_MIN = 60 * US_PER_S


class Buckets:
    """Each key may ask `burst` times at once and `per_min` times a minute; who asked longest ago is forgotten."""

    def __init__(self, *, per_min: int, burst: int, now_us: Callable[[], int]) -> None:
        """All buckets begin full."""
        self._us_a_token, self._burst, self._now_us = _US_PER_MIN // per_min, burst, now_us
        self._used_until_us: OrderedDict[str, int] = OrderedDict()  # grows by a token's time with each, up to now
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """One token. Raises: TooOftenError, and takes none."""
        with self._lock:
            now_us = self._now_us()
            full_us = self._burst * self._us_a_token
            used_us = max(self._used_until_us.pop(key, 0), now_us - full_us) + self._us_a_token
            refused = used_us > now_us
            self._used_until_us[key] = min(used_us - self._us_a_token * refused, now_us)
            while len(self._used_until_us) > BUCKETS_MAX:
                self._used_until_us.popitem(last=False)
        if refused:
            wait_s = -(-(used_us - now_us) // US_PER_S)
            raise TooOftenError("there were too many requests.", subject="request", wait_s=wait_s)
