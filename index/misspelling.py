"""A word that no document contains to the terms that it may be a slip of.

Slips are counted as optimal string alignment does: letters left out, put in, exchanged, and
neighbours swapped. A correct word that the documents merely lack must not become another, so short
words are only mended where letters were swapped, and the first letter must be right.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.analysis import fold, stem
from index.postings import Integers
from index.vocabulary import Vocabulary

MOST = 2  # terms that one word is mended to
_SHORTEST = 4  # letters of a word that is mended
# Letters of a stem, for that is what is compared: two words with other endings are no slips.
_FREELY = 6  # from which on any one slip is mended
_TWICE = 9  # from which on two are
_EXCHANGED = 8  # from which on a consonant may be another
_LONG = 8  # letters of a word whose stem may be one shorter
_VOWELS = "aeiouy"
_LONGEST = 30
_SHORTEST_STEM = 4
# Endings in which a slip is common; the stem before them must be right.
_ENDINGS = ("ment", "ments", "tion", "tions", "ation", "ations", "ing", "ings", "able", "ness")


class Spellings:
    """Finds terms by their spelling; any number of threads may ask at once."""

    def __init__(self, vocabulary: Vocabulary, document_frequencies: Integers) -> None:
        """Take the terms, and in how many passages each stands (T,); some may stand in none."""
        self._vocabulary = vocabulary
        self._frequencies = document_frequencies

    def nearest(self, word: str) -> list[int]:
        """Return the numbers of the terms nearest to a word, the commonest first; at most MOST."""
        word = fold(word)
        if not (word.isascii() and word.isalpha() and _SHORTEST <= len(word) <= _LONGEST):
            return []
        mended = self._by_ending(word)
        if mended:
            return mended
        own = stem(word)
        most = 2 if len(own) >= _TWICE else 1
        found: dict[int, int] = {}
        for number, spelling in self._alike(own, most):
            distance = osa_distance(own, spelling, most)
            if distance <= most and _is_slip(own, spelling, len(word)):
                found[number] = distance
        least = min(found.values(), default=0)
        best = [number for number, distance in found.items() if distance == least]
        best.sort(key=lambda number: (-int(self._frequencies[number]), number))
        return best[:MOST]

    def _by_ending(self, word: str) -> list[int]:
        """Return the term before an ending that has a slip."""
        for size in range(len(word) - 2, _SHORTEST_STEM - 1, -1):
            ending = word[size:]
            if any(osa_distance(ending, known, 1) == 1 for known in _ENDINGS):
                number = self._vocabulary.numbers([word[:size]]).get(word[:size])
                if number is not None and self._frequencies[number]:
                    return [number]
        return []

    def _alike(self, word: str, most: int) -> list[tuple[int, str]]:
        """Return the terms of about the same length and letters, with the same first one."""
        spelled = np.frombuffer(word.encode(), dtype=np.uint8)
        letters = np.bitwise_or.reduce(np.uint32(1) << (spelled.astype(np.uint32) & 31))
        lengths, signatures, firsts = self._seen
        near = np.abs(lengths - len(word)) <= most
        # A letter swapped into the first place is another first letter.
        near &= (firsts == spelled[0]) | ((firsts == spelled[1]) & (lengths == len(word)))
        places = np.flatnonzero(near)
        differing = signatures[places] ^ letters
        bits = _BITS[differing.view(np.uint8).reshape(-1, 4)].sum(axis=1)
        places = places[bits <= 2 * most]
        numbers = [n for n in places.tolist() if self._frequencies[n]]
        return list(zip(numbers, self._vocabulary.terms(numbers), strict=True))

    @cached_property
    def _seen(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
        """The length, the set of letters and the first byte of each term."""
        ends, spellings = self._vocabulary.ends, self._vocabulary.spellings
        if not len(ends):
            none = np.zeros(0, dtype=np.int64)
            return none, none.astype(np.uint32), none.astype(np.uint8)
        starts = np.concatenate(([0], ends[:-1])).astype(np.int64)
        letters = np.uint32(1) << (spellings.astype(np.uint32) & 31)
        return ends - starts, np.bitwise_or.reduceat(letters, starts), spellings[starts]


_BITS = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)


def _is_slip(word: str, other: str, typed: int) -> bool:
    """Say whether a stem, of a word of so many letters, is rather a slip than another word.

    People leave letters out, double and swap them, and take one vowel for another; "cancer" is no
    slip of "cancel".
    """
    if len(word) != len(other):
        return len(word) >= _FREELY or (len(word) >= _FREELY - 1 and typed >= _LONG)
    if sorted(word) == sorted(other):
        return True
    differing = [both for both in zip(word, other, strict=True) if both[0] != both[1]]
    return len(word) >= _EXCHANGED or (
        len(word) >= _FREELY and all(a in _VOWELS and b in _VOWELS for a, b in differing)
    )


def osa_distance(one: str, other: str, most: int) -> int:
    """Return the optimal string alignment distance, or most + 1 where it is greater.

    As Damerau, 1964: insertions, deletions, substitutions and swaps of neighbours count one each.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, right in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
