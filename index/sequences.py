"""The terms of each passage in the order in which they stand, field by field.

Postings tell which passages have a term; this tells what stands beside what in them. Only the
passages that were found by their terms are looked at, so it is read at a few places.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.chunks import FIELDS
from index.counting import Counted
from index.postings import Integers

TEXT, TITLE = range(FIELDS - 1)  # columns of `fields`; the last is what stands above


@dataclass(frozen=True, slots=True)
class TermSequences:
    """N passages of D documents, S terms counted each time they stand."""

    terms: Integers  # (S,) int32: of passage after passage its text, the title, what is above it
    fields: Integers  # (N, FIELDS) int32: how many terms each field of a passage has
    kinds: Integers  # (N,) uint16: what the text of each passage holds, as index.kinds flags it
    documents: Integers  # (D + 1,) int32: the first passage of each document, and where all end

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where the terms of each passage begin, and where all end, (N + 1,)."""
        ends = np.cumsum(self.fields.sum(axis=1, dtype=np.int64))
        return np.concatenate((np.zeros(1, dtype=np.int64), ends))


def in_order(
    fresh: Counted,
    fresh_terms: Integers,
    taken: tuple[TermSequences, Integers, Integers] | None,
    sizes: Sequence[int],
) -> TermSequences:
    """Put the passages that were counted now and those taken along in the order of their numbers.

    `fresh_terms` are the terms of the former as they are numbered now. With the latter come their
    terms' new numbers, and their own, -1 for those that go. `sizes` are of the documents.
    """
    documents = np.concatenate(([0], np.cumsum(np.asarray(sizes, dtype=np.int64))))
    passages = int(documents[-1])
    fields = np.zeros((passages, FIELDS), dtype=np.int64)
    kinds = np.zeros(passages, dtype=np.int64)
    fields[fresh.numbers], kinds[fresh.numbers] = fresh.fields, fresh.kinds
    if taken is not None:
        old, new_terms, new_numbers = taken
        stays = new_numbers >= 0
        fields[new_numbers[stays]], kinds[new_numbers[stays]] = old.fields[stays], old.kinds[stays]
    starts = np.concatenate(([0], np.cumsum(fields.sum(axis=1))))
    terms = np.zeros(int(starts[-1]), dtype="<i4")
    terms[_places(starts, fresh.numbers, fresh.lengths)] = fresh_terms
    if taken is not None:
        lengths = old.fields.sum(axis=1, dtype=np.int64)
        kept = new_terms[old.terms[np.repeat(stays, lengths)]]
        terms[_places(starts, new_numbers[stays], lengths[stays])] = kept
    return TermSequences(terms, fields.astype("<i4"), kinds.astype("<u2"), documents.astype("<i4"))


def _places(starts: Integers, numbers: Integers, lengths: Integers) -> npt.NDArray[np.int64]:
    """Return where each term of some passages goes."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts[numbers] - before, lengths) + np.arange(int(lengths.sum()))
