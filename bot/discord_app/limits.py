"""How often one person may ask: a token bucket each."""

from collections import OrderedDict
from collections.abc import Callable

_ROUNDING = 1e-9
_MOST_PEOPLE = 20_000  # buckets held; a full one says nothing and is dropped first


class Buckets:
    """A bucket a person, which fills again at an even rate."""

    def __init__(self, a_minute: int, now: Callable[[], float]) -> None:
        """Allow so many at once and a minute; `now` gives seconds that never go back."""
        self.capacity = a_minute
        self._a_second = a_minute / 60
        self._now = now
        self._left: OrderedDict[int, tuple[float, float]] = OrderedDict()  # person -> left, when

    def take(self, person: int) -> float:
        """Take one and return 0, or return the seconds until there is one again."""
        now = self._now()
        left, when = self._left.pop(person, (float(self.capacity), now))
        left = min(self.capacity, left + (now - when) * self._a_second)
        wait = 0.0 if left > 1 - _ROUNDING else (1 - left) / self._a_second
        self._left[person] = (left if wait else left - 1, now)
        if len(self._left) > _MOST_PEOPLE:
            self._left.popitem(last=False)  # whoever has not asked for longest
        return wait
