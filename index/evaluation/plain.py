"""Rank passages with BM25 and nothing else: what all else has to be better than.

Title and text are one field, each term of the question counts as often as it stands there, and
what is done for synonyms, typing errors, phrases or situations is left out.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from index import ranking
from index.analysis import terms
from index.postings import invert, occurrences
from index.ranking import Bm25, Ranker
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
        counted = occurrences(np.array(flat, dtype=np.int32), sizes, np.arange(len(sizes)))
        postings = invert([counted], sizes, len(numbers))
        frequencies = postings.document_frequencies.tolist()
        idf = ranking.inverse_document_frequencies(frequencies, len(passages), model)
        self._numbers = numbers
        self._ranker = Ranker(postings, idf, model)

    def rank(self, question: str, limit: int) -> list[int]:
        """Return the numbers of the best passages, best first; ties in their order."""
        asked = Counter(terms(question))
        known = [term for term in asked if term in self._numbers]
        ranked = self._ranker.rank(
            [self._numbers[term] for term in known], [float(asked[term]) for term in known], limit
        )
        return [int(number) for number in ranked.passages]
