"""The longest common subsequence of two sequences, in bounded time and memory.

A row of the usual table is one long integer, a bit for each place of the new sequence, so that a
row costs a few operations on it (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004).
Where even that table is too large, the sequences are first divided at what stands once in both.
"""

import itertools
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence

_LARGEST_TABLE = 400_000_000  # bits; two sequences of 20,000, about a second and 100 MB


def common_subsequence(
    old: Sequence[Hashable], new: Sequence[Hashable], largest_table: int = _LARGEST_TABLE
) -> list[tuple[int, int]]:
    """Return the places, in old and in new, of what both have in the same order.

    It is the longest, unless the table is too large also between what stands once in both; there
    it may be shorter.
    """
    pairs: list[tuple[int, int]] = []
    left = [(range(len(old)), range(len(new)))]
    while left:
        within_old, within_new = left.pop()
        head, within_old, within_new, tail = _trimmed(old, new, within_old, within_new)
        pairs += head + tail
        here = _shared(old, within_old, {new[place] for place in within_new})
        there = _shared(new, within_new, {old[place] for place in within_old})
        if len(here) * len(there) <= largest_table:
            found = _longest([old[place] for place in here], [new[place] for place in there])
            pairs += [(here[row], there[column]) for row, column in found]
        elif anchors := _unique(old, new, here, there):
            pairs += anchors
            left += _between(anchors, within_old, within_new)
    return sorted(pairs)


def _trimmed(
    old: Sequence[Hashable], new: Sequence[Hashable], within_old: range, within_new: range
) -> tuple[list[tuple[int, int]], range, range, list[tuple[int, int]]]:
    """Take off what both ranges begin and end with."""
    shorter = min(len(within_old), len(within_new))
    head = 0
    while head < shorter and old[within_old[head]] == new[within_new[head]]:
        head += 1
    tail = 0
    while tail < shorter - head and old[within_old[~tail]] == new[within_new[~tail]]:
        tail += 1
    first = list(zip(within_old[:head], within_new[:head], strict=True))
    rest_old, rest_new = (within[head : len(within) - tail] for within in (within_old, within_new))
    ends = (within[len(within) - tail :] for within in (within_old, within_new))
    last = list(zip(*ends, strict=True))
    return first, rest_old, rest_new, last


def _shared(sequence: Sequence[Hashable], within: range, others: set[Hashable]) -> list[int]:
    return [place for place in within if sequence[place] in others]


def _longest(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the longest common subsequence by the whole table."""
    places: dict[Hashable, int] = {}
    for column, value in enumerate(new):
        places[value] = places.get(value, 0) | 1 << column
    everywhere = (1 << len(new)) - 1
    row, rows = everywhere, []
    for value in old:
        matches = row & places[value]
        # A cleared bit: here the subsequence becomes longer than one column before.
        row = ((row + matches) | (row - matches)) & everywhere
        rows.append(row)
    pairs = []
    at, column = len(old) - 1, len(new) - 1
    while at >= 0 and column >= 0:
        if rows[at] >> column & 1:
            column -= 1
        elif at and not rows[at - 1] >> column & 1:
            at -= 1
        else:
            pairs.append((at, column))
            at, column = at - 1, column - 1
    return pairs


def _unique(
    old: Sequence[Hashable], new: Sequence[Hashable], here: Sequence[int], there: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the places of what stands once in both, as far as it stands in the same order."""
    in_old, in_new = Counter(old[place] for place in here), Counter(new[place] for place in there)
    where = {old[place]: place for place in here if in_old[old[place]] == 1}
    candidates = [
        (where[new[place]], place)
        for place in there
        if in_new[new[place]] == 1 and new[place] in where
    ]
    # The longest ascending run of places in old, by patience sorting.
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (place, _) in enumerate(candidates):
        pile = bisect_left(tops, place)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1], ends[pile : pile + 1] = [place], [number]
    chain = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(candidates[number])
        number = before[number]
    return chain[::-1]


def _between(
    anchors: Sequence[tuple[int, int]], within_old: range, within_new: range
) -> list[tuple[range, range]]:
    """Return the ranges before, between and behind anchors."""
    bounds = [
        (within_old.start - 1, within_new.start - 1),
        *anchors,
        (within_old.stop, within_new.stop),
    ]
    return [
        (range(row + 1, next_row), range(column + 1, next_column))
        for (row, column), (next_row, next_column) in itertools.pairwise(bounds)
    ]
