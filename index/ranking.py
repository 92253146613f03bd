"""Rank passages against weighted terms with BM25.

rank_bm25 is the definition: its classes give the idf here, and a test holds the scores to their
`get_scores`. Only the data structure differs: it scans every passage for every term, this reads
the postings of the terms asked for. Its Plus variant gives every passage a constant score, and
its Okapi variant can score a true match zero or less, so shared terms decide what is a hit; the
score only orders the hits. Ties keep document order, so one question has one answer.

Of few passages every posting of the terms is scored; of many, most are pruned, and what is left is
scored as if nothing had been.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.bm25 import Bm25
from index.packed import Numbers, PackedPostings
from index.postings import Integers
from index.pruning import Pruner
from index.remembering import Remembered

Floats = npt.NDArray[np.float64]

_FEW_PASSAGES = 1 << 15  # up to which every posting of the terms is scored
_ROW_SHARE = 16  # of few passages, a term in more than one of so many is kept as a row of scores
_REMEMBERED_BYTES = 12 << 20, 16 << 20  # of what terms give, at least and at most
_REMEMBERED_ROWS = 30  # of scores of all passages; between these bounds there is room for so many
_ONE_OF = 16  # passages of all that tell how good the best are at least
_NONE = np.zeros(0, dtype=np.int64)


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


def norms_of(lengths: Integers, model: Bm25, average: float | None = None) -> Floats:
    """Return what a term's frequency is weighed against in passages of some lengths, (N,).

    `average` is the mean length of the passages that count, where it is not that of these.
    """
    average = mean_of(lengths) if average is None else average
    relative = lengths / average if average else np.ones(len(lengths))
    norms: Floats = model.k1 * (1 - model.b + model.b * relative)
    return norms


def total(values: Floats) -> Floats:
    """Add up rows (R, K), one after the other, (K,).

    numpy adds in that order too, but for a single column, whose halves it adds up first.
    """
    found: Floats = values.sum(axis=0)
    if values.shape[1] == 1:
        found[0] = sum(values[:, 0].tolist())
    return found


def mean_of(lengths: Integers) -> float:
    """Return the mean length of passages; 0 of none."""
    return int(lengths.sum(dtype=np.int64)) / len(lengths) if len(lengths) else 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best passages, best first: K of them, scored on Q terms."""

    passages: Numbers  # (K,)
    scores: Floats  # (K,)
    idf: Floats  # (Q,)
    norms: Floats  # (K,): what a term's frequency is weighed against, by the passage's length
    everywhere: Floats | None = None  # (N,): the scores of all passages, where they were needed

    def pairs(self) -> list[tuple[int, float]]:
        """Return each passage with its score."""
        return list(zip(self.passages.tolist(), self.scores.tolist(), strict=True))


class Ranker:
    """BM25 over one set of postings; any number of threads may rank at once."""

    def __init__(
        self,
        postings: PackedPostings,
        model: Bm25,
        average: float | None = None,
        remembered_bytes: int | None = None,
        few: int = _FEW_PASSAGES,
    ) -> None:
        """Take the mean length of the passages that count, where these are not just all."""
        self._postings = postings
        self._k1 = model.k1
        self._few = few
        of_all = mean_of(postings.lengths)
        average = of_all if average is None else average
        self.norms = norms_of(postings.lengths, model, average)
        if remembered_bytes is None:
            least, most = _REMEMBERED_BYTES
            remembered_bytes = min(max(least, _REMEMBERED_ROWS * 4 * len(self.norms)), most)
        self._remembered: Remembered[tuple[Numbers, Floats]] = Remembered(remembered_bytes)
        # The bounds of terms were taken with the mean length of all passages.
        slack = max(1.0, average / of_all) if of_all else 1.0
        self._pruner = Pruner(postings, self.norms, model.k1, slack, remembered_bytes)

    def rank(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None = None,
    ) -> Ranked:
        """Return the `limit` best of the `allowed` (N,) passages that hold one of the terms."""
        if not terms or limit < 1:
            best = np.zeros(0, dtype=np.int64)
            return Ranked(best, np.zeros(0), np.array(idf), self.norms[best])
        all_add = min(idf) > 0 and min(weights) > 0
        if len(self.norms) <= self._few or not all_add:
            candidates, everywhere = self._of_few(
                terms, weights, idf, limit, allowed, all_add=all_add
            )
            scores = everywhere[candidates]
        else:
            factors = [weight * rarity for weight, rarity in zip(weights, idf, strict=True)]
            question = self._pruner.of(terms)
            candidates, everywhere = question.best(factors, limit, allowed), None
            scores = self._scored(candidates, question.frequencies(candidates), factors)
        order = np.lexsort((candidates, -scores))[:limit]
        best = candidates[order]
        return Ranked(best, scores[order], np.array(idf), self.norms[best], everywhere)

    def _scored(self, passages: Numbers, counts: Floats, factors: Sequence[float]) -> Floats:
        """Return the scores of passages by how often each term stands there, (Q, K)."""
        parts = self._saturated(counts, self.norms[passages])
        parts *= np.array(factors)[:, np.newaxis]
        return total(parts)

    def _saturated(self, counts: Floats, norms: Floats) -> Floats:
        """Return BM25's term frequency component, in rank_bm25's order of operations."""
        parts = counts * (self._k1 + 1)
        counts += norms
        parts /= counts
        return parts

    def _of_few(
        self,
        terms: Sequence[int],
        weights: Sequence[float],
        idf: Sequence[float],
        limit: int,
        allowed: npt.NDArray[np.bool_] | None,
        *,
        all_add: bool,
    ) -> tuple[Numbers, Floats]:
        """Return passages among which the best are, ascending, and the scores of all, (N,)."""
        scores = np.zeros(len(self.norms))
        fewest: Numbers | None = None
        for term, weight, rarity in zip(terms, weights, idf, strict=True):
            holders, parts = self._given(term)
            factor = rarity * weight
            if holders is _NONE:
                scores += parts * factor
                continue
            scores[holders] += parts * factor
            if len(holders) >= limit and (fewest is None or len(holders) < len(fewest)):
                fewest = holders
        if not all_add:  # then a hit may score no more than a miss
            hits = np.unique(np.concatenate([self._postings.holders(term) for term in terms]))
            hits = hits if allowed is None else hits[allowed[hits]]
            return hits, scores
        can = scores if allowed is None else scores * allowed
        # The limit-th best of some passages bounds the limit-th best of all from below.
        some = can[::_ONE_OF] if fewest is None else can[fewest]
        at = len(some) - limit
        bound = np.partition(some, at)[at] if at >= 0 else 0.0
        return np.flatnonzero(can >= bound if bound > 0 else can > 0), scores

    def _given(self, term: int) -> tuple[Numbers, Floats]:
        """Return the holders of a term and its part of their scores, or _NONE and that of all."""
        known = self._remembered.get(term)
        if known is not None:
            return known
        holders, counts = self._postings.listed(term)
        parts = self._saturated(counts.astype(np.float64), self.norms[holders])
        if len(holders) * _ROW_SHARE > len(self.norms):
            row = np.zeros(len(self.norms))
            row[holders] = parts
            holders, parts = _NONE, row
        self._remembered.put(term, (holders, parts), holders.nbytes + parts.nbytes)
        return holders, parts
