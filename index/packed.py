"""Postings as they are stored and searched: three bytes each, and none is decoded alone.

A term in more than one passage of eight, or of six of very many, has a row, one byte for each
passage: it takes hardly more room than a list, and the term is looked up at once. The other
terms have lists. A number of a passage is kept in 16 bits, its place in a block of 65,536; which
block that is comes from a table for terms in many passages, and from a byte or two beside each
number for the rest.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import View
from index.light_ranking import BLOCK, ODD
from index.postings import Integers, Postings

_ROW_SHARE, _ROW_SHARE_OF_MANY = 8, 6  # a term in more than one passage of so many has a row
_MANY = 4 * BLOCK  # passages; the room that rows take counts more then
_FEWEST_OF_TABLE = 64  # postings of a term with a table
_AT_ONCE = 1 << 22  # postings

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PackedPostings:
    """An inverted index; T terms, N passages, in B blocks.

    What is not in a row is in the lists: that of term t is the places starts[t] to starts[t + 1].
    """

    starts: Integers  # (T + 1,) uint32 or int64; a term with a row has no places
    low: Integers  # (L,) uint16: the number of each passage in its block
    counts: Integers  # (L,) uint8: how often the term stands there, ODD if it is kept apart
    high: Integers  # (H,) uint8 or uint16: blocks, of the terms without a table
    tables: Integers  # (W,) uint32: the terms with a table
    blocks: Integers  # (W, B + 1) as starts: where the part of each block begins
    before: Integers  # (W + 1,) as starts: places in lists with a table, before each and in all
    rows_of: Integers  # (D,) uint32: the terms with a row
    rows: Integers  # (D, N) uint8: how often each stands in each passage, ODD as in `counts`
    holders_of_rows: Integers  # (D,) uint32: in how many passages each stands
    odd_places: Integers  # (O,) int64: places of counts, then those of rows
    odd_counts: Integers  # (O,) uint32
    lengths: Integers  # (N,) uint16 or uint32: terms in each passage, repeated ones counted
    bounds: Integers  # (T,) uint8: no tf / (tf + norm) of the term is above it, in 255ths

    def views(self) -> dict[str, View]:
        """Return the arrays by name, as they are stored."""
        return {field.name: view_of(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def of_views(cls, views: Mapping[str, View]) -> "PackedPostings":
        """Take arrays as they are mapped from files, by name."""
        return cls(**{field.name: array_of(views[field.name]) for field in fields(cls)})

    @property
    def terms(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    @property
    def passages(self) -> int:
        """How many there are."""
        return len(self.lengths)

    @cached_property
    def document_frequencies(self) -> Numbers:
        """In how many passages each term stands, (T,) int64."""
        found = np.diff(self.starts).astype(np.int64)
        found[self.rows_of] = self.holders_of_rows
        return found

    def row(self, term: int) -> Integers | None:
        """Return how often a term stands in each passage, (N,), 255 and above as 255, if kept."""
        number = self._row_numbers.get(term)
        return None if number is None else self.rows[number]

    def holders(self, term: int) -> Numbers:
        """Return the passages that have a term, ascending."""
        row = self.row(term)
        if row is not None:
            return np.flatnonzero(row)
        start, end = int(self.starts[term]), int(self.starts[term + 1])
        numbers = self.low[start:end].astype(np.int64)
        if self.passages <= BLOCK:
            return numbers
        tables = self._tables
        place = bisect_left(tables, term)
        if place < len(tables) and tables[place] == term:
            begins = (self.blocks[place] - start).tolist()
            for block in range(1, len(begins) - 1):
                numbers[begins[block] : begins[block + 1]] += block * BLOCK
        else:
            first = start - int(self.before[place])
            numbers += self.high[first : first + end - start].astype(np.int64) << 16
        return numbers

    def listed(self, term: int) -> tuple[Numbers, Integers]:
        """Return the passages that have a term, ascending, and how often it stands in each."""
        row = self.row(term)
        if row is not None:
            holders = np.flatnonzero(row)
            return holders, self.frequencies(term, holders)
        start, end = int(self.starts[term]), int(self.starts[term + 1])
        return self.holders(term), self._mended(self.counts[start:end], start)

    def frequencies(self, term: int, passages: Numbers) -> Integers:
        """Return how often a term stands in some passages, (K,)."""
        row = self.row(term)
        if row is None:
            holders, counts = self.listed(term)
            places, is_there = places_in(holders, passages)
            found: Integers = counts.take(places) * is_there
            return found
        first = len(self.counts) + self._row_numbers[term] * self.passages
        return self._mended(row.take(passages), first, passages)

    def everywhere(self, term: int) -> Integers:
        """Return how often a term with a row stands in each passage, (N,)."""
        if len(self.odd_places):
            return self.frequencies(term, np.arange(self.passages))
        return np.asarray(self.row(term))

    def held_by(self, passages: npt.NDArray[np.bool_]) -> Numbers:
        """Return in how many of the given passages (N,) each term stands, (T,)."""
        listed = unpacked(self)
        held = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(passages[listed.passages])))
        return np.diff(held[listed.starts])

    def _mended(self, counts: Integers, first: int, after: Numbers | None = None) -> Integers:
        """Put in the frequencies that are kept apart, by the places of counts behind the first."""
        if not len(self.odd_places):
            return counts
        odd = np.flatnonzero(counts == ODD)
        if not len(odd):
            return counts
        mended = counts.astype(np.int64)
        places = first + (odd if after is None else after[odd])
        mended[odd] = self.odd_counts[self.odd_places.searchsorted(places)]
        return mended

    @cached_property
    def _tables(self) -> memoryview:
        return self.tables.data  # one element of a view costs half of what one of an array does

    @cached_property
    def _row_numbers(self) -> dict[int, int]:
        return {term: number for number, term in enumerate(self.rows_of.tolist())}


def array_of(view: View) -> npt.NDArray[Any]:
    """Return the array that a view of memory shows."""
    return np.asarray(view.values).reshape(view.shape)


def view_of(array: npt.NDArray[Any]) -> View:
    """Return an array as a view of memory."""
    array = np.ascontiguousarray(array)
    return View(array.reshape(-1).data, array.shape)


def places_in(holders: Numbers, passages: Numbers) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return where among holders, one at least, passages (K,) may stand, and which do."""
    places = holders.searchsorted(passages)
    np.minimum(places, len(holders) - 1, out=places)
    return places, holders.take(places) == passages


