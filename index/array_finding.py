"""Find the best passages with numpy: BM25 over all of them, then what stands where in the best."""

from collections.abc import Mapping

import numpy as np

from index.arrays import View
from index.bm25 import Bm25
from index.candidates import CANDIDATES, Asked, Scored
from index.packed import PackedPostings
from index.ranking import Ranker
from index.rescoring import Rescorer
from index.sequences import TermSequences


class ArrayFinder:
    """Finds passages; any number of threads may ask at once."""

    def __init__(
        self,
        views: Mapping[str, View],
        model: Bm25,
        average: float | None = None,
        remembered_bytes: int | None = None,
    ) -> None:
        """Take the arrays of an index, and how long the passages that count are on average."""
        postings = PackedPostings.of_views(views)
        self.ranker = Ranker(postings, model, average, remembered_bytes)
        self.rescorer = Rescorer(TermSequences.of_views(views), postings, model, self.ranker.norms)

    def find(self, asked: Asked, limit: int, allowed: bytes | None) -> list[Scored]:
        """Return the best passages, best first; `allowed` tells of each whether it may answer."""
        may = None if allowed is None else np.frombuffer(allowed, dtype=bool)
        ranked = self.ranker.rank(
            asked.numbers, asked.weights, asked.idf, max(limit, CANDIDATES), may
        )
        return self.rescorer.rescore(asked, ranked, limit) if len(ranked.passages) else []
