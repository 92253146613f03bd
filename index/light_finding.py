"""Find the best passages as index.array_finding does, without numpy: for a process that asks once.

Importing numpy takes longer than a question does, up to some hundred thousand passages.
"""

from collections.abc import Mapping

from index.arrays import View
from index.bm25 import Bm25
from index.candidates import CANDIDATES, Asked, Scored
from index.light_ranking import LightPostings, LightRanker
from index.light_rescoring import LightRescorer


class LightFinder:
    """Finds passages for terms that all have an idf above 0."""

    def __init__(self, views: Mapping[str, View], postings: LightPostings, model: Bm25) -> None:
        """Take the arrays of an index; `postings` are of the same ones."""
        size = len(postings.lengths)
        average = views["sequence_starts"].values[size] / size if size else 0.0
        self._ranker = LightRanker(postings, model, average)
        self._rescorer = LightRescorer(views, postings, self._ranker, model)

    def find(self, asked: Asked, limit: int, allowed: bytes | None) -> list[Scored]:
        """Return the best passages, best first; `allowed` tells of each whether it may answer."""
        ranked = self._ranker.rank(
            asked.numbers, asked.weights, asked.idf, max(limit, CANDIDATES), allowed
        )
        return self._rescorer.rescore(asked, ranked, limit)
