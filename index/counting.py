"""Chunks of passages to the numbers of their terms, all passages at once.

Each process that reads documents numbers chunks and terms for itself; here they become one
numbering. What comes out depends on the passages alone, not on who numbered what.
"""

from __future__ import annotations  # array[int] is no type before Python 3.12

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.chunks import FIELDS, ChunkNumberer, ChunkTable, PassageChunks, numbering
from index.records import Passage


@dataclass(frozen=True, slots=True)
class Counted:
    """The terms of passages by number; the passages stand in any order."""

    terms: npt.NDArray[np.int32]  # of all passages, one after the other
    fields: npt.NDArray[np.int64]  # (N, FIELDS) how many of them each field of a passage has
    kinds: npt.NDArray[np.int64]  # (N,) what each passage's text holds
    numbers: npt.NDArray[np.int64]  # (N,) the number of each passage

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """How many terms each passage has, (N,)."""
        summed: npt.NDArray[np.int64] = self.fields.sum(axis=1)
        return summed


@dataclass(slots=True)
class _Collected:
    """The passages whose chunks one table knows."""

    table: ChunkTable
    flat: array[int] = field(default_factory=lambda: array("i"))
    lengths: array[int] = field(default_factory=lambda: array("i"))
    kinds: array[int] = field(default_factory=lambda: array("i"))
    numbers: array[int] = field(default_factory=lambda: array("q"))


class TermCounter:
    """Collects passages and tells the terms of each, by number."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._terms = numbering()
        for term in known:
            self._terms[term]  # asking for it numbers it
        self._collected: dict[int, _Collected] = {}
        self._numberer = ChunkNumberer()
        self._table = ChunkTable()

    @property
    def spellings(self) -> Sequence[str]:
        """The terms by number; `counted` adds those of the passages taken since."""
        return list(self._terms)

    def add(self, passages: Sequence[Passage], numbers: Sequence[int]) -> None:
        """Take the passages of one document, which have these numbers."""
        numbered = self._numberer.number(passages)
        if numbered.is_anew:
            self._table = ChunkTable()
        self._table.add(numbered)
        chunks = PassageChunks(self._table, numbered.flat, numbered.lengths, numbered.kinds)
        self.add_chunks(chunks, numbers)

    def add_chunks(self, chunks: PassageChunks, numbers: Sequence[int]) -> None:
        """Take the passages of one document whose chunks are numbered already."""
        collected = self._collected.setdefault(id(chunks.table), _Collected(chunks.table))
        collected.flat.extend(chunks.flat)
        collected.lengths.extend(chunks.lengths)
        collected.kinds.extend(chunks.kinds)
        collected.numbers.extend(numbers)

    def counted(self) -> Counted:
        """Return the terms of all passages taken."""
        parts = [self._expanded(collected) for collected in self._collected.values()]
        none = np.zeros(0, dtype=np.int64)
        return Counted(
            np.concatenate([np.zeros(0, dtype=np.int32), *(part.terms for part in parts)]),
            np.concatenate([none.reshape(0, FIELDS), *(part.fields for part in parts)]),
            np.concatenate([none, *(part.kinds for part in parts)]),
            np.concatenate([none, *(part.numbers for part in parts)]),
        )

    def _expanded(self, collected: _Collected) -> Counted:
        """Turn chunk numbers into term numbers."""
        table = collected.table
        renumbered = array("i", map(self._terms.__getitem__, table.spellings))
        terms = np.array(renumbered, dtype=np.int32)[_int32(table.terms)]
        chunk_ends = np.concatenate(([0], np.cumsum(_int32(table.sizes), dtype=np.int64)))
        flat = _int32(collected.flat)
        sizes_here = np.diff(chunk_ends)[flat]
        cumulated = np.cumsum(sizes_here)
        # Each chunk number becomes the run of its terms: where the run starts, and so on.
        starts = np.repeat(chunk_ends[flat] - (cumulated - sizes_here), sizes_here)
        places = starts + np.arange(len(starts))
        field_ends = np.cumsum(_int32(collected.lengths), dtype=np.int64)
        term_ends = np.concatenate(([0], cumulated))[field_ends]
        return Counted(
            terms[places],
            np.diff(term_ends, prepend=0).reshape(-1, FIELDS),
            _int32(collected.kinds).astype(np.int64),
            np.array(collected.numbers, dtype=np.int64),
        )


def _int32(numbers: array[int]) -> npt.NDArray[np.int32]:
    """Look at an array as one of numpy's; without its memory where it is empty."""
    return np.frombuffer(numbers, dtype=np.int32) if numbers else np.zeros(0, dtype=np.int32)
