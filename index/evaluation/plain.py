"""Rank passages with BM25 and nothing else: what all else has to be better than.

Title and text are one field, each term of the question counts as often as it stands there, and
what is done for synonyms, typing errors, phrases or situations is left out.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from index.analysis import terms
from index.bm25 import Bm25
from index.inverting import inverted
from index.packed import packed
from index.ranking import Ranker, inverse_document_frequencies, norms_of
from index.records import Passage


class PlainRanker:
    """Ranks passages by their terms alone."""

    def __init__(self, passages: Sequence[Passage], model: Bm25) -> None:
        numbers: dict[str, int] = {}
        flat: list[int] = []
        lengths: list[int] = []
        for passage in passages:
            found = terms(f"{passage.document.title}\n{passage.text}")
            flat.extend(numbers.setdefault(term, len(numbers)) for term in found)
            lengths.append(len(found))
        sizes = np.array(lengths, dtype=np.int64)
        postings = packed(inverted(np.array(flat, dtype=np.int32), sizes), norms_of(sizes, model))
        frequencies = postings.document_frequencies.tolist()
        self._idf = inverse_document_frequencies(frequencies, len(passages), model)
        self._numbers = numbers
        self._ranker = Ranker(postings, model)

    def rank(self, question: str, limit: int) -> list[int]:
        """Return the numbers of the best passages, best first; ties in their order."""
        asked = Counter(terms(question))
        known = [term for term in asked if term in self._numbers]
        numbers = [self._numbers[term] for term in known]
        weights = [float(asked[term]) for term in known]
        ranked = self._ranker.rank(numbers, weights, self._idf[numbers].tolist(), limit)
        return [passage for passage, _ in ranked.pairs()]
