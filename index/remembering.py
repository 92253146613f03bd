"""What was worked out last, up to some bytes."""

import threading
from collections import OrderedDict
from contextlib import suppress
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Remembered(Generic[_Value]):
    """Keeps values by number, and forgets those that were not asked for longest.

    Any number of threads may use it.
    """

    def __init__(self, most: int) -> None:
        """Take how many bytes the values may have together."""
        self._most = most
        self._bytes = 0
        self._lock = threading.Lock()
        self._known: OrderedDict[int, tuple[_Value, int]] = OrderedDict()

    def get(self, number: int) -> _Value | None:
        """Return a value, or None where it is not kept."""
        known = self._known.get(number)
        if known is None:
            return None
        with suppress(KeyError):  # another thread has made room
            self._known.move_to_end(number)
        return known[0]

    def put(self, number: int, value: _Value, size: int) -> None:
        """Keep a value of so many bytes, unless it alone has too many."""
        if size > self._most:
            return
        with self._lock:
            if number not in self._known:
                self._known[number] = value, size
                self._bytes += size
            while self._bytes > self._most:
                _, (_, gone) = self._known.popitem(last=False)
                self._bytes -= gone
