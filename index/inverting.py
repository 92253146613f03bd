"""Terms of passage after passage to an inverted index, in bounded memory.

A few thousand passages at a time are sorted by term, which a processor's cache has room for; then
every run of a term is put behind the one before. It takes eleven bytes a posting at most.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.postings import Integers, Postings

_BITS = 12  # of a passage's number in its part
AT_ONCE = 1 << _BITS  # passages of a part, so that most keys fit into 32 bits


class _Part(NamedTuple):
    """Some passages, sorted by term: U terms, R postings."""

    first: int  # passage
    names: Integers  # (U,): of the terms, ascending, each once
    sizes: Integers  # (U,): how many postings each has
    passages: npt.NDArray[np.uint16]  # (R,): from the first on
    frequencies: Integers  # (R,)


def inverted(terms: Integers, lengths: Integers) -> Postings:
    """Return the inverted index of passages; terms are numbered from 0, and each stands somewhere.

    `terms` are those of all passages, one after the other, `lengths` (N,) how many each has.
    """
    inverter = Inverter()
    ends = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    for first in range(0, len(lengths), AT_ONCE):
        some = lengths[first : first + AT_ONCE]
        inverter.add(terms[ends[first] : ends[first + len(some)]], some)
    names = inverter.names()
    return inverter.postings(names, np.arange(len(names)))


class Inverter:
    """Takes the terms of passages, in their order."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._lengths: list[Integers] = []
        self._passages = 0

    def add(self, names: Integers, lengths: Integers) -> None:
        """Take AT_ONCE passages or fewer: the names of their terms, one after the other.

        A term's name is a number of 52 bits at most.
        """
        bits = int(names.max(initial=0)).bit_length() + _BITS
        kind = np.dtype(np.uint32 if bits <= 32 else np.uint64)
        keys = names.astype(kind) << kind.type(_BITS)
        keys |= np.repeat(np.arange(len(lengths), dtype=kind), lengths)
        keys.sort()
        is_first = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
        places = np.flatnonzero(is_first)
        keys = keys[places]
        frequencies = np.diff(places, append=len(names))
        passages = (keys & kind.type(AT_ONCE - 1)).astype(np.uint16)
        keys >>= kind.type(_BITS)
        begins = np.flatnonzero(np.diff(keys, prepend=kind.type(~kind.type(0))))
        self._parts.append(
            _Part(
                self._passages,
                keys[begins],
                np.diff(begins, append=len(keys)).astype(np.int32),
                passages,
                _narrow(frequencies),
            )
        )
        self._lengths.append(lengths.astype("<i4"))
        self._passages += len(lengths)

    def names(self) -> npt.NDArray[np.uint64]:
        """Return the names of all terms, (T,), ascending."""
        none = np.zeros(0, dtype=np.uint64)
        names = np.concatenate([none, *(part.names for part in self._parts)])
        names.sort()  # numpy.unique would load numpy's masked arrays first: 50 milliseconds
        is_first = np.ones(len(names), dtype=bool)
        np.not_equal(names[1:], names[:-1], out=is_first[1:])
        return names[is_first]

    def postings(self, names: Integers, numbers: Integers) -> Postings:
        """Return the inverted index; the term of names[t] has the number numbers[t], (T,).

        It can be asked for once: the parts are given up as they are put together.
        """
        sizes = np.zeros(len(numbers), dtype=np.int64)
        for part in self._parts:
            sizes[numbers[names.searchsorted(part.names)]] += part.sizes
        starts = np.concatenate((np.zeros(1, dtype="<i8"), np.cumsum(sizes, dtype="<i8")))
        widest = max((part.frequencies.dtype for part in self._parts), key=_size, default=np.uint8)
        passages = np.empty(int(starts[-1]), dtype="<i4")
        frequencies = np.empty(int(starts[-1]), dtype=widest)
        next_place = starts[:-1].copy()
        self._parts.reverse()
        while self._parts:
            part = self._parts.pop()
            renumbered = numbers[names.searchsorted(part.names)]
            ends = np.cumsum(part.sizes)
            places = np.repeat(next_place[renumbered] - (ends - part.sizes), part.sizes)
            places += np.arange(len(places))
            passages[places] = part.passages.astype("<i4") + part.first
            frequencies[places] = part.frequencies
            next_place[renumbered] += part.sizes
        none = np.zeros(0, dtype="<i4")
        return Postings(starts, passages, frequencies, np.concatenate([none, *self._lengths]))


def _narrow(frequencies: Integers) -> Integers:
    highest = int(frequencies.max(initial=0))
    return frequencies.astype("u1" if highest < 1 << 8 else "<u2" if highest < 1 << 16 else "<u4")


def _size(kind: "np.dtype[np.generic]") -> int:
    return kind.itemsize
