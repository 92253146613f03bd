"""A word that no document contains to the terms that it may be a slip of.

Slips are counted as optimal string alignment does: letters left out, put in, exchanged, and
neighbours swapped. A correct word that the documents merely lack must not become another, so common
English words are never mended, short ones only where letters were swapped, doubled or not doubled,
and the first letter must be right.
"""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.analysis import fold, stem
from index.common_words import COMMON_WORDS
from index.postings import Integers
from index.vocabulary import Vocabulary

MOST = 2  # terms that one word is mended to
_SHORTEST = 4  # letters of a word that is mended, and of its stem
# Letters of a stem, for that is what is compared: two words with other endings are no slips.
_FREELY = 6  # from which on any one slip is mended
_TWICE = 9  # from which on two are
_EXCHANGED = 8  # from which on a consonant may be another
_LONG = 8  # letters of a word from which on its stem may be shorter
_VOWELS = "aeiouy"
_LONGEST = 30
# Endings in which a slip is common; the stem before them must be right.
_ENDINGS = ("ment", "ments", "tion", "tions", "ation", "ations", "ing", "ings", "able", "ness")
# Right endings that the stem of a word keeps where a slip stands before them: "retnt-ion". Behind
# each is what stems have in place of it.
_KEPT_ENDINGS = dict.fromkeys(
    "s es ed ing ings ion ions ation ations ment ments ement ements al ally ly".split(), ""
) | {"y": "i", "ies": "i", "ied": "i"}


class _Block(NamedTuple):
    """The terms with one first letter, which stand together."""

    first: int  # number of the first one
    starts: npt.NDArray[np.int64]  # of each in the spellings
    lengths: npt.NDArray[np.int64]
    letters: npt.NDArray[np.uint32]  # a bit for each letter that is in it


class Spellings:
    """Finds terms by their spelling; any number of threads may ask at once."""

    def __init__(self, vocabulary: Vocabulary, document_frequencies: Integers) -> None:
        """Take the terms, and in how many passages each stands (T,); some may stand in none."""
        self._vocabulary = vocabulary
        self._frequencies = document_frequencies
        self._spellings = np.asarray(vocabulary.spellings)
        self._ends = np.asarray(vocabulary.ends).astype(np.int64, copy=False)
        self._last = len(self._spellings) - 1
        self._blocks: dict[int, _Block] = {}  # first byte -> terms; made when first asked for

    def nearest(self, word: str) -> list[int]:
        """Return the numbers of the terms nearest to a word, the commonest first; at most MOST."""
        word = fold(word)
        if not (word.isascii() and word.isalpha() and _SHORTEST <= len(word) <= _LONGEST):
            return []
        own = stem(word)
        if len(own) < _SHORTEST or own in _common_stems():
            return []
        return (
            self._before_ending(word)
            or self._like([own], len(word), 1)
            or self._like(_without_ending(word, own), len(word), 1)
            or (self._like([own], len(word), 2) if len(own) >= _TWICE else [])
        )

    def _before_ending(self, word: str) -> list[int]:
        """Return the term before an ending that has a slip."""
        for size in range(len(word) - 2, _SHORTEST - 1, -1):
            ending = word[size:]
            if any(osa_distance(ending, known, 1) == 1 for known in _ENDINGS):
                begun = word[:size]
                number = self._vocabulary.numbers([begun]).get(begun)
                if number is not None and self._frequencies[number]:
                    return [number]
        return []

    def _like(self, stems: Iterable[str], typed: int, slips: int) -> list[int]:
        """Return the commonest terms so many slips from one of the stems of a word."""
        found: set[int] = set()
        for own in stems:
            numbers = self._apart(own, slips)
            spellings = self._vocabulary.terms(numbers)
            found.update(
                n for n, s in zip(numbers, spellings, strict=True) if _is_slip(own, s, typed)
            )
        return sorted(found, key=lambda number: (-int(self._frequencies[number]), number))[:MOST]

    def _apart(self, word: str, slips: int) -> list[int]:
        """Return the terms that are so many slips from a word and begin alike."""
        spelled = np.frombuffer(word.encode(), dtype=np.uint8)
        letters = np.bitwise_or.reduce(_LETTERS[spelled])
        found: list[int] = []
        # A letter swapped into the first place is another first letter.
        for first in dict.fromkeys(spelled[:2].tolist()):
            block = self._block(first)
            slack = slips if first == spelled[0] else 0
            places = np.flatnonzero(np.abs(block.lengths - len(word)) <= slack)
            differing = block.letters[places] ^ letters
            bits = _BITS[differing.view(np.uint8).reshape(-1, 4)].sum(axis=1)
            places = places[bits <= 2 * slips]
            places = places[self._frequencies[block.first + places] > 0]
            if len(places):
                lengths = block.lengths[places]
                columns = block.starts[places, None] + np.arange(lengths.max())
                others = self._spellings[columns.clip(max=self._last)]
                near = osa_distances(spelled, others, lengths) == slips
                found.extend((block.first + places[near]).tolist())
        return found

    def _block(self, letter: int) -> _Block:
        """Return the terms that begin with a byte."""
        block = self._blocks.get(letter)
        if block is None:
            terms = range(len(self._vocabulary))
            first = bisect_left(terms, letter, key=self._first_byte)
            stop = bisect_left(terms, letter + 1, key=self._first_byte)
            ends = self._ends[first:stop].astype(np.int64)
            begin = int(self._ends[first - 1]) if first else 0
            starts = np.concatenate(([begin], ends[:-1])) if len(ends) else ends
            letters = np.zeros(0, dtype=np.uint32)
            if len(ends):
                spelled = _LETTERS[self._spellings[begin : ends[-1]]]
                letters = np.bitwise_or.reduceat(spelled, starts - begin)
            block = _Block(first, starts, ends - starts, letters)
            self._blocks[letter] = block
        return block

    def _first_byte(self, number: int) -> int:
        start = self._ends[number - 1] if number else 0
        return int(self._spellings[start])