def packed(postings: Postings, norms: npt.NDArray[np.float64]) -> PackedPostings:
    """Pack an inverted index; `norms` (N,) are what BM25 weighs frequencies in passages against."""
    size, frequencies = len(postings.lengths), postings.document_frequencies
    share = _ROW_SHARE if size <= _MANY else _ROW_SHARE_OF_MANY
    in_rows: npt.NDArray[np.bool_] = frequencies * share > size
    rows_of = np.flatnonzero(in_rows)
    rows = np.zeros((len(rows_of), size), dtype=np.uint8)
    sizes = np.where(in_rows, 0, frequencies)
    starts = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=starts[1:])
    listed = int(starts[-1])
    low, counts = np.empty(listed, dtype=np.uint16), np.empty(listed, dtype=np.uint8)
    odd_places, odd_counts = [], []
    for is_row, number, first, last in _runs(rows_of, len(sizes)):
        place = slice(postings.starts[first], postings.starts[last])
        passages, often = postings.passages[place], postings.frequencies[place]
        if is_row:
            rows[number, passages] = np.minimum(often, ODD)
        else:
            low[starts[first] : starts[last]] = passages & (BLOCK - 1)
            counts[starts[first] : starts[last]] = np.minimum(often, ODD)
        odd = np.flatnonzero(often >= ODD)
        odd_places.append(listed + number * size + passages[odd] if is_row else starts[first] + odd)
        odd_counts.append(often[odd])
    places = np.concatenate([np.zeros(0, dtype=np.int64), *odd_places])
    in_order = places.argsort()
    tables, blocks, high = _blocks(postings, sizes, starts)
    wide = np.uint32 if listed < 1 << 32 else np.int64
    return PackedPostings(
        starts=starts.astype(wide),
        low=low,
        counts=counts,
        high=high,
        tables=tables.astype(np.uint32),
        blocks=blocks.astype(wide),
        before=np.concatenate(([0], np.cumsum(sizes[tables]))).astype(wide),
        rows_of=rows_of.astype(np.uint32),
        rows=rows,
        holders_of_rows=frequencies[rows_of].astype(np.uint32),
        odd_places=places[in_order],
        odd_counts=np.concatenate([np.zeros(0), *odd_counts])[in_order].astype(np.uint32),
        lengths=_narrow(postings.lengths),
        bounds=_bounds(postings, norms.astype(np.float32)),
    )


