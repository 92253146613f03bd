"""Terms of passages to an inverted index in flat arrays.

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


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Which terms stand in which passages, one entry a posting, in ascending order."""

    keys: npt.NDArray[np.uint64]  # (P,) the term's number in the upper 32 bits, then the passage's
    frequencies: npt.NDArray[np.int64]  # (P,)


def occurrences(terms: Integers, lengths: Integers, numbers: Integers) -> Occurrences:
    """Count terms per passage.

    `terms` holds the term numbers of all passages one after the other, `lengths` (N,) how many of
    them belong to each passage, and `numbers` (N,) the number that each passage shall have.
    """
    # Sorting takes most of the time here, and half of it where a key fits into 32 bits.
    bits = int(numbers.max(initial=0)).bit_length()
    fits = bits + int(terms.max(initial=0)).bit_length() <= 32
    kind = np.dtype(np.uint32 if fits else np.uint64)
    keys = terms.astype(kind) << kind.type(bits) | np.repeat(numbers.astype(kind), lengths)
    keys.sort()
    first = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    places = np.flatnonzero(first)
    distinct = keys[places].astype(np.uint64)
    passages = distinct & np.uint64((1 << bits) - 1)
    return Occurrences(
        distinct >> np.uint64(bits) << np.uint64(32) | passages,
        np.diff(places, append=len(keys)),
    )


def carry_over(postings: Postings, new_terms: Integers, new_numbers: Integers) -> Occurrences:
    """Take postings along into a new index.

    `new_terms` (T,) numbers the terms anew, `new_numbers` (N,) the passages; -1 for those that go.
    """
    passages = new_numbers[postings.passages]
    stays = passages >= 0
    terms = np.repeat(new_terms.astype(np.uint64), postings.document_frequencies)[stays]
    keys = terms << np.uint64(32) | passages[stays].astype(np.uint64)
    return Occurrences(keys, postings.frequencies[stays].astype(np.int64))


def invert(parts: Sequence[Occurrences], lengths: Integers, terms: int) -> Postings:
    """Put occurrences of so many terms together; no passage may be in two parts."""
    keys = np.concatenate([part.keys for part in parts])
    frequencies = np.concatenate([part.frequencies for part in parts])
    if len(parts) > 1:
        order = np.argsort(keys, kind="stable")  # the parts are sorted, so this merges them
        keys, frequencies = keys[order], frequencies[order]
    starts = np.zeros(terms + 1, dtype="<i8")
    np.cumsum(
        np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=terms), out=starts[1:]
    )
    highest = int(frequencies.max(initial=0))
    width = "u1" if highest < 1 << 8 else "<u2" if highest < 1 << 16 else "<u4"
    return Postings(
        starts=starts,
        passages=(keys & np.uint64(0xFFFFFFFF)).astype("<i4"),
        frequencies=frequencies.astype(width),
        lengths=lengths.astype("<i4"),
    )
