"""Passages to the numbers of their terms, as fast as plain Python goes.

Text repeats its chunks (what stands between white space), so every passage is first a list of
chunk numbers, and each distinct chunk is analysed once; what a chunk's terms are does not depend
on what stands around it.
"""

from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from index import analysis
from index.records import Passage

_MOST_CHUNKS = 1 << 20  # held at once; beyond it memory no longer grows with the text


class _Numbers(dict[str, int]):
    """Numbers its keys in the order in which they are first asked for."""

    def __missing__(self, key: str) -> int:
        number = self[key] = len(self)
        return number


class TermCounter:
    """Collects passages and tells the terms of each, by number."""

    def __init__(self, known: Iterable[str] = (), most_chunks: int = _MOST_CHUNKS) -> None:
        self._most_chunks = most_chunks
        self._terms = _Numbers()
        for term in known:
            self._terms[term]
        self._start()
        self._done: list[npt.NDArray[np.int32]] = []
        self._lengths: list[npt.NDArray[np.int64]] = []

    def _start(self) -> None:
        self._chunks = _Numbers()
        self._flat = array("i")  # chunk numbers of all passages, one after the other
        self._ends = array("q")  # where each passage ends in it

    @property
    def spellings(self) -> Sequence[str]:
        """The terms, in the order of their numbers."""
        return list(self._terms)

    def add(self, passages: Sequence[Passage]) -> None:
        """Take the passages of one document.

        The terms of the title and the headings help every passage below them, and those of an
        introduction what it introduces.
        """
        known: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        above: list[str] = []
        number = self._chunks.__getitem__
        for passage in passages:
            if (passage.heading, passage.introduction) != known:
                known = passage.heading, passage.introduction
                above = " ".join((passage.document.title, *known[0], *known[1])).split()
            # Without commas and points behind words there are fewer distinct chunks; no term
            # depends on them there.
            self._flat.extend(
                map(number, passage.text.replace(", ", " ").replace(". ", " ").split())
            )
            self._flat.extend(map(number, above))
            self._ends.append(len(self._flat))
        if len(self._chunks) > self._most_chunks:
            self._analyse()

    def counted(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Return the term numbers of all passages in order, and how many each passage has."""
        self._analyse()
        if not self._done:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
        return np.concatenate(self._done), np.concatenate(self._lengths)

    def _analyse(self) -> None:
        """Turn chunk numbers into term numbers."""
        spelled, sizes = analysis.terms_of_chunks(self._chunks)
        terms = array("i", map(self._terms.__getitem__, spelled))
        ends = array("q", accumulate(sizes, initial=0))
        if self._ends:
            flat = np.frombuffer(self._flat, dtype=np.int32)
            chunk_ends = np.frombuffer(ends, dtype=np.int64)
            sizes_here = np.diff(chunk_ends)[flat]
            cumulated = np.cumsum(sizes_here)
            # Each chunk number becomes the run of its terms: where the run starts, and so on.
            starts = np.repeat(chunk_ends[flat] - (cumulated - sizes_here), sizes_here)
            places = starts + np.arange(len(starts))
            self._done.append(np.frombuffer(terms, dtype=np.int32)[places])
            passage_ends = np.frombuffer(self._ends, dtype=np.int64)
            term_ends = np.concatenate(([0], cumulated))[passage_ends]
            self._lengths.append(np.diff(term_ends, prepend=0))
        self._start()
