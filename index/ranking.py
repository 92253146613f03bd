"""Rank passages against weighted terms with BM25.

rank_bm25 is the definition: its classes give the idf here, and a test holds the scores to their
`get_scores`. Only the data structure differs: it scans every passage for every term, this reads
the postings of the terms asked for. Its Plus variant gives every passage a constant score, and
its Okapi variant can score a true match zero or less, so shared terms decide what is a hit; the
score only orders the hits. Ties keep document order, so one question has one answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from index.postings import Integers, Postings

Variant = Literal["plus", "okapi"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
# A term in more than one passage of so many is kept as a row of scores once it was asked for.
_COMMON_SHARE = 32
_COMMON_BYTES = 64 << 20

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bm25:
    """The model's settings; k1 and b as in Robertson and Zaragoza, 2009, section 3.2."""

    variant: Variant = "plus"
    k1: float = 1.2
    b: float = 0.7


def inverse_document_frequencies(
    document_frequencies: Sequence[int], passages: int, model: Bm25
) -> Floats:
    """Return rank_bm25's idf of each term, (T,).

    The stock constructor would count the corpus once more, and divides by zero on an empty one;
    the counts are known here, so only its formula is run on them.
    """
    if not document_frequencies:
        return np.zeros(0)
    import rank_bm25  # it loads multiprocessing, which a question of the terminal spares itself

    stock_class = {"plus": rank_bm25.BM25Plus, "okapi": rank_bm25.BM25Okapi}[model.variant]
    stock = stock_class.__new__(stock_class)
    stock.corpus_size, stock.idf, stock.epsilon = passages, {}, 0.25
    stock._calc_idf(dict(enumerate(document_frequencies)))
    return np.fromiter(stock.idf.values(), dtype=np.float64, count=len(document_frequencies))


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best passages, best first: K of them, scored on Q terms."""

    passages: Integers  # (K,)
    scores: Floats  # (K,)
    idf: Floats  # (Q,)
    norms: Floats  # (K,): what a term's frequency is weighed against, by the passage's length
    everywhere: Floats  # (N,): the scores of all passages


class Ranker:
    """BM25 over one set of postings; immutable, so any number of threads may rank at once."""

    def __init__(
        self,
        postings: Postings,
        idf: Floats,
        model: Bm25,
        visible: npt.NDArray[np.bool_] | None = None,
        common_bytes: int = _COMMON_BYTES,
    ) -> None:
        """Take idf (T,) and, where not all count, which passages are `visible` (N,)."""
        self._postings = postings
        self._idf = idf
        self._common: dict[int, Floats] = {}
        self._common_bytes = common_bytes
        self._k1 = model.k1
        lengths = postings.lengths
        counted = lengths if visible is None else lengths[visible]
        average = float(counted.mean()) if len(counted) else 0.0
        relative = lengths / average if average else np.ones(len(lengths))
        self._norms = model.k1 * (1 - model.b + model.b * relative)

    def rank(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> Ranked:
        """Return the `limit` best of the `allowed` (N,) passages that hold one of the terms."""
        found = [self._of(term) for term in terms]
        idf = [float(self._idf[term]) for term in terms]
        scores = np.zeros(len(self._norms))
        for term, weight, rarity, (passages, counts) in zip(
            terms, weights, idf, found, strict=True
        ):
            parts = self._row(term, rarity, passages, counts)
            if parts is None:
                parts = self._saturated(counts, self._norms[passages])
                parts *= rarity * weight
                scores[passages] += parts
            else:
                scores += parts * weight if weight != 1 else parts
        holders = [passages for passages, _ in found]
        candidates = self._candidates(
            holders, scores, limit, allowed, all_add=min(idf, default=0) > 0
        )
        order = np.lexsort((candidates, -scores[candidates]))[:limit]
        best = candidates[order].astype(np.int32)  # as the postings, or searching would copy them
        return Ranked(best, scores[best], np.array(idf), self._norms[best], scores)

    def _row(self, term: int, rarity: float, passages: Integers, counts: Integers) -> Floats | None:
        """Return what a common term adds to every passage, (N,); None for the other terms."""
        if len(passages) * _COMMON_SHARE <= len(self._norms):
            return None
        row = self._common.get(term)
        if row is None:
            row = np.zeros(len(self._norms))
            row[passages] = self._saturated(counts, self._norms[passages]) * rarity
            if (len(self._common) + 1) * row.nbytes > self._common_bytes:
                self._common.clear()
            self._common[term] = row
        return row

    def _of(self, term: int) -> tuple[Integers, Integers]:
        start, end = self._postings.starts[term], self._postings.starts[term + 1]
        return self._postings.passages[start:end], self._postings.frequencies[start:end]

    def _saturated(self, frequencies: Integers | Floats, norms: Floats) -> Floats:
        """Return BM25's term frequency component, in rank_bm25's order of operations."""
        counts = frequencies.astype(np.float64)
        parts: Floats = counts * (self._k1 + 1)
        parts /= counts + norms
        return parts

    def _candidates(
        self,
        holders: Sequence[Integers],
        scores: Floats,
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
        *,
        all_add: bool,
    ) -> Integers:
        """Return passages among which the best `limit` are, ascending.

        `holders` are the passages of each term; `all_add` says that every term adds to a score.
        """
        if not holders or limit < 1:
            return np.zeros(0, dtype=np.int64)
        if not all_add:  # then a hit may score no more than a miss
            hits = np.unique(np.concatenate(holders))
            return hits if allowed is None else hits[allowed[hits]]
        if allowed is not None:
            scores = np.where(allowed, scores, 0.0)
        bound = 0.0
        enough = [passages for passages in holders if len(passages) >= limit]
        if enough:
            # The limit-th best of some passages bounds the limit-th best of all from below.
            some = scores[min(enough, key=len)]
            bound = np.partition(some, len(some) - limit)[len(some) - limit]
        return np.flatnonzero(scores >= bound if bound > 0 else scores > 0)
