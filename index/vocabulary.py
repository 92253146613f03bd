"""The terms of an index in the order of their spelling, so that a number tells a term and back.

All spellings stand one after the other in one array of UTF-8 bytes; finding one is a bisection
that touches a dozen places of it, and opening it touches none.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

_REMEMBERED = 1 << 16  # questions repeat their words
_LONGEST_REMEMBERED = 64  # characters


class Vocabulary:
    """Looks terms up; any number of threads may ask at once."""

    def __init__(self, spellings: memoryview, ends: memoryview) -> None:
        """Take the UTF-8 bytes of T terms, sorted, and where each ends, (T,)."""
        self.spellings = spellings
        self.ends = ends
        self._remembered: dict[str, int | None] = {}

    def __len__(self) -> int:
        return len(self.ends)

    def numbers(self, terms: Iterable[str]) -> dict[str, int]:
        """Return the number of each of the terms that are there."""
        found = {}
        for term in terms:
            number = self._remembered.get(term, -1)
            if number == -1:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                number = self._find(term.encode())
                if len(term) <= _LONGEST_REMEMBERED:
                    self._remembered[term] = number
            if number is not None:
                found[term] = number
        return found

    def terms(self, numbers: Iterable[int]) -> list[str]:
        """Return terms by number, in the order asked for."""
        return [self._spelling(number).decode() for number in numbers]

    def _find(self, spelling: bytes) -> int | None:
        place = bisect_left(range(len(self.ends)), spelling, key=self._spelling)
        return place if place < len(self.ends) and self._spelling(place) == spelling else None

    def _spelling(self, number: int) -> bytes:
        start = self.ends[number - 1] if number else 0
        return self.spellings[start : self.ends[number]].tobytes()


def vocabulary(terms: Sequence[str]) -> Vocabulary:
    """Make the vocabulary of terms that are sorted by code points, which is UTF-8's order too."""
    spellings = "".join(terms).encode()
    sizes = map(len, terms if spellings.isascii() else [term.encode() for term in terms])
    ends = array("I" if len(spellings) < 1 << 32 else "Q", accumulate(sizes))
    return Vocabulary(memoryview(spellings), memoryview(ends))