_BITS = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)
_LETTERS = np.uint32(1) << (np.arange(256, dtype=np.uint32) & np.uint32(31))


def _without_ending(word: str, own: str) -> list[str]:
    """Return what may be the stem of a word before a right ending, besides its own stem."""
    ways = (
        word[: len(word) - len(ending)] + instead
        for ending, instead in _KEPT_ENDINGS.items()
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST
    )
    return [way for way in dict.fromkeys(ways) if way != own]


def _is_slip(word: str, other: str, typed: int) -> bool:
    """Say whether a stem, of a word of so many letters, is rather a slip than another word.

    People leave letters out, double and swap them, and take one vowel for another; "cancer" is no
    slip of "cancel".
    """
    if len(word) != len(other):
        freely = len(word) >= _FREELY or typed >= _LONG
        return (freely and len(other) >= _FREELY - 1) or _differ_by_double(word, other)
    if sorted(word) == sorted(other):
        return True
    differing = [both for both in zip(word, other, strict=True) if both[0] != both[1]]
    return len(word) >= _EXCHANGED or (
        len(word) >= _FREELY and all(a in _VOWELS and b in _VOWELS for a, b in differing)
    )


def _differ_by_double(one: str, other: str) -> bool:
    """Say whether the longer of two is the other with one letter doubled."""
    short, long = sorted((one, other), key=len)
    return any(
        long[i] == long[i - 1] and long[:i] + long[i + 1 :] == short for i in range(1, len(long))
    )


@cache
def _common_stems() -> frozenset[str]:
    """Return the stems of common words; made when a word is first looked for."""
    return frozenset(map(stem, COMMON_WORDS.split()))


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


def osa_distances(
    word: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8], lengths: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the optimal string alignment distance of a word to each of many, in bytes.

    `word` is (W,), 1 to 63; row n of `others` is a word in its first lengths[n] columns, and what
    follows is not looked at. A column of the table of osa_distance is the bits of one number, for
    all the words at once: Hyyrö, A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit
    Distances, 2003.
    """
    one, last = np.uint64(1), np.uint64(1) << np.uint64(len(word) - 1)
    stands = np.zeros(256, dtype=np.uint64)  # byte -> the places of the word that it stands at
    for place, byte in enumerate(word.tolist()):
        stands[byte] |= one << np.uint64(place)
    distances = np.full(len(others), len(word), dtype=np.int64)
    more = np.full(len(others), (1 << len(word)) - 1, dtype=np.uint64)  # than the row above
    less = diagonal = before = np.zeros(len(others), dtype=np.uint64)
    for column in range(others.shape[1]):
        here = stands[others[:, column]]
        swapped = ((~diagonal & here) << one) & before
        diagonal = (((here & more) + more) ^ more) | here | less | swapped
        right, left = less | ~(diagonal | more), diagonal & more
        step = ((right & last) != 0).astype(np.int64) - ((left & last) != 0)
        distances += np.where(column < lengths, step, 0)
        right, left = (right << one) | one, left << one
        more, less, before = left | ~(diagonal | right), right & diagonal, here
    return distances
