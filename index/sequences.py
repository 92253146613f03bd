"""The terms of each passage in the order in which they stand, field by field.

Postings tell which passages have a term; this tells what stands beside what in them. Only the
passages that were found by their terms are looked at, so it is read at a few places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.arrays import View
from index.chunks import FIELDS
from index.counting import Counted
from index.packed import array_of, view_of
from index.postings import Integers

TEXT, TITLE = range(FIELDS - 1)  # columns of `fields`; the last is what stands above


@dataclass(frozen=True, slots=True)
class TermSequences:
    """N passages of D documents, S terms counted each time they stand."""

    terms: Integers  # (S,) int32: of passage after passage its text, the title, what is above it
    fields: Integers  # (N, FIELDS) int32: how many terms each field of a passage has
    starts: Integers  # (N + 1,) uint32 or int64: where those of each begin, and where all end
    kinds: Integers  # (N,) uint16: what the text of each passage holds, as index.kinds flags it
    documents: Integers  # (D + 1,) int32: the first passage of each document, and where all end

    def views(self) -> dict[str, View]:
        """Return the arrays by name, as they are stored."""
        return {name: view_of(getattr(self, field)) for field, name in _NAMES.items()}

    @classmethod
    def of_views(cls, views: Mapping[str, View]) -> "TermSequences":
        """Take arrays as they are mapped from files, by name."""
        return cls(**{field: array_of(views[name]) for field, name in _NAMES.items()})


_NAMES = {
    "terms": "sequence",
    "fields": "fields",
    "starts": "sequence_starts",
    "kinds": "kinds",
    "documents": "document_starts",
}


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
    return TermSequences(
        terms=terms,
        fields=fields.astype("<i4"),
        starts=starts.astype("<u4" if starts[-1] < 1 << 32 else "<i8"),
        kinds=kinds.astype("<u2"),
        documents=documents.astype("<i4"),
    )


def _places(starts: Integers, numbers: Integers, lengths: Integers) -> npt.NDArray[np.int64]:
    """Return where each term of some passages goes."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts[numbers] - before, lengths) + np.arange(int(lengths.sum()))
