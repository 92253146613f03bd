"""Postings that are taken along and passages that were counted now, to one inverted index."""

from collections.abc import Sequence

import numpy as np

from index import postings
from index.counting import Counted
from index.postings import Integers, Postings


def merged(
    spellings: Sequence[str],
    fresh: Counted,
    passages: int,
    taken: tuple[Postings, Integers] | None,
) -> tuple[Postings, list[str]]:
    """Return the inverted index of so many passages, and the spellings of its terms in order.

    `fresh` are the passages counted now; `spellings` are of all terms by number, those of the
    postings `taken` first. With those comes the new number of each of their passages, -1 for
    those that go.
    """
    lengths = np.zeros(passages, dtype=np.int64)
    lengths[fresh.numbers] = fresh.lengths
    used = np.zeros(len(spellings), dtype=bool)
    used[fresh.terms] = True
    if taken is not None:
        old, new_numbers = taken
        stays = new_numbers >= 0
        lengths[new_numbers[stays]] = old.lengths[stays]
        used[: len(old.starts) - 1] |= postings.held_by(old, stays) > 0
    in_order = sorted(np.flatnonzero(used).tolist(), key=spellings.__getitem__)
    new_terms = np.zeros(len(spellings), dtype=np.int64)
    new_terms[in_order] = np.arange(len(in_order))
    parts = [postings.occurrences(new_terms[fresh.terms], fresh.lengths, fresh.numbers)]
    if taken is not None:
        old_terms = new_terms[: len(old.starts) - 1]
        parts.append(postings.carry_over(old, old_terms, new_numbers))
    inverted = postings.invert(parts, lengths, len(in_order))
    return inverted, [spellings[number] for number in in_order]
