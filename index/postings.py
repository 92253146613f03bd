"""An inverted index in flat arrays, as it is built.

The postings of term t are the places starts[t] to starts[t + 1] of `passages` and `frequencies`,
in passage order. Terms are numbered in the order of their spelling, so the same documents give
the same arrays however the index came about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Postings:
    """An inverted index; T terms, N passages, P postings."""

    starts: Integers  # (T + 1,) int64
    passages: Integers  # (P,) int32
    frequencies: Integers  # (P,) uint8, uint16 or uint32: how often the term stands there, >= 1
    lengths: Integers  # (N,) int32: terms in each passage, repeated ones counted each time

    @property
    def document_frequencies(self) -> npt.NDArray[np.int64]:
        """In how many passages each term stands, (T,) int64."""
        return np.diff(self.starts).astype(np.int64, copy=False)


def joined(parts: Sequence[tuple[Postings, Integers]], terms: int) -> Postings:
    """Put the passages of some inverted indexes behind each other, in one of so many terms.

    With each comes which number each of its terms has in the new one, (T,).
    """
    sizes = np.zeros(terms, dtype=np.int64)
    for part, numbers in parts:
        sizes[numbers] += part.document_frequencies
    starts = np.concatenate((np.zeros(1, dtype="<i8"), np.cumsum(sizes, dtype="<i8")))
    widest = max((part.frequencies.dtype for part, _ in parts), key=lambda kind: kind.itemsize)
    passages = np.empty(int(starts[-1]), dtype="<i4")
    frequencies = np.empty(int(starts[-1]), dtype=widest)
    next_place, first = starts[:-1].copy(), 0
    for part, numbers in parts:
        places = np.repeat(next_place[numbers] - part.starts[:-1], part.document_frequencies)
        places += np.arange(len(places))
        passages[places] = part.passages + first
        frequencies[places] = part.frequencies
        next_place[numbers] += part.document_frequencies
        first += len(part.lengths)
    lengths = np.concatenate([part.lengths for part, _ in parts])
    return Postings(starts, passages, frequencies, lengths)
