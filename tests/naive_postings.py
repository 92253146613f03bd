"""Postings counted one by one, to hold the ones of the index to."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from index.postings import Postings


def naive_postings(passages: Sequence[Sequence[int]], terms: int) -> Postings:
    """Invert passages, each the numbers of its terms in order; there are so many terms."""
    counted = [Counter(passage) for passage in passages]
    listed = [
        [(number, counts[term]) for number, counts in enumerate(counted) if term in counts]
        for term in range(terms)
    ]
    flat = [posting for postings in listed for posting in postings]
    return Postings(
        np.cumsum([0, *map(len, listed)]),
        np.array([number for number, _ in flat], dtype=np.int32),
        np.array([count for _, count in flat], dtype=np.int64),
        np.array([len(passage) for passage in passages], dtype=np.int32),
    )
