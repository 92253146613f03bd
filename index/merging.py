"""Passages that are taken along and passages that were counted now, to one inverted index."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import sequences
from index.arrays import View
from index.bm25 import Bm25
from index.counting import Counted
from index.inverting import inverted
from index.packed import PackedPostings, packed, view_of
from index.postings import Integers
from index.ranking import Floats, inverse_document_frequencies, norms_of
from index.sequences import TermSequences
from index.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Merged:
    """An inverted index, its passages term by term, and its terms, in the order of spelling."""

    postings: PackedPostings
    sequences: TermSequences
    spellings: list[str]
    idf: Floats  # (T,)

    def views(self) -> dict[str, View]:
        """Return all arrays by name, as they are stored and searched."""
        known = vocabulary(self.spellings)
        return {
            **self.postings.views(),
            **self.sequences.views(),
            "terms": View(known.spellings, (len(known.spellings),)),
            "term_ends": View(known.ends, (len(known),)),
            "idf": view_of(self.idf),
        }


def merged(
    spellings: Sequence[str],
    fresh: Counted,
    sizes: Sequence[int],
    taken: tuple[TermSequences, Integers] | None,
    model: Bm25,
) -> Merged:
    """Return the inverted index of documents that have so many passages each.

    They are ranked by this model. `fresh` are the passages counted now; `spellings` are of all
    terms by number, those of what is `taken` along first. With that comes the new number of each
    of its passages, -1 for those that go.
    """
    used = np.zeros(len(spellings), dtype=bool)
    used[fresh.terms] = True
    if taken is not None:
        old, new_numbers = taken
        used[old.terms[np.repeat(new_numbers >= 0, np.diff(old.starts))]] = True
    in_order = sorted(np.flatnonzero(used).tolist(), key=spellings.__getitem__)
    new_terms = np.zeros(len(spellings), dtype=np.int64)
    new_terms[in_order] = np.arange(len(in_order))
    found = sequences.in_order(
        fresh,
        new_terms[fresh.terms],
        None if taken is None else (old, new_terms, new_numbers),
        sizes,
    )
    lengths = found.fields.sum(axis=1, dtype=np.int64)
    # Inverting what is in order takes less time than bringing old postings into a new order.
    postings = packed(inverted(found.terms, lengths), norms_of(lengths, model))
    frequencies = postings.document_frequencies.tolist()
    return Merged(
        postings,
        found,
        [spellings[number] for number in in_order],
        inverse_document_frequencies(frequencies, len(lengths), model),
    )
