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
    b: float = 0.75


def inverse_document_frequencies(
    document_frequencies: Sequence[int], passages: int, model: Bm25
) -> Floats:
    """Return rank_bm25's idf of each term, (T,).

    The stock constructor would count the corpus once more, and divides by zero on an empty one;
    the counts are known here, so only its formula is run on them.
    """
    if not document_frequencies:
        return np.zeros(0)
    import rank_bm25  # only a rebuild needs it: it loads multiprocessing, which a question spares

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
    contributions: Floats  # (Q, K): what each term adds; 0 and not `matches` where it is absent
    matches: npt.NDArray[np.bool_]  # (Q, K)


class Ranker:
    """BM25 over one set of postings; immutable, so any number of threads may rank at once."""

    def __init__(self, postings: Postings, idf: Floats, model: Bm25) -> None:
        self._postings = postings
        self._idf = idf
        self._common: dict[int, Floats] = {}
        self._k1 = model.k1
        lengths = postings.lengths
        average = float(lengths.mean()) if len(lengths) else 0.0
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
        scores = np.zeros(len(self._norms))
        for term, weight in zip(terms, weights, strict=True):
            self._add(scores, term, weight)
        candidates = self._candidates(terms, scores, limit, allowed)
        order = np.lexsort((candidates, -scores[candidates]))[:limit]
        best = candidates[order].astype(np.int32)  # as the postings, or searching would copy them
        frequencies = np.zeros((len(terms), len(best)))
        for row, term in enumerate(terms):
            passages, counts = self._of(term)
            places = passages.searchsorted(best)
            places[places == len(passages)] = 0
            frequencies[row] = np.where(passages[places] == best, counts[places], 0)
        each = np.array(
            [self._idf[term] * weight for term, weight in zip(terms, weights, strict=True)]
        )
        contributions = self._saturated(frequencies, self._norms[best]) * each[:, np.newaxis]
        return Ranked(best, scores[best], contributions, frequencies > 0)

    def _add(self, scores: Floats, term: int, weight: float) -> None:
        """Add to all passages what a term contributes."""
        passages, counts = self._of(term)
        is_common = len(passages) * _COMMON_SHARE > len(scores)
        row = self._common.get(term) if is_common else None
        if row is None:
            parts = self._saturated(counts, self._norms[passages])
            parts *= self._idf[term]
            if not is_common:
                scores[passages] += parts * weight if weight != 1 else parts
                return
            row = np.zeros(len(scores))
            row[passages] = parts
            if (len(self._common) + 1) * row.nbytes > _COMMON_BYTES:
                self._common.clear()
            self._common[term] = row
        scores += row * weight if weight != 1 else row

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
        terms: Sequence[int],
        scores: Floats,
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
    ) -> Integers:
        """Return passages among which the best `limit` are, ascending."""
        found = [self._of(term)[0] for term in terms]
        if not found or limit < 1:
            return np.zeros(0, dtype=np.int64)
        if min(self._idf[term] for term in terms) <= 0:  # a hit may score no more than a miss
            hits = np.unique(np.concatenate(found))
            return hits if allowed is None else hits[allowed[hits]]
        if allowed is not None:
            scores = np.where(allowed, scores, 0.0)
        bound = 0.0
        some = min(
            (passages for passages in found if len(passages) >= limit), key=len, default=None
        )
        if some is not None:
            # The limit-th best of some passages bounds the limit-th best of all from below.
            bound = np.partition(scores[some], len(some) - limit)[len(some) - limit]
        return np.flatnonzero(scores >= bound if bound > 0 else scores > 0)
