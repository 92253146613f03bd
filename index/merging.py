"""Postings that are taken along and passages that were counted now, to one inverted index."""

from collections.abc import Sequence

import numpy as np

from index import postings
from index.postings import Integers, Postings


def merged(
    spellings: Sequence[str],
    terms: Integers,
    lengths: Integers,
    numbers: Sequence[int],
    passages: int,
    taken: tuple[Postings, Integers] | None,
) -> tuple[Postings, list[str]]:
    """Return the inverted index of so many passages, and the spellings of its terms in order.

    `terms`, `lengths` and `numbers` are those of the passages counted now, as in
    postings.occurrences; `spellings` are of all terms by number, those of the postings `taken`
    first. With those comes the new number of each of their passages, -1 for those that go.
    """
    all_lengths = np.zeros(passages, dtype=np.int64)
    all_lengths[numbers] = lengths
    used = np.zeros(len(spellings), dtype=bool)
    used[terms] = True
    if taken is not None:
        old, new_numbers = taken
        stays = new_numbers >= 0
        all_lengths[new_numbers[stays]] = old.lengths[stays]
        used[: len(old.starts) - 1] |= postings.terms_within(old, stays)
    in_order = sorted(np.flatnonzero(used).tolist(), key=spellings.__getitem__)
    new_terms = np.zeros(len(spellings), dtype=np.int64)
    new_terms[in_order] = np.arange(len(in_order))
    here = np.array(numbers, dtype=np.int64)
    parts = [postings.occurrences(new_terms[terms], lengths, here)]
    if taken is not None:
        old_terms = new_terms[: len(old.starts) - 1]
        parts.append(postings.carry_over(old, old_terms, new_numbers))
    inverted = postings.invert(parts, all_lengths, len(in_order))
    return inverted, [spellings[number] for number in in_order]