def _runs(rows_of: Numbers, terms: int) -> Iterator[tuple[bool, int, int, int]]:
    """Yield each term with a row, and the runs of terms between them, in order.

    Of each: whether it is a row, the number of that row or of the next one, and the first term and
    the one behind the last.
    """
    first = 0
    for number, term in enumerate([*rows_of.tolist(), terms]):
        if first < term:
            yield False, number, first, term
        if term < terms:
            yield True, number, term, term + 1
        first = term + 1


def _bounds(postings: Postings, norms: npt.NDArray[np.float32]) -> Integers:
    """Return the largest tf / (tf + norm) of each term, (T,), in 255ths and rounded up."""
    starts, terms = postings.starts, len(postings.starts) - 1
    largest = np.zeros(terms, dtype=np.float32)
    first = 0
    while first < terms:  # part by part, or it would take more memory than all else
        last = max(first + 1, int(starts.searchsorted(starts[first] + _AT_ONCE, side="right")) - 1)
        place = slice(starts[first], starts[last])
        counts = postings.frequencies[place].astype(np.float32)
        parts = counts / (counts + norms[postings.passages[place]])
        largest[first:last] = np.maximum.reduceat(parts, starts[first:last] - starts[first])
        first = last
    # One more than rounding up says, for what single precision lost.
    bounds: Integers = np.minimum(np.ceil(largest * ODD) + 1, ODD).astype(np.uint8)
    return bounds


def _blocks(
    postings: Postings, sizes: Numbers, starts: Numbers
) -> tuple[Numbers, Numbers, Integers]:
    """Return the terms with a table, their tables, and the blocks of the other terms' postings."""
    count = -(-len(postings.lengths) // BLOCK)
    if count <= 1:  # there is nothing to tell
        none = np.zeros(0, dtype=np.int64)
        return none, none.reshape(0, count + 1), none.astype(np.uint8)
    has_table = sizes >= max(_FEWEST_OF_TABLE, 2 * count)
    tables = np.flatnonzero(has_table)
    blocks = np.zeros((len(tables), count + 1), dtype=np.int64)
    begins = np.arange(count + 1) * BLOCK
    for place, term in enumerate(tables.tolist()):
        passages = postings.passages[postings.starts[term] : postings.starts[term + 1]]
        blocks[place] = passages.searchsorted(begins)
    blocks += starts[tables][:, np.newaxis]
    others = np.repeat(~has_table & (sizes > 0), postings.document_frequencies)
    width = np.uint8 if count <= 1 << 8 else np.uint16
    return tables, blocks, (postings.passages[others] >> 16).astype(width)


def _narrow(values: Integers) -> Integers:
    """Return whole numbers in 16 bits where they fit, or in 32."""
    return values.astype(np.uint16 if int(values.max(initial=0)) < 1 << 16 else np.uint32)


def unpacked(packed_postings: PackedPostings) -> Postings:
    """Return what was packed."""
    found = packed_postings
    frequencies = found.document_frequencies
    starts = np.zeros(found.terms + 1, dtype="<i8")
    np.cumsum(frequencies, out=starts[1:])
    is_listed = np.ones(found.terms, dtype=bool)
    is_listed[found.rows_of] = False
    sizes = np.where(is_listed, frequencies, 0)
    numbers = found.low.astype("<i4")
    if found.passages > BLOCK:
        has_table = np.zeros(found.terms, dtype=bool)
        has_table[found.tables] = True
        in_table = np.repeat(has_table, sizes)
        each = np.diff(found.blocks, axis=1)
        blocks = np.tile(np.arange(each.shape[1], dtype="<i4"), len(each))
        numbers[in_table] += np.repeat(blocks, each.ravel()) << 16
        numbers[~in_table] += found.high.astype("<i4") << 16
    highest = int(found.odd_counts.max(initial=0))
    width = "u1" if highest <= ODD else "<u2" if highest < 1 << 16 else "<u4"
    passages, counts = np.zeros(int(starts[-1]), "<i4"), np.zeros(int(starts[-1]), width)
    listed = np.repeat(is_listed, frequencies)
    passages[listed], counts[listed] = numbers, found.counts
    for term in found.rows_of.tolist():
        place = slice(starts[term], starts[term + 1])
        passages[place], counts[place] = found.listed(term)
    if len(found.odd_places):
        odd = found.odd_places < len(found.counts)
        counts[np.flatnonzero(listed)[found.odd_places[odd]]] = found.odd_counts[odd]
    return Postings(starts, passages, counts, found.lengths.astype("<i4"))
